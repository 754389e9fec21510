/* Small systems with a few actors, by seed: what the explorer is held against itself on.
 *
 * 1-3 layers (nested or not, keys of their own, shared, or so coarse that different questions collide), 1-3 writers
 * (by API, at a widget with a webhook, cancelling, rescheduling, each with deletions of all kinds in any order), 1-4
 * readers (some alike, some that book what they are offered, some that ask twice). Equal seeds give equal plans. */
#ifndef SLOTRACE_TESTS_RANDOM_PLAN_H
#define SLOTRACE_TESTS_RANDOM_PLAN_H

#include "support/build.h"

struct random_plan {
    struct build build;
    uint64_t seed;
    bool expiry; /* Whether entries may expire when it is explored. */
};

struct random_plan random_plan_new(uint64_t seed);
void random_plan_free(struct random_plan *plan);

/* The plan as text: what a failed test prints. */
void random_plan_describe(const struct random_plan *random, struct text *out);

#endif
