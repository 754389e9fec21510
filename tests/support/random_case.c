#include "support/random_case.h"

#include "cmocka_all.h"

#include <string.h>

enum { DAY_COUNT = 3 };

static int64_t between(struct random_case *it, int64_t low, int64_t high)
{
    return random_between(&it->stream, low, high);
}

static uint32_t pick(struct random_case *it, uint32_t count)
{
    return (uint32_t)between(it, 0, count - 1);
}

static bool chance(struct random_case *it, int percent)
{
    return between(it, 0, 99) < percent;
}

/* Type 1 is of h0 and perhaps h1, type 2 of h1 and perhaps h2, with slots of other lengths: they overlap. */
static void make_calendar(struct random_case *it)
{
    static const char *const hosts[] = {"h0", "h1", "h2"};
    struct build *build = &it->build;
    const bool alone = chance(it, 50);
    const uint32_t masks[] = {alone ? 1U : 3U, chance(it, 50) ? 2U : 6U};
    static const int lengths[] = {60, 90};
    static const int counts[] = {3, 2};
    it->first_day = (int)pick(it, 6);
    it->wanted_day = it->first_day + (int)pick(it, DAY_COUNT);
    for (int type = 0; type < 2; type++) {
        for (int i = 0; i < counts[type] * DAY_COUNT; i++) {
            const int minute = 9 * 60 + i % counts[type] * lengths[type];
            const int64_t starts_us = build_at(build, it->first_day + i / counts[type], minute / 60, minute % 60);
            for (uint32_t host = 0; host < COUNT(hosts); host++) {
                if ((masks[type] >> host & 1U) != 0) {
                    build_slot(build, type == 0 ? "1" : "2", hosts[host], starts_us, lengths[type]);
                }
            }
        }
    }
    build_plan(build);
    const struct plan *plan = build->plan;
    it->calendar.slot_count = plan->slot_count;
    assert_true(plan->slot_count <= REFERENCE_SLOTS_MAX);
    for (uint32_t i = 0; i < plan->slot_count; i++) {
        const struct slot *slot = &plan->slots[i];
        it->calendar.slots[i] =
            (struct reference_slot){slot->event_type, slot->starts_us, slot->ends_us, masks[slot->event_type]};
    }
}

/* See judge_cause.c, which writes the same keys in its own way. The layer's number comes first. */
static const char *const key_formats[] = {
    "%u:a:{event_type}:{from:%%Y-%%m-%%d}:{to:%%Y-%%m-%%d}",
    "%u:b:{company:%%d}:{branch:%%d}:{event_type}:{from:%%Y-%%m-%%d-%%H}:{to:%%Y-%%m-%%d-%%H}",
    "%u:w:{event_type}:{week:%%Y-%%m-%%d}",
    "%u:c:{company}:{from:%%Y-%%m-%%d}", /* The types share it. */
    "%u:b:{company:%%d}:{branch}:{event_type}:{from:%%Y-%%m-%%d-%%H}:{to:%%Y-%%m-%%d-%%H}",
};
enum { FORMAT_DATES, FORMAT_HOURS, FORMAT_WEEK, FORMAT_SHARED, FORMAT_UNCAST };

static const char *key_format(struct random_case *it, uint32_t layer, uint32_t format)
{
    return arena_printf(it->build.arena, key_formats[format], layer);
}

static void make_layers(struct random_case *it)
{
    static const int64_t ttls_us[] = {2 * US_PER_SECOND, 8 * US_PER_SECOND, 20 * US_PER_SECOND, 300 * US_PER_SECOND};
    static const char *const names[] = {"L1", "L2", "L3"};
    const uint32_t count = 1 + pick(it, 3);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t format = chance(it, 70) ? pick(it, 2) : pick(it, 4);
        const uint32_t source = i == 0 || chance(it, 10) ? MODEL_NONE : i - 1;
        (void)build_layer(&it->build, names[i], key_format(it, i, format), ttls_us[pick(it, 4)], source);
        struct layer *layer = &it->build.system->layers[i];
        layer->ttl_empty_us = ttls_us[pick(it, 4)];
        /* Sometimes a weekly key without weekly values: the days of a week share it. */
        layer->covers = format == FORMAT_WEEK && chance(it, 70) ? COVERS_WEEK : COVERS_DATES;
    }
    it->build.system->prefix = chance(it, 20) ? "p_" : "";
}

