/* The discrete-event loop: who does what when. */
#include "engine/run.h"
#include "support/random_case.h"

#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

enum { MON9, MON10 };

static struct build build;
static uint32_t l1, ask, ask_upstream, api, widget;

static int set_up(void **state)
{
    (void)state;
    build_open(&build);
    l1 = build_l1(&build);
    ask = build_reader(&build, "ask", l1);
    ask_upstream = build_reader(&build, "ask_upstream", MODEL_NONE);
    const uint32_t handler = BUILD_ENTRY(&build, "handler", build_appointment("appointment.upsert"));
    api = BUILD_ENTRY(&build, "api", build_upstream("upstream.create"), build_forget(&build, l1, 2));
    widget = BUILD_CUSTOMER(&build, "widget", build_upstream("upstream.create"), build_send(handler));
    build_latency(&build, LATENCY_UPSTREAM, 300 * US_PER_MS, 800 * US_PER_MS, 500 * US_PER_MS);
    build_latency(&build, LATENCY_BOOKING, 100 * US_PER_MS, 400 * US_PER_MS, 200 * US_PER_MS);
    build_latency(&build, LATENCY_CACHE, 0, 4 * US_PER_MS, 2 * US_PER_MS);
    build_latency(&build, LATENCY_DELETE, US_PER_MS, 3 * US_PER_MS, US_PER_MS);
    build_latency(&build, LATENCY_DB, 5 * US_PER_MS, 9 * US_PER_MS, 7 * US_PER_MS);
    build_latency(&build, LATENCY_WEBHOOK, US_PER_SECOND, 5 * US_PER_SECOND, 2 * US_PER_SECOND);
    build_latency(&build, LATENCY_RECEIVE, 10 * US_PER_MS, 30 * US_PER_MS, 20 * US_PER_MS);
    for (int hour = 9; hour <= 10; hour++) {
        build_slot(&build, "1", "h1", build_at(&build, 0, hour, 0), 60);
    }
    build_plan(&build);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    build_close(&build);
    return 0;
}

struct tape {
    const struct plan *plan;
    struct text text; /* "0 a.L1.get 2 a.snapshot": milliseconds since the clock. */
    bool exact;       /* Microseconds instead, and outcomes. */
};

static void on_step(void *context, const struct step_record *record)
{
    struct tape *tape = context;
    const int64_t since_us = record->time_us - tape->plan->clock_us;
    text_printf(&tape->text, "%s%lld %s.%s", tape->text.length == 0 ? "" : " ",
                (long long)(tape->exact ? since_us : since_us / US_PER_MS),
                tape->plan->actors.items[record->actor].name, record->step->name);
    if (tape->exact) {
        text_printf(&tape->text, "/%u=%d", record->iteration, record->outcome);
    }
}

static struct run_result last;

/* The tape of a run, in `arena`. */
static const char *run(struct plan *plan, struct arena *arena, struct run_options options, bool exact)
{
    struct tape tape = {.plan = plan, .exact = exact};
    last = run_plan(plan, arena, (struct observer){.context = &tape, .on_step = on_step}, options);
    const char *copy = arena_copy_text(arena, text_string(&tape.text), tape.text.length);
    text_free(&tape.text);
    return copy;
}

static void assert_run(const char *expected)
{
    const struct run_options nominal = {.sampled = false};
    assert_string_equal(run(build.plan, build.arena, nominal, false), expected);
    assert_int_equal(last.problem, RUN_FINE);
}

static void add_reader(const char *name, int64_t at_ms)
{
    (void)build_add(&build, build_ask(&build, name, ask, build_at(&build, 0, 9, 0), build_at(&build, 0, 10, 0)),
                    at_ms * US_PER_MS);
}

static void add_writer(const char *name, uint32_t routine, uint32_t slot, int64_t at_ms)
{
    (void)build_add(&build, build_write(&build, name, routine, slot), at_ms * US_PER_MS);
}

static void nominal_latencies_pass_between_steps(void **state)
{
    (void)state;
    add_reader("a", 100);
    assert_run("100 a.L1.get 352 a.snapshot 602 a.response 602 a.L1.put 604 a.answer");
    assert_int_equal(last.end_us, build.clock_us + 604 * US_PER_MS);
    assert_int_equal(last.totals.steps, 5);
    assert_int_equal(last.totals.reads, 1);
}

