/* Which answers are wrong, for how long: tiny histories with the verdicts that DESIGN section 3 gives them. Why they
 * are wrong is for test_cause.c; random histories are judged a second time in test_judge.c's manner, see
 * support/judge.h. */
#include "base/check.h"
#include "support/judge.h"
#include "support/script.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Slots. Type 1 and 2 are of host h1, so that LONG overlaps MON9 and MON10; type 3 has two hosts. "old" is booked at
 * MON11 from the start. */
enum { MON9, MON10, MON11, TUE9, TUE10, LONG, PAIR };

static struct build build;

static void make_calendar(void)
{
    for (int hour = 9; hour <= 11; hour++) {
        build_slot(&build, "1", "h1", build_at(&build, 0, hour, 0), 60);
    }
    build_slot(&build, "1", "h1", build_at(&build, 1, 9, 0), 60);
    build_slot(&build, "1", "h1", build_at(&build, 1, 10, 0), 60);
    build_slot(&build, "2", "h1", build_at(&build, 0, 9, 0), 120);
    build_slot(&build, "3", "h2", build_at(&build, 0, 9, 0), 60);
    build_slot(&build, "3", "h3", build_at(&build, 0, 9, 0), 60);
    build_plan(&build);
    assert_true(build_booking(&build, "old", MON11));
}

static void add_reader(const char *name, uint32_t reader, const char *event_type)
{
    struct actor_spec spec = build_ask(&build, name, reader, build_at(&build, 0, 9, 0), build_at(&build, 0, 9, 30));
    spec.fields = build_fields(&build, event_type, "15", "9");
    (void)build_add(&build, spec, 0);
}

static void add_writer(const char *name, uint32_t routine, uint32_t slot, const char *booking)
{
    struct actor_spec spec = build_write(&build, name, routine, slot);
    const uint32_t type = slot == MODEL_NONE ? 0 : build.plan->slots[slot].event_type;
    spec.fields = build_fields(&build, interned_string(&build.plan->event_types, type), "15", "9");
    spec.booking = booking;
    (void)build_add(&build, spec, 0);
}

/* Readers a b c ask L1 (get snapshot response put answer; a hit: get answer), k l m ask L2 over L1, p q the weekly
 * layer, u the upstream, s t L1 for type 2, x y L1 for type 3: all for Monday 9:00 to 9:30.
 * Writers by API (commit reply return): 0 1 4 book MON9 MON10 TUE10, 5 books LONG, 6 7 the pair; n cancels 0's booking,
 * o cancels "old", r moves "old" to MON10, j does both (commit reply commit reply return). Widgets (commit send return;
 * webhook: receive upsert return): v books MON9, i cancels "old"; z books MON9 with nobody told; g is an API with a
 * webhook (commit reply send return); w moves "old" to MON10 and then cancels it, with a webhook for each. */
