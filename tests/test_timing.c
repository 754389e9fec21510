/* Time against enumeration: which stale reads can happen, and how old they get, on tiny plans with latencies and TTLs
 * of a few microseconds; and what the largest ages come from on plans with everyday latencies.
 *
 * SLOTRACE_TIMED=N: that many seeds instead of the usual number. SLOTRACE_SEED=N: that one alone, in full. */
#include "base/random.h"
#include "engine/difference.h"
#include "engine/timing.h"
#include "support/every_time.h"
#include "support/tiny_plan.h"

#include "cmocka_all.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SYSTEMS = 3000,
    VARIABLES_MAX = 9,
    SEEDS = 8000,
    STEPS_MAX = 60000,
    PROGRAM_STEPS_MAX = 18,
    TRANSITIONS_MAX = 2000
};

/* --- Difference constraints against Bellman and Ford --- */

struct edge {
    uint32_t a, b;
    int64_t w;
};

/* Bounds of t_b - t_a from one `a`; false: a negative cycle that it reaches. */
static bool bellman_ford(const struct edge *edges, size_t edge_count, uint32_t a, uint32_t count, int64_t *bounds)
{
    for (uint32_t i = 0; i < count; i++) {
        bounds[i] = i == a ? 0 : DIFFERENCE_NONE;
    }
    bool changed = true;
    for (uint32_t round = 0; round <= count && changed; round++) {
        changed = false;
        for (size_t i = 0; i < edge_count; i++) {
            const struct edge *edge = &edges[i];
            if (bounds[edge->a] < DIFFERENCE_NONE && bounds[edge->a] + edge->w < bounds[edge->b]) {
                bounds[edge->b] = bounds[edge->a] + edge->w;
                changed = true;
            }
        }
    }
    return !changed;
}

static bool is_feasible(const struct edge *edges, size_t edge_count, uint32_t count)
{
    bool feasible = true;
    int64_t bounds[VARIABLES_MAX];
    for (uint32_t a = 0; a < count; a++) {
        feasible = feasible && bellman_ford(edges, edge_count, a, count, bounds);
    }
    return feasible;
}

static void assert_bounds(const struct difference *system, const struct edge *edges, size_t edge_count)
{
    int64_t bounds[VARIABLES_MAX];
    for (uint32_t a = 0; a < system->count; a++) {
        assert_true(bellman_ford(edges, edge_count, a, system->count, bounds));
        for (uint32_t b = 0; b < system->count; b++) {
            assert_int_equal(difference_bound(system, a, b), bounds[b]);
        }
    }
}

/* Constraints one by one, now and then a new variable or a copy, until they contradict. */
static bool compare_system(struct random_stream *stream, struct arena *arena)
{
    struct difference system;
    struct edge edges[40];
    size_t edge_count = 0;
    difference_init(&system, arena_alloc(arena, 1, difference_size_bytes(VARIABLES_MAX)), VARIABLES_MAX);
    (void)difference_variable(&system);
    const int64_t low = random_between(stream, -6, 0);
    while (edge_count < COUNT(edges)) {
        if (system.count < VARIABLES_MAX && random_between(stream, 0, 3) == 0) {
            (void)difference_variable(&system);
        }
        if (random_between(stream, 0, 9) == 0) {
            struct difference copy;
            const uint32_t capacity = (uint32_t)random_between(stream, system.count, VARIABLES_MAX);
            difference_init(&copy, arena_alloc(arena, 1, difference_size_bytes(VARIABLES_MAX)), capacity);
            difference_copy(&copy, &system);
            assert_bounds(&copy, edges, edge_count);
        }
        struct edge *edge = &edges[edge_count++];
        edge->a = (uint32_t)random_between(stream, 0, system.count - 1);
        edge->b = (uint32_t)random_between(stream, 0, system.count - 1);
        edge->w = random_between(stream, low, 9);
        const bool added = difference_add(&system, edge->a, edge->b, edge->w);
        assert_int_equal(added, is_feasible(edges, edge_count, system.count));
        if (!added) {
            return false;
        }
        assert_bounds(&system, edges, edge_count);
    }
    return true;
}

