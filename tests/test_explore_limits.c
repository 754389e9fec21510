/* What exploring cannot do, it says; and small stories that once went wrong. */
#include "engine/explore.h"
#include "support/build.h"

#include "cmocka_all.h"

static struct build build;

static int set_up(void **state)
{
    (void)state;
    build_open(&build);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    build_close(&build);
    return 0;
}

static struct explore_result explore_all(bool no_expiry)
{
    const struct explore_options options = {.no_expiry = no_expiry};
    return explore(build.plan, build.arena, &options);
}

/* A listing that may find 13 keys, each expired or not, has too many outcomes. */
static void a_listing_of_too_many_keys_is_refused(void **state)
{
    (void)state;
    const uint32_t l1 = build_l1(&build);
    const uint32_t reader = build_reader(&build, "reader", l1);
    const uint32_t clear = BUILD_ENTRY(&build, "clear", build_list(&build, l1, "a:*"));
    build_slot(&build, "1", "h1", build_at(&build, 0, 9, 0), 30);
    build_plan(&build);
    (void)build_add(&build, build_write(&build, "w", clear, 0), 0);
    for (int day = 0; day < 13; day++) {
        (void)build_add(&build,
                        build_ask(&build, arena_printf(build.arena, "r%d", day), reader, build_at(&build, day, 9, 0),
                                  build_at(&build, day, 10, 0)),
                        0);
    }
    const struct explore_result result = explore_all(false);
    assert_int_equal(result.verdict, EXPLORE_ERROR);
    assert_string_equal(result.problem, "a pattern that finds more than 12 keys, each expired or not");
}

/* The second booking of one routine is refused: its deletions never happen, and explain nothing. Once, the list of keys
 * was looked for that had never been made. */
static void what_a_refusal_leaves_out_was_not_done(void **state)
{
    (void)state;
    const uint32_t l1 = build_l1(&build);
    const uint32_t reader = build_reader(&build, "reader", l1);
    const uint32_t twice = BUILD_ENTRY(&build, "twice", build_upstream("upstream.create"),
                                       build_upstream("upstream.create"), build_list(&build, l1, "a:*"));
    build_slot(&build, "1", "h1", build_at(&build, 0, 9, 0), 30);
    build_plan(&build);
    build.plan->oracle = ORACLE_UPSTREAM;
    struct actor_spec spec = build_ask(&build, "r", reader, build_at(&build, 0, 9, 0), build_at(&build, 0, 10, 0));
    spec.repeat_count = 2;
    (void)build_add(&build, spec, 0);
    (void)build_add(&build, build_write(&build, "w", twice, 0), 0);
    const struct explore_result result = explore_all(true);
    assert_int_equal(result.verdict, EXPLORE_REFUTED);
    assert_int_equal(result.findings.count, 1);
    assert_int_equal(result.findings.items[0].phantom, PHANTOM_FREE);
    assert_int_equal(result.findings.items[0].cause, CAUSE_NOT_YET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_listing_of_too_many_keys_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_refusal_leaves_out_was_not_done, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
