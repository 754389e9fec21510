/* libFuzzer: any bytes as a scenario and the systems that it names, loaded, run and judged.
 *
 * Lines "%%" split the bytes into files: /f/scenario.yaml, /f/system.yaml, /f/base.yaml (a system can extend it). They
 * never touch a disk: source_read() below takes the place of the one in sim/scenario/source.c.
 *
 *   clang -fsanitize=fuzzer,address,undefined ... && ./fuzz_scenario corpus_of_your_own tests/corpus/scenario */
#include "base/check.h"
#include "report/report.h"
#include "scenario/judgement.h"

#include <stdlib.h>
#include <string.h>

enum {
    FILE_COUNT = 3,
    STEPS_MAX = 20000,
    SLOTS_MAX = 2000,
    EXPLORED_STEPS_MAX = 200,
    EXPLORED_STATES_MAX = 100,
    EXPLORED_EVERY = 4
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *const paths[FILE_COUNT] = {"/f/scenario.yaml", "/f/system.yaml", "/f/base.yaml"};
static struct source files[FILE_COUNT];

static void split(struct arena *arena, const char *text, size_t size)
{
    static const char marker[] = "\n%%\n";
    const size_t marker_size = sizeof marker - 1;
    const char *end = text + size;
    for (int i = 0; i < FILE_COUNT; i++) {
        const char *stop = text;
        while (stop < end &&
               (i == FILE_COUNT - 1 || (size_t)(end - stop) < marker_size || memcmp(stop, marker, marker_size) != 0)) {
            stop++;
        }
        const size_t length = (size_t)(stop - text);
        files[i] = (struct source){paths[i], arena_copy_text(arena, text, length), length};
        text = stop == end ? end : stop + marker_size;
    }
}

const struct source *source_read(struct arena *arena, const char *path, struct mark reference, struct diags *diags)
{
    (void)arena;
    for (int i = 0; i < FILE_COUNT; i++) {
        if (strcmp(path, paths[i]) == 0) {
            return &files[i];
        }
    }
    diag_error(diags, reference, DIAG_IO, "cannot read '%s': there is no such file", path);
    return NULL;
}

/* Runs that are legal, but take minutes, end here. */
struct budget {
    volatile sig_atomic_t spent;
    uint32_t steps;
};

static void count_step(void *context, const struct step_record *record)
{
    struct budget *budget = context;
    check(record->sequence == (uint64_t)budget->steps + 1);
    budget->steps++;
    if (budget->steps > STEPS_MAX) {
        budget->spent = 1;
    }
}

static void run_case(const struct scenario *scenario, const struct scenario_case *of, bool sampled)
{
    check(of->plan != NULL);
    if (of->plan->slot_count > SLOTS_MAX) {
        return;
    }
    struct arena *arena = arena_new();
    struct collector *collector = collector_new(of->plan, arena);
    struct budget budget = {0};
    collector->others[collector->other_count++] = (struct observer){.context = &budget, .on_step = count_step};
    struct case_result result = {.scenario = scenario, .of = of, .collector = collector};
    result.run = run_plan(of->plan, arena, collector_observer(collector),
                          (struct run_options){.sampled = sampled, .seed = 1, .interrupted = &budget.spent});
    check((result.run.problem == RUN_INTERRUPTED) <= (budget.spent != 0));
    if (result.run.problem == RUN_FINE) {
        result.violations = expectations_judge(arena, &of->expectations, of->plan, &result.run, collector);
        result.status = result.violations.count == 0 ? CASE_OK : CASE_FAILED;
        struct text out = {0};
        report_text_case(&result, true, &out);
        text_free(&out);
    }
    arena_free(arena);
}

/* A small part of every order. */
static void explore_case(const struct scenario *scenario, const struct scenario_case *of)
{
    size_t steps = 0;
    for (size_t i = 0; i < of->plan->actors.count; i++) {
        steps += of->plan->actors.items[i].program.count;
    }
    if (steps > EXPLORED_STEPS_MAX || of->plan->slot_count > SLOTS_MAX) {
        return;
    }
    struct arena *arena = arena_new();
    const struct judgement_options options = {
        .explore = {.states_max = EXPLORED_STATES_MAX, .memory_max_bytes = (uint64_t)100 << 20U},
        .timed_transitions_max = EXPLORED_STATES_MAX,
        .shortest_states_max = EXPLORED_STATES_MAX,
    };
    (void)judge_case(arena, scenario, of, &options);
    arena_free(arena);
}

static void print(struct diags *diags)
{
    struct text out = {0};
    diag_print(diags, &out, false);
    for (size_t i = 0; i < out.length; i++) {
        const unsigned char c = (unsigned char)out.data[i];
        check(c == '\n' || c >= 0x20);
    }
    text_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_new();
    struct diags diags = {.arena = arena};
    split(arena, (const char *)bytes, size);
    struct loader loader = loader_new(arena, &diags, NULL);
    (void)file_kind_of(&loader, paths[0]);
    struct scenario *scenario = scenario_load(&loader, paths[0], NULL);
    check((scenario == NULL) == (diags.count > 0));
    for (size_t i = 0; scenario != NULL && i < scenario->case_count; i++) {
        run_case(scenario, &scenario->cases[i], false);
        run_case(scenario, &scenario->cases[i], true);
        if (size % EXPLORED_EVERY == 0) {
            explore_case(scenario, &scenario->cases[i]);
        }
    }
    print(&diags);
    if (scenario != NULL) {
        scenario_close(scenario);
    }
    loader_free(&loader);
    arena_free(arena);
    return 0;
}
