/* What need not be tried: persistent sets and sleep sets over the transitions of one state. */
#ifndef SLOTRACE_ENGINE_REDUCTION_H
#define SLOTRACE_ENGINE_REDUCTION_H

#include "engine/space.h"

/* The transitions that are enabled in a state, with what each touches. */
struct enabled {
    struct transition *items;
    struct touched *touched;
    uint32_t count;
};

/* Of the present state; in `arena`. */
struct enabled reduction_enabled(struct space *space, struct arena *arena);

/* Transitions sleep by actor, a live look and an expired one apart; all expired choices of a listing together. */
static inline uint64_t sleep_bit(struct transition transition)
{
    return UINT64_C(1) << (2 * transition.actor + (transition.choice != 0));
}

/* The smallest persistent set of actors found, as bits: all actors whose future conflicts with a next step in the set
 * belong to it (Godefroid 1996, section 4, conflicting transitions). The others may wait. */
uint32_t reduction_persistent(const struct space *space, const struct enabled *enabled);

/* What still sleeps behind the transition `taken`: whatever slept and does not conflict with it. */
uint64_t reduction_still_asleep(const struct enabled *enabled, uint64_t sleep, uint32_t taken);

#endif
