/* Plans: how a calendar is laid out, what questions cover, which keys are deleted, what programs look like. */
#include "support/build.h"

#include "cmocka_all.h"

#include <string.h>

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

/* "0 L1.get>3 1 snapshot 2 response 3 answer": > is the jump, + the actor that is started, x the repetitions. */
static const char *program_text(const char *actor)
{
    const struct plan *plan = build.plan;
    const struct program *program = &plan->actors.items[plan_actor(plan, actor)].program;
    struct text out = {0};
    for (uint32_t i = 0; i < program->count; i++) {
        const struct step *step = &program->steps[i];
        text_printf(&out, "%s%u %s", i == 0 ? "" : " ", i, step->name);
        if (step->target != MODEL_NONE) {
            text_printf(&out, ">%u", step->target);
        }
        if (step->child != MODEL_NONE) {
            text_printf(&out, "+%s", plan->actors.items[step->child].name);
        }
        if (step->repeat != 1) {
            text_printf(&out, "x%u", step->repeat);
        }
        assert_int_equal(plan_step(plan, plan_actor(plan, actor), step->name), i);
    }
    const char *copy = arena_copy_text(build.arena, text_string(&out), out.length);
    text_free(&out);
    return copy;
}

static void calendars_are_sorted_and_hosts_merged(void **state)
{
    (void)state;
    build_slot(&build, "20", "h2", build_at(&build, 1, 9, 0), 30);
    build_slot(&build, "3", "h1", build_at(&build, 1, 9, 0), 30);
    build_slot(&build, "20", "h1", build_at(&build, 0, 23, 30), 60);
    build_slot(&build, "20", "h1", build_at(&build, 1, 9, 0), 30);
    build_slot(&build, "20", "h1", build_at(&build, 1, 0, 30), 30);
    build_plan(&build);
    static const struct {
        const char *event_type;
        int day, hour, minute;
    } expected[] = {{"20", 0, 23, 30}, {"20", 1, 0, 30}, {"20", 1, 9, 0}, {"3", 1, 9, 0}};
    assert_int_equal(build.plan->slot_count, COUNT(expected));
    assert_int_equal(store_slot_count(build.store), COUNT(expected));
    for (uint32_t i = 0; i < COUNT(expected); i++) {
        const struct slot *slot = &build.plan->slots[i];
        const int64_t starts_us = build_at(&build, expected[i].day, expected[i].hour, expected[i].minute);
        assert_int_equal(slot->starts_us, starts_us);
        assert_int_equal(slot->day, BUILD_DAY + expected[i].day); /* Local: 00:30 is the day before in UTC. */
        assert_string_equal(interned_string(&build.plan->event_types, slot->event_type), expected[i].event_type);
        assert_int_equal(plan_slot(build.plan, expected[i].event_type, starts_us), i);
    }
    assert_int_equal(plan_slot(build.plan, "3", build_at(&build, 0, 23, 30)), MODEL_NONE);
    assert_int_equal(plan_slot(build.plan, "20", build_at(&build, 1, 9, 0) + 1), MODEL_NONE);
    assert_int_equal(plan_slot(build.plan, "4", build_at(&build, 1, 9, 0)), MODEL_NONE);
    assert_int_equal(plan_slot(build.plan, NULL, build_at(&build, 1, 9, 0)), MODEL_NONE);
    int32_t from = 0;
    int32_t to = 0;
    plan_overlapped_days(build.plan, 0, &from, &to); /* 23:30 to 00:30 touches the next. */
    assert_int_equal(from, BUILD_DAY);
    assert_int_equal(to, BUILD_DAY);
}

static void bookings_reach_over_midnight(void **state)
{
    (void)state;
    build_slot(&build, "1", "h1", build_at(&build, 0, 23, 0), 120);
    build_slot(&build, "2", "h1", build_at(&build, 1, 0, 0), 30);
    build_slot(&build, "2", "h1", build_at(&build, 2, 0, 0), 30);
    build_plan(&build);
    int32_t from = 0;
    int32_t to = 0;
    plan_overlapped_days(build.plan, 0, &from, &to);
    assert_int_equal(from, BUILD_DAY);
    assert_int_equal(to, BUILD_DAY + 1);
    plan_overlapped_days(build.plan, 1, &from, &to);
    assert_int_equal(from, BUILD_DAY);
    assert_int_equal(to, BUILD_DAY + 1);
    plan_overlapped_days(build.plan, 2, &from, &to);
    assert_int_equal(from, BUILD_DAY + 2);
    assert_int_equal(to, BUILD_DAY + 2);
}

