#include "scenario/judgement.h"

#include "base/check.h"

static void find_counterexample(struct arena *arena, struct explored_case *explored,
                                const struct judgement_options *options)
{
    struct plan *plan = explored->of->plan;
    struct explore_options shortest = options->explore;
    shortest.states_max = options->shortest_states_max;
    const struct transitions path = explore_shortest(plan, arena, &shortest);
    struct timed_finding found = {0};
    if (path.count > 0 && !explored->timed) {
        explored->counterexample = schedule_of_path(plan, arena, &path);
    } else if (path.count > 0 && timing_of_path(plan, arena, &path, &found)) {
        explored->counterexample = found.witness;
    } else if (explored->timed) {
        /* The shortest order cannot happen in time: the shortest of the worst cases that can. */
        for (size_t i = 0; i < explored->timing.findings.count; i++) {
            const struct schedule *witness = &explored->timing.findings.items[i].witness;
            if (explored->counterexample.count == 0 || witness->count < explored->counterexample.count) {
                explored->counterexample = *witness;
            }
        }
    } else {
        explored->counterexample = schedule_of_path(plan, arena, &explored->untimed.counterexample);
    }
}

static void add_time(struct explored_case *explored)
{
    const struct timing_result *timing = &explored->timing;
    for (size_t i = 0; i < timing->findings.count; i++) {
        const struct timed_finding *found = &timing->findings.items[i];
        explored->causes |= UINT32_C(1) << found->finding.cause;
        if (found->age_us > explored->stale_age_us) {
            explored->stale_age_us = found->age_us;
        }
    }
    if (timing->findings.count > 0) {
        explored->verdict = EXPLORE_REFUTED;
        explored->why = timing->problem;
    } else if (!timing->complete) {
        explored->verdict = EXPLORE_BOUNDED;
        explored->why = timing->problem;
    } else {
        explored->verdict = timing->met ? EXPLORE_PROVED : EXPLORE_VACUOUS;
        explored->why = NULL;
    }
}

static void violate(struct arena *arena, struct explored_case *explored, struct mark mark, const char *message)
{
    ARENA_PUSH(arena, &explored->violations) = (struct violation){.mark = mark, .message = message};
}

static void judge(struct arena *arena, struct explored_case *explored)
{
    const struct explore_expectation *expected = &explored->of->expectations.explore;
    const enum explore_verdict wanted = expected->given ? expected->verdict : EXPLORE_PROVED;
    if (explored->verdict != wanted && explored->verdict != EXPLORE_BOUNDED && explored->verdict != EXPLORE_ERROR &&
        (expected->given || explored->verdict == EXPLORE_REFUTED)) {
        violate(arena, explored, expected->given ? expected->mark : explored->scenario->mark,
                arena_printf(arena, "explore.verdict: expected %s, got %s", explore_verdict_name(wanted),
                             explore_verdict_name(explored->verdict)));
    }
    if (expected->age_given && explored->timed &&
        (explored->stale_age_us < expected->age_us.low || explored->stale_age_us > expected->age_us.high)) {
        struct text age = {0};
        if (explored->stale_age_us == AGE_NEVER_TRUE) {
            text_puts(&age, "a value that was never true");
        } else {
            text_duration(&age, explored->stale_age_us);
        }
        violate(
            arena, explored, expected->mark,
            arena_printf(arena, "explore.stale_age: expected %s, got %s", expected->age_written, text_string(&age)));
        text_free(&age);
    }
    for (int cause = 0; cause < CAUSE_COUNT; cause++) {
        const uint32_t bit = UINT32_C(1) << cause;
        if (expected->causes_given && (explored->causes & bit) != 0 && (expected->causes & bit) == 0) {
            violate(arena, explored, expected->mark,
                    arena_printf(arena, "explore.causes: '%s' occurs and is not among those expected",
                                 cause_name((enum cause)cause)));
        }
    }
}

struct explored_case judge_case(struct arena *arena, const struct scenario *scenario, const struct scenario_case *of,
                                const struct judgement_options *options)
{
    struct explored_case explored = {.scenario = scenario, .of = of};
    /* Where time is looked at, too, one stale read is reason enough to do so: the rest of this search says no more. */
    struct explore_options untimed = options->explore;
    untimed.stop_at_first = untimed.stop_at_first || !options->ignore_time;
    explored.untimed = explore(of->plan, arena, &untimed);
    explored.verdict = explored.untimed.verdict;
    explored.why = explored.untimed.problem;
    for (size_t i = 0; i < explored.untimed.findings.count && options->ignore_time; i++) {
        explored.causes |= UINT32_C(1) << explored.untimed.findings.items[i].cause;
    }
    const bool open = explored.verdict == EXPLORE_REFUTED || explored.verdict == EXPLORE_BOUNDED;
    if (open && !options->ignore_time) {
        explored.timed = true;
        explored.timing = timing_explore(of->plan, arena, &options->explore, options->timed_transitions_max);
        add_time(&explored);
    }
    if (explored.verdict == EXPLORE_REFUTED) {
        find_counterexample(arena, &explored, options);
    }
    judge(arena, &explored);
    return explored;
}