static void make_readers(struct random_case *it)
{
    struct build *build = &it->build;
    static const char *const names[] = {"ask1", "ask2", "ask3"};
    for (uint32_t i = 0; i < build->system->layer_count && i < COUNT(names); i++) {
        it->readers[it->reader_count++] = build_reader(build, names[i], i);
    }
    it->readers[it->reader_count++] = build_reader(build, "ask", MODEL_NONE);
    const uint32_t layer = build->system->layer_count - 1;
    struct read_spec reads[] = {
        {.layer = layer, .window = WINDOW_AROUND, .from_us = -2 * US_PER_HOUR},
        {.layer = layer, .window = WINDOW_DAILY, .from_minute = 540, .to_minute = 720, .on = ON_DAYS, .day_last = 1}};
    reads[0].until_free = chance(it, 50);
    reads[1].until_free = chance(it, 50);
    const uint32_t wishing = build_reader(build, "alternatives", layer);
    struct read_spec *copy = ARENA_ARRAY(build->arena, struct read_spec, COUNT(reads));
    memcpy(copy, reads, sizeof reads);
    build->system->routines[wishing].reads = copy;
    build->system->routines[wishing].read_count = COUNT(reads);
    it->readers[it->reader_count++] = wishing;
}

static struct action random_listing(struct random_case *it, uint32_t layer)
{
    static const char *const patterns[] = {"*", "%u:*", "*:{event_type}:*", "p_*", "?:a:*"};
    const char *pattern = arena_printf(it->build.arena, patterns[pick(it, COUNT(patterns))], layer);
    struct action action = build_list(&it->build, layer, pattern);
    action.forget.atomic = chance(it, 25);
    return action;
}

static void add_windows(struct random_case *it, struct forget_spec *spec)
{
    static const int windows[][2] = {{540, 720}, {540, 660}, {600, 720}, {420, 540}, {1410, 1530}};
    spec->window_count = 1 + pick(it, COUNT(windows));
    spec->windows = arena_alloc(it->build.arena, spec->window_count, sizeof *spec->windows);
    for (uint32_t i = 0; i < spec->window_count; i++) {
        spec->windows[i].from_minute = windows[i][0];
        spec->windows[i].to_minute = windows[i][1];
    }
}

static void add_fields(struct random_case *it, struct forget_spec *spec)
{
    static const char *companies[] = {"15", NULL};
    static const char *branches[] = {"9", NULL, "9a-uuid"};
    struct forget_field *fields = ARENA_ARRAY(it->build.arena, struct forget_field, 2);
    fields[0] = (struct forget_field){1, companies, 1 + pick(it, 2)};
    fields[1] = (struct forget_field){2, branches, 1 + pick(it, 3)};
    spec->fields = fields;
    spec->field_count = 1 + pick(it, 2);
}

static struct action random_forget(struct random_case *it)
{
    struct system *system = it->build.system;
    const uint32_t layer = pick(it, system->layer_count);
    if (chance(it, 25)) {
        return random_listing(it, layer);
    }
    struct action action = build_forget(&it->build, layer, 1 + (int32_t)pick(it, 3));
    struct forget_spec *spec = &action.forget;
    switch (chance(it, 75) ? 1 : pick(it, 3)) {
    case 0: spec->from = FROM_TODAY; break;
    case 1: spec->from = FROM_SLOT; break;
    default: spec->from = FROM_OLD_SLOT; break;
    }
    spec->atomic = chance(it, 20);
    const bool hours = strstr(spec->key.written, ":b:") != NULL;
    if (hours && chance(it, 30)) {
        spec->key = build_list(&it->build, layer, key_format(it, layer, FORMAT_UNCAST)).forget.key;
    }
    if (hours ? chance(it, 90) : chance(it, 10)) {
        add_windows(it, spec);
    }
    if (chance(it, 25)) {
        add_fields(it, spec);
    }
    return action;
}

struct actions {
    struct action items[10];
    uint32_t count;
};

static void add(struct actions *actions, struct action action)
{
    assert_true(actions->count < COUNT(actions->items));
    actions->items[actions->count++] = action;
}