static void differences_are_those_of_bellman_and_ford(void **state)
{
    (void)state;
    struct random_stream stream = random_stream_new(7);
    uint32_t feasible = 0;
    for (uint32_t i = 0; i < SYSTEMS; i++) {
        struct arena *arena = arena_new();
        feasible += compare_system(&stream, arena);
        arena_free(arena);
    }
    print_message("%u systems, %u of them feasible\n", (unsigned)SYSTEMS, feasible);
    assert_in_range(feasible, SYSTEMS / 10, SYSTEMS * 9 / 10);
}

static void between_is_both_ends(void **state)
{
    (void)state;
    int64_t memory[4];
    struct difference system;
    difference_init(&system, memory, 2);
    const uint32_t a = difference_variable(&system);
    const uint32_t b = difference_variable(&system);
    assert_int_equal(difference_bound(&system, a, b), DIFFERENCE_NONE);
    assert_true(difference_between(&system, a, b, 3, 5));
    assert_int_equal(difference_bound(&system, a, b), 5);
    assert_int_equal(difference_bound(&system, b, a), -3);
    assert_true(difference_between(&system, a, b, 5, 9));
    assert_false(difference_between(&system, a, b, 3, 4));
}

/* --- Witnesses --- */

struct attained {
    const struct timed_finding *claim;
    const struct step *answer;
    bool met;
};

static void on_read(void *context, const struct read_record *read)
{
    struct attained *attained = context;
    const struct finding *finding = &attained->claim->finding;
    for (uint32_t i = 0; i < read->stale_count; i++) {
        const struct stale_slot *stale = &read->stale[i];
        attained->met =
            attained->met || (read->step == attained->answer && stale->slot == finding->slot &&
                              stale->phantom == finding->phantom && stale->cause == finding->cause &&
                              stale->missed_actor == finding->writer && stale->age_us == attained->claim->age_us);
    }
}

/* NULL: the witness can be executed, is among all executions, and attains what is claimed. */
static const char *examine(struct build *build, const struct timed_finding *claim, bool complete)
{
    const struct program *program = &build->plan->actors.items[claim->finding.actor].program;
    struct attained attained = {.claim = claim, .answer = &program->steps[claim->finding.answer]};
    const struct divergence divergence = schedule_run(
        build->plan, build->arena, &claim->witness, (struct observer){.context = &attained, .on_read = on_read}, NULL);
    if (divergence.index != claim->witness.count) {
        return arena_printf(build->arena, "its witness diverges at %zu: %s", divergence.index, divergence.why);
    }
    if (!attained.met) {
        return "its witness does not attain it";
    }
    if (!complete || every_time_has(build->plan, build->arena, &claim->witness)) {
        return NULL;
    }
    struct text text = {0};
    schedule_format(build->plan, &claim->witness, &text);
    const char *problem = arena_printf(build->arena, "its witness breaks latencies: %s", text_string(&text));
    text_free(&text);
    return problem;
}

static void describe(const struct plan *plan, const struct finding *finding, int64_t age_us, struct text *out)
{
    text_printf(out, "  %s.%u slot %u %s, %s by %d: %" PRId64 " us\n", plan->actors.items[finding->actor].name,
                finding->answer, finding->slot, finding->phantom == PHANTOM_FREE ? "free" : "busy",
                cause_name(finding->cause), (int)finding->writer, age_us == AGE_NEVER_TRUE ? -1 : age_us);
}

/* --- Tiny plans --- */

struct tally {
    uint32_t seeds, compared, with_findings, findings, impossible, plans_with_impossible, met, paths;
    uint32_t rungs[4];
    uint64_t steps, orders, contradictions;
};