static void calls_take_effect_halfway(void **state)
{
    (void)state;
    add_writer("w", api, MON9, 0);
    add_writer("v", api, MON9, 50);
    assert_run("100 w.create 150 v.create 200 w.reply 200 w.L1.forget 201 w.L1.forget 202 w.return 250 v.reply"
               " 250 v.return");
    assert_int_equal(last.totals.mirror_differences, 1);
    assert_int_equal(store_free_slots(build.store, last.state)[0], 1U << MON10);
}

static void webhooks_arrive_later(void **state)
{
    (void)state;
    add_writer("w", widget, MON9, 0);
    add_writer("v", widget, MON9, 10); /* Refused: goes home, and nothing is sent. */
    assert_run("0 w.create 0 w.send_webhook 0 w.return 10 v.create 10 v.return 2020 w.webhook.receive"
               " 2020 w.webhook.appointment.upsert 2027 w.webhook.return");
    assert_int_equal(last.totals.mirror_differences, 0);
}

static void ties_go_by_the_order_of_scheduling(void **state)
{
    (void)state;
    for (int class = 0; class < LATENCY_CLASS_COUNT; class ++) {
        build_latency(&build, (enum latency_class) class, 0, 0, 0);
    }
    add_writer("w", widget, MON9, 5);
    add_reader("a", 5);
    (void)build_add(&build, build_ask(&build, "b", ask_upstream, build_at(&build, 0, 9, 0), build_at(&build, 0, 10, 0)),
                    0);
    add_reader("c", 5);
    assert_run("0 b.snapshot 0 b.response 0 b.answer"
               " 5 w.create 5 a.L1.get 5 c.L1.get 5 w.send_webhook 5 a.snapshot 5 c.snapshot 5 w.webhook.receive"
               " 5 w.return 5 a.response 5 c.response 5 w.webhook.appointment.upsert 5 a.L1.put 5 c.L1.put"
               " 5 w.webhook.return 5 a.answer 5 c.answer");
}

static void repeated_readers_start_again(void **state)
{
    (void)state;
    struct actor_spec spec = build_ask(&build, "a", ask, build_at(&build, 0, 9, 0), build_at(&build, 0, 10, 0));
    spec.every_us = 601 * US_PER_MS;
    spec.repeat_count = 4;
    (void)build_add(&build, spec, 0);
    build.system->layers[l1].ttl_us = 500 * US_PER_MS;
    /* The first takes 504 ms; then hits at 601 and 1202 ... each begins when it is due, */
    assert_run("0 a.L1.get 252 a.snapshot 502 a.response 502 a.L1.put 504 a.answer 601 a.L1.get 603 a.answer"
               " 1202 a.L1.get 1454 a.snapshot 1704 a.response 1704 a.L1.put 1706 a.answer 1803 a.L1.get"
               " 1805 a.answer");
    assert_int_equal(last.totals.reads, 4);
    build.plan->actors.items[0].every_us = 100 * US_PER_MS;
    build.plan->actors.items[0].repeat_count = 3;
    /* or, if that has passed, as soon as the one before has ended. */
    assert_run("0 a.L1.get 252 a.snapshot 502 a.response 502 a.L1.put 504 a.answer 504 a.L1.get 506 a.answer"
               " 506 a.L1.get 508 a.answer");
}

static void pinned_steps_happen_at_their_pins(void **state)
{
    (void)state;
    add_reader("a", 0);
    build_step(&build, "a", "snapshot")->pin_us = build.clock_us + 10 * US_PER_MS;
    assert_run("0 a.L1.get 10 a.snapshot 502 a.response 502 a.L1.put 504 a.answer"); /* The reply is as before. */
    build_step(&build, "a", "snapshot")->pin_us = build.clock_us + 900 * US_PER_MS;
    assert_run("0 a.L1.get 900 a.snapshot 900 a.response 900 a.L1.put 902 a.answer"); /* Not before its effect. */
    build_step(&build, "a", "snapshot")->pin_us = TIME_NONE;
    build_step(&build, "a", "L1.put")->pin_us = build.clock_us + 502 * US_PER_MS;
    assert_run("0 a.L1.get 252 a.snapshot 502 a.response 502 a.L1.put 504 a.answer");
    build_step(&build, "a", "L1.put")->pin_us = TIME_NONE;
    build_step(&build, "a", "L1.get")->pin_us = build.clock_us + 70 * US_PER_MS;
    assert_run("70 a.L1.get 322 a.snapshot 572 a.response 572 a.L1.put 574 a.answer");
}

