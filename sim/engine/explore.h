/* Every order of steps, every choice of expiry: depth-first over canonical states.
 *
 * Reductions, each switchable, each preserving every final state and every stale read with its cause:
 *   - sleep sets, stored with each state (Godefroid 1996, section 5: a state that is met again is explored further for
 *     what slept the first time and is awake now);
 *   - persistent sets from the declared footprints (ibid., section 4: conflicting transitions, a program's future as a
 *     suffix of its steps);
 *   - symmetry: identical readers in swapped states are one state.
 * The space is acyclic (every step advances a program), so nothing can be ignored for ever.
 *
 * Time is ignored: what holds here holds for every timing. Memory: about 60 to 150 bytes a state. */
#ifndef SLOTRACE_ENGINE_EXPLORE_H
#define SLOTRACE_ENGINE_EXPLORE_H

#include "engine/space.h"

struct explore_progress {
    uint64_t states, transitions;
    double explored; /* Estimate of the part of the space that is done, 0 .. 1. */
};

struct explore_options {
    bool no_sleep, no_persistent, no_symmetry;
    bool no_visited;                       /* Plain enumeration of all interleavings: for tests. Implies no_sleep. */
    bool no_expiry;                        /* Entries never expire. */
    bool stop_at_first;                    /* At the first counterexample: the findings are then not all. */
    uint64_t states_max, memory_max_bytes; /* 0: no limit. */
    /* Asked now and then; true ends the search as BOUNDED. May be NULL. */
    bool (*stop)(void *context, const struct explore_progress *progress);
    void *context;
};

enum explore_verdict { EXPLORE_PROVED, EXPLORE_REFUTED, EXPLORE_BOUNDED, EXPLORE_VACUOUS, EXPLORE_ERROR };

const char *explore_verdict_name(enum explore_verdict verdict); /* "PROVED" */

/* A kind of stale read that can happen. With symmetry, `actor` is the first of its class. */
struct finding {
    uint32_t actor;
    uint32_t answer; /* Step of its program. */
    uint32_t slot;
    enum phantom phantom;
    enum cause cause;
    uint32_t writer; /* Of the missed write; MODEL_NONE. */
};

/* The finding that a stale slot of an answer is. */
struct finding finding_of(const struct space *space, uint32_t actor, const struct step *answer,
                          const struct stale_slot *stale);

struct explore_result {
    enum explore_verdict verdict;
    uint64_t states, transitions, final_states;
    uint64_t final_digest; /* Of the set of final states: order-independent. */
    uint64_t memory_bytes;
    uint32_t depth_max;
    double explored;
    const char *problem; /* ERROR, BOUNDED: why. */
    struct {
        struct finding *items; /* Sorted. */
        size_t count, capacity;
    } findings;
    struct transitions counterexample; /* The first that was met; empty if none. */
};

struct explore_result explore(struct plan *plan, struct arena *arena, const struct explore_options *options);

/* The shortest counterexample: fewest steps, then fewest switches between actors (breadth first, within states_max
 * states). Empty when none was found within the limit. */
struct transitions explore_shortest(struct plan *plan, struct arena *arena, const struct explore_options *options);

#endif
