/* One execution of a plan at its own times: the discrete-event loop.
 *
 * Events are (time, push order). Between two steps of an actor passes the nominal latency, or with a seed one drawn
 * evenly from its interval; a pinned step happens at its pin; a held step waits for what it waits for. The result is
 * a pure function of plan and options.
 *
 * Cost: a few hundred ns a step while the questions to the store repeat. Memory does not grow with the number of steps,
 * only with the number of upstream writes. */
#ifndef SLOTRACE_ENGINE_RUN_H
#define SLOTRACE_ENGINE_RUN_H

#include "engine/machine.h"

#include <signal.h>

struct run_options {
    bool sampled; /* Draw latencies and start times from their intervals by `seed`. */
    uint64_t seed;
    const volatile sig_atomic_t *interrupted; /* Looked at now and then: not 0 ends the run. May be NULL. */
};

struct run_result {
    struct totals totals;
    int64_t end_us;
    uint32_t state; /* Of the store, at the end. */
    /* What went wrong with the scenario itself, or RUN_FINE. */
    enum run_problem {
        RUN_FINE,
        RUN_STUCK,       /* `actor` waits before `step` for something that never happened. */
        RUN_PIN_PAST,    /* `step` is pinned to before the step ahead of it, which happens at `earliest_us`. */
        RUN_TOO_LATE,    /* `step` of `actor` would happen after the year 2300, where time ends. */
        RUN_INTERRUPTED, /* The rest of the result says how far it came. */
    } problem;
    uint32_t actor;
    const struct step *step;
    int64_t earliest_us;
};

struct run_result run_plan(struct plan *plan, struct arena *arena, struct observer observer,
                           struct run_options options);

#endif