static void pins_in_the_past_are_a_problem(void **state)
{
    (void)state;
    add_reader("a", 0);
    add_reader("b", 1000);
    struct step *put = build_step(&build, "a", "L1.put");
    put->pin_us = build.clock_us + 502 * US_PER_MS - 1;
    const char *tape = run(build.plan, build.arena, (struct run_options){.sampled = false}, false);
    assert_string_equal(tape, "0 a.L1.get 252 a.snapshot 502 a.response");
    assert_int_equal(last.problem, RUN_PIN_PAST);
    assert_int_equal(last.actor, 0);
    assert_ptr_equal(last.step, put);
    assert_int_equal(last.earliest_us, build.clock_us + 502 * US_PER_MS);
}

static void held_steps_wait(void **state)
{
    (void)state;
    add_reader("a", 0);
    add_writer("w", widget, MON9, 300);
    build_hold(&build, "a", "L1.put", "w.webhook", NULL);
    assert_run("0 a.L1.get 252 a.snapshot 300 w.create 300 w.send_webhook 300 w.return 502 a.response"
               " 2320 w.webhook.receive 2320 w.webhook.appointment.upsert 2327 w.webhook.return 2327 a.L1.put"
               " 2329 a.answer");
    build_hold(&build, "a", "L1.put", "w.webhook", "receive");
    assert_run("0 a.L1.get 252 a.snapshot 300 w.create 300 w.send_webhook 300 w.return 502 a.response"
               " 2320 w.webhook.receive 2320 w.webhook.appointment.upsert 2320 a.L1.put 2322 a.answer"
               " 2327 w.webhook.return");
    /* What has happened already holds nobody up. */
    build_hold(&build, "a", "L1.put", "w", "create");
    assert_run("0 a.L1.get 252 a.snapshot 300 w.create 300 w.send_webhook 300 w.return 502 a.response 502 a.L1.put"
               " 504 a.answer 2320 w.webhook.receive 2320 w.webhook.appointment.upsert 2327 w.webhook.return");
    /* Released early, a step still waits for its time; its pin is its time. */
    build_step(&build, "a", "L1.put")->pin_us = build.clock_us + 2000 * US_PER_MS;
    build_hold(&build, "a", "snapshot", "w", "create");
    assert_run("0 a.L1.get 300 w.create 300 w.send_webhook 300 a.snapshot 300 w.return 502 a.response 2000 a.L1.put"
               " 2002 a.answer 2320 w.webhook.receive 2320 w.webhook.appointment.upsert 2327 w.webhook.return");
}

static void released_steps_still_take_their_time(void **state)
{
    (void)state;
    add_reader("a", 0);
    add_writer("w", api, MON9, 0); /* Commits at 100. */
    build_hold(&build, "a", "snapshot", "w", "create");
    build_hold(&build, "a", "answer", "w", NULL);
    assert_run("0 a.L1.get 100 w.create 200 w.reply 200 w.L1.forget 201 w.L1.forget 202 w.return 252 a.snapshot"
               " 502 a.response 502 a.L1.put 504 a.answer");
    build_step(&build, "a", "snapshot")->pin_us = build.clock_us + 150 * US_PER_MS;
    assert_run("0 a.L1.get 100 w.create 150 a.snapshot 200 w.reply 200 w.L1.forget 201 w.L1.forget 202 w.return"
               " 502 a.response 502 a.L1.put 504 a.answer");
}

static void held_actors_go_on_in_the_order_of_arrival(void **state)
{
    (void)state;
    add_reader("a", 20);
    add_reader("b", 0);
    add_reader("c", 10);
    add_writer("w", widget, MON9, 100);
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a", "b", "c"};
        build_hold(&build, names[i], "L1.get", "w", "return");
    }
    /* They come to their holds when they are added, at once. */
    const char *tape = run(build.plan, build.arena, (struct run_options){.sampled = false}, false);
    assert_non_null(strstr(tape, "100 w.return 100 a.L1.get 100 b.L1.get 100 c.L1.get"));
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a", "b", "c"};
        build_step(&build, names[i], "L1.get")->hold_actor = MODEL_NONE;
        build_hold(&build, names[i], "response", "w.webhook", "receive");
    }
    tape = run(build.plan, build.arena, (struct run_options){.sampled = false}, false);
    assert_non_null(strstr(tape, "2120 w.webhook.appointment.upsert 2120 b.response 2120 c.response 2120 a.response"));
}