static int set_up(void **state)
{
    (void)state;
    build_open(&build);
    const uint32_t l1 = build_l1(&build);
    const uint32_t l2 = build_l2(&build);
    const uint32_t week = build_layer(&build, "W", "w:{event_type}:{week:%Y-%m-%d}", 300 * US_PER_SECOND, MODEL_NONE);
    build.system->layers[week].covers = COVERS_WEEK;
    const uint32_t of_l1 = build_reader(&build, "of_l1", l1);
    const uint32_t of_l2 = build_reader(&build, "of_l2", l2);
    const uint32_t of_week = build_reader(&build, "of_week", week);
    const uint32_t of_upstream = build_reader(&build, "of_upstream", MODEL_NONE);
    const uint32_t create = BUILD_ENTRY(&build, "create", build_upstream("upstream.create"));
    const uint32_t cancel = BUILD_ENTRY(&build, "cancel", build_upstream("upstream.cancel"));
    const uint32_t move = BUILD_ENTRY(&build, "move", build_upstream("upstream.reschedule"));
    const uint32_t move_and_cancel = BUILD_ENTRY(&build, "move_and_cancel", build_upstream("upstream.reschedule"),
                                                 build_upstream("upstream.cancel"));
    const uint32_t created = BUILD_ENTRY(&build, "created", build_appointment("appointment.upsert"));
    const uint32_t cancelled = BUILD_ENTRY(&build, "cancelled", build_appointment("appointment.cancel"));
    const uint32_t widget = BUILD_CUSTOMER(&build, "widget", build_upstream("upstream.create"), build_send(created));
    const uint32_t widget_cancel =
        BUILD_CUSTOMER(&build, "widget_cancel", build_upstream("upstream.cancel"), build_send(cancelled));
    const uint32_t silent = BUILD_CUSTOMER(&build, "silent", build_upstream("upstream.create"));
    const uint32_t twice = BUILD_CUSTOMER(&build, "twice", build_upstream("upstream.reschedule"), build_send(created),
                                          build_upstream("upstream.cancel"), build_send(cancelled));
    const uint32_t both = BUILD_ENTRY(&build, "both", build_upstream("upstream.create"), build_send(created));
    make_calendar();
    add_reader("a", of_l1, "1");
    add_reader("b", of_l1, "1");
    add_reader("c", of_l1, "1");
    add_reader("k", of_l2, "1");
    add_reader("l", of_l2, "1");
    add_reader("m", of_l2, "1");
    add_reader("p", of_week, "1");
    add_reader("q", of_week, "1");
    add_reader("u", of_upstream, "1");
    add_reader("s", of_l1, "2");
    add_reader("t", of_l1, "2");
    add_reader("x", of_l1, "3");
    add_reader("y", of_l1, "3");
    add_writer("0", create, MON9, NULL);
    add_writer("1", create, MON10, NULL);
    add_writer("4", create, TUE10, NULL);
    add_writer("5", create, LONG, NULL);
    add_writer("6", create, PAIR, NULL);
    add_writer("7", create, PAIR, NULL);
    add_writer("n", cancel, MON9, "0");
    add_writer("o", cancel, MON11, "old");
    add_writer("r", move, MON10, "old");
    add_writer("j", move_and_cancel, MON10, "old");
    add_writer("v", widget, MON9, NULL);
    add_writer("i", widget_cancel, MON11, "old");
    add_writer("z", silent, MON9, NULL);
    add_writer("g", both, MON9, NULL);
    add_writer("w", twice, MON10, "old");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    build_close(&build);
    return 0;
}

struct history {
    const char *name;
    const char *words; /* See support/script.h. */
    const char *verdicts;
};

static void assert_histories(const struct history *histories, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *verdicts = script_verdicts(&build, histories[i].words);
        if (strcmp(verdicts, histories[i].verdicts) != 0) {
            fail_msg("%s: %s\n  expected: %s\n  verdicts: %s", histories[i].name, histories[i].words,
                     histories[i].verdicts, verdicts);
        }
    }
}

static void slots_are_regular_registers(void **state)
{
    (void)state;
    static const struct history histories[] = {
        {"nothing happens", "a! b!", "a: fresh; b: fresh"},
        {"the write is over before the first read", "0! a! b!", "a: fresh; b: fresh"},
        {"it is over between fill and read", "a! 0! b!", "a: fresh; b: free 0 never invalidated 3 s"},
        {"a read that overlaps the whole write reports the old value", "a*2 0! a!", "a: fresh"},
        {"but who reads its entry afterwards is wrong", "a*2 0! a! b!", "a: fresh; b: free 0 never invalidated 6 s"},
        {"a read that overlaps the write reports the new value", "a 0 a! 0!", "a: fresh"},
        {"committed, not acknowledged: both are right", "a! 0*2 b! u! 0! c!",
         "a: fresh; b: fresh; u: fresh; c: free 0 never invalidated 8 s"},
        {"acknowledged while the read is under way", "a! 0*2 b 0 b c!",
         "a: fresh; b: fresh; c: free 0 never invalidated 5 s"},
        {"acknowledged just before the read begins", "a! 0*3 b!", "a: fresh; b: free 0 never invalidated 3 s"},
        {"a read begins with its first step, not with the inner layer's", "a! k 0! k!", "a: fresh; k: fresh"},
        {"the upstream is never wrong", "a! 0! u! 1! u! n! u!", "a: fresh; u: fresh; u: fresh; u: fresh"},
        {"the entry lives on for as long as its TTL", "a! 0! +295s b! +60s c!",
         "a: fresh; b: free 0 never invalidated 298 s; c: fresh"},
    };
    assert_histories(histories, COUNT(histories));
}

