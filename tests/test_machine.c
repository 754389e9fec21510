/* What each kind of step does, and that steps whose footprints do not conflict commute: exploring rests on it. */
#include "engine/step.h"
#include "support/random_case.h"
#include "support/script.h"

#include "cmocka_all.h"

#include <string.h>

enum { MON9, MON10, TUE9 };

static struct build build;
static uint32_t l1, l2, of_l1, of_l2;

static int set_up(void **state)
{
    (void)state;
    build_open(&build);
    l1 = build_l1(&build);
    l2 = build_l2(&build);
    of_l1 = build_reader(&build, "of_l1", l1);
    of_l2 = build_reader(&build, "of_l2", l2);
    build_slot(&build, "1", "h1", build_at(&build, 0, 9, 0), 60);
    build_slot(&build, "1", "h1", build_at(&build, 0, 10, 0), 60);
    build_slot(&build, "1", "h1", build_at(&build, 1, 9, 0), 60);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    build_close(&build);
    return 0;
}

static struct actor_spec ask(const char *name, uint32_t reader)
{
    return build_ask(&build, name, reader, build_at(&build, 0, 9, 0), build_at(&build, 0, 11, 0));
}

/* "L1.get miss a:1:...": what the last step came to. */
static void show(const struct step_record *record, struct text *out)
{
    static const char *const outcomes[] = {"", " hit", " miss", " refused", " absent", " skipped"};
    const struct plan *plan = build.plan;
    text_printf(out, "%s%s%s", out->length == 0 ? "" : "; ", record->step->name, outcomes[record->outcome]);
    if (record->key != MODEL_NONE) {
        text_printf(out, " %s", interned_string(&plan->keys, record->key));
    }
    if (record->value != MODEL_NONE) {
        text_printf(out, " =%u", plan_value(plan, record->value)->free_count);
    }
    if (record->ttl_us != 0) {
        text_printf(out, " for %llds", (long long)(record->ttl_us / US_PER_SECOND));
    }
    if (record->count != 0) {
        text_printf(out, " %u found", record->count);
    }
    if (record->version != 0) {
        text_printf(out, " v%u", record->version);
    }
    if (record->iteration != 0) {
        text_printf(out, " #%u", record->iteration);
    }
}

/* Runs an actor to its end, one second a step, and says what it did. */
static const char *walk(struct machine *machine, const char *name)
{
    const uint32_t actor = plan_actor(build.plan, name);
    struct text out = {0};
    if (machine->actors[actor].status != ACTOR_READY) {
        machine_start(machine, actor);
    }
    while (machine->actors[actor].status == ACTOR_READY) {
        const int64_t last_us = machine->record.time_us;
        const int64_t now_us = last_us == 0 ? build.clock_us : last_us + US_PER_SECOND;
        show(machine_step(machine, actor, now_us), &out);
        assert_int_equal(machine->record.sequence, machine->totals.steps);
    }
    const char *copy = arena_copy_text(build.arena, text_string(&out), out.length);
    text_free(&out);
    return copy;
}

static struct machine *new_machine(void)
{
    return machine_new(build.plan, build.arena, (struct observer){.context = NULL});
}

static void reads_go_through_their_layers(void **state)
{
    (void)state;
    build.system->layers[l1].ttl_empty_us = 60 * US_PER_SECOND;
    build_plan(&build);
    (void)build_add(&build, ask("a", of_l1), 0);
    (void)build_add(&build, ask("k", of_l2), 0);
    struct machine *machine = new_machine();
    assert_string_equal(walk(machine, "a"), "L1.get miss a:1:2025-10-13:2025-10-13; snapshot =2; response =2;"
                                            " L1.put a:1:2025-10-13:2025-10-13 =2 for 300s; answer =2");
    assert_string_equal(walk(machine, "k"), "L2.get miss b:15:1:2025-10-13-09:2025-10-13-11;"
                                            " L1.get hit a:1:2025-10-13:2025-10-13 =2;"
                                            " L2.put b:15:1:2025-10-13-09:2025-10-13-11 =2 for 300s; answer =2");
    assert_string_equal(walk(machine, "k"), "L2.get hit b:15:1:2025-10-13-09:2025-10-13-11 =2; answer =2");
    assert_int_equal(machine->actors[plan_actor(build.plan, "k")].runs, 2);
    assert_int_equal(machine->totals.reads, 3);
}