static void add_forgets(struct random_case *it, struct actions *actions, uint32_t clear)
{
    const uint32_t count = pick(it, 4);
    for (uint32_t i = 0; i < count; i++) {
        add(actions, chance(it, 20) ? build_call(clear) : random_forget(it));
    }
}

static uint32_t make_routine(struct random_case *it, const char *name, enum routine_kind kind,
                             const struct actions *actions)
{
    return build_routine(&it->build, name, kind, actions->items, actions->count);
}

static const char *const upstream_operations[] = {"upstream.create", "upstream.reschedule", "upstream.cancel"};
static const char *const mirror_operations[] = {"appointment.upsert", "appointment.move", "appointment.cancel"};

/* By API, and in the widget, both of which may send a webhook to the same handler. */
static void make_writers(struct random_case *it, int operation, uint32_t clear, uint32_t out[2])
{
    static const char *const names[][3] = {
        {"handle_created", "create", "widget_create"},
        {"handle_moved", "move", "widget_move"},
        {"handle_cancelled", "cancel", "widget_cancel"},
    };
    struct actions handler = {.count = 0};
    if (chance(it, 20)) {
        add_forgets(it, &handler, clear);
    }
    add(&handler, build_appointment(mirror_operations[operation]));
    add_forgets(it, &handler, clear);
    const uint32_t handle = make_routine(it, names[operation][0], ROUTINE_ENTRY_POINT, &handler);
    struct actions api = {.count = 0};
    if (chance(it, 15)) {
        add_forgets(it, &api, clear);
    }
    add(&api, build_upstream(upstream_operations[operation]));
    add_forgets(it, &api, clear);
    if (chance(it, 50)) {
        add(&api, build_appointment(operation == 0 ? "appointment.insert" : mirror_operations[operation]));
    }
    if (chance(it, 50)) {
        add(&api, build_send(handle));
    }
    out[0] = make_routine(it, names[operation][1], ROUTINE_ENTRY_POINT, &api);
    struct actions widget = {.count = 0};
    add(&widget, build_upstream(upstream_operations[operation]));
    for (uint32_t sends = chance(it, 90) ? 1 + chance(it, 10) : 0; sends > 0; sends--) {
        add(&widget, build_send(handle));
    }
    out[1] = make_routine(it, names[operation][2], ROUTINE_CUSTOMER_ACTION, &widget);
}

static void make_latencies(struct random_case *it)
{
    static const int64_t highest_us[LATENCY_CLASS_COUNT] = {
        [LATENCY_UPSTREAM] = 800 * US_PER_MS, [LATENCY_BOOKING] = 600 * US_PER_MS,
        [LATENCY_CACHE] = 2 * US_PER_MS,      [LATENCY_DELETE] = 2 * US_PER_MS,
        [LATENCY_DB] = 10 * US_PER_MS,        [LATENCY_WEBHOOK] = 2 * US_PER_SECOND,
        [LATENCY_RECEIVE] = 10 * US_PER_MS,
    };
    const bool slow = chance(it, 40); /* So that deletions and puts are overtaken. */
    for (int class = 0; class < LATENCY_CLASS_COUNT; class ++) {
        const int64_t high_us = slow && highest_us[class] < 100 * US_PER_MS ? 900 * US_PER_MS : highest_us[class];
        const int64_t low_us = between(it, 0, high_us);
        build_latency(&it->build, (enum latency_class) class, low_us, high_us, between(it, low_us, high_us));
    }
}

static uint32_t number_of_booking(struct random_case *it, const char *name)
{
    const uint32_t number = intern_string(&it->bookings, name);
    assert_true(number < REFERENCE_BOOKINGS_MAX);
    return number;
}

/* Mostly of the first type and of the day that everybody is after. */
static uint32_t random_slot(struct random_case *it)
{
    for (;;) {
        const uint32_t number = pick(it, it->calendar.slot_count);
        const struct slot *slot = &it->build.plan->slots[number];
        if ((slot->event_type == 0 && slot->day == BUILD_DAY + it->wanted_day) || chance(it, 20)) {
            return number;
        }
    }
}

