/* A schedule: named steps in order, with choices and perhaps times.
 *
 *   call-a.L2.get; call-a.L1.get!; widget-b.create@+20ms
 *
 * "!" says that a look at the cache finds its entry expired; "@" an instant. Names, not numbers, so that a schedule
 * survives edits: other actors may be added, renamed or removed. Deletions of keys that nobody puts are not listed. */
#ifndef SLOTRACE_ENGINE_SCHEDULE_H
#define SLOTRACE_ENGINE_SCHEDULE_H

#include "engine/space.h"

struct scheduled {
    uint32_t actor;
    const char *step;
    uint32_t choice;
    int64_t time_us; /* TIME_NONE: not said. */
};

struct schedule {
    struct scheduled *items;
    size_t count, capacity;
};

/* A transition path without times. */
struct schedule schedule_of_path(struct plan *plan, struct arena *arena, const struct transitions *path);

/* Where a schedule could not be followed. */
struct divergence {
    size_t index; /* Of the scheduled step; equal to the count: none. */
    const char *why;
};

/* Executes a schedule: with times (then entries expire by time, and a choice is checked against it), or without (then
 * the choices decide). Steps of actors that it does not name do not happen. `machine` (if not NULL) gets the machine.
 */
struct divergence schedule_run(struct plan *plan, struct arena *arena, const struct schedule *schedule,
                               struct observer observer, struct machine **machine);

void schedule_format(const struct plan *plan, const struct schedule *schedule, struct text *out);

#endif