static void empty_answers_have_their_own_ttl(void **state)
{
    (void)state;
    build.system->layers[l1].ttl_empty_us = 60 * US_PER_SECOND;
    build_plan(&build);
    assert_true(build_booking(&build, "x", MON9));
    assert_true(build_booking(&build, "y", MON10));
    (void)build_add(&build, ask("k", of_l2), 0);
    assert_string_equal(walk(new_machine(), "k"),
                        "L2.get miss b:15:1:2025-10-13-09:2025-10-13-11; L1.get miss a:1:2025-10-13:2025-10-13;"
                        " snapshot =0; response =0; L1.put a:1:2025-10-13:2025-10-13 =0 for 60s;"
                        " L2.put b:15:1:2025-10-13-09:2025-10-13-11 =0 for 300s; answer =0");
}

static void readers_stop_at_the_first_free_window(void **state)
{
    (void)state;
    static struct read_spec reads[] = {
        {.layer = MODEL_NONE, .window = WINDOW_AROUND, .to_us = US_PER_HOUR, .until_free = true},
        {.layer = MODEL_NONE,
         .window = WINDOW_AROUND,
         .to_us = US_PER_HOUR,
         .on = ON_DAYS,
         .day_first = 1,
         .day_last = 2,
         .until_free = true},
    };
    build.system->routines[of_l1].reads = reads;
    build.system->routines[of_l1].read_count = COUNT(reads);
    build_plan(&build);
    static const struct {
        int hour, minute;
        const char *answers;
    } cases[] = {
        {8, 0, "answer =2"},                            /* 8:00 to 9:00: its end belongs to the window. */
        {9, 0, "answer =2"},                            /* 9:00 to 10:00 */
        {10, 0, "answer =2"},                           /* and so does its beginning. */
        {10, 1, "answer =2; answer#2 =1; answer#3 =0"}, /* Free on the date, not in the window; then the next day. */
        {7, 59, "answer =2; answer#2 =1; answer#3 =0"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct actor_spec spec = ask(arena_printf(build.arena, "a%zu", i), of_l1);
        spec.wish_us = build_at(&build, 0, cases[i].hour, cases[i].minute);
        (void)build_add(&build, spec, 0);
        const char *tape = walk(new_machine(), spec.name);
        struct text answers = {0};
        for (const char *at = strstr(tape, "answer"); at != NULL; at = strstr(at + 1, "answer")) {
            text_puts(&answers, answers.length == 0 ? "" : "; ");
            text_add(&answers, at, strcspn(at, ";"));
        }
        assert_string_equal(text_string(&answers), cases[i].answers);
        text_free(&answers);
    }
}

static void refusals_end_a_routine(void **state)
{
    (void)state;
    const uint32_t handler = BUILD_ENTRY(&build, "handler", build_appointment("appointment.insert"));
    const uint32_t api = BUILD_ENTRY(&build, "api", build_upstream("upstream.create"), build_forget(&build, l1, 2));
    const uint32_t widget = BUILD_CUSTOMER(&build, "widget", build_upstream("upstream.create"), build_send(handler));
    build_plan(&build);
    (void)build_add(&build, build_write(&build, "w", api, MON9), 0);
    (void)build_add(&build, build_write(&build, "v", api, MON9), 0);
    (void)build_add(&build, build_write(&build, "c", widget, MON9), 0);
    (void)build_add(&build, build_write(&build, "d", widget, MON10), 0);
    struct machine *machine = new_machine();
    assert_string_equal(walk(machine, "w"), "create v1; reply; L1.forget absent a:1:2025-10-13:2025-10-13;"
                                            " L1.forget absent a:1:2025-10-14:2025-10-14 #1; return");
    assert_string_equal(walk(machine, "v"), "create refused; reply refused; return");
    assert_string_equal(walk(machine, "c"), "create refused; return");
    assert_string_equal(walk(machine, "d"), "create v2; send_webhook; return");
    assert_string_equal(walk(machine, "d.webhook"), "receive; appointment.insert; return");
    assert_int_equal(machine->actors[plan_actor(build.plan, "c.webhook")].status, ACTOR_IDLE);
    assert_int_equal(machine->totals.refused_offers, 0);
}

static void offers_lead_to_bookings(void **state)
{
    (void)state;
    const uint32_t api = BUILD_ENTRY(&build, "api", build_upstream("upstream.create"));
    build_plan(&build);
    struct actor_spec spec = ask("a", of_l1);
    spec.then_routine = api;
    spec.slot = MON9;
    (void)build_add(&build, spec, 0);
    spec.name = "b";
    (void)build_add(&build, spec, 0);
    spec.name = "c";
    (void)build_add(&build, spec, 0);
    struct machine *machine = new_machine();
    static const char hit[] = "L1.get hit a:1:2025-10-13:2025-10-13 =2; answer =2; ";
    assert_non_null(strstr(walk(machine, "a"), "choose; create v1; reply; return"));
    const char *tape = walk(machine, "b"); /* Offered what is taken. */
    assert_memory_equal(tape, hit, sizeof hit - 1);
    assert_string_equal(tape + sizeof hit - 1, "choose; create refused; reply refused; return");
    assert_int_equal(machine->totals.refused_offers, 1);
    (void)cache_forget(&machine->cache, 0, build.clock_us);
    assert_non_null(strstr(walk(machine, "c"), "=1; choose skipped"));
    assert_int_equal(machine->totals.refused_offers, 1);
}

static void deletions_remove_what_they_name(void **state)
{
    (void)state;
    build.system->prefix = "p_";
    struct action at_once = build_forget(&build, l1, 3);
    at_once.forget.atomic = true;
    struct action pattern_at_once = build_list(&build, l2, "*b:15*");
    pattern_at_once.forget.atomic = true;
    const uint32_t loop = BUILD_ENTRY(&build, "loop", build_forget(&build, l1, 2), at_once);
    const uint32_t list = BUILD_ENTRY(&build, "list", build_list(&build, l1, "?_a:*"), build_list(&build, l1, "a:*"));
    const uint32_t both = BUILD_ENTRY(&build, "both", pattern_at_once, at_once);
    build_plan(&build);
    (void)build_add(&build, ask("k", of_l2), 0);
    struct actor_spec spec = ask("a", of_l1);
    spec.to_us = build_at(&build, 1, 11, 0);
    (void)build_add(&build, spec, 0);
    (void)build_add(&build, build_write(&build, "loop", loop, MON9), 0);
    (void)build_add(&build, build_write(&build, "list", list, MON9), 0);
    (void)build_add(&build, build_write(&build, "both", both, MON9), 0);
    struct machine *machine = new_machine();
    (void)walk(machine, "k");
    assert_string_equal(walk(machine, "loop"), "L1.forget p_a:1:2025-10-13:2025-10-13;"
                                               " L1.forget absent p_a:1:2025-10-14:2025-10-14 #1;"
                                               " L1.forget#2; return");
    machine = new_machine();
    (void)walk(machine, "k");
    (void)walk(machine, "a");
    assert_string_equal(walk(machine, "list"), "L1.list 2 found; L1.forget p_a:1:2025-10-13:2025-10-13;"
                                               " L1.forget p_a:1:2025-10-13:2025-10-14 #1; L1.list#2 skipped; return");
    machine = new_machine();
    (void)walk(machine, "k");
    assert_string_equal(walk(machine, "both"), "L2.forget 1 found; L1.forget 1 found; return");
    assert_string_equal(walk(machine, "both"), "L2.forget; L1.forget; return");
}

static void double_bookings_are_counted_when_they_come_into_being(void **state)
{
    (void)state;
    const uint32_t quiet = BUILD_ENTRY(&build, "quiet", build_upstream("upstream.cancel"));
    const uint32_t api =
        BUILD_ENTRY(&build, "api", build_upstream("upstream.create"), build_appointment("appointment.insert"));
    build_plan(&build);
    assert_true(build_booking(&build, "old", MON9));
    struct actor_spec spec = build_write(&build, "n", quiet, MON9);
    spec.booking = "old";
    (void)build_add(&build, spec, 0);
    (void)build_add(&build, build_write(&build, "w", api, MON9), 0);
    struct machine *machine = new_machine();
    assert_string_equal(walk(machine, "n"), "cancel v1; reply; return");
    assert_string_equal(walk(machine, "w"), "create v2; reply; appointment.insert; return");
    assert_int_equal(machine->totals.double_bookings, 1);
}

static void footprints_conflict_where_one_writes(void **state)
{
    (void)state;
    static const struct {
        struct access a, b;
        bool conflict;
    } cases[] = {
        {{RESOURCE_KEY, 1, 1, false}, {RESOURCE_KEY, 1, 1, false}, false},
        {{RESOURCE_KEY, 1, 1, true}, {RESOURCE_KEY, 1, 1, false}, true},
        {{RESOURCE_KEY, 1, 1, true}, {RESOURCE_KEY, 1, 1, true}, true},
        {{RESOURCE_KEY, 1, 1, true}, {RESOURCE_KEY, 2, 2, true}, false},
        {{RESOURCE_KEY, 1, 5, true}, {RESOURCE_KEY, 5, 9, false}, true},
        {{RESOURCE_KEY, 1, 5, true}, {RESOURCE_KEY, 6, 9, true}, false},
        {{RESOURCE_KEY, 1, 9, true}, {RESOURCE_KEY, 4, 5, false}, true},
        {{RESOURCE_KEY, 1, 1, true}, {RESOURCE_TRUTH, 1, 1, true}, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct footprint a = {.count = 0};
        struct footprint b = {.count = 0};
        footprint_add(&a, RESOURCE_MIRROR, 7, 7, true);
        footprint_add(&a, cases[i].a.resource, cases[i].a.low, cases[i].a.high, cases[i].a.write);
        footprint_add(&b, RESOURCE_INBOX, 7, 7, true);
        footprint_add(&b, cases[i].b.resource, cases[i].b.low, cases[i].b.high, cases[i].b.write);
        assert_int_equal(footprint_conflicts(&a, &b), cases[i].conflict);
        assert_int_equal(footprint_conflicts(&b, &a), cases[i].conflict);
    }
}

/* Do the next steps of two actors conflict, after a script? Readers: a b of L1, k of L2, t of L1 for Tuesday. Writers:
 * w books MON9, v TUE9, n cancels w's booking, m the hours around midnight; they delete L1's keys of one day. */
static const struct {
    const char *words, *first, *second;
    bool conflict;
} pairs[] = {
    {"a", "a", "w", true},  /* a snapshot and a booking of that day */
    {"a", "a", "v", false}, /* of another */
    {"t", "t", "w", false},
    {"t", "t", "m", true},     /* one that begins the day before */
    {"t w w", "t", "n", true}, /* who moves or cancels may touch any day */
    {"w", "w", "v", false},    /* the reply */
    {"", "w", "v", false},     /* bookings of two days */
    {"", "m", "v", true},      /* days are what counts, also of the end of a slot */
    {"a*2", "a", "w", false},  /* a response is on its way, whatever is booked */
    {"a*3", "a", "w", false},  /* and so is what is put */
    {"a*4", "a", "w", true},   /* until it is judged */
    {"a*4", "a", "v", false},
    {"a! k", "k", "w", true}, /* a hit on the way into another layer knows what came before */
    {"a! k", "k", "v", false},
    {"k", "k", "w", false},        /* a miss does not */
    {"a!", "b", "w", false},       /* nor a hit that ends the read */
    {"w*3", "a", "w", true},       /* who begins to read sees what is acknowledged */
    {"a w*3", "a", "w", false},    /* who has begun does not */
    {"a*3 w*2", "a", "w", true},   /* a put and a deletion of its key */
    {"t*3 w*2", "t", "w", false},  /* of another */
    {"a! b w*2", "b", "w", false}, /* an answer */
    {"a! w*2", "b", "w", true},    /* a get, and a deletion */
    {"a! w*2", "t", "w", false},
    {"a", "a", "b", false},      /* readers among themselves */
    {"a*3 b*3", "a", "b", true}, /* unless both put */
};

static void footprints_say_which_steps_depend(void **state)
{
    (void)state;
    const uint32_t api = BUILD_ENTRY(&build, "api", build_upstream("upstream.create"), build_forget(&build, l1, 1));
    const uint32_t cancel = BUILD_ENTRY(&build, "cancel", build_upstream("upstream.cancel"));
    build_slot(&build, "1", "h1", build_at(&build, 0, 23, 0), 120);
    build_slot(&build, "1", "h1", build_at(&build, 1, 0, 30), 60);
    build_plan(&build);
    (void)build_add(&build, ask("a", of_l1), 0);
    (void)build_add(&build, ask("b", of_l1), 0);
    (void)build_add(&build, ask("k", of_l2), 0);
    struct actor_spec tuesday = ask("t", of_l1);
    tuesday.from_us += US_PER_DAY;
    tuesday.to_us += US_PER_DAY;
    (void)build_add(&build, tuesday, 0);
    const int64_t late_us = build_at(&build, 0, 23, 0);
    (void)build_add(&build, build_write(&build, "w", api, plan_slot(build.plan, "1", build_at(&build, 0, 9, 0))), 0);
    (void)build_add(&build, build_write(&build, "v", api, plan_slot(build.plan, "1", build_at(&build, 1, 9, 0))), 0);
    (void)build_add(&build, build_write(&build, "m", api, plan_slot(build.plan, "1", late_us)), 0);
    struct actor_spec spec = build_write(&build, "n", cancel, MON9);
    spec.booking = "w";
    spec.old_slot = MON9;
    (void)build_add(&build, spec, 0);
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct script *script = script_new(&build);
        script_run(script, pairs[i].words);
        struct footprint of[2];
        for (int p = 0; p < 2; p++) {
            const uint32_t actor = plan_actor(build.plan, p == 0 ? pairs[i].first : pairs[i].second);
            if (script->machine->actors[actor].status != ACTOR_READY) {
                machine_start(script->machine, actor);
            }
            of[p] = step_footprint(script->machine, actor, script->now_us);
        }
        if (footprint_conflicts(&of[0], &of[1]) != pairs[i].conflict) {
            fail_msg("after '%s' the next steps of %s and %s %s", pairs[i].words, pairs[i].first, pairs[i].second,
                     pairs[i].conflict ? "do not conflict" : "conflict");
        }
        script_free(script);
    }
    struct script *script = script_new(&build);
    script_run(script, "t! m! v!"); /* Accesses are checked on the way, in debug builds. */
    script_free(script);
}

/* One execution of a random case, and what its readers were told. */
struct trial {
    struct machine *machine;
    struct text verdicts[REFERENCE_RECIPIENTS_MAX]; /* By actor. */
    int64_t now_us;
};

static void on_read(void *context, const struct read_record *read)
{
    struct trial *trial = context;
    struct text *out = &trial->verdicts[read->actor];
    text_printf(out, "[%u %lld", read->value, (long long)read->returned_us);
    for (uint32_t i = 0; i < read->stale_count; i++) {
        const struct stale_slot *stale = &read->stale[i];
        text_printf(out, " %u/%d/%d/%lld", stale->slot, stale->phantom, stale->cause, (long long)stale->age_us);
    }
    text_puts(out, "]");
}

static void trial_step(struct trial *trial, uint32_t actor)
{
    (void)machine_step(trial->machine, actor, trial->now_us);
}

/* The `n`th READY actor after `from`, around; MODEL_NONE: nobody is. */
static uint32_t ready_actor(const struct machine *machine, uint32_t n)
{
    const uint32_t count = (uint32_t)machine->plan->actors.count;
    uint32_t ready = 0;
    for (uint32_t i = 0; i < count; i++) {
        ready += machine->actors[i].status == ACTOR_READY;
    }
    n = ready == 0 ? 0 : n % ready;
    for (uint32_t i = 0; i < count; i++) {
        if (machine->actors[i].status == ACTOR_READY && n-- == 0) {
            return i;
        }
    }
    return MODEL_NONE;
}

static void trial_open(struct trial *trial, const struct random_case *it, struct random_stream prefix, uint32_t length)
{
    *trial = (struct trial){.now_us = it->build.clock_us};
    trial->machine =
        machine_new(it->build.plan, it->build.arena, (struct observer){.context = trial, .on_read = on_read});
    for (uint32_t i = 0; i < it->build.plan->actors.count; i++) {
        if (it->build.plan->actors.items[i].parent == MODEL_NONE) {
            machine_start(trial->machine, i);
        }
    }
    for (uint32_t i = 0; i < length; i++) {
        const uint32_t actor = ready_actor(trial->machine, (uint32_t)random_between(&prefix, 0, 1 << 20));
        if (actor == MODEL_NONE) {
            return;
        }
        trial_step(trial, actor);
        trial->now_us += US_PER_MS;
    }
}

static void trial_finish(struct trial *trial)
{
    for (uint32_t i = 0;; i++) {
        trial->now_us += US_PER_MS;
        const uint32_t count = (uint32_t)trial->machine->plan->actors.count;
        if (ready_actor(trial->machine, 0) == MODEL_NONE) {
            return;
        }
        /* By number, so that who started earlier does not matter. */
        if (trial->machine->actors[i % count].status == ACTOR_READY) {
            trial_step(trial, i % count);
        }
    }
}

static void assert_same(const struct trial *x, const struct trial *y)
{
    const struct plan *plan = x->machine->plan;
    assert_int_equal(x->machine->state, y->machine->state);
    for (uint32_t i = 0; i < plan->actors.count; i++) {
        const struct actor_state *a = &x->machine->actors[i];
        const struct actor_state *b = &y->machine->actors[i];
        assert_int_equal(a->status, b->status);
        assert_int_equal(a->pc, b->pc);
        assert_int_equal(a->loop, b->loop);
        assert_int_equal(a->value, b->value);
        assert_int_equal(a->refused, b->refused);
        assert_int_equal(a->offered, b->offered);
        assert_string_equal(text_string(&x->verdicts[i]), text_string(&y->verdicts[i]));
    }
    for (uint32_t key = 0; key < plan->keys.count; key++) {
        const struct cache_entry *a = cache_get(&x->machine->cache, key, x->now_us);
        const struct cache_entry *b = cache_get(&y->machine->cache, key, y->now_us);
        assert_int_equal(a == NULL ? CACHE_NOTHING : a->value, b == NULL ? CACHE_NOTHING : b->value);
    }
}

static void trial_close(struct trial *trial)
{
    for (size_t i = 0; i < COUNT(trial->verdicts); i++) {
        text_free(&trial->verdicts[i]);
    }
}

/* Two steps after the same beginning, in both orders, and everybody on to the end: no reader and no table tells. */
static bool both_orders_are_one(struct random_case *it, uint32_t length)
{
    const struct random_stream prefix = it->stream;
    struct trial *trials = ARENA_ARRAY(it->build.arena, struct trial, 2);
    trial_open(&trials[0], it, prefix, length);
    trial_open(&trials[1], it, prefix, length);
    it->stream = prefix;
    const uint32_t a = ready_actor(trials[0].machine, (uint32_t)random_between(&it->stream, 0, 1 << 20));
    const uint32_t b = ready_actor(trials[0].machine, (uint32_t)random_between(&it->stream, 0, 1 << 20));
    bool tried = false;
    if (a != MODEL_NONE && a != b) {
        const struct footprint of_a = step_footprint(trials[0].machine, a, trials[0].now_us);
        const struct footprint of_b = step_footprint(trials[0].machine, b, trials[0].now_us);
        tried = !footprint_conflicts(&of_a, &of_b);
    }
    if (tried) {
        trial_step(&trials[0], a);
        trial_step(&trials[0], b);
        trial_step(&trials[1], b);
        trial_step(&trials[1], a);
        assert_same(&trials[0], &trials[1]);
        trial_finish(&trials[0]);
        trial_finish(&trials[1]);
        assert_same(&trials[0], &trials[1]);
    }
    trial_close(&trials[0]);
    trial_close(&trials[1]);
    return tried;
}

static void independent_steps_commute(void **state)
{
    (void)state;
    uint32_t tried = 0;
    for (uint64_t seed = 5000; seed < 5250; seed++) {
        struct random_case it;
        random_case_open(&it, seed);
        for (int i = 0; i < 24; i++) {
            tried += both_orders_are_one(&it, (uint32_t)random_between(&it.stream, 0, 60));
        }
        random_case_close(&it);
    }
    assert_true(tried > 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_go_through_their_layers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(empty_answers_have_their_own_ttl, set_up, tear_down),
        cmocka_unit_test_setup_teardown(readers_stop_at_the_first_free_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals_end_a_routine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_lead_to_bookings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deletions_remove_what_they_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(double_bookings_are_counted_when_they_come_into_being, set_up, tear_down),
        cmocka_unit_test(footprints_conflict_where_one_writes),
        cmocka_unit_test_setup_teardown(footprints_say_which_steps_depend, set_up, tear_down),
        cmocka_unit_test(independent_steps_commute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
