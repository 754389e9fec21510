/* Time for what was refuted without it: which stale reads can really happen, and how old can they get?
 *
 * One variable per step. Difference constraints t_b - t_a <= w come from program order and latencies, start intervals,
 * the order of dependent pairs (never of independent ones), and the hit or expiry of each look at a TTL. An execution
 * is feasible iff there is no negative cycle; the largest age is the shortest path from the commit to the invocation,
 * and the earliest solution with that age is the witness. All exact, in integer microseconds.
 *
 * The search enumerates orders up to the exchange of independent steps (sleep and persistent sets, no merging of
 * states, for times differ from path to path) and leaves a path at the first contradiction. */
#ifndef SLOTRACE_ENGINE_TIMING_H
#define SLOTRACE_ENGINE_TIMING_H

#include "engine/explore.h"
#include "engine/schedule.h"

/* A stale read that can happen, at its worst. */
struct timed_finding {
    struct finding finding;
    int64_t age_us;          /* The largest; AGE_NEVER_TRUE. */
    struct schedule witness; /* Attains it. */
};

struct timing_result {
    bool complete; /* Every order was looked at. */
    bool met;      /* Some feasible read came after an acknowledged write to what it asks about. */
    uint64_t orders, transitions, contradictions;
    const char *problem; /* If not complete. */
    struct {
        struct timed_finding *items; /* Sorted by finding. */
        size_t count, capacity;
    } findings;
};

/* `transitions_max` 0: no limit. Uses of `options`: no_sleep, no_persistent, no_expiry, stop, context. */
struct timing_result timing_explore(struct plan *plan, struct arena *arena, const struct explore_options *options,
                                    uint64_t transitions_max);

/* Can this one order happen? Then `out` is its oldest stale read, with times for the steps of the path (nothing is said
 * of steps that are not on it). */
bool timing_of_path(struct plan *plan, struct arena *arena, const struct transitions *path, struct timed_finding *out);

/* Open ends of time: nothing happens later than this after the clock. */
#define TIMING_HORIZON_US (30 * US_PER_DAY)

#endif