static void make_bookings(struct random_case *it)
{
    static const char *const names[] = {"old1", "old2"};
    const uint32_t count = pick(it, COUNT(names) + 1);
    for (uint32_t i = 0; i < count && i < COUNT(names); i++) {
        const uint32_t slot = random_slot(it);
        struct reference_call call = {.operation = REFERENCE_SEED,
                                      .slot = slot,
                                      .booking = number_of_booking(it, names[i]),
                                      .host = REFERENCE_HOSTS_MAX};
        const bool made = reference_apply(&it->initial, &it->calendar, &call);
        assert_int_equal(build_booking(&it->build, names[i], slot), made);
        call.operation = REFERENCE_SEED_APPOINTMENT;
        (void)(made && reference_apply(&it->initial, &it->calendar, &call));
    }
}

static const char *const *random_fields(struct random_case *it, const char *event_type)
{
    static const char *const companies[] = {"15", "15", "15", "15", NULL, "15x"};
    static const char *const branches[] = {"9", "9", "9", NULL, "9a-uuid"};
    const char *company = companies[pick(it, COUNT(companies))];
    return build_fields(&it->build, event_type, company, branches[pick(it, COUNT(branches))]);
}

static const char *type_of_slot(const struct random_case *it, uint32_t slot)
{
    return it->build.plan->slots[slot].event_type == 0 ? "1" : "2";
}

static void add_actor(struct random_case *it, struct actor_spec spec, int64_t latest_us)
{
    spec.at_us = it->build.clock_us + between(it, 0, latest_us);
    spec.at_high_us = spec.at_us + (chance(it, 50) ? 0 : between(it, 0, 2 * US_PER_SECOND));
    (void)plan_add_actor(it->build.plan, &spec);
}

static void add_writer(struct random_case *it, const char *name)
{
    const struct plan *plan = it->build.plan;
    const uint32_t what = pick(it, 4);
    const uint32_t way = pick(it, 2);
    const uint32_t slot = random_slot(it);
    struct actor_spec spec = build_write(&it->build, name, it->creators[way], slot);
    if (what >= 2 && it->bookings.count > 0) {
        const uint32_t number = pick(it, (uint32_t)it->bookings.count);
        spec.booking = interned_string(&it->bookings, number);
        spec.routine = what == 2 ? it->movers[way] : it->cancellers[way];
        for (uint32_t i = 0; i < plan->bookings.count; i++) {
            spec.old_slot =
                strcmp(plan->bookings.items[i], spec.booking) == 0 ? plan->booking_slots.items[i] : spec.old_slot;
        }
        const uint32_t maker = plan_actor(plan, spec.booking);
        spec.old_slot = maker == MODEL_NONE ? spec.old_slot : plan->actors.items[maker].slot;
        if (spec.old_slot == MODEL_NONE) {
            return; /* A booking that could not be made. */
        }
        spec.slot = what == 2 ? slot : spec.old_slot;
    } else {
        (void)number_of_booking(it, name);
    }
    spec.fields = random_fields(it, type_of_slot(it, spec.slot));
    add_actor(it, spec, 6 * US_PER_SECOND);
}

/* What somebody asks for: a slot's morning, sometimes two days, of whom hours are often the same. */
static void add_reader(struct random_case *it, const char *name)
{
    const int day = chance(it, 80) ? it->wanted_day : it->first_day + (int)pick(it, DAY_COUNT);
    const int until = day + (chance(it, 15) ? 1 : 0);
    const char *event_type = chance(it, 3) ? "9" : (chance(it, 85) ? "1" : "2");
    const uint32_t reader = it->readers[pick(it, it->reader_count)];
    const int from_hour = chance(it, 85) ? 9 : 10;
    const int to_hour = chance(it, 85) ? 12 : 11;
    const int to_minute = chance(it, 50) ? 0 : 30;
    struct actor_spec spec = build_ask(&it->build, name, reader, build_at(&it->build, day, from_hour, 0),
                                       build_at(&it->build, until, to_hour, to_minute));
    spec.wish_us = build_at(&it->build, day, 11, 0);
    if (chance(it, 20)) {
        spec.slot = random_slot(it);
        event_type = type_of_slot(it, spec.slot);
        spec.then_routine = it->creators[pick(it, 2)];
        spec.then_after = (struct latency){0, 3 * US_PER_SECOND, US_PER_SECOND};
        (void)number_of_booking(it, name);
    } else if (chance(it, 50)) {
        spec.every_us = between(it, US_PER_SECOND / 2, 3 * US_PER_SECOND);
        spec.repeat_count = 2 + pick(it, 6);
    }
    spec.fields = random_fields(it, event_type);
    add_actor(it, spec, 12 * US_PER_SECOND);
}

