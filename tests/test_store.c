/* Upstream bookings, the mirror and the memory of both, against outcomes worked out by hand; then 24,000 calls against
 * the same rules written in C (support/reference.c). */
#include "base/map.h"
#include "base/random.h"
#include "support/build.h"
#include "support/random_calls.h"

#include "cmocka_all.h"
#include "embedded_sql.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define HOUR(hour, minute) ((hour)*US_PER_HOUR + (minute)*US_PER_MINUTE)

/* Slots of the calendar below. */
enum { A9, A930, A10, B9, B10, PAIR9, PAIR10, SLOT_COUNT };

/* A = half hours of host h1, B = whole hours of h1, PAIR = half hours of h1 and h2. On day 20374, UTC. */
static const struct calendar {
    const char *event_type;
    int hour, minute, minutes;
    const char *hosts[3];
} calendar[SLOT_COUNT] = {
    [A9] = {"A", 9, 0, 30, {"h1"}},
    [A930] = {"A", 9, 30, 30, {"h1"}},
    [A10] = {"A", 10, 0, 30, {"h1"}},
    [B9] = {"B", 9, 0, 60, {"h1"}},
    [B10] = {"B", 10, 0, 60, {"h1"}},
    [PAIR9] = {"P", 9, 0, 30, {"h2", "h1"}},
    [PAIR10] = {"P", 10, 0, 30, {"h1", "h2"}},
};

static struct store *store;