static void waiting_for_what_never_happens_is_a_problem(void **state)
{
    (void)state;
    add_writer("w", widget, MON9, 0);
    add_writer("v", widget, MON9, 10);
    add_reader("a", 0);
    add_reader("b", 0);
    build_hold(&build, "b", "snapshot", "v.webhook", NULL); /* v is refused. */
    build_hold(&build, "a", "answer", "b", NULL);
    (void)run(build.plan, build.arena, (struct run_options){.sampled = false}, false);
    assert_int_equal(last.problem, RUN_STUCK);
    assert_int_equal(last.actor, plan_actor(build.plan, "b"));
    assert_ptr_equal(last.step, build_step(&build, "b", "snapshot"));
    assert_int_equal(last.totals.reads, 0);
}

static void time_ends_in_2300(void **state)
{
    (void)state;
    add_reader("a", 0);
    build_step(&build, "a", "answer")->pin_us = INT64_C(10413792000) * US_PER_SECOND;
    (void)run(build.plan, build.arena, (struct run_options){.sampled = false}, false);
    assert_int_equal(last.problem, RUN_FINE);
    build_step(&build, "a", "answer")->pin_us++;
    (void)run(build.plan, build.arena, (struct run_options){.sampled = false}, false);
    assert_int_equal(last.problem, RUN_TOO_LATE);
    assert_ptr_equal(last.step, build_step(&build, "a", "answer"));
}

static void runs_can_be_interrupted(void **state)
{
    (void)state;
    add_reader("a", 0);
    volatile sig_atomic_t interrupted = 1;
    (void)run(build.plan, build.arena, (struct run_options){.interrupted = &interrupted}, false);
    assert_int_equal(last.problem, RUN_INTERRUPTED);
    interrupted = 0;
    (void)run(build.plan, build.arena, (struct run_options){.interrupted = &interrupted}, false);
    assert_int_equal(last.problem, RUN_FINE);
}

/* What passes between two steps of an actor lies in the intervals: the cost of the one and the lead of the other. */
struct gaps {
    const struct plan *plan;
    struct {
        int64_t time_us, request_us, request_high_us;
        const struct step *step;
        bool requested; /* By the step before this one, in that interval. */
    } before[64];
    uint32_t checked, low, high; /* In the lower and the upper half. */
    bool sampled;
};

static void check_gap(struct gaps *gaps, int64_t gap_us, struct latency allowed)
{
    assert_in_range(gap_us, allowed.low_us, allowed.high_us);
    if (!gaps->sampled) {
        assert_int_equal(gap_us, allowed.nominal_us);
    } else if (allowed.high_us - allowed.low_us > 10) {
        gaps->low += gap_us <= (allowed.low_us + allowed.high_us) / 2;
        gaps->high += gap_us > (allowed.low_us + allowed.high_us) / 2;
    }
    gaps->checked++;
}

static void on_gap(void *context, const struct step_record *record)
{
    struct gaps *gaps = context;
    const struct step *step = record->step;
    const struct step *before = gaps->before[record->actor].step;
    const int64_t before_us = gaps->before[record->actor].time_us;
    const bool free_step = step->pin_us == TIME_NONE && step->hold_actor == MODEL_NONE;
    assert_true(step->pin_us == TIME_NONE || record->time_us >= step->pin_us);
    assert_true(step->hold_actor != MODEL_NONE || step->pin_us == TIME_NONE || record->time_us == step->pin_us);
    assert_true(before == NULL || record->time_us >= before_us);
    if (before != NULL && free_step && !step->since_request) {
        const struct latency allowed = {before->cost.low_us + step->lead.low_us,
                                        before->cost.high_us + step->lead.high_us,
                                        before->cost.nominal_us + step->lead.nominal_us};
        check_gap(gaps, record->time_us - before_us, allowed);
    } else if (gaps->before[record->actor].requested && step->since_request && free_step &&
               record->time_us > before_us) {
        /* A reply counts from the request: from when the cost of the step before the effect had passed. */
        assert_in_range(record->time_us, gaps->before[record->actor].request_us + step->lead.low_us,
                        gaps->before[record->actor].request_high_us + step->lead.high_us);
        gaps->checked++;
    }
    gaps->before[record->actor].requested = before != NULL && !step->since_request;
    if (gaps->before[record->actor].requested) {
        gaps->before[record->actor].request_us = before_us + before->cost.low_us;
        gaps->before[record->actor].request_high_us = before_us + before->cost.high_us;
    }
    const uint32_t actor = record->actor;
    gaps->before[actor].step = step;
    gaps->before[actor].time_us = record->time_us;
    const struct program *program = &gaps->plan->actors.items[actor].program;
    if (step == &program->steps[program->count - 1] || step->kind == STEP_ANSWER || step->kind == STEP_CHOOSE) {
        gaps->before[actor].step = NULL; /* Ends, or begins again. */
    }
}

