#include "world/cache.h"

#include "base/check.h"

#include <string.h>

#include "base/poison.h"

void cache_init(struct cache *cache, struct arena *arena)
{
    *cache = (struct cache){.arena = arena};
}

static void widen(struct cache *cache, uint32_t key)
{
    size_t capacity = cache->capacity == 0 ? 64 : cache->capacity;
    while (capacity <= key) {
        capacity *= 2;
    }
    struct cache_entry *entries = ARENA_ARRAY(cache->arena, struct cache_entry, capacity);
    if (cache->capacity > 0) {
        memcpy(entries, cache->entries, cache->capacity * sizeof *entries);
    }
    for (size_t i = cache->capacity; i < capacity; i++) {
        entries[i].value = CACHE_NOTHING;
    }
    cache->entries = entries;
    cache->capacity = capacity;
}

void cache_reserve(struct cache *cache, uint32_t key_count)
{
    if (key_count > cache->capacity) {
        widen(cache, key_count - 1);
    }
}

const struct cache_entry *cache_get(struct cache *cache, uint32_t key, int64_t now_us)
{
    if (key >= cache->capacity || cache->entries[key].value == CACHE_NOTHING) {
        return NULL;
    }
    struct cache_entry *entry = &cache->entries[key];
    if (now_us > entry->expires_us) {
        entry->value = CACHE_NOTHING;
        return NULL;
    }
    return entry;
}

void cache_put(struct cache *cache, uint32_t key, struct cache_entry entry, int64_t now_us, int64_t ttl_us)
{
    check(entry.value != CACHE_NOTHING && ttl_us > 0);
    if (key >= cache->capacity) {
        widen(cache, key);
    }
    entry.expires_us = now_us + ttl_us;
    cache->entries[key] = entry;
}

bool cache_forget(struct cache *cache, uint32_t key, int64_t now_us)
{
    if (cache_get(cache, key, now_us) == NULL) {
        return false;
    }
    cache->entries[key].value = CACHE_NOTHING;
    return true;
}

void cache_each(struct cache *cache, int64_t now_us, void (*visit)(void *context, uint32_t key), void *context)
{
    for (uint32_t key = 0; key < cache->capacity; key++) {
        if (cache_get(cache, key, now_us) != NULL) {
            visit(context, key);
        }
    }
}