static void values_count_and_not_versions(void **state)
{
    (void)state;
    static const struct history histories[] = {
        {"booked, then cancelled", "a! 0! n! b!", "a: fresh; b: fresh"},
        {"booked, and being cancelled", "a! 0! n b! n! c!", "a: fresh; b: fresh; c: fresh"},
        {"cancelled before the booking is acknowledged", "a! 0 n! b! 0! c!", "a: fresh; b: fresh; c: fresh"},
        {"booked, cancelled, booked again: the last booking counts", "a! 0! n! v! v.webhook! b!",
         "a: fresh; b: free 0 never invalidated 6 s"},
        {"and so does what came before the second booking was acknowledged", "a! 0! n! v! b! v.webhook! c!",
         "a: fresh; b: fresh; c: free 0 never invalidated 8 s"},
        {"phantom-busy: a cancellation is missed", "a! o! b!", "a: fresh; b: busy 2 never invalidated 3 s"},
        {"a return acknowledges all that its routine wrote", "a! j! b!", "a: fresh; b: busy 2 never invalidated 5 s"},
        {"and nothing before", "a! j*4 b! j c!", "a: fresh; b: fresh; c: busy 2 never invalidated 7 s"},
        {"a reschedule is wrong on both sides", "a! r! b!",
         "a: fresh; b: free 1 never invalidated 3 s, busy 2 never invalidated 3 s"},
        {"a booking with two hosts changes nothing", "x! 6! y!", "x: fresh; y: fresh"},
        {"the second does", "x! 6! 7! y!", "x: fresh; y: free 6 never invalidated 3 s"},
        {"a refused booking is no write", "0! a! v b!", "a: fresh; b: fresh"},
    };
    assert_histories(histories, COUNT(histories));
}

static void each_slot_is_judged_by_itself(void **state)
{
    (void)state;
    static const struct history histories[] = {
        {"a later acknowledged write to another slot acknowledges nothing here", "a! 0 1! b! 0! c!",
         "a: fresh; b: free 1 never invalidated 3 s;"
         " c: free 0 never invalidated 8 s, free 1 never invalidated 7 s"},
        {"an earlier one does not either", "a! 1! 0 b!", "a: fresh; b: free 1 never invalidated 4 s"},
        {"a booking of another type takes what it overlaps", "a! 5! b!",
         "a: fresh; b: free 0 never invalidated 3 s, free 1 never invalidated 3 s"},
        {"and the other way round", "s! 1! t!", "s: fresh; t: free 5 never invalidated 3 s"},
        {"overlapped twice, freed once", "0! 1! s! n! t!", "s: fresh; t: fresh"},
        {"the whole date is judged, not the window", "a! 1! b!", "a: fresh; b: free 1 never invalidated 3 s"},
        {"other dates are not", "a! 4! b!", "a: fresh; b: fresh"},
        {"unless the value speaks of them", "p! 4! q!", "p: fresh; q: free 4 never invalidated 3 s"},
        {"a week is judged as a whole", "p! 4! 0! r! q!",
         "p: fresh; q: free 0 never invalidated 6 s, free 1 never invalidated 3 s, busy 2 never invalidated 3 s,"
         " free 4 never invalidated 9 s"},
    };
    assert_histories(histories, COUNT(histories));
}