static void sampled_latencies_lie_in_their_intervals(void **state)
{
    (void)state;
    uint32_t checked = 0;
    uint32_t low = 0;
    uint32_t high = 0;
    for (uint64_t seed = 1; seed <= 120; seed++) {
        struct random_case it;
        random_case_open(&it, seed);
        for (int sampled = 0; sampled < 2; sampled++) {
            struct gaps gaps = {.plan = it.build.plan, .sampled = sampled != 0};
            assert_true(it.build.plan->actors.count <= COUNT(gaps.before));
            (void)run_plan(it.build.plan, it.build.arena, (struct observer){.context = &gaps, .on_step = on_gap},
                           (struct run_options){.sampled = sampled != 0, .seed = seed});
            checked += gaps.checked;
            low += gaps.low;
            high += gaps.high;
        }
        random_case_close(&it);
    }
    assert_true(checked > 4000);
    assert_true(low > 500 && high > 500 && low < 2 * high && high < 2 * low);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    uint32_t differ = 0;
    enum { CASES = 60 };
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct random_case it;
        struct random_case again;
        random_case_open(&it, seed);
        random_case_open(&again, seed);
        const struct run_options options = {.sampled = true, .seed = seed};
        const char *first = run(it.build.plan, it.build.arena, options, true);
        const struct run_result result = last;
        assert_string_equal(run(it.build.plan, it.build.arena, options, true), first);
        assert_int_equal(last.state, result.state);
        assert_int_equal(last.end_us, result.end_us);
        /* In another order of questions to another store, too. */
        (void)run(again.build.plan, again.build.arena, (struct run_options){.sampled = false}, true);
        assert_string_equal(run(again.build.plan, again.build.arena, options, true), first);
        const struct run_options other = {.sampled = true, .seed = seed + 1};
        differ += strcmp(run(it.build.plan, it.build.arena, other, true), first) != 0;
        /* Without sampling the seed says nothing. */
        const struct run_options nominal = {.sampled = false, .seed = seed};
        const char *one = run(it.build.plan, it.build.arena, nominal, true);
        assert_string_equal(run(it.build.plan, it.build.arena, (struct run_options){.sampled = false}, true), one);
        random_case_close(&again);
        random_case_close(&it);
    }
    assert_true(differ > CASES * 9 / 10);
}

static void start_times_are_drawn_from_their_intervals(void **state)
{
    (void)state;
    add_reader("a", 100);
    build.plan->actors.items[0].at_high_us += 50 * US_PER_MS;
    int64_t lowest = INT64_MAX;
    int64_t highest = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        const char *tape = run(build.plan, build.arena, (struct run_options){.sampled = true, .seed = seed}, false);
        const int64_t start_ms = strtoll(tape, NULL, 10);
        lowest = start_ms < lowest ? start_ms : lowest;
        highest = start_ms > highest ? start_ms : highest;
    }
    assert_in_range(lowest, 100, 105);
    assert_in_range(highest, 145, 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nominal_latencies_pass_between_steps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(calls_take_effect_halfway, set_up, tear_down),
        cmocka_unit_test_setup_teardown(webhooks_arrive_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ties_go_by_the_order_of_scheduling, set_up, tear_down),
        cmocka_unit_test_setup_teardown(repeated_readers_start_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pinned_steps_happen_at_their_pins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pins_in_the_past_are_a_problem, set_up, tear_down),
        cmocka_unit_test_setup_teardown(held_steps_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(released_steps_still_take_their_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(held_actors_go_on_in_the_order_of_arrival, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waiting_for_what_never_happens_is_a_problem, set_up, tear_down),
        cmocka_unit_test_setup_teardown(time_ends_in_2300, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_can_be_interrupted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(start_times_are_drawn_from_their_intervals, set_up, tear_down),
        cmocka_unit_test(sampled_latencies_lie_in_their_intervals),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
