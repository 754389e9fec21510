/* The states that were met, by canonical name, each with its sleep set. */
#ifndef SLOTRACE_ENGINE_VISITED_H
#define SLOTRACE_ENGINE_VISITED_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Owns memory: visited_free(). Names are stored whole: equality is exact. */
struct visited {
    struct visited_entry {
        uint64_t name; /* Offset into `names`, plus 1; 0: free place. */
        uint64_t sleep;
    } * entries;
    uint32_t *hashes; /* Of the names, for growing and for quick misses. */
    size_t capacity, count;
    struct text names; /* Length (2 bytes) and bytes, one after the other. */
};

/* The entry of a name; *fresh tells whether it was made by this call. Valid until the next call. */
struct visited_entry *visited_find(struct visited *visited, const char *name, size_t length, bool *fresh);
uint64_t visited_size_bytes(const struct visited *visited);
void visited_free(struct visited *visited);

#endif
