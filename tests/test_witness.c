/* Every bundled scenario explored: whatever explore says can happen does happen when its schedule is executed, and is
 * exactly as old as it says. */
#include "cmocka_all.h"

#include "scenario/judgement.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRANSITIONS_MAX = 20000 };

struct attained {
    const struct finding *wanted;
    const struct plan *plan;
    bool seen;
    int64_t age_us;
};

static void on_read(void *context, const struct read_record *read)
{
    struct attained *attained = context;
    const struct finding *wanted = attained->wanted;
    const struct step *answer = &attained->plan->actors.items[wanted->actor].program.steps[wanted->answer];
    for (uint32_t i = 0; i < read->stale_count; i++) {
        const struct stale_slot *stale = &read->stale[i];
        if (read->actor == wanted->actor && read->step == answer && stale->slot == wanted->slot &&
            stale->phantom == wanted->phantom && stale->cause == wanted->cause &&
            (!attained->seen || stale->age_us > attained->age_us)) {
            attained->seen = true;
            attained->age_us = stale->age_us;
        }
    }
}

static void execute(struct plan *plan, const struct timed_finding *found)
{
    struct arena *arena = arena_new();
    struct attained attained = {.wanted = &found->finding, .plan = plan};
    const struct observer observer = {.context = &attained, .on_read = on_read};
    const struct divergence divergence = schedule_run(plan, arena, &found->witness, observer, NULL);
    if (divergence.index != found->witness.count) {
        fail_msg("%s: diverges at step %zu: %s", plan->title, divergence.index + 1, divergence.why);
    }
    assert_true(attained.seen);
    assert_int_equal(attained.age_us, found->age_us);
    arena_free(arena);
}

static void count_stale(void *context, const struct read_record *read)
{
    *(uint32_t *)context += read->stale_count > 0;
}

static void execute_counterexample(struct plan *plan, const struct schedule *schedule)
{
    struct arena *arena = arena_new();
    uint32_t stale = 0;
    const struct observer observer = {.context = &stale, .on_read = count_stale};
    const struct divergence divergence = schedule_run(plan, arena, schedule, observer, NULL);
    assert_int_equal(divergence.index, schedule->count);
    assert_true(stale > 0);
    arena_free(arena);
}

struct tally {
    uint32_t cases, refuted, findings;
};

static void explore_file(const char *path, struct tally *tally)
{
    struct arena *arena = arena_new();
    struct diags diags = {.arena = arena};
    struct loader loader = loader_new(arena, &diags, NULL);
    struct scenario *scenario = scenario_load(&loader, path, NULL);
    assert_non_null(scenario);
    const struct judgement_options options = {
        .explore = {.states_max = 20000}, .timed_transitions_max = TRANSITIONS_MAX, .shortest_states_max = 20000};
    for (size_t i = 0; i < scenario->case_count; i++) {
        struct arena *scratch = arena_new();
        const struct explored_case explored = judge_case(scratch, scenario, &scenario->cases[i], &options);
        tally->cases++;
        tally->refuted += explored.verdict == EXPLORE_REFUTED;
        tally->findings += (uint32_t)explored.timing.findings.count;
        for (size_t f = 0; f < explored.timing.findings.count; f++) {
            execute(scenario->cases[i].plan, &explored.timing.findings.items[f]);
        }
        if (explored.verdict == EXPLORE_REFUTED) {
            execute_counterexample(scenario->cases[i].plan, &explored.counterexample);
        }
        arena_free(scratch);
    }
    scenario_close(scenario);
    loader_free(&loader);
    arena_free(arena);
}

static int is_scenario(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static void witnesses_attain_what_they_claim(void **state)
{
    (void)state;
    struct dirent **entries = NULL;
    const int count = scandir("scenarios", &entries, is_scenario, alphasort);
    assert_true(count > 0);
    struct tally tally = {0};
    for (int i = 0; i < count; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "scenarios/%s", entries[i]->d_name);
        explore_file(path, &tally);
        free(entries[i]);
    }
    free(entries);
    print_message("%u cases, %u refuted, %u findings executed\n", tally.cases, tally.refuted, tally.findings);
    assert_true(tally.refuted > 20);
    assert_true(tally.findings > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(witnesses_attain_what_they_claim)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
