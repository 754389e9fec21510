/* The shared cache: one keyspace of entries that expire, as Redis has it.
 *
 * Keys are numbers (interned wire keys). Expiry has Redis' semantics: an entry set at T with a TTL is there at T + TTL
 * and gone as soon as the clock says more. The clock has microseconds, so that ages are exact; a Redis server's has
 * milliseconds, and agrees with this wherever instants are whole milliseconds. Entries carry, besides the value, what
 * the oracle needs to explain them; that part is never on the wire. Expired entries are dropped when they are touched.
 */
#ifndef SLOTRACE_WORLD_CACHE_H
#define SLOTRACE_WORLD_CACHE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

#define CACHE_NOTHING UINT32_MAX

struct cache_entry {
    uint32_t value; /* CACHE_NOTHING: no entry. */
    uint32_t seen;  /* Upstream commits before the snapshot that the value goes back to. */
    uint32_t
        hit_seen; /* Upstream commits before the last hit of an inner layer on its way; 0: straight from upstream. */
    int64_t expires_us; /* The last instant at which it is there. */
};

struct cache {
    struct arena *arena;
    struct cache_entry *entries; /* By key. */
    size_t capacity;
};

void cache_init(struct cache *cache, struct arena *arena);
void cache_reserve(struct cache *cache, uint32_t key_count); /* So that keys below do not move the entries. */

/* NULL: a miss. The entry is valid until the next call. */
const struct cache_entry *cache_get(struct cache *cache, uint32_t key, int64_t now_us);
void cache_put(struct cache *cache, uint32_t key, struct cache_entry entry, int64_t now_us, int64_t ttl_us);
bool cache_forget(struct cache *cache, uint32_t key, int64_t now_us); /* false: there was none. */

/* Calls `visit` for every key that has a live entry, in order of key number. */
void cache_each(struct cache *cache, int64_t now_us, void (*visit)(void *context, uint32_t key), void *context);

#endif
