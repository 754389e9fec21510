/* Gap matrices: which rows, columns and trials a system gets, and that every age in a cell is attained: its witness is
 * executed, in real time, and gives a read of that age and cause. */
#include "engine/matrix.h"
#include "scenario/load.h"
#include "support/build.h"

#include "cmocka_all.h"

#include <string.h>

static const struct matrix_options usual = {.explore = {.states_max = 1000000}, .transitions_max = 1000000};

/* --- witnesses --- */

struct seen {
    const struct matrix_stale *wanted;
    const struct matrix_column *column;
    const struct plan *plan;
    bool attained;
};

static void on_read(void *context, const struct read_record *read)
{
    struct seen *seen = context;
    const struct actor *actor = &seen->plan->actors.items[read->actor];
    for (uint32_t i = 0; i < read->stale_count; i++) {
        const struct stale_slot *stale = &read->stale[i];
        if (actor->routine == seen->column->reader && read->step->layer == seen->column->layer &&
            stale->phantom == seen->wanted->phantom && stale->cause == seen->wanted->cause) {
            assert_true(stale->age_us <= seen->wanted->age_us);
            seen->attained = seen->attained || stale->age_us == seen->wanted->age_us;
        }
    }
}

static void execute(const struct matrix *matrix, const struct matrix_column *column, const struct matrix_stale *stale)
{
    struct arena *arena = arena_new();
    struct store *store = matrix_store_new();
    struct plan *plan = matrix_plan(matrix, &matrix->trials.items[stale->trial], arena, store);
    struct seen seen = {.wanted = stale, .column = column, .plan = plan};
    const struct observer observer = {.context = &seen, .on_read = on_read};
    const struct divergence divergence = schedule_run(plan, arena, &stale->witness, observer, NULL);
    if (divergence.index != stale->witness.count || !seen.attained) {
        struct text text = {0};
        schedule_format(plan, &stale->witness, &text);
        fail_msg("%s: %s: not attained (%s): %s", plan->title, cause_name(stale->cause),
                 divergence.why == NULL ? "but it can be followed" : divergence.why, text_string(&text));
    }
    store_close(store);
    arena_free(arena);
}

static uint32_t execute_all(const struct matrix *matrix)
{
    uint32_t count = 0;
    for (size_t path = 0; path < matrix->paths.count; path++) {
        for (size_t column = 0; column < matrix->columns.count; column++) {
            const struct matrix_cell *cell = &matrix->cells[path * matrix->columns.count + column];
            for (size_t i = 0; i < cell->stale.count; i++) {
                execute(matrix, &matrix->columns.items[column], &cell->stale.items[i]);
                count++;
            }
        }
    }
    return count;
}

static void witnesses_attain_their_ages(const char *name, uint32_t witnesses)
{
    struct arena *arena = arena_new();
    struct diags diags = {.arena = arena};
    struct loader loader = loader_new(arena, &diags, NULL);
    const struct system *system = system_load(&loader, name, ".", (struct mark){0});
    assert_non_null(system);
    const struct matrix *matrix = matrix_explore(system, arena, &usual);
    assert_int_equal(matrix->paths.count, 7);
    assert_int_equal(matrix->columns.count, 2);
    assert_int_equal(matrix->left_out.count, 1);
    assert_int_equal(execute_all(matrix), witnesses);
    loader_free(&loader);
    arena_free(arena);
}

static void test_gateway_witnesses(void **state)
{
    (void)state;
    witnesses_attain_their_ages("calcom-2025-10-11", 20);
}

static void test_hotfix_witnesses(void **state)
{
    (void)state;
    witnesses_attain_their_ages("calcom-hotfix-bruteforce", 19);
}

/* --- systems built here --- */

static int open_build(void **state)
{
    static struct build build;
    build_open(&build);
    build_latency(&build, LATENCY_UPSTREAM, 100 * US_PER_MS, 400 * US_PER_MS, 200 * US_PER_MS);
    *state = &build;
    return 0;
}

static int close_build(void **state)
{
    build_close(*state);
    return 0;
}

static const struct matrix_cell *cell_of(const struct matrix *matrix, const char *writer, const char *reader)
{
    for (size_t path = 0; path < matrix->paths.count; path++) {
        for (size_t column = 0; column < matrix->columns.count; column++) {
            const struct routine *routines = matrix->system->routines;
            if (strcmp(routines[matrix->paths.items[path].routine].name, writer) == 0 &&
                strcmp(routines[matrix->columns.items[column].reader].name, reader) == 0) {
                return &matrix->cells[path * matrix->columns.count + column];
            }
        }
    }
    fail_msg("no cell %s x %s", writer, reader);
    return NULL;
}

