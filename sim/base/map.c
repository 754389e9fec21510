#include "base/map.h"

#include "base/check.h"

#include <string.h>
#include <xxhash.h>

enum { CAPACITY_MIN = 64 };

void map_init(struct map *map, struct arena *arena)
{
    *map = (struct map){.arena = arena};
}

/* The finaliser of MurmurHash3: every bit of the key reaches every bit of the place. */
static size_t place(uint64_t key)
{
    key ^= key >> 33U;
    key *= 0xFF51AFD7ED558CCDU;
    key ^= key >> 33U;
    key *= 0xC4CEB9FE1A85EC53U;
    key ^= key >> 33U;
    return (size_t)key;
}

static size_t map_find(const struct map *map, uint64_t key)
{
    size_t i = place(key) & (map->capacity - 1);
    while (map->values[i] != MAP_NONE && map->keys[i] != key) {
        i = (i + 1) & (map->capacity - 1);
    }
    return i;
}

uint32_t map_get(const struct map *map, uint64_t key)
{
    return map->capacity == 0 ? MAP_NONE : map->values[map_find(map, key)];
}

static void map_widen(struct map *map)
{
    const struct map old = *map;
    map->capacity = old.capacity == 0 ? CAPACITY_MIN : old.capacity * 2;
    map->keys = ARENA_ARRAY(map->arena, uint64_t, map->capacity);
    map->values = ARENA_ARRAY(map->arena, uint32_t, map->capacity);
    memset(map->values, 0xFF, map->capacity * sizeof *map->values);
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.values[i] != MAP_NONE) {
            const size_t to = map_find(map, old.keys[i]);
            map->keys[to] = old.keys[i];
            map->values[to] = old.values[i];
        }
    }
}

void map_put(struct map *map, uint64_t key, uint32_t value)
{
    check(value != MAP_NONE);
    if ((map->count + 1) * 4 > map->capacity * 3) {
        map_widen(map);
    }
    const size_t i = map_find(map, key);
    map->count += map->values[i] == MAP_NONE;
    map->keys[i] = key;
    map->values[i] = value;
}

void interner_init(struct interner *interner, struct arena *arena)
{
    *interner = (struct interner){.arena = arena};
}

static void interner_widen(struct interner *interner)
{
    interner->table_capacity = interner->table_capacity == 0 ? CAPACITY_MIN : interner->table_capacity * 2;
    interner->table = ARENA_ARRAY(interner->arena, uint32_t, interner->table_capacity);
    for (size_t number = 0; number < interner->count; number++) {
        size_t i = interner->items[number].hash & (interner->table_capacity - 1);
        while (interner->table[i] != 0) {
            i = (i + 1) & (interner->table_capacity - 1);
        }
        interner->table[i] = (uint32_t)number + 1;
    }
}

static size_t intern_place(const struct interner *interner, const void *bytes, size_t length, uint64_t hash)
{
    size_t i = hash & (interner->table_capacity - 1);
    while (interner->table[i] != 0) {
        const struct interned *item = &interner->items[interner->table[i] - 1];
        if (item->hash == hash && item->length == length && memcmp(item->bytes, bytes, length) == 0) {
            break;
        }
        i = (i + 1) & (interner->table_capacity - 1);
    }
    return i;
}

uint32_t intern_find(const struct interner *interner, const void *bytes, size_t length)
{
    if (interner->table_capacity == 0) {
        return MAP_NONE;
    }
    const size_t i = intern_place(interner, bytes, length, XXH3_64bits(bytes, length));
    return interner->table[i] == 0 ? MAP_NONE : interner->table[i] - 1;
}

uint32_t intern(struct interner *interner, const void *bytes, size_t length)
{
    if ((interner->count + 1) * 4 > interner->table_capacity * 3) {
        interner_widen(interner);
    }
    const uint64_t hash = XXH3_64bits(bytes, length);
    const size_t i = intern_place(interner, bytes, length, hash);
    if (interner->table[i] == 0) {
        check(interner->count < MAP_NONE - 1);
        const void *copy = arena_copy_text(interner->arena, bytes, length);
        ARENA_PUSH(interner->arena, interner) = (struct interned){.bytes = copy, .length = length, .hash = hash};
        interner->table[i] = (uint32_t)interner->count;
    }
    return interner->table[i] - 1;
}

uint32_t intern_string(struct interner *interner, const char *string)
{
    return intern(interner, string, strlen(string));
}

const char *interned_string(const struct interner *interner, uint32_t number)
{
    check(number < interner->count);
    return interner->items[number].bytes;
}