/* Days -1 to 8 with slots at 9:00 and 10:00 of "1", and 9:00 of "2" on day 1. */
static void make_ten_days(void)
{
    for (int day = -1; day <= 8; day++) {
        build_slot(&build, "1", "h1", build_at(&build, day, 9, 0), 30);
        build_slot(&build, "1", "h1", build_at(&build, day, 10, 0), 30);
    }
    build_slot(&build, "2", "h1", build_at(&build, 1, 9, 0), 30);
    build_plan(&build);
}

static const struct range *range_of(uint32_t question)
{
    return &build.plan->ranges.items[build.plan->questions.items[question].range];
}

static void questions_cover_whole_dates(void **state)
{
    (void)state;
    const uint32_t l1 = build_l1(&build);
    make_ten_days();
    struct plan *plan = build.plan;
    const char *const *usual = build_usual_fields(&build);
    const uint32_t morning = plan_add_question(plan, usual, build_at(&build, 1, 9, 30), build_at(&build, 1, 9, 45));
    assert_int_equal(range_of(morning)->first, 4);
    assert_int_equal(range_of(morning)->count, 2);
    const uint32_t days = plan_add_question(plan, usual, build_at(&build, 1, 23, 59), build_at(&build, 3, 0, 0));
    assert_int_equal(range_of(days)->first, 4);
    assert_int_equal(range_of(days)->count, 6);
    const uint32_t later = plan_add_question(plan, usual, build_at(&build, 100, 9, 0), build_at(&build, 101, 9, 0));
    assert_int_equal(range_of(later)->count, 0);
    const uint32_t other = plan_add_question(plan, build_fields(&build, "2", NULL, NULL), build_at(&build, 0, 9, 0),
                                             build_at(&build, 5, 9, 0));
    assert_int_equal(range_of(other)->first, 20);
    assert_int_equal(range_of(other)->count, 1);
    const uint32_t nobody = plan_add_question(plan, build_fields(&build, "77", NULL, NULL), build_at(&build, 0, 9, 0),
                                              build_at(&build, 5, 9, 0));
    assert_int_equal(range_of(nobody)->count, 0);
    assert_int_equal(plan->questions.items[nobody].event_type, MODEL_NONE);
    /* Other hours of the same dates share the range, and a layer of dates the question. */
    const uint32_t evening = plan_add_question(plan, usual, build_at(&build, 1, 19, 0), build_at(&build, 1, 20, 0));
    assert_ptr_equal(range_of(evening), range_of(morning));
    assert_int_equal(plan_question_for_layer(plan, evening, l1), evening);
    assert_string_equal(interned_string(&plan->keys, plan_layer_key(plan, l1, days)), "a:1:2025-10-14:2025-10-16");
    assert_int_equal(plan_layer_key(plan, l1, evening), plan_layer_key(plan, l1, morning));
}

