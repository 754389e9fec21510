/* A compiled scenario as a model for the verifier SPIN: an explorer that shares nothing with ours but the plan.
 *
 *   spin -a model.pml; gcc -O2 -DNOREDUCE -DSAFETY pan.c -o pan; ./pan -c0 -m100000
 *
 * finds errors iff `explore` finds stale reads, and stores as many states as `explore` without reductions visits: one
 * process for each actor, a d_step for each step and choice; all other variables are what tells states apart (see
 * space_name.c), cleared as soon as they cannot matter any more. Causes and time are left out, holds and pins ignored.
 * The truth is told in tables: what each operation makes of each state of the database, which slots are free in it, and
 * what each answer says of each slot. */
#ifndef SLOTRACE_ENGINE_PROMELA_H
#define SLOTRACE_ENGINE_PROMELA_H

#include "base/text.h"
#include "model/plan.h"

/* Appends the model to `out`. NULL, or why there is none: it would be too large, or a writer repeats itself. `arena` is
 * for what it takes to make it. */
const char *promela_write(struct plan *plan, struct arena *arena, bool expiry, struct text *out);

#endif
