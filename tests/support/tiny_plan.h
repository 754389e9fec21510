/* Random plans in which everything takes a few microseconds: small enough to try every time. */
#ifndef SLOTRACE_TESTS_TINY_PLAN_H
#define SLOTRACE_TESTS_TINY_PLAN_H

#include "support/random_plan.h"

/* Gives a random plan new latencies, starts and TTLs; nobody asks twice. */
void tiny_plan_make(struct random_plan *random);

/* Two readers at least, and not too much to do. */
bool tiny_plan_is_fit(const struct plan *plan);

void tiny_plan_describe(const struct random_plan *random, struct text *out);

#endif