static void test_rows_and_columns(void **state)
{
    struct build *build = *state;
    const uint32_t l1 = build_l1(build);
    (void)build_reader(build, "ask", l1);
    (void)build_reader(build, "ask_upstream", MODEL_NONE);
    const uint32_t wish = build_reader(build, "wish", l1);
    build->system->routines[wish].wishes = true;
    const uint32_t handler = BUILD_ENTRY(build, "handler", build_appointment("appointment.upsert"));
    const uint32_t unreached = BUILD_ENTRY(build, "unreached", build_forget(build, l1, 1));
    const uint32_t create = BUILD_ENTRY(build, "create", build_upstream("upstream.create"), build_forget(build, l1, 1));
    const uint32_t caller = BUILD_ENTRY(build, "caller", build_call(create));
    const uint32_t widget = BUILD_CUSTOMER(build, "widget", build_upstream("upstream.create"), build_send(handler));
    const struct matrix *matrix = matrix_explore(build->system, build->arena, &usual);
    const uint32_t rows[] = {widget, create, caller}; /* The widget's where its handler stands. */
    assert_int_equal(matrix->paths.count, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(matrix->paths.items[i].routine, rows[i]);
        assert_int_equal(matrix->paths.items[i].deletes[l1], rows[i] != widget);
    }
    assert_int_equal(matrix->paths.items[0].handlers.items[0], handler);
    assert_int_equal(matrix->columns.count, 2);
    assert_int_equal(matrix->unreached.count, 1);
    assert_int_equal(matrix->unreached.items[0], unreached);
    assert_int_equal(matrix->left_out.count, 1);
    assert_int_equal(matrix->left_out.items[0], wish);
    assert_int_equal(cell_of(matrix, "widget", "ask_upstream")->verdict, EXPLORE_PROVED);
    assert_false(cell_of(matrix, "widget", "ask_upstream")->timed);
    (void)execute_all(matrix);
}

/* Without deletions an entry can be hit until its TTL is over, and was put up to a fetch after its snapshot; each
 * layer before it adds its own TTL. Nobody enters at L1 here: the readers of L2 fill it for each other. */
static void test_ages_add_up(void **state)
{
    struct build *build = *state;
    const uint32_t l1 = build_l1(build);
    const uint32_t l2 = build_l2(build);
    build->system->layers[l2].ttl_us = 60 * US_PER_SECOND;
    (void)build_reader(build, "ask", l2);
    BUILD_ENTRY(build, "create", build_upstream("upstream.create"));
    const struct matrix *matrix = matrix_explore(build->system, build->arena, &usual);
    const struct matrix_cell *cell = cell_of(matrix, "create", "ask");
    assert_int_equal(cell->verdict, EXPLORE_REFUTED);
    assert_int_equal(cell->stale.count, 1);
    assert_int_equal(cell->stale.items[0].cause, CAUSE_NEVER_INVALIDATED);
    assert_int_equal(cell->stale.items[0].age_us,
                     400 * US_PER_MS + build->system->layers[l1].ttl_us + build->system->layers[l2].ttl_us);
    assert_int_equal(matrix->trials.items[cell->stale.items[0].trial].reader_count, 3);
    assert_int_equal(execute_all(matrix), 1);
}

/* Whoever moves a booking has two days to delete. On one day nobody would notice. */
static void test_moves_over_days(void **state)
{
    struct build *build = *state;
    const uint32_t l1 = build_l1(build);
    (void)build_reader(build, "ask", l1);
    BUILD_ENTRY(build, "move", build_upstream("upstream.reschedule"), build_forget(build, l1, 1));
    build_latency(build, LATENCY_BOOKING, 500 * US_PER_MS, 500 * US_PER_MS, 500 * US_PER_MS);
    const struct matrix *matrix = matrix_explore(build->system, build->arena, &usual);
    const struct matrix_cell *cell = cell_of(matrix, "move", "ask");
    assert_int_equal(cell->verdict, EXPLORE_REFUTED);
    uint32_t missed = 0;
    for (size_t i = 0; i < cell->stale.count; i++) {
        if (cell->stale.items[i].cause == CAUSE_KEY_MISSED) {
            assert_int_equal(cell->stale.items[i].phantom, PHANTOM_BUSY);
            assert_int_equal(matrix->trials.items[cell->stale.items[i].trial].place, MATRIX_OLD_DAY);
            missed++;
        }
    }
    assert_int_equal(missed, 1);
    (void)execute_all(matrix);
}