static const char *different(struct random_plan *random, const char *what, const struct timing_result *is,
                             const struct every_time *should)
{
    bool same = is->findings.count == should->findings.count;
    for (size_t i = 0; same && i < is->findings.count; i++) {
        same =
            memcmp(&is->findings.items[i].finding, &should->findings.items[i].finding, sizeof(struct finding)) == 0 &&
            is->findings.items[i].age_us == should->findings.items[i].age_us;
    }
    if (same && is->complete && is->met == should->met) {
        return NULL;
    }
    struct text text = {0};
    text_printf(&text, "%s: %s, met %d; every time: met %d\n", what, is->complete ? "complete" : is->problem, is->met,
                should->met);
    for (size_t i = 0; i < is->findings.count; i++) {
        describe(random->build.plan, &is->findings.items[i].finding, is->findings.items[i].age_us, &text);
    }
    text_puts(&text, "  but by enumeration:\n");
    for (size_t i = 0; i < should->findings.count; i++) {
        describe(random->build.plan, &should->findings.items[i].finding, should->findings.items[i].age_us, &text);
    }
    const char *problem = arena_copy_text(random->build.arena, text_string(&text), text.length);
    text_free(&text);
    return problem;
}

/* A counterexample without time: if it can happen, it is one of those that do. */
static const char *compare_path(struct random_plan *random, const struct explore_result *untimed,
                                const struct every_time *should)
{
    struct timed_finding found = {.age_us = 0};
    if (!timing_of_path(random->build.plan, random->build.arena, &untimed->counterexample, &found)) {
        return NULL;
    }
    for (size_t i = 0; i < should->findings.count; i++) {
        if (memcmp(&should->findings.items[i].finding, &found.finding, sizeof found.finding) == 0) {
            return found.age_us <= should->findings.items[i].age_us ? examine(&random->build, &found, false)
                                                                    : "a path: older than possible";
        }
    }
    return "a path: impossible";
}

static const char *compare_untimed(struct random_plan *random, const struct every_time *should, struct tally *tally)
{
    struct explore_result untimed =
        explore(random->build.plan, random->build.arena, &(struct explore_options){.no_symmetry = true});
    size_t possible = 0;
    for (size_t i = 0; i < untimed.findings.count; i++) {
        for (size_t j = 0; j < should->findings.count; j++) {
            possible +=
                memcmp(&untimed.findings.items[i], &should->findings.items[j].finding, sizeof(struct finding)) == 0;
        }
    }
    if (possible != should->findings.count) {
        return "without time it finds less";
    }
    tally->impossible += (uint32_t)(untimed.findings.count - possible);
    tally->plans_with_impossible += untimed.findings.count > possible;
    if (untimed.counterexample.count == 0) {
        return NULL;
    }
    tally->paths++;
    return compare_path(random, &untimed, should);
}

static const struct {
    const char *name;
    struct explore_options options;
} rungs[] = {
    {"all reductions", {.no_sleep = false}},
    {"no persistent sets", {.no_persistent = true}},
    {"no sleep sets", {.no_sleep = true}},
    {"no reductions", {.no_sleep = true, .no_persistent = true}},
};

