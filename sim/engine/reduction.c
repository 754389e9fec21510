#include "engine/reduction.h"

#include "base/poison.h"

struct enabled reduction_enabled(struct space *space, struct arena *arena)
{
    struct transitions all = {0};
    space_transitions(space, arena, &all);
    struct enabled enabled = {.items = all.items, .count = (uint32_t)all.count};
    enabled.touched = ARENA_ARRAY(arena, struct touched, enabled.count);
    for (uint32_t i = 0; i < enabled.count; i++) {
        enabled.touched[i] = space_touched(space, enabled.items[i]);
    }
    return enabled;
}

static uint32_t lowest_bit(uint32_t bits)
{
    return (uint32_t)__builtin_ctz(bits);
}

/* From one actor: all whose future conflicts with a next step in the set, again and again. */
static uint32_t persistent_from(const struct space *space, const struct touched *next, uint32_t actors, uint32_t seed)
{
    uint32_t chosen = UINT32_C(1) << seed;
    for (uint32_t pending = chosen; pending != 0;) {
        const uint32_t actor = lowest_bit(pending);
        pending &= pending - 1;
        for (uint32_t rest = actors & ~chosen; rest != 0; rest &= rest - 1) {
            const uint32_t other = lowest_bit(rest);
            if (!SABOTAGED(ALONE) &&
                touched_conflict(&next[actor], &space->future[other][space->machine->actors[other].pc])) {
                chosen |= UINT32_C(1) << other;
                pending |= UINT32_C(1) << other;
            }
        }
    }
    return chosen;
}

uint32_t reduction_persistent(const struct space *space, const struct enabled *enabled)
{
    struct touched next[SPACE_ACTORS_MAX];
    uint32_t actors = 0;
    for (uint32_t i = 0; i < enabled->count; i++) {
        const uint32_t actor = enabled->items[i].actor;
        if ((actors >> actor & 1U) == 0) {
            next[actor] = enabled->touched[i];
            actors |= UINT32_C(1) << actor;
        } else {
            touched_merge(&next[actor], &enabled->touched[i]);
        }
    }
    uint32_t best = actors;
    for (uint32_t rest = actors; rest != 0; rest &= rest - 1) {
        const uint32_t chosen = persistent_from(space, next, actors, lowest_bit(rest));
        if (__builtin_popcount(chosen) < __builtin_popcount(best)) {
            best = chosen;
        }
    }
    return best;
}

uint64_t reduction_still_asleep(const struct enabled *enabled, uint64_t sleep, uint32_t taken)
{
    uint64_t asleep = 0;
    uint64_t awake = 0;
    for (uint32_t i = 0; i < enabled->count; i++) {
        const uint64_t bit = sleep_bit(enabled->items[i]);
        if (enabled->items[i].actor == enabled->items[taken].actor ||
            (!SABOTAGED(SLEEP_ON) && touched_conflict(&enabled->touched[i], &enabled->touched[taken]))) {
            awake |= bit; /* Of a listing's expired choices, all sleep or none. */
        } else {
            asleep |= sleep & bit;
        }
    }
    return asleep & ~awake;
}