/* The deletion comes later than any fetch can last: no order of steps alone shows that. */
static void test_proved_in_time(void **state)
{
    struct build *build = *state;
    const uint32_t l1 = build_l1(build);
    (void)build_reader(build, "ask", l1);
    const uint32_t handler =
        BUILD_ENTRY(build, "handler", build_appointment("appointment.upsert"), build_forget(build, l1, 1));
    BUILD_CUSTOMER(build, "widget", build_upstream("upstream.create"), build_send(handler));
    build_latency(build, LATENCY_WEBHOOK, 401 * US_PER_MS, 900 * US_PER_MS, 500 * US_PER_MS);
    const struct matrix *matrix = matrix_explore(build->system, build->arena, &usual);
    assert_int_equal(cell_of(matrix, "widget", "ask")->verdict, EXPLORE_PROVED);
    assert_true(cell_of(matrix, "widget", "ask")->timed);
    build_latency(build, LATENCY_WEBHOOK, 399 * US_PER_MS, 900 * US_PER_MS, 500 * US_PER_MS);
    const struct matrix *faster = matrix_explore(build->system, build->arena, &usual);
    const struct matrix_cell *cell = cell_of(faster, "widget", "ask");
    assert_int_equal(cell->verdict, EXPLORE_REFUTED);
    assert_int_equal(cell->stale.items[0].cause, CAUSE_LATE_FILL);
    assert_int_equal(cell->stale.items[0].age_us, 400 * US_PER_MS + build->system->layers[l1].ttl_us);
    (void)execute_all(faster);
}

/* A booking that is there cannot be made: nothing ever changes. */
static void test_vacuous(void **state)
{
    struct build *build = *state;
    (void)build_reader(build, "ask", build_l1(build));
    BUILD_ENTRY(build, "confused", build_upstream("upstream.create"), build_upstream("upstream.reschedule"));
    const struct matrix *matrix = matrix_explore(build->system, build->arena, &usual);
    assert_int_equal(cell_of(matrix, "confused", "ask")->verdict, EXPLORE_VACUOUS);
}

static void test_budgets(void **state)
{
    struct build *build = *state;
    (void)build_reader(build, "ask", build_l1(build));
    BUILD_ENTRY(build, "create", build_upstream("upstream.create"));
    const struct matrix *matrix = matrix_explore(build->system, build->arena, &usual);
    struct matrix_options options = usual;
    options.transitions_max = matrix->trials.items[matrix->trials.count - 1].timing.transitions - 1;
    matrix = matrix_explore(build->system, build->arena, &options);
    const struct matrix_cell *cell = cell_of(matrix, "create", "ask");
    assert_int_equal(cell->verdict, EXPLORE_BOUNDED);
    assert_non_null(strstr(cell->problem, "transitions"));
    assert_int_equal(cell->stale.count, 1);
    options.explore.states_max = 5;
    matrix = matrix_explore(build->system, build->arena, &options);
    cell = cell_of(matrix, "create", "ask");
    assert_int_equal(cell->verdict, EXPLORE_BOUNDED);
    assert_non_null(strstr(cell->problem, "states"));
    assert_int_equal(cell->stale.count, 0);
}

static bool stop(void *context, const struct explore_progress *progress)
{
    (void)progress;
    return ++*(int *)context > 3;
}

static void test_interrupted(void **state)
{
    struct build *build = *state;
    (void)build_reader(build, "ask", build_l1(build));
    BUILD_ENTRY(build, "create", build_upstream("upstream.create"));
    int asked = 0;
    struct matrix_options options = usual;
    options.explore.stop = stop;
    options.explore.context = &asked;
    const struct matrix *matrix = matrix_explore(build->system, build->arena, &options);
    assert_true(matrix->interrupted);
    assert_null(matrix->cells);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gateway_witnesses),
        cmocka_unit_test(test_hotfix_witnesses),
        cmocka_unit_test_setup_teardown(test_rows_and_columns, open_build, close_build),
        cmocka_unit_test_setup_teardown(test_ages_add_up, open_build, close_build),
        cmocka_unit_test_setup_teardown(test_moves_over_days, open_build, close_build),
        cmocka_unit_test_setup_teardown(test_proved_in_time, open_build, close_build),
        cmocka_unit_test_setup_teardown(test_vacuous, open_build, close_build),
        cmocka_unit_test_setup_teardown(test_budgets, open_build, close_build),
        cmocka_unit_test_setup_teardown(test_interrupted, open_build, close_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