/* NULL: they agree, or it is too large to tell. */
static const char *compare_plan(struct random_plan *random, struct tally *tally)
{
    struct plan *plan = random->build.plan;
    tally->seeds++;
    const struct every_time should = every_time(plan, random->build.arena, STEPS_MAX);
    if (!should.complete) {
        return NULL;
    }
    tally->compared++;
    tally->steps += should.steps;
    tally->with_findings += should.findings.count > 0;
    tally->findings += (uint32_t)should.findings.count;
    tally->met += should.met;
    for (size_t i = 0; i < COUNT(rungs); i++) {
        const struct timing_result is =
            timing_explore(plan, random->build.arena, &rungs[i].options, i == 0 ? 0 : TRANSITIONS_MAX);
        if (i > 0 && !is.complete) {
            continue; /* Too many orders without this reduction. */
        }
        tally->rungs[i]++;
        const char *problem = different(random, rungs[i].name, &is, &should);
        for (size_t j = 0; i == 0 && problem == NULL && j < is.findings.count; j++) {
            problem = examine(&random->build, &is.findings.items[j], true);
        }
        if (problem != NULL) {
            return problem;
        }
        tally->orders += i == 0 ? is.orders : 0;
        tally->contradictions += i == 0 ? is.contradictions : 0;
    }
    return compare_untimed(random, &should, tally);
}

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void tiny_plans_are_those_of_every_time(void **state)
{
    (void)state;
    const uint64_t only = number_from("SLOTRACE_SEED", 0);
    const uint64_t count = number_from("SLOTRACE_TIMED", SEEDS);
    struct tally tally = {0};
    uint32_t failed = 0;
    for (uint64_t seed = only == 0 ? 1 : only; seed <= (only == 0 ? count : only) && failed < 3; seed++) {
        struct random_plan random = random_plan_new(seed);
        tiny_plan_make(&random);
        const char *problem = tiny_plan_is_fit(random.build.plan) ? compare_plan(&random, &tally) : NULL;
        if (problem != NULL || only != 0) {
            struct text text = {0};
            tiny_plan_describe(&random, &text);
            (void)fprintf(stderr, "%s%s\n", text_string(&text), problem == NULL ? "fine" : problem);
            text_free(&text);
            failed += problem != NULL;
        }
        random_plan_free(&random);
    }
    print_message(
        "%u plans, %u compared, in %" PRIu64 " steps: %u with findings (%u), %u with %u that time forbids, %u "
        "met a write, %u paths; %" PRIu64 " orders, %" PRIu64 " contradictions\n",
        tally.seeds, tally.compared, tally.steps, tally.with_findings, tally.findings, tally.plans_with_impossible,
        tally.impossible, tally.met, tally.paths, tally.orders, tally.contradictions);
    print_message("without: persistent sets %u, sleep sets %u, both %u\n", tally.rungs[1], tally.rungs[2],
                  tally.rungs[3]);
    assert_int_equal(failed, 0);
    if (only == 0 && count >= SEEDS) {
        assert_true(tally.compared >= 800);
        assert_true(tally.with_findings >= 120);
        assert_true(tally.plans_with_impossible >= 300);
        assert_true(tally.rungs[1] >= 700 && tally.rungs[2] >= 700 && tally.rungs[3] >= 50);
    }
}

/* --- Everyday latencies --- */

static void begin_at(struct build *build, struct actor_spec spec, int64_t at_us)
{
    const uint32_t actor = build_add(build, spec, at_us);
    build->plan->actors.items[actor].at_given = true;
}

/* An hour in which everybody may begin whenever they like. */
static void begin_any_time(struct build *build, struct actor_spec spec)
{
    const uint32_t actor = build_add(build, spec, 0);
    build->plan->actors.items[actor].at_given = true;
    build->plan->actors.items[actor].at_high_us += 60 * US_PER_MINUTE;
}

static void open_everyday(struct build *build, int64_t upstream_us)
{
    build_open(build);
    build_latency(build, LATENCY_CACHE, 1 * US_PER_MS, 5 * US_PER_MS, 2 * US_PER_MS);
    build_latency(build, LATENCY_DELETE, 1 * US_PER_MS, 5 * US_PER_MS, 2 * US_PER_MS);
    build_latency(build, LATENCY_UPSTREAM, 200 * US_PER_MS, upstream_us, 400 * US_PER_MS);
    build_latency(build, LATENCY_BOOKING, 300 * US_PER_MS, 500 * US_PER_MS, 400 * US_PER_MS);
    build_latency(build, LATENCY_WEBHOOK, 1000 * US_PER_MS, 3000 * US_PER_MS, 2000 * US_PER_MS);
    (void)build_l1(build);
    build_slot(build, "1", "h0", build_at(build, 0, 9, 0), 30);
}

static void ask(struct build *build, const char *name, uint32_t reader)
{
    begin_any_time(build, build_ask(build, name, reader, build_at(build, 0, 9, 0), build_at(build, 0, 10, 0)));
}

static void ask_at(struct build *build, const char *name, uint32_t reader, int64_t at_us)
{
    begin_at(build, build_ask(build, name, reader, build_at(build, 0, 9, 0), build_at(build, 0, 10, 0)), at_us);
}