static void make_actors(struct random_case *it)
{
    static const char *const readers[] = {"a", "b", "c", "d", "e", "f"};
    static const char *const writers[] = {"u", "v", "w"};
    uint32_t readers_left = 1 + pick(it, COUNT(readers));
    uint32_t writers_left = 1 + pick(it, COUNT(writers));
    while (readers_left + writers_left > 0) {
        if (pick(it, readers_left + writers_left) < readers_left) {
            add_reader(it, readers[--readers_left]);
        } else {
            add_writer(it, writers[--writers_left]);
        }
    }
}

static struct step *random_step(struct random_case *it, uint32_t *actor, uint32_t *number)
{
    const struct plan *plan = it->build.plan;
    *actor = pick(it, (uint32_t)plan->actors.count);
    const struct program *program = &plan->actors.items[*actor].program;
    *number = pick(it, program->count);
    return &program->steps[*number];
}

/* A fill that waits until somebody who writes, or a webhook's handler, is through. */
static void make_race(struct random_case *it)
{
    const struct plan *plan = it->build.plan;
    uint32_t actor = 0;
    uint32_t number = 0;
    for (int tries = 0; tries < 60; tries++) {
        struct step *step = random_step(it, &actor, &number);
        const uint32_t other = pick(it, (uint32_t)plan->actors.count);
        const bool writes = plan->system->routines[plan->actors.items[other].routine].kind != ROUTINE_READER;
        if (step->kind == STEP_PUT && writes && step->hold_actor == MODEL_NONE) {
            step->hold_actor = other;
            return;
        }
    }
}

static void make_pins_and_holds(struct random_case *it)
{
    uint32_t actor = 0;
    uint32_t number = 0;
    if (chance(it, 10)) {
        struct step *step = random_step(it, &actor, &number);
        step->pin_us = it->build.clock_us + between(it, 5 * US_PER_SECOND, 25 * US_PER_SECOND);
    }
    for (uint32_t races = pick(it, 4); races > 0; races--) {
        make_race(it);
    }
    for (uint32_t holds = chance(it, 20) ? 1 + pick(it, 3) : 0; holds > 0; holds--) {
        struct step *step = random_step(it, &actor, &number);
        uint32_t other = 0;
        (void)random_step(it, &other, &number);
        if (other != actor) {
            step->hold_actor = other;
            step->hold_step = chance(it, 50) ? MODEL_NONE : number;
        }
    }
}

void random_case_open(struct random_case *it, uint64_t seed)
{
    *it = (struct random_case){.stream = random_stream_new(seed)};
    build_open(&it->build);
    interner_init(&it->bookings, it->build.arena);
    if (chance(it, 15)) {
        it->build.clock_us = build_at(&it->build, (int)pick(it, 6), 23, 59) + 50 * US_PER_SECOND;
    }
    make_layers(it);
    make_readers(it);
    struct actions clear = {.count = 0};
    add(&clear, random_forget(it));
    add(&clear, random_forget(it));
    const uint32_t procedure = make_routine(it, "clear", ROUTINE_PROCEDURE, &clear);
    make_writers(it, 0, procedure, it->creators);
    make_writers(it, 1, procedure, it->movers);
    make_writers(it, 2, procedure, it->cancellers);
    make_latencies(it);
    make_calendar(it);
    make_bookings(it);
    make_actors(it);
    make_pins_and_holds(it);
    static const enum oracle_strength strengths[] = {ORACLE_ACKNOWLEDGED, ORACLE_ACKNOWLEDGED, ORACLE_ACKNOWLEDGED,
                                                     ORACLE_COMMITTED, ORACLE_UPSTREAM};
    it->build.plan->oracle = strengths[pick(it, COUNT(strengths))];
}

void random_case_close(struct random_case *it)
{
    build_close(&it->build);
}
