/* Hash tables whose results never depend on hash order: a map of 64-bit keys, and interning of byte strings. */
#ifndef SLOTRACE_BASE_MAP_H
#define SLOTRACE_BASE_MAP_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAP_NONE UINT32_MAX

/* 64-bit keys to 32-bit values (never MAP_NONE). Open addressing, in an arena; doubles at three quarters full. */
struct map {
    struct arena *arena;
    uint64_t *keys;
    uint32_t *values;
    size_t capacity;
    size_t count;
};

void map_init(struct map *map, struct arena *arena);
uint32_t map_get(const struct map *map, uint64_t key); /* MAP_NONE: absent. */
void map_put(struct map *map, uint64_t key, uint32_t value);

static inline uint64_t map_key(uint32_t high, uint32_t low)
{
    return ((uint64_t)high << 32U) | low;
}

/* Byte strings to numbers 0, 1, 2, ... in order of first appearance. Bytes are kept NUL-terminated and aligned. */
struct interner {
    struct arena *arena;
    uint32_t *table; /* number + 1, or 0 */
    size_t table_capacity;
    struct interned {
        const void *bytes;
        size_t length;
        uint64_t hash;
    } * items;
    size_t count;
    size_t capacity;
};

void interner_init(struct interner *interner, struct arena *arena);
uint32_t intern(struct interner *interner, const void *bytes, size_t length);
uint32_t intern_find(const struct interner *interner, const void *bytes, size_t length); /* MAP_NONE: never seen. */
uint32_t intern_string(struct interner *interner, const char *string);
const char *interned_string(const struct interner *interner, uint32_t number);

#endif
