#include "engine/visited.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/poison.h"

enum { CAPACITY_MIN = 1 << 10 };

static bool same(const struct visited *visited, uint64_t offset, const char *name, size_t length)
{
    const char *stored = visited->names.data + offset - 1;
    uint16_t stored_length = 0;
    memcpy(&stored_length, stored, sizeof stored_length);
    return stored_length == length && memcmp(stored + sizeof stored_length, name, length) == 0;
}

static void widen(struct visited *visited)
{
    const size_t capacity = visited->capacity == 0 ? (size_t)CAPACITY_MIN : visited->capacity * 2;
    struct visited_entry *entries = calloc(capacity, sizeof *entries);
    uint32_t *hashes = calloc(capacity, sizeof *hashes);
    check(entries != NULL && hashes != NULL);
    for (size_t i = 0; i < visited->capacity; i++) {
        if (visited->entries[i].name != 0) {
            const char *stored = visited->names.data + visited->entries[i].name - 1;
            uint16_t length = 0;
            memcpy(&length, stored, sizeof length);
            size_t to = XXH3_64bits(stored + sizeof length, length) & (capacity - 1);
            while (entries[to].name != 0) {
                to = (to + 1) & (capacity - 1);
            }
            entries[to] = visited->entries[i];
            hashes[to] = visited->hashes[i];
        }
    }
    free(visited->entries);
    free(visited->hashes);
    visited->entries = entries;
    visited->hashes = hashes;
    visited->capacity = capacity;
}

struct visited_entry *visited_find(struct visited *visited, const char *name, size_t length, bool *fresh)
{
    check(length <= UINT16_MAX);
    if ((visited->count + 1) * 4 > visited->capacity * 3) {
        widen(visited);
    }
    const uint64_t hash = XXH3_64bits(name, length);
    const uint32_t tag = (uint32_t)(hash >> 32U);
    size_t i = hash & (visited->capacity - 1);
    while (visited->entries[i].name != 0) {
        if (visited->hashes[i] == tag && same(visited, visited->entries[i].name, name, length)) {
            *fresh = false;
            return &visited->entries[i];
        }
        i = (i + 1) & (visited->capacity - 1);
    }
    const uint16_t stored_length = (uint16_t)length;
    visited->entries[i] = (struct visited_entry){.name = visited->names.length + 1};
    visited->hashes[i] = tag;
    visited->count++;
    text_add(&visited->names, (const char *)&stored_length, sizeof stored_length);
    text_add(&visited->names, name, length);
    *fresh = true;
    return &visited->entries[i];
}

uint64_t visited_size_bytes(const struct visited *visited)
{
    return visited->capacity * (sizeof *visited->entries + sizeof *visited->hashes) + visited->names.capacity;
}

void visited_free(struct visited *visited)
{
    free(visited->entries);
    free(visited->hashes);
    text_free(&visited->names);
    *visited = (struct visited){0};
}