/* v: commit, send, return; v.webhook: receive, upsert, return. b reads at one moment after the other. */
static void webhooks_acknowledge_when_their_handlers_return(void **state)
{
    (void)state;
    static const struct history histories[] = {
        {"after the commit", "a! v b!", "a: fresh; b: fresh"},
        {"after the customer went home", "a! v! b!", "a: fresh; b: fresh"},
        {"after the row", "a! v! v.webhook*2 b!", "a: fresh; b: fresh"},
        {"after the return", "a! v! v.webhook*3 b!", "a: fresh; b: free 0 never invalidated 6 s"},
        {"cancelled in the widget", "a! i! b! i.webhook! c!", "a: fresh; b: fresh; c: busy 2 never invalidated 8 s"},
        {"a customer of whom nobody hears acknowledges by going home", "a! z b! z c!",
         "a: fresh; b: fresh; c: free 0 never invalidated 4 s"},
        {"an API with a webhook: its own return is first", "a! g*3 b! g c! g.webhook!",
         "a: fresh; b: fresh; c: free 0 never invalidated 6 s"},
        {"the webhook is first", "a! g*3 b! g.webhook*3 c! g", "a: fresh; b: fresh; c: free 0 never invalidated 8 s"},
        {"the webhook is not through", "a! g*3 g.webhook*2 b! g!", "a: fresh; b: fresh"},
        {"a handler speaks for what its webhook knew", "w*2 a! w! w.webhook! b!", "a: fresh; b: fresh"},
        {"and the next one for the rest", "w*2 a! w! w.webhook! w.webhook#2! b!",
         "a: fresh; b: busy 1 never invalidated 9 s"},
    };
    assert_histories(histories, COUNT(histories));
}

static void the_stricter_oracles_acknowledge_earlier(void **state)
{
    (void)state;
    static const struct history committed[] = {
        {"after the customer went home", "a! v! b!", "a: fresh; b: fresh"},
        {"after the delivery", "a! v! v.webhook b!", "a: fresh; b: fresh"},
        {"after the row", "a! v! v.webhook*2 b!", "a: fresh; b: free 0 never invalidated 5 s"},
        {"without a row the return counts", "a! 0*2 b! 0 c!", "a: fresh; b: fresh; c: free 0 never invalidated 5 s"},
    };
    build.plan->oracle = ORACLE_COMMITTED;
    assert_histories(committed, COUNT(committed));
    static const struct history upstream[] = {
        {"before the commit", "a! b! v", "a: fresh; b: fresh"},
        {"after the commit", "a! v b!", "a: fresh; b: free 0 never invalidated 1 s"},
        {"a commit during the read", "a! b v b", "a: fresh; b: fresh"},
        {"by API", "a! 0 b!", "a: fresh; b: free 0 never invalidated 1 s"},
        {"a refused one is nothing", "0! a! v b!", "a: fresh; b: fresh"},
    };
    build.plan->oracle = ORACLE_UPSTREAM;
    assert_histories(upstream, COUNT(upstream));
}

static void the_missed_write_is_the_one_acknowledged_first(void **state)
{
    (void)state;
    /* 0 books, n cancels that, v books; n is acknowledged first. */
    struct script *script = script_new(&build);
    script_run(script, "a! 0 n! v! 0*2 v.webhook! b!");
    assert_string_equal(text_string(&script->verdicts), "a: fresh; b: free 0 never invalidated 8 s");
    assert_int_equal(script->last_stale.version, 2); /* The cancellation. */
    script_free(script);
    script = script_new(&build);
    script_run(script, "0! n! a! v! v.webhook! b!");
    assert_int_equal(script->last_stale.version, 3); /* What came before the snapshot is not missed. */
    script_free(script);
}

