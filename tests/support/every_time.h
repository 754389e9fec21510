/* Every timed execution of a tiny plan, by brute force: whatever step at whatever whole microsecond its latencies
 * allow, in every order of what happens at once, each executed on the machine, where entries expire by its clock.
 *
 * Nothing is known here of dependence, of constraints or of expiry as a choice: what the timed search is held against.
 * Needs at_given, no repeated readers, and intervals of a few microseconds. */
#ifndef SLOTRACE_TESTS_EVERY_TIME_H
#define SLOTRACE_TESTS_EVERY_TIME_H

#include "engine/timing.h"

struct every_time {
    bool complete; /* steps_max were enough. */
    bool met;      /* See struct timing_result. */
    uint64_t steps;
    struct {
        struct every_finding {
            struct finding finding;
            int64_t age_us; /* The largest. */
        } * items;
        size_t count, capacity;
    } findings; /* Sorted as those of struct timing_result. */
};

struct every_time every_time(struct plan *plan, struct arena *arena, uint64_t steps_max);

/* Is this one of those executions, complete and at exactly these times? (Any intervals will do.) */
bool every_time_has(struct plan *plan, struct arena *arena, const struct schedule *schedule);

#endif