static void weeks_run_from_monday_to_sunday(void **state)
{
    (void)state;
    const uint32_t weekly =
        build_layer(&build, "W", "w:{event_type}:{week:%Y-%m-%d}:{from:%d%H}-{to:%d%H}", US_PER_SECOND, MODEL_NONE);
    build.system->layers[weekly].covers = COVERS_WEEK;
    build.system->prefix = "laravel_";
    make_ten_days();
    static const struct {
        int from_day, to_day;
        uint32_t first, count;
        const char *key;
    } cases[] = {
        {0, 0, 2, 14, "laravel_w:1:2025-10-13:1300-1900"},
        {2, 3, 2, 14, "laravel_w:1:2025-10-13:1300-1900"},
        {6, 6, 2, 14, "laravel_w:1:2025-10-13:1300-1900"},
        {-1, 2, 0, 2, "laravel_w:1:2025-10-06:0600-1200"}, /* The week of the first date. */
        {8, 8, 16, 4, "laravel_w:1:2025-10-20:2000-2600"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const uint32_t asked =
            plan_add_question(build.plan, build_usual_fields(&build), build_at(&build, cases[i].from_day, 9, 0),
                              build_at(&build, cases[i].to_day, 17, 0));
        const uint32_t question = plan_question_for_layer(build.plan, asked, weekly);
        assert_int_equal(range_of(question)->first, cases[i].first);
        assert_int_equal(range_of(question)->count, cases[i].count);
        assert_int_equal(range_of(question)->day_to, range_of(question)->day_from + 6);
        assert_string_equal(interned_string(&build.plan->keys, plan_layer_key(build.plan, weekly, question)),
                            cases[i].key);
    }
}

static void values_say_which_slots_are_free(void **state)
{
    (void)state;
    make_ten_days();
    struct plan *plan = build.plan;
    assert_true(build_booking(&build, "x", 4));
    assert_false(build_booking(&build, "y", 4));
    assert_false(build_booking(&build, "y", 20)); /* The same host at the same time. */
    assert_true(build_booking(&build, "y", 5));
    assert_int_equal(plan->bookings.count, 2);
    const char *const *usual = build_usual_fields(&build);
    const uint32_t question = plan_add_question(plan, usual, build_at(&build, 0, 9, 0), build_at(&build, 2, 9, 0));
    const uint32_t range = plan->questions.items[question].range;
    const uint32_t now = plan_value_at(plan, plan->initial_state, range);
    const struct value *value = plan_value(plan, now);
    assert_int_equal(value->free_count, 4);
    for (uint32_t slot = 2; slot < 8; slot++) {
        assert_int_equal(value_is_free(value, &plan->ranges.items[range], slot), slot != 4 && slot != 5);
    }
    const uint32_t empty = plan_value_at(plan, store_initial_state(build.store), range);
    assert_int_equal(plan_value(plan, empty)->free_count, 6);
    /* Equal answers have equal numbers, whatever the state. */
    assert_int_equal(plan_value_at(plan, plan->initial_state, range), now);
    const uint32_t far = plan_add_question(plan, usual, build_at(&build, 7, 9, 0), build_at(&build, 7, 9, 0));
    const uint32_t far_range = plan->questions.items[far].range;
    assert_int_equal(plan_value_at(plan, plan->initial_state, far_range),
                     plan_value_at(plan, store_initial_state(build.store), far_range));
}

/* Every key that step `name` of `actor` deletes when its first day is `base_day`. */
static const char *forgotten_keys(const char *actor, const char *name, int base_day)
{
    const struct step *step = build_step(&build, actor, name);
    struct text out = {0};
    for (uint32_t i = 0; i < step->repeat; i++) {
        const uint32_t key = plan_forget_key(build.plan, step, i, BUILD_DAY + base_day);
        assert_int_equal(plan_forget_key(build.plan, step, i, BUILD_DAY + base_day), key);
        text_printf(&out, "%s%s", i == 0 ? "" : " ", interned_string(&build.plan->keys, key));
    }
    const char *copy = arena_copy_text(build.arena, text_string(&out), out.length);
    text_free(&out);
    return copy;
}

static void deletion_loops_name_their_keys_in_order(void **state)
{
    (void)state;
    const uint32_t l1 = build_l1(&build);
    const uint32_t l2 = build_l2(&build);
    build.system->prefix = "p_";
    struct action by_day = build_forget(&build, l1, 3);
    struct action by_window = build_forget(&build, l2, 2);
    const int minutes[][2] = {{9 * 60 + 30, 10 * 60}, {23 * 60, 24 * 60 + 59}};
    by_window.forget.windows = arena_alloc(build.arena, 2, sizeof *by_window.forget.windows);
    for (int i = 0; i < 2; i++) {
        by_window.forget.windows[i].from_minute = minutes[i][0];
        by_window.forget.windows[i].to_minute = minutes[i][1];
    }
    by_window.forget.window_count = 2;
    const char *companies[] = {"15", NULL};
    const char *types[] = {"1", "2"};
    struct forget_field fields[] = {{1, companies, 2}, {0, types, 2}};
    by_window.forget.fields = fields;
    by_window.forget.field_count = 2;
    const uint32_t routine = BUILD_ENTRY(&build, "clear", by_day, by_window);
    make_ten_days();
    (void)build_add(&build, build_write(&build, "w", routine, 4), 0);
    assert_string_equal(program_text("w"), "0 L1.forgetx3 1 L2.forgetx16 2 return");
    assert_string_equal(forgotten_keys("w", "L1.forget", 0), "p_a:1:2025-10-13:2025-10-13 p_a:1:2025-10-14:2025-10-14"
                                                             " p_a:1:2025-10-15:2025-10-15");
    assert_string_equal(forgotten_keys("w", "L1.forget", 30), "p_a:1:2025-11-12:2025-11-12"
                                                              " p_a:1:2025-11-13:2025-11-13"
                                                              " p_a:1:2025-11-14:2025-11-14");
    assert_string_equal(forgotten_keys("w", "L2.forget", 0),
                        "p_b:15:1:2025-10-13-09:2025-10-13-10 p_b:15:1:2025-10-13-23:2025-10-14-00"
                        " p_b:15:1:2025-10-14-09:2025-10-14-10 p_b:15:1:2025-10-14-23:2025-10-15-00"
                        " p_b:15:2:2025-10-13-09:2025-10-13-10 p_b:15:2:2025-10-13-23:2025-10-14-00"
                        " p_b:15:2:2025-10-14-09:2025-10-14-10 p_b:15:2:2025-10-14-23:2025-10-15-00"
                        " p_b:0:1:2025-10-13-09:2025-10-13-10 p_b:0:1:2025-10-13-23:2025-10-14-00"
                        " p_b:0:1:2025-10-14-09:2025-10-14-10 p_b:0:1:2025-10-14-23:2025-10-15-00"
                        " p_b:0:2:2025-10-13-09:2025-10-13-10 p_b:0:2:2025-10-13-23:2025-10-14-00"
                        " p_b:0:2:2025-10-14-09:2025-10-14-10 p_b:0:2:2025-10-14-23:2025-10-15-00");
}

static void patterns_are_rendered_without_the_prefix(void **state)
{
    (void)state;
    const uint32_t l1 = build_l1(&build);
    build.system->prefix = "p_";
    const struct action listing = build_list(&build, l1, "a:{event_type}:*{from:%d}?");
    struct action at_once = listing;
    at_once.forget.atomic = true;
    const uint32_t routine = BUILD_ENTRY(&build, "clear", listing, at_once, listing);
    make_ten_days();
    (void)build_add(&build, build_write(&build, "w", routine, 8), 0);
    assert_string_equal(program_text("w"), "0 L1.list 1 L1.forget 2 L1.forget#2 3 L1.list#2 4 L1.forget#3 5 return");
    const struct step *list = build_step(&build, "w", "L1.list");
    assert_string_equal(build.plan->forgets.items[list->forget].pattern, "a:1:*16?"); /* The slot's day. */
    assert_int_equal(list->kind, STEP_LIST);
    assert_int_equal(build_step(&build, "w", "L1.forget")->kind, STEP_FORGET_LISTED);
    assert_int_equal(build_step(&build, "w", "L1.forget#2")->kind, STEP_FORGET);
    (void)build_add(&build, build_write(&build, "nowhere", routine, MODEL_NONE), 0);
    list = build_step(&build, "nowhere", "L1.list");
    assert_string_equal(build.plan->forgets.items[list->forget].pattern, "a:1:*13?"); /* The clock's. */
}

static void nested_layers_are_unrolled(void **state)
{
    (void)state;
    const uint32_t l1 = build_l1(&build);
    const uint32_t l2 = build_l2(&build);
    const uint32_t l3 = build_layer(&build, "L3", "c:{week:%Y-%m-%d}", US_PER_SECOND, l2);
    build.system->layers[l3].covers = COVERS_WEEK;
    const uint32_t readers[] = {build_reader(&build, "r0", MODEL_NONE), build_reader(&build, "r1", l1),
                                build_reader(&build, "r2", l2), build_reader(&build, "r3", l3)};
    static const char *const expected[] = {
        "0 snapshot 1 response 2 answer",
        "0 L1.get>4 1 snapshot 2 response 3 L1.put 4 answer",
        "0 L2.get>6 1 L1.get>5 2 snapshot 3 response 4 L1.put 5 L2.put 6 answer",
        "0 L3.get>8 1 L2.get>7 2 L1.get>6 3 snapshot 4 response 5 L1.put 6 L2.put 7 L3.put 8 answer",
    };
    make_ten_days();
    static const char *const names[] = {"a0", "a1", "a2", "a3"};
    for (size_t i = 0; i < COUNT(readers); i++) {
        (void)build_add(
            &build, build_ask(&build, names[i], readers[i], build_at(&build, 2, 9, 0), build_at(&build, 2, 11, 0)), 0);
        assert_string_equal(program_text(names[i]), expected[i]);
    }
    /* What is asked of an inner layer is what the outer one covers; the answer is to what was asked. */
    const struct plan *plan = build.plan;
    assert_string_equal(interned_string(&plan->keys, build_step(&build, "a3", "L2.get")->key),
                        "b:15:1:2025-10-13-00:2025-10-19-00");
    assert_string_equal(interned_string(&plan->keys, build_step(&build, "a3", "L1.put")->key),
                        "a:1:2025-10-13:2025-10-19");
    assert_string_equal(interned_string(&plan->keys, build_step(&build, "a2", "L1.put")->key),
                        "a:1:2025-10-15:2025-10-15");
    assert_int_equal(range_of(build_step(&build, "a3", "snapshot")->question)->count, 14);
    assert_int_equal(range_of(build_step(&build, "a3", "answer")->question)->count, 2);
    assert_int_equal(build_step(&build, "a3", "answer")->layer, l3);
}

/* Windows of the questions that a reader's answers are to, as "14 09:00-11:00". */
static const char *windows_text(const char *actor)
{
    const struct program *program = &build.plan->actors.items[plan_actor(build.plan, actor)].program;
    struct text out = {0};
    for (uint32_t i = 0; i < program->count; i++) {
        if (program->steps[i].kind == STEP_ANSWER) {
            const struct template_values at =
                plan_question_values(build.plan, &build.plan->questions.items[program->steps[i].question]);
            text_printf(&out, "%s%d %02d:%02d-%d %02d:%02d", out.length == 0 ? "" : ", ", at.from.day, at.from.hour,
                        at.from.minute, at.to.day, at.to.hour, at.to.minute);
        }
    }
    const char *copy = arena_copy_text(build.arena, text_string(&out), out.length);
    text_free(&out);
    return copy;
}

static void wishes_become_windows(void **state)
{
    (void)state;
    struct read_spec reads[] = {
        {.layer = MODEL_NONE, .window = WINDOW_AROUND, .from_us = -2 * US_PER_HOUR, .until_free = true},
        {.layer = MODEL_NONE,
         .window = WINDOW_AROUND,
         .from_us = -30 * US_PER_MINUTE,
         .to_us = 30 * US_PER_MINUTE,
         .on = ON_WORKDAYS,
         .day_first = 1,
         .day_last = 1},
        {.layer = MODEL_NONE,
         .window = WINDOW_DAILY,
         .from_minute = 9 * 60,
         .to_minute = 18 * 60,
         .on = ON_WORKDAYS,
         .day_first = 1,
         .day_last = 3,
         .until_free = true},
        {.layer = MODEL_NONE,
         .window = WINDOW_AROUND,
         .to_us = 15 * US_PER_HOUR,
         .on = ON_DAYS,
         .day_first = 7,
         .day_last = 7},
    };
    const uint32_t reader = build_reader(&build, "alternatives", MODEL_NONE);
    build.system->routines[reader].reads = reads;
    build.system->routines[reader].read_count = COUNT(reads);
    make_ten_days();
    /* Friday the 17th at 10:15: the next workday is Monday the 20th. */
    (void)build_add(&build, build_ask(&build, "a", reader, build_at(&build, 4, 10, 15), build_at(&build, 4, 10, 15)),
                    0);
    assert_string_equal(windows_text("a"), "17 08:15-17 10:15, 20 09:45-20 10:45, 20 09:00-20 18:00, 21 09:00-21 18:00,"
                                           " 22 09:00-22 18:00, 24 10:15-25 01:15");
    assert_string_equal(program_text("a"), "0 snapshot 1 response 2 answer>18 3 snapshot#2 4 response#2 5 answer#2"
                                           " 6 snapshot#3 7 response#3 8 answer#3>18 9 snapshot#4 10 response#4"
                                           " 11 answer#4>18 12 snapshot#5 13 response#5 14 answer#5>18"
                                           " 15 snapshot#6 16 response#6 17 answer#6");
    /* Before one in the morning, two hours earlier is the day before; and the clocks change on Sunday the 26th. */
    (void)build_add(&build, build_ask(&build, "b", reader, build_at(&build, 6, 1, 0), build_at(&build, 6, 1, 0)), 0);
    assert_string_equal(windows_text("b"), "18 23:00-19 01:00, 20 00:30-20 01:30, 20 09:00-20 18:00, 21 09:00-21 18:00,"
                                           " 22 09:00-22 18:00, 26 01:00-26 16:00");
}

static void writers_return_where_they_are_refused_to(void **state)
{
    (void)state;
    const uint32_t l1 = build_l1(&build);
    const uint32_t handler =
        BUILD_ENTRY(&build, "handler", build_appointment("appointment.upsert"), build_forget(&build, l1, 2));
    const uint32_t api = BUILD_ENTRY(&build, "api", build_upstream("upstream.create"), build_forget(&build, l1, 30),
                                     build_send(handler));
    struct action sometimes = build_appointment("appointment.insert");
    sometimes.when_passed = "eventTypeId";
    const uint32_t wrapper = BUILD_ENTRY(&build, "wrapper", build_call(api), sometimes, build_call(api));
    const uint32_t widget =
        BUILD_CUSTOMER(&build, "widget", build_upstream("upstream.create"), build_send(handler), build_send(handler));
    make_ten_days();
    (void)build_add(&build, build_write(&build, "w", api, 4), 0);
    assert_string_equal(program_text("w"), "0 create 1 reply>4 2 L1.forgetx30 3 send_webhook+w.webhook 4 return");
    assert_string_equal(program_text("w.webhook"), "0 receive 1 appointment.upsert 2 L1.forgetx2 3 return");
    (void)build_add(&build, build_write(&build, "v", wrapper, 4), 0);
    assert_string_equal(program_text("v"), "0 create 1 reply>8 2 L1.forgetx30 3 send_webhook+v.webhook 4 create#2"
                                           " 5 reply#2>8 6 L1.forget#2x30 7 send_webhook#2+v.webhook#2 8 return");
    const char *passes[] = {"other", "eventTypeId"};
    struct actor_spec spec = build_write(&build, "u", wrapper, 4);
    spec.passes_given = true;
    spec.passes = passes;
    spec.pass_count = 2;
    (void)build_add(&build, spec, 0);
    assert_int_not_equal(plan_step(build.plan, plan_actor(build.plan, "u"), "appointment.insert"), MODEL_NONE);
    spec.name = "t";
    spec.pass_count = 1; /* Others than the routine's own. */
    build.system->routines[wrapper].passes = &passes[1];
    build.system->routines[wrapper].pass_count = 1;
    (void)build_add(&build, spec, 0);
    assert_int_equal(plan_step(build.plan, plan_actor(build.plan, "t"), "appointment.insert"), MODEL_NONE);
    (void)build_add(&build, build_write(&build, "s", wrapper, 4), 0);
    assert_int_not_equal(plan_step(build.plan, plan_actor(build.plan, "s"), "appointment.insert"), MODEL_NONE);
    (void)build_add(&build, build_write(&build, "c", widget, 4), 0);
    assert_string_equal(program_text("c"), "0 create>3 1 send_webhook+c.webhook 2 send_webhook#2+c.webhook#2 3 return");
}

static void webhooks_are_actors_of_their_own(void **state)
{
    (void)state;
    const uint32_t handler = BUILD_ENTRY(&build, "handler", build_appointment("appointment.upsert"));
    const uint32_t widget = BUILD_CUSTOMER(&build, "widget", build_upstream("upstream.create"), build_send(handler));
    const uint32_t silent = BUILD_CUSTOMER(&build, "silent", build_upstream("upstream.create"));
    const uint32_t api = BUILD_ENTRY(&build, "api", build_upstream("upstream.create"), build_send(handler));
    build_latency(&build, LATENCY_WEBHOOK, 1, 5, 3);
    build_latency(&build, LATENCY_RECEIVE, 10, 50, 30);
    build_latency(&build, LATENCY_BOOKING, 100, 500, 300);
    make_ten_days();
    const uint32_t w = build_add(&build, build_write(&build, "w", widget, 4), 0);
    const uint32_t hook = plan_actor(build.plan, "w.webhook");
    const struct actor *of_hook = &build.plan->actors.items[hook];
    assert_int_equal(of_hook->parent, w);
    assert_int_equal(of_hook->at_us, TIME_NONE);
    assert_int_equal(of_hook->routine, handler);
    assert_string_equal(of_hook->booking, "w");
    assert_int_equal(of_hook->booking_number, build.plan->actors.items[w].booking_number);
    assert_true(of_hook->acknowledges);
    assert_false(build.plan->actors.items[w].acknowledges); /* The customer's return tells the gateway nothing. */
    const struct latency lead = build_step(&build, "w.webhook", "receive")->lead;
    assert_int_equal(lead.low_us, 11);
    assert_int_equal(lead.high_us, 55);
    assert_int_equal(lead.nominal_us, 33);
    const uint32_t s = build_add(&build, build_write(&build, "s", silent, 5), 0);
    assert_true(build.plan->actors.items[s].acknowledges); /* Nobody else does. */
    struct actor_spec spec = build_write(&build, "p", api, 6);
    spec.booking = "other";
    const uint32_t p = build_add(&build, spec, 0);
    assert_true(build.plan->actors.items[p].acknowledges);
    assert_string_equal(build.plan->actors.items[p].booking, "other");
    /* A call takes effect somewhere on its way, and its reply counts from its beginning. */
    const struct step *create = build_step(&build, "p", "create");
    const struct step *reply = build_step(&build, "p", "reply");
    assert_int_equal(create->lead.low_us, 0);
    assert_int_equal(create->lead.high_us, 500);
    assert_int_equal(create->lead.nominal_us, 150);
    assert_true(reply->since_request && !create->since_request);
    assert_int_equal(reply->lead.low_us, 100);
    assert_int_equal(build_step(&build, "w", "create")->lead.high_us, 0); /* The widget is there already. */
}

static void readers_can_go_on_to_book(void **state)
{
    (void)state;
    const uint32_t l1 = build_l1(&build);
    const uint32_t reader = build_reader(&build, "ask", l1);
    const uint32_t api = BUILD_ENTRY(&build, "api", build_upstream("upstream.create"));
    make_ten_days();
    struct actor_spec spec = build_ask(&build, "a", reader, build_at(&build, 1, 9, 0), build_at(&build, 1, 9, 0));
    spec.then_routine = api;
    spec.slot = 4;
    spec.then_after = (struct latency){1, 3, 2};
    (void)build_add(&build, spec, 0);
    assert_string_equal(program_text("a"),
                        "0 L1.get>4 1 snapshot 2 response 3 L1.put 4 answer 5 choose>9 6 create 7 reply>8 8 return");
    assert_int_equal(build_step(&build, "a", "choose")->lead.nominal_us, 2);
    assert_int_equal(build_step(&build, "a", "create")->routine, api);
    assert_int_equal(build_step(&build, "a", "answer")->routine, reader);
}

static void step_kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(step_kind_name(STEP_GET), "GET");
    assert_string_equal(step_kind_name(STEP_RETURN), "RETURN");
    assert_string_equal(latency_class_name(LATENCY_UPSTREAM), "upstream");
    assert_string_equal(latency_class_name(LATENCY_RECEIVE), "receive");
    assert_int_equal(system_field(build.system, "branch"), 2);
    assert_int_equal(system_field(build.system, "nobody"), MODEL_NONE);
    const uint32_t reader = build_reader(&build, "ask", MODEL_NONE);
    assert_int_equal(system_routine(build.system, "ask"), reader);
    assert_int_equal(system_routine(build.system, "as"), MODEL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calendars_are_sorted_and_hosts_merged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bookings_reach_over_midnight, set_up, tear_down),
        cmocka_unit_test_setup_teardown(questions_cover_whole_dates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(weeks_run_from_monday_to_sunday, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_say_which_slots_are_free, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deletion_loops_name_their_keys_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(patterns_are_rendered_without_the_prefix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nested_layers_are_unrolled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wishes_become_windows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writers_return_where_they_are_refused_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(webhooks_are_actors_of_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(readers_can_go_on_to_book, set_up, tear_down),
        cmocka_unit_test_setup_teardown(step_kinds_have_names, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