static void ages_begin_when_the_value_was_last_true(void **state)
{
    (void)state;
    static const struct history histories[] = {
        {"from the commit, to the invocation", "a! 0 +100s 0*2 +50ms b +5s b",
         "a: fresh; b: free 0 never invalidated 103.05 s"},
        {"unacknowledged versions count for truth", "a! 0! n v! v.webhook! b! n!",
         "a: fresh; b: free 0 never invalidated 6 s"},
    };
    assert_histories(histories, COUNT(histories));
}

static void reads_meet_writes_that_are_over(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        bool met;
    } cases[] = {
        {"a! b!", false},                           /* No write. */
        {"a! 0!", false},                           /* Nobody reads afterwards. */
        {"a! 0*2 b!", false},                       /* Not acknowledged. */
        {"a 0! a!", false},                         /* Not before the read. */
        {"a! 4! b!", false},                        /* To another day. */
        {"a! 6! 7! b!", false},                     /* To another type. */
        {"0! a!", true},                            /* It need not be stale. */
        {"a! 0! u!", true},     {"s! 0! t!", true}, /* What overlaps is written, too. */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct script *script = script_new(&build);
        script_run(script, cases[i].words);
        if (script->machine->met != cases[i].met) {
            fail_msg("%s: %s", cases[i].words, cases[i].met ? "not met" : "met");
        }
        script_free(script);
    }
}

static void totals_add_up(void **state)
{
    (void)state;
    struct script *script = script_new(&build);
    script_run(script, "a! p! r! +10s b! 4! q! c! u!");
    assert_string_equal(
        text_string(&script->verdicts),
        "a: fresh; p: fresh; b: free 1 never invalidated 13 s, busy 2 never invalidated 13 s;"
        " q: free 1 never invalidated 18 s, busy 2 never invalidated 18 s, free 4 never invalidated 3 s;"
        " c: free 1 never invalidated 20 s, busy 2 never invalidated 20 s; u: fresh");
    const struct totals *totals = &script->machine->totals;
    assert_int_equal(totals->steps, 5 + 5 + 3 + 2 + 3 + 2 + 2 + 3);
    assert_int_equal(totals->reads, 6);
    assert_int_equal(totals->stale_reads, 3);
    assert_int_equal(totals->phantom_free, 3);
    assert_int_equal(totals->phantom_busy, 3);
    assert_int_equal(totals->stale_age_us, 20 * US_PER_SECOND);
    assert_int_equal(totals->causes[CAUSE_NEVER_INVALIDATED], 7);
    const struct read_record *read = &script->last_read; /* u's */
    assert_int_equal(read->number, 6);
    assert_int_equal(read->layer, MODEL_NONE);
    assert_null(read->served);
    assert_int_equal(read->stale_age_us, 0);
    assert_int_equal(read->returned - read->invoked, 2);
    assert_int_equal(read->returned_us - read->invoked_us, 2 * US_PER_SECOND);
    script_free(script);
}

static void evidence_names_the_fill(void **state)
{
    (void)state;
    struct script *script = script_new(&build);
    script_run(script, "a! k! 0! l!");
    assert_string_equal(text_string(&script->verdicts), "a: fresh; k: fresh; l: free 0 never invalidated 3 s");
    const struct read_record *read = &script->last_read;
    assert_int_equal(read->layer, 1);
    assert_false(read->collision);
    assert_int_equal(read->served->snapshot_actor, plan_actor(build.plan, "a"));
    assert_int_equal(read->served->snapshot_us, build.clock_us + US_PER_SECOND);
    assert_int_equal(read->served->hop_count, 2);
    assert_int_equal(read->served->hops[0].layer, 0);
    assert_int_equal(read->served->hops[0].actor, plan_actor(build.plan, "a"));
    assert_int_equal(read->served->hops[0].put_us, build.clock_us + 3 * US_PER_SECOND);
    assert_int_equal(read->served->hops[1].layer, 1);
    assert_int_equal(read->served->hops[1].actor, plan_actor(build.plan, "k"));
    assert_int_equal(read->served->hops[1].key, read->key);
    script_free(script);
}

