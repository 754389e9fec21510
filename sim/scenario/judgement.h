/* A whole answer about one case: explored without time, then, where that refuted it, with time. */
#ifndef SLOTRACE_SCENARIO_JUDGEMENT_H
#define SLOTRACE_SCENARIO_JUDGEMENT_H

#include "engine/timing.h"
#include "scenario/load.h"

struct judgement_options {
    struct explore_options explore;
    bool ignore_time;
    uint64_t timed_transitions_max; /* 0: no limit. */
    uint64_t shortest_states_max;
};

struct explored_case {
    const struct scenario *scenario;
    const struct scenario_case *of;
    struct explore_result untimed;
    bool timed; /* Was time looked at? */
    struct timing_result timing;
    enum explore_verdict verdict;
    const char *why;                /* BOUNDED, ERROR, VACUOUS: why. */
    int64_t stale_age_us;           /* The largest that can happen; 0: none; AGE_NEVER_TRUE. Only with time. */
    uint32_t causes;                /* Of what can happen: bit by enum cause. */
    struct schedule counterexample; /* REFUTED: the shortest that was found, with times if time was looked at. */
    struct violations violations;
};

struct explored_case judge_case(struct arena *arena, const struct scenario *scenario, const struct scenario_case *of,
                                const struct judgement_options *options);

#endif