static int set_up(void **state)
{
    (void)state;
    store = store_open(embedded_schema_sql, embedded_operations_sql);
    for (int i = 0; i < SLOT_COUNT; i++) {
        const int64_t starts_us = BUILD_DAY * US_PER_DAY + HOUR(calendar[i].hour, calendar[i].minute);
        const uint32_t slot =
            store_add_slot(store, calendar[i].event_type, starts_us, starts_us + calendar[i].minutes * US_PER_MINUTE);
        assert_int_equal(slot, i);
        for (int h = 0; calendar[i].hosts[h] != NULL; h++) {
            store_add_host(store, slot, calendar[i].hosts[h]);
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_close(store);
    return 0;
}

static uint32_t call_of(const char *operation, const char *who, const char *booking, uint32_t slot)
{
    const struct store_call call = {.operation = store_operation(store, operation),
                                    .slot = slot,
                                    .appointment_id = 600,
                                    .actor = who,
                                    .recipient = who,
                                    .booking = booking,
                                    .source = "phone",
                                    .event_type = slot == STORE_NONE ? NULL : calendar[slot].event_type};
    assert_int_not_equal(call.operation, STORE_NONE);
    return store_call(store, &call);
}

/* Free slots as text: a letter per slot of the calendar, or '.'. */
static const char *free_text(uint32_t state)
{
    static char text[SLOT_COUNT + 1];
    const uint64_t *bits = store_free_slots(store, state);
    for (int i = 0; i < SLOT_COUNT; i++) {
        text[i] = (bits[0] >> i & 1U) != 0 ? "aaabbpp"[i] : '.';
    }
    return text;
}

/* One cell of a state: "host" of booking or appointment. */
static const char *ask(uint32_t state, const char *sql)
{
    static char text[200];
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(store_database(store, state), sql, -1, &statement, NULL), SQLITE_OK);
    text[0] = '\0';
    if (sqlite3_step(statement) == SQLITE_ROW) {
        (void)snprintf(text, sizeof text, "%s", (const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return text;
}

/* Histories: steps until NULL, then what is free. An operation in capitals is expected to change nothing. */
struct history {
    const char *name;
    struct {
        const char *operation;
        bool refused;
        const char *who, *booking;
        uint32_t slot;
    } calls[8];
    const char *free_slots;
    uint32_t double_bookings, mirror_differences;
};

static const struct history histories[] = {
    {"nothing", {{0}}, "aaabbpp", 0, 0},
    /* A booking of h1 takes whatever overlaps it, of every type; h2 keeps the pair free. */
    {"create", {{"upstream.create", false, "x", "x", A9}}, ".aa.bpp", 0, 1},
    {"conflict", {{"upstream.create", false, "x", "x", A9}, {"upstream.create", true, "y", "y", A9}}, ".aa.bpp", 0, 1},
    {"half an hour is in the way of a whole one",
     {{"upstream.create", false, "x", "x", A930}, {"upstream.create", true, "y", "y", B9}},
     "a.a.bpp",
     0,
     1},
    {"a whole hour takes two halves", {{"upstream.create", false, "x", "x", B9}}, "..a.bpp", 0, 1},
    {"what only touches does not overlap",
     {{"upstream.create", false, "x", "x", A930}, {"upstream.create", false, "y", "y", B10}},
     "a....pp",
     0,
     2},
    {"the pair takes h1 first", {{"upstream.create", false, "x", "x", PAIR9}}, ".aa.bpp", 0, 1},
    {"then h2",
     {{"upstream.create", false, "x", "x", PAIR9}, {"upstream.create", false, "y", "y", PAIR9}},
     ".aa.b.p",
     0,
     2},
    {"then nobody",
     {{"upstream.create", false, "x", "x", PAIR9},
      {"upstream.create", false, "y", "y", PAIR9},
      {"upstream.create", true, "z", "z", PAIR9}},
     ".aa.b.p",
     0,
     2},
    {"the same booking twice",
     {{"upstream.create", false, "x", "x", A9}, {"upstream.create", true, "x", "x", A10}},
     ".aa.bpp",
     0,
     1},
    {"cancel",
     {{"upstream.create", false, "x", "x", A9}, {"upstream.cancel", false, "y", "x", STORE_NONE}},
     "aaabbpp",
     0,
     0},
    {"cancel twice",
     {{"upstream.create", false, "x", "x", A9},
      {"upstream.cancel", false, "y", "x", STORE_NONE},
      {"upstream.cancel", true, "y", "x", STORE_NONE}},
     "aaabbpp",
     0,
     0},
    {"cancel what is not there", {{"upstream.cancel", true, "y", "x", STORE_NONE}}, "aaabbpp", 0, 0},
    {"a cancelled booking does not move",
     {{"upstream.create", false, "x", "x", A9},
      {"upstream.cancel", false, "y", "x", STORE_NONE},
      {"upstream.reschedule", true, "z", "x", A10}},
     "aaabbpp",
     0,
     0},
    {"nor comes it back",
     {{"upstream.create", false, "x", "x", A9},
      {"upstream.cancel", false, "y", "x", STORE_NONE},
      {"upstream.create", true, "x", "x", A10}},
     "aaabbpp",
     0,
     0},
    {"reschedule",
     {{"upstream.create", false, "x", "x", A9}, {"upstream.reschedule", false, "y", "x", A10}},
     "aa.b.pp",
     0,
     1},
    {"reschedule over itself",
     {{"upstream.create", false, "x", "x", A9}, {"upstream.reschedule", false, "y", "x", B9}},
     "..a.bpp",
     0,
     1},
    {"reschedule to where it is",
     {{"upstream.create", false, "x", "x", A9}, {"upstream.reschedule", false, "y", "x", A9}},
     ".aa.bpp",
     0,
     1},
    {"reschedule onto another",
     {{"upstream.create", false, "x", "x", A9},
      {"upstream.create", false, "w", "w", A10},
      {"upstream.reschedule", true, "y", "x", B10}},
     ".a...pp",
     0,
     2},
    {"reschedule keeps h2, though h1 is free",
     {{"upstream.create", false, "w", "w", PAIR9},
      {"upstream.create", false, "x", "x", PAIR9},
      {"upstream.reschedule", false, "y", "x", PAIR10}},
     ".aa.bpp",
     0,
     2},
    {"reschedule changes the host when it must",
     {{"upstream.create", false, "x", "x", A9},
      {"upstream.create", false, "w", "w", A10},
      {"upstream.reschedule", false, "y", "x", PAIR10}},
     "aa.b.p.",
     0,
     2},
    {"the mirror follows",
     {{"upstream.create", false, "x", "x", A9}, {"appointment.insert", false, "x", "x", STORE_NONE}},
     ".aa.bpp",
     0,
     0},
    {"insert twice",
     {{"upstream.create", false, "x", "x", A9},
      {"appointment.insert", false, "x", "x", STORE_NONE},
      {"appointment.insert", true, "x", "x", STORE_NONE}},
     ".aa.bpp",
     0,
     0},
    {"no message, no row", {{"appointment.upsert", true, "x", "x", STORE_NONE}}, "aaabbpp", 0, 0},
    {"a webhook of a booking that is not there", {{"webhook.send", true, "hook", "x", STORE_NONE}}, "aaabbpp", 0, 0},
    {"a webhook that was not sent", {{"webhook.receive", true, "hook", "x", STORE_NONE}}, "aaabbpp", 0, 0},
    {"the mirror forgets to cancel",
     {{"upstream.create", false, "x", "x", A9},
      {"appointment.insert", false, "x", "x", STORE_NONE},
      {"upstream.cancel", false, "y", "x", STORE_NONE}},
     "aaabbpp",
     0,
     1},
    {"the mirror cancels too much",
     {{"upstream.create", false, "x", "x", A9},
      {"appointment.insert", false, "x", "x", STORE_NONE},
      {"appointment.cancel", false, "x", "x", STORE_NONE}},
     ".aa.bpp",
     0,
     1},
    {"cancelled first, created later: the row is back",
     {{"upstream.create", false, "x", "x", A9},
      {"webhook.send", false, "created", "x", STORE_NONE},
      {"upstream.cancel", false, "y", "x", STORE_NONE},
      {"webhook.send", false, "cancelled", "x", STORE_NONE},
      {"appointment.cancel", true, "cancelled", "x", STORE_NONE},
      {"appointment.upsert", false, "created", "x", STORE_NONE}},
     "aaabbpp",
     0,
     1},
    {"moved first, created later: the row is where it was",
     {{"upstream.create", false, "x", "x", A9},
      {"webhook.send", false, "created", "x", STORE_NONE},
      {"upstream.reschedule", false, "y", "x", A10},
      {"webhook.send", false, "moved", "x", STORE_NONE},
      {"appointment.move", false, "moved", "x", STORE_NONE},
      {"appointment.upsert", false, "created", "x", STORE_NONE}},
     "aa.b.pp",
     0,
     1},
    {"double booking in the mirror: the first was never told to go",
     {{"upstream.create", false, "x", "x", A9},
      {"appointment.insert", false, "x", "x", STORE_NONE},
      {"upstream.cancel", false, "y", "x", STORE_NONE},
      {"upstream.create", false, "w", "w", B9},
      {"appointment.insert", false, "w", "w", STORE_NONE}},
     "..a.bpp",
     1,
     1},
};

static uint32_t play(const struct history *history)
{
    uint32_t state = store_initial_state(store);
    for (size_t i = 0; i < COUNT(history->calls) && history->calls[i].operation != NULL; i++) {
        const uint32_t call = call_of(history->calls[i].operation, history->calls[i].who, history->calls[i].booking,
                                      history->calls[i].slot);
        const struct store_step step = store_apply(store, state, call);
        if ((step.changed == 0) != history->calls[i].refused) {
            fail_msg("%s: call %zu (%s) changed %u rows", history->name, i, history->calls[i].operation, step.changed);
        }
        assert_true(step.changed != 0 || step.state == state);
        state = step.state;
    }
    return state;
}

static void histories_have_their_outcomes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(histories); i++) {
        const uint32_t end = play(&histories[i]);
        const struct store_consequences consequences = store_consequences(store, end);
        if (strcmp(free_text(end), histories[i].free_slots) != 0 ||
            consequences.double_bookings != histories[i].double_bookings ||
            consequences.mirror_differences != histories[i].mirror_differences) {
            fail_msg("%s: free %s, %u double bookings, %u mirror differences", histories[i].name, free_text(end),
                     consequences.double_bookings, consequences.mirror_differences);
        }
    }
}

static uint32_t apply(uint32_t state, const char *operation, const char *who, const char *booking, uint32_t slot)
{
    return store_apply(store, state, call_of(operation, who, booking, slot)).state;
}

static void hosts_are_kept_and_changed(void **state)
{
    (void)state;
    uint32_t s = apply(store_initial_state(store), "upstream.create", "w", "w", PAIR9);
    s = apply(s, "upstream.create", "x", "x", PAIR9);
    assert_string_equal(ask(s, "SELECT group_concat(booking || '=' || host) FROM upstream_bookings"), "w=h1,x=h2");
    s = apply(s, "upstream.reschedule", "y", "x", PAIR10);
    assert_string_equal(ask(s, "SELECT host FROM upstream_bookings WHERE booking = 'x'"), "h2");
    s = apply(s, "upstream.reschedule", "y", "x", A10); /* Only h1 does A. */
    assert_string_equal(ask(s, "SELECT host || event_type || starts_at FROM upstream_bookings WHERE booking = 'x'"),
                        "h1A2025-10-13T10:00:00Z");
}

static void mirror_rows_say_what_messages_say(void **state)
{
    (void)state;
    static const char row[] = "SELECT id || ' ' || status || ' ' || substr(starts_at, 12, 5) || ' ' || staff_id || ' '"
                              " || source FROM appointments";
    uint32_t s = apply(store_initial_state(store), "upstream.create", "x", "x", A9);
    s = apply(s, "webhook.send", "hook", "x", STORE_NONE);
    assert_string_equal(ask(s, "SELECT message || state FROM inbox WHERE recipient = 'hook'"), "webhooksent");
    s = apply(s, "webhook.receive", "hook", "x", STORE_NONE);
    assert_string_equal(ask(s, "SELECT message || state FROM inbox WHERE recipient = 'hook'"), "webhookreceived");
    const uint32_t created = apply(s, "appointment.upsert", "hook", "x", STORE_NONE);
    assert_string_equal(ask(created, row), "600 scheduled 09:00 h1 phone");
    s = apply(created, "upstream.reschedule", "y", "x", A10);
    s = apply(s, "webhook.send", "later", "x", STORE_NONE);
    const uint32_t moved = apply(s, "appointment.move", "later", "x", STORE_NONE);
    assert_string_equal(ask(moved, row), "600 rescheduled 10:00 h1 phone");
    /* The message is what it was when it was sent. */
    assert_string_equal(ask(apply(moved, "appointment.upsert", "hook", "x", STORE_NONE), row),
                        "600 scheduled 09:00 h1 phone");
    s = apply(moved, "appointment.cancel", "later", "x", STORE_NONE);
    assert_string_equal(ask(s, row), "600 cancelled 10:00 h1 phone");
    /* Created by a move that came first. */
    s = apply(store_initial_state(store), "upstream.create", "x", "x", A9);
    assert_string_equal(ask(apply(s, "appointment.move", "x", "x", STORE_NONE), row), "600 rescheduled 09:00 h1 phone");
}

static void seeds_choose_their_host(void **state)
{
    (void)state;
    struct store_call call = {.operation = store_operation(store, "seed.upstream"),
                              .slot = PAIR9,
                              .booking = "x",
                              .event_type = "P",
                              .host = "h2"};
    const struct store_step first = store_apply(store, store_initial_state(store), store_call(store, &call));
    assert_int_equal(first.changed, 1);
    assert_string_equal(free_text(first.state), "aaabbpp");
    call.booking = "y";
    assert_int_equal(store_apply(store, first.state, store_call(store, &call)).changed, 0);
    call.host = NULL;
    const struct store_step second = store_apply(store, first.state, store_call(store, &call));
    assert_string_equal(free_text(second.state), ".aa.b.p");
    assert_string_equal(ask(second.state, "SELECT count(*) FROM inbox"), "0");
}

static void states_are_equal_iff_their_rows_are(void **state)
{
    (void)state;
    const uint32_t start = store_initial_state(store);
    assert_int_equal(start, store_initial_state(store));
    const uint32_t xy = apply(apply(start, "upstream.create", "x", "x", A9), "upstream.create", "y", "y", A10);
    const uint32_t yx = apply(apply(start, "upstream.create", "y", "y", A10), "upstream.create", "x", "x", A9);
    assert_int_equal(xy, yx);
    /* Not when the order decides about the host. */
    const uint32_t pair_xy =
        apply(apply(start, "upstream.create", "x", "x", PAIR9), "upstream.create", "y", "y", PAIR9);
    const uint32_t pair_yx =
        apply(apply(start, "upstream.create", "y", "y", PAIR9), "upstream.create", "x", "x", PAIR9);
    assert_int_not_equal(pair_xy, pair_yx);
    /* There and back again: the same state once the message about it is the same. */
    const uint32_t there = apply(apply(start, "upstream.create", "x", "x", A9), "upstream.reschedule", "m", "x", A9);
    const uint32_t away = apply(there, "upstream.reschedule", "m", "x", A10);
    assert_int_not_equal(away, there);
    assert_int_equal(apply(away, "upstream.reschedule", "m", "x", A9), there);
    /* Upserting the same again changes a row to what it is. */
    const uint32_t mirrored = apply(there, "appointment.upsert", "x", "x", STORE_NONE);
    const struct store_step again = store_apply(store, mirrored, call_of("appointment.upsert", "x", "x", STORE_NONE));
    assert_int_equal(again.changed, 1);
    assert_int_equal(again.state, mirrored);
}

static void equal_calls_have_equal_numbers(void **state)
{
    (void)state;
    const struct store_call base = {.operation = 0, .slot = A9, .actor = "a", .booking = "b", .company = "1"};
    const uint32_t number = store_call(store, &base);
    char copy[] = "a";
    struct store_call same = base;
    same.actor = copy;
    assert_int_equal(store_call(store, &same), number);
    copy[0] = 'z'; /* The store keeps copies. */
    struct store_call others[] = {base, base, base, base, base, base};
    others[0].operation = 1;
    others[1].slot = STORE_NONE;
    others[2].appointment_id = 1;
    others[3].company = NULL;
    others[4].company = "";
    others[5] = (struct store_call){.slot = A9, .actor = "a", .booking = "b", .branch = "1"}; /* Shifted by one. */
    uint32_t numbers[COUNT(others)];
    for (size_t i = 0; i < COUNT(others); i++) {
        numbers[i] = store_call(store, &others[i]);
        assert_int_not_equal(numbers[i], number);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(numbers[i], numbers[j]);
        }
    }
}

static void each_question_is_asked_once(void **state)
{
    (void)state;
    const uint32_t start = store_initial_state(store);
    const uint32_t book = call_of("upstream.create", "x", "x", A9);
    const uint64_t before = store_question_count(store);
    const struct store_step first = store_apply(store, start, book);
    assert_int_equal(store_question_count(store), before + 1);
    const struct store_step second = store_apply(store, start, book);
    assert_memory_equal(&first, &second, sizeof first);
    (void)store_apply(store, first.state, book); /* Refused: remembered, too. */
    (void)store_apply(store, first.state, book);
    assert_int_equal(store_question_count(store), before + 2);
    const uint64_t *bits = store_free_slots(store, first.state);
    assert_ptr_equal(bits, store_free_slots(store, first.state));
    assert_int_equal(store_question_count(store), before + 3);
    (void)store_consequences(store, start);
    (void)store_consequences(store, start);
    assert_int_equal(store_question_count(store), before + 4);
}

static void old_states_come_back(void **state)
{
    (void)state;
    const uint32_t start = store_initial_state(store);
    uint32_t states[4] = {start};
    states[1] = apply(start, "upstream.create", "x", "x", A9);
    states[2] = apply(states[1], "appointment.insert", "x", "x", STORE_NONE);
    states[3] = apply(states[2], "upstream.cancel", "y", "x", STORE_NONE);
    static const char sql[] = "SELECT (SELECT count(*) FROM upstream_bookings WHERE status = 'accepted')"
                              " || (SELECT count(*) FROM inbox) || (SELECT count(*) FROM appointments)";
    static const char *const expected[] = {"000", "110", "111", "021"};
    for (int i = 0; i < 16; i++) {
        assert_string_equal(ask(states[i * 3 % 4], sql), expected[i * 3 % 4]);
    }
    /* A branch off an old state does not know of the newer ones. */
    assert_string_equal(free_text(apply(states[0], "upstream.create", "z", "z", A10)), "aa.b.pp");
}

static void null_is_not_the_empty_string(void **state)
{
    (void)state;
    const uint32_t booked = apply(store_initial_state(store), "upstream.create", "x", "x", A9);
    struct store_call call = {.operation = store_operation(store, "appointment.insert"),
                              .slot = STORE_NONE,
                              .actor = "x",
                              .source = "phone",
                              .company = "15",
                              .service = ""};
    const uint32_t empty = store_apply(store, booked, store_call(store, &call)).state;
    call.service = NULL;
    const uint32_t missing = store_apply(store, booked, store_call(store, &call)).state;
    assert_int_not_equal(empty, missing);
    static const char sql[] =
        "SELECT company_id || ifnull(branch_id, '-') || ifnull(service_id, '-') FROM appointments";
    (void)store_database(store, booked); /* So that both have to be restored. */
    assert_string_equal(ask(empty, sql), "15-");
    assert_string_equal(ask(missing, sql), "15--");
}

static void operations_are_known_by_name(void **state)
{
    (void)state;
    assert_int_equal(store_operation_count(store), REFERENCE_OPERATION_COUNT);
    for (int i = 0; i < REFERENCE_OPERATION_COUNT; i++) {
        const uint32_t number = store_operation(store, reference_operation_name((enum reference_operation)i));
        assert_int_not_equal(number, STORE_NONE);
        assert_string_equal(store_operation_name(store, number), reference_operation_name((enum reference_operation)i));
    }
    assert_int_equal(store_operation(store, "upstream"), STORE_NONE);
    assert_int_equal(store_operation(store, "upstream.create "), STORE_NONE);
    assert_int_equal(store_slot_count(store), SLOT_COUNT);
}

static void assert_equal(struct store *into, uint32_t now, const struct reference *reference,
                         const struct reference_calendar *random)
{
    assert_int_equal(store_free_slots(into, now)[0], reference_free_slots(reference, random));
    assert_int_equal(store_consequences(into, now).double_bookings, reference_double_bookings(reference));
    assert_int_equal(store_consequences(into, now).mirror_differences, reference_mirror_differences(reference));
}

/* 24,000 calls, each from one of the last 64 states: outcomes, availability and consequences are those of the
 * reference, and two states have the same number iff the references are the same. */
static void random_calls_do_what_the_reference_does(void **state)
{
    (void)state;
    enum { CALLS = 24000, KEPT = 64 };
    struct arena *arena = arena_new();
    struct store *into = store_open(embedded_schema_sql, embedded_operations_sql);
    const struct reference_calendar random = random_calendar(into);
    struct reference *kept = ARENA_ARRAY(arena, struct reference, KEPT);
    uint32_t states[KEPT] = {store_initial_state(into)};
    struct interner known;
    interner_init(&known, arena);
    struct map state_of_reference;
    map_init(&state_of_reference, arena);
    assert_int_equal(intern(&known, &kept[0], sizeof kept[0]), 0);
    map_put(&state_of_reference, 0, states[0]);
    struct random_stream stream = random_stream_new(852);
    uint32_t changes = 0;
    for (uint32_t i = 0; i < CALLS; i++) {
        const uint32_t from = (uint32_t)random_between(&stream, 0, i < KEPT ? i : KEPT - 1);
        struct reference_call call = random_call(&stream, random.slot_count);
        struct reference next = kept[from];
        if (!random_call_allowed(&next, &call)) {
            call.operation = REFERENCE_SEND;
        }
        const bool changed = reference_apply(&next, &random, &call);
        const struct store_step step = store_apply(into, states[from], random_call_number(into, &call));
        assert_int_equal(step.changed != 0, changed);
        assert_equal(into, step.state, &next, &random);
        const uint32_t number = intern(&known, &next, sizeof next);
        const uint32_t expected = map_get(&state_of_reference, number);
        if (expected != MAP_NONE) {
            assert_int_equal(step.state, expected);
        } else {
            assert_int_equal(step.state, number); /* New: the states are numbered in the same order. */
            map_put(&state_of_reference, number, step.state);
        }
        kept[(i + 1) % KEPT] = next;
        states[(i + 1) % KEPT] = step.state;
        changes += changed;
    }
    assert_true(changes > CALLS / 4);
    store_close(into);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(histories_have_their_outcomes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hosts_are_kept_and_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mirror_rows_say_what_messages_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(seeds_choose_their_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(states_are_equal_iff_their_rows_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_calls_have_equal_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_question_is_asked_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_states_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(null_is_not_the_empty_string, set_up, tear_down),
        cmocka_unit_test_setup_teardown(operations_are_known_by_name, set_up, tear_down),
        cmocka_unit_test(random_calls_do_what_the_reference_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