/* What the random runs came to. */
struct sample {
    uint32_t runs, ended_well, reads, stale_reads, never, collisions, ties;
    uint32_t causes[CAUSE_COUNT];
    uint32_t phantom_free, phantom_busy, refused_offers, double_bookings;
};

static void run_and_judge(struct random_case *it, struct run_options options, struct sample *sample)
{
    struct arena *arena = arena_new();
    struct judge *judge = ARENA_NEW(arena, struct judge);
    judge_init(judge, it, arena);
    const struct run_result result = run_plan(it->build.plan, arena, judge_observer(judge), options);
    judge_totals(judge, &result.totals);
    sample->runs++;
    sample->ended_well += result.problem == RUN_FINE;
    sample->reads += result.totals.reads;
    sample->stale_reads += result.totals.stale_reads;
    sample->never += judge->never;
    sample->collisions += judge->collisions;
    sample->ties += judge->ties;
    for (int i = 0; i < CAUSE_COUNT; i++) {
        sample->causes[i] += result.totals.causes[i];
    }
    sample->phantom_free += result.totals.phantom_free;
    sample->phantom_busy += result.totals.phantom_busy;
    sample->refused_offers += result.totals.refused_offers;
    sample->double_bookings += result.totals.double_bookings;
    arena_free(arena);
}

/* What a failed check() prints; for a failed assertion, run with SLOTRACE_CASES=1. */
static void name_case(uint64_t seed)
{
    char name[64];
    (void)snprintf(name, sizeof name, "random case %llu", (unsigned long long)seed);
    check_context(name);
    if (getenv("SLOTRACE_CASES") != NULL) {
        (void)fprintf(stderr, "%s\n", name);
    }
}

static void random_runs_are_judged_twice(void **state)
{
    (void)state;
    enum { CASES = 1400, FIRST_SEED = 852000 };
    struct sample sample = {0};
    for (uint64_t seed = FIRST_SEED; seed < FIRST_SEED + CASES; seed++) {
        name_case(seed);
        struct random_case it;
        random_case_open(&it, seed);
        run_and_judge(&it, (struct run_options){.sampled = false}, &sample);
        run_and_judge(&it, (struct run_options){.sampled = true, .seed = seed}, &sample);
        run_and_judge(&it, (struct run_options){.sampled = true, .seed = seed + 1}, &sample);
        random_case_close(&it);
    }
    check_context("");
    print_message("%u runs (%u ended well), %u reads, %u stale (%u phantom-free, %u phantom-busy), %u never true,"
                  " %u collisions, %u ties, %u refused offers, %u double bookings\n",
                  sample.runs, sample.ended_well, sample.reads, sample.stale_reads, sample.phantom_free,
                  sample.phantom_busy, sample.never, sample.collisions, sample.ties, sample.refused_offers,
                  sample.double_bookings);
    for (int i = 0; i < CAUSE_COUNT; i++) {
        print_message("%u %s\n", sample.causes[i], cause_name((enum cause)i));
        assert_true(sample.causes[i] >= 20);
    }
    assert_true(sample.runs >= 3000 && sample.ended_well * 2 > sample.runs);
    assert_true(sample.stale_reads >= 1000 && sample.stale_reads * 4 < sample.reads * 3);
    assert_true(sample.phantom_free >= 300 && sample.phantom_busy >= 300 && sample.never >= 20);
    assert_true(sample.collisions >= 100 && sample.refused_offers >= 10 && sample.double_bookings >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(slots_are_regular_registers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_count_and_not_versions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_slot_is_judged_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(webhooks_acknowledge_when_their_handlers_return, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_stricter_oracles_acknowledge_earlier, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_missed_write_is_the_one_acknowledged_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ages_begin_when_the_value_was_last_true, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_meet_writes_that_are_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(totals_add_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(evidence_names_the_fill, set_up, tear_down),
        cmocka_unit_test(random_runs_are_judged_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
