/* Systems of difference constraints t_b - t_a <= w, closed under shortest paths after every addition.
 *
 * Adding costs O(n^2), asking O(1). A copy is a memcpy. */
#ifndef SLOTRACE_ENGINE_DIFFERENCE_H
#define SLOTRACE_ENGINE_DIFFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIFFERENCE_NONE (INT64_MAX / 4)

struct difference {
    uint32_t count, capacity;
    int64_t *upper; /* upper[a * capacity + b]: the least known bound of t_b - t_a. */
};

size_t difference_size_bytes(uint32_t capacity);
void difference_init(struct difference *system, void *memory, uint32_t capacity);
void difference_copy(struct difference *to, const struct difference *from); /* `to` has room for its variables. */
uint32_t difference_variable(struct difference *system);

/* t_b - t_a <= w. false: contradiction (the system is then of no further use). */
bool difference_add(struct difference *system, uint32_t a, uint32_t b, int64_t w);
/* low <= t_b - t_a <= high */
bool difference_between(struct difference *system, uint32_t a, uint32_t b, int64_t low, int64_t high);
int64_t difference_bound(const struct difference *system, uint32_t a, uint32_t b); /* DIFFERENCE_NONE: none. */

#endif