static uint32_t forgets_l1(struct build *build)
{
    return BUILD_ENTRY(build, "handler", build_forget(build, 0, 1));
}

/* What is found of an actor's answers, with the largest ages; "" if time leaves nothing. */
static const char *worst(struct build *build, const char *actor)
{
    const struct timing_result result = timing_explore(build->plan, build->arena, &(struct explore_options){0}, 0);
    assert_true(result.complete);
    struct text text = {0};
    for (size_t i = 0; i < result.findings.count; i++) {
        const struct timed_finding *found = &result.findings.items[i];
        const char *problem = examine(build, found, true);
        if (problem != NULL) {
            fail_msg("%s", problem);
        }
        if (found->finding.actor == plan_actor(build->plan, actor)) {
            text_printf(&text, "%s%s %" PRId64 " us", text.length == 0 ? "" : "; ", cause_name(found->finding.cause),
                        found->age_us);
        }
    }
    const char *copy = arena_copy_text(build->arena, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

static void assert_refuted_without_time(struct build *build)
{
    const struct explore_result untimed =
        explore(build->plan, build->arena, &(struct explore_options){.no_symmetry = true});
    assert_int_equal(untimed.verdict, EXPLORE_REFUTED);
}

/* 800 ms + 300 s + 5 ms + 300 s: the answer on its way, the inner entry's life, the way out, the outer entry's life. */
static void nested_layers_add_up(void **state)
{
    (void)state;
    struct build build;
    open_everyday(&build, 800 * US_PER_MS);
    (void)build_l2(&build);
    const uint32_t inner = build_reader(&build, "inner", 0);
    const uint32_t outer = build_reader(&build, "outer", 1);
    const uint32_t widget = BUILD_CUSTOMER(&build, "widget", build_upstream("upstream.create"));
    build_plan(&build);
    ask(&build, "a", inner);
    begin_any_time(&build, build_write(&build, "w", widget, 0));
    ask(&build, "b", outer);
    ask(&build, "c", outer);
    assert_string_equal(worst(&build, "a"), "never invalidated 300800000 us");
    assert_string_equal(worst(&build, "b"), "never invalidated 600805000 us");
    assert_string_equal(worst(&build, "c"), "never invalidated 600805000 us");
    build_close(&build);
}

/* The deletion overtakes an answer that is on its way. */
static void a_late_fill_lives_as_long_as_its_entry(void **state)
{
    (void)state;
    struct build build;
    open_everyday(&build, 800 * US_PER_MS);
    const uint32_t reader = build_reader(&build, "reader", 0);
    const uint32_t book = BUILD_ENTRY(&build, "book", build_upstream("upstream.create"), build_forget(&build, 0, 1));
    build_plan(&build);
    ask(&build, "a", reader);
    begin_any_time(&build, build_write(&build, "w", book, 0));
    ask(&build, "b", reader);
    assert_string_equal(worst(&build, "b"), "late fill 300800000 us");
    build_close(&build);
}

/* A webhook takes a second at least: an answer of 800 ms cannot be that late, one of 1200 ms can. */
static void a_slow_webhook_comes_after_every_fill(void **state)
{
    (void)state;
    for (int slow = 0; slow < 2; slow++) {
        struct build build;
        open_everyday(&build, (slow != 0 ? 1200 : 800) * US_PER_MS);
        const uint32_t reader = build_reader(&build, "reader", 0);
        const uint32_t handler = forgets_l1(&build);
        const uint32_t widget =
            BUILD_CUSTOMER(&build, "widget", build_upstream("upstream.create"), build_send(handler));
        build_plan(&build);
        ask(&build, "a", reader);
        begin_any_time(&build, build_write(&build, "w", widget, 0));
        ask(&build, "b", reader);
        assert_refuted_without_time(&build);
        assert_string_equal(worst(&build, "b"), slow != 0 ? "late fill 301200000 us" : "");
        build_close(&build);
    }
}

/* Nothing takes any time. L1 is there for 300 s and 5 us, L2 for 300 s: only in the microsecond after that can L2 be
 * filled from L1 once more, and still serve c. */
static void an_entry_is_there_in_its_last_microsecond(void **state)
{
    (void)state;
    for (int64_t late_us = 0; late_us < 2; late_us++) {
        struct build build;
        build_open(&build);
        build.system->layers[build_l1(&build)].ttl_us += 5;
        const uint32_t outer = build_reader(&build, "outer", build_l2(&build));
        const uint32_t widget = BUILD_CUSTOMER(&build, "widget", build_upstream("upstream.create"));
        build_slot(&build, "1", "h0", build_at(&build, 0, 9, 0), 30);
        build_slot(&build, "1", "h0", build_at(&build, 0, 9, 30), 30);
        build_plan(&build);
        ask_at(&build, "a", outer, 0);
        begin_at(&build, build_write(&build, "w", widget, 0), 1);
        ask_at(&build, "b", outer, 300 * US_PER_SECOND + late_us);
        ask_at(&build, "c", outer, 600 * US_PER_SECOND + late_us);
        assert_refuted_without_time(&build);
        assert_string_equal(worst(&build, "b"),
                            late_us == 0 ? "never invalidated 299999999 us" : "never invalidated 300000000 us");
        assert_string_equal(worst(&build, "c"), late_us == 0 ? "" : "never invalidated 600000000 us");
        build_close(&build);
    }
}

/* The late reader comes first in the plan, and both hit the same entry: their order is nobody's business. */
static void hits_come_in_any_order(void **state)
{
    (void)state;
    struct build build;
    build_open(&build);
    const uint32_t reader = build_reader(&build, "reader", build_l1(&build));
    const uint32_t widget = BUILD_CUSTOMER(&build, "widget", build_upstream("upstream.create"));
    build_slot(&build, "1", "h0", build_at(&build, 0, 9, 0), 30);
    build_plan(&build);
    ask_at(&build, "late", reader, 200 * US_PER_SECOND);
    ask_at(&build, "fills", reader, 0);
    begin_at(&build, build_write(&build, "w", widget, 0), US_PER_SECOND);
    ask_at(&build, "early", reader, 100 * US_PER_SECOND);
    assert_string_equal(worst(&build, "early"), "never invalidated 99000000 us");
    assert_string_equal(worst(&build, "late"), "never invalidated 199000000 us");
    build_close(&build);
}

/* Three deletions of a layer that nobody fills take a second each, and only then is the booking made. */
static void unseen_deletions_take_their_time(void **state)
{
    (void)state;
    struct build build;
    build_open(&build);
    build_latency(&build, LATENCY_DELETE, US_PER_SECOND, US_PER_SECOND, US_PER_SECOND);
    const uint32_t reader = build_reader(&build, "reader", build_l1(&build));
    const uint32_t unused = build_l2(&build);
    const uint32_t book = BUILD_ENTRY(&build, "book", build_forget(&build, unused, 3), build_forget(&build, unused, 1),
                                      build_upstream("upstream.create"), build_forget(&build, unused, 2));
    build_slot(&build, "1", "h0", build_at(&build, 0, 9, 0), 30);
    build_plan(&build);
    ask_at(&build, "a", reader, 0);
    begin_at(&build, build_write(&build, "w", book, 0), 10 * US_PER_SECOND);
    ask_at(&build, "b", reader, 20 * US_PER_SECOND);
    /* The commit is at 14 s, the return at 16 s. */
    assert_string_equal(worst(&build, "b"), "never invalidated 6000000 us");
    build_close(&build);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_are_those_of_bellman_and_ford),
        cmocka_unit_test(between_is_both_ends),
        cmocka_unit_test(nested_layers_add_up),
        cmocka_unit_test(an_entry_is_there_in_its_last_microsecond),
        cmocka_unit_test(hits_come_in_any_order),
        cmocka_unit_test(unseen_deletions_take_their_time),
        cmocka_unit_test(a_late_fill_lives_as_long_as_its_entry),
        cmocka_unit_test(a_slow_webhook_comes_after_every_fill),
        cmocka_unit_test(tiny_plans_are_those_of_every_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
