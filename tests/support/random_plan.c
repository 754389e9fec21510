#include "support/random_plan.h"

#include "base/random.h"
#include "cmocka_all.h"

#include <inttypes.h>

/* Plans with more steps have too many states for a search without reductions. */
enum { LAYER_COUNT_MAX = 3, ACTIONS_MAX = 12, STEPS_MAX = 25 };

struct maker {
    struct build *build;
    struct random_stream stream;
    uint32_t days;
    uint32_t slot_count; /* Of event type "1"; those of "2" come after them. */
    bool two_types;
    uint32_t writer_count, reader_count;
    uint32_t name_number;
    bool twice; /* The last entry point that was made commits twice: its booking may have been moved in between. */
    struct actor_spec last_reader; /* For readers that are alike; name NULL: none yet. */
    uint32_t existing_slot;        /* Of booking "x"; MODEL_NONE: there is none. */
    const char *made;              /* A writer that makes a booking, */
    uint32_t made_slot;            /* and where. */
};

static uint32_t below(struct maker *maker, uint32_t count)
{
    return (uint32_t)random_between(&maker->stream, 0, (int64_t)count - 1);
}

static bool chance(struct maker *maker, uint32_t percent)
{
    return below(maker, 100) < percent;
}

static const char *unique(struct maker *maker, const char *base)
{
    return arena_printf(maker->build->arena, "%s%u", base, maker->name_number++);
}

/* Keys: exact; by the hour; of a whole event type; of a day, whatever the event type; of a week. */
static const struct {
    const char *key;
    bool week;
} keys[] = {
    {"a:{event_type}:{from:%Y-%m-%d}:{to:%Y-%m-%d}", false},
    {"b:{event_type}:{from:%d-%H}:{to:%d-%H}", false},
    {"c:{event_type}", false},
    {"d:{from:%Y-%m-%d}", false},
    {"w:{event_type}:{week:%Y-%m-%d}", true},
};

static void make_layers(struct maker *maker)
{
    static const char *const names[LAYER_COUNT_MAX] = {"L1", "L2", "L3"};
    const uint32_t count = chance(maker, 55) ? 1 : (chance(maker, 80) ? 2 : 3);
    uint32_t key = 0;
    for (uint32_t i = 0; i < count; i++) {
        /* Now and then two layers share their keys. */
        key = i > 0 && chance(maker, 15) ? key : below(maker, COUNT(keys));
        const uint32_t source = i == 0 || chance(maker, 10) ? MODEL_NONE : i - 1;
        const uint32_t layer = build_layer(maker->build, names[i], keys[key].key, US_PER_SECOND, source);
        maker->build->system->layers[layer].covers = keys[key].week ? COVERS_WEEK : COVERS_DATES;
    }
}

static void make_calendar(struct maker *maker)
{
    struct build *build = maker->build;
    maker->days = 1 + chance(maker, 45);
    const uint32_t slots_a_day = 1 + below(maker, 3);
    const uint32_t hosts = 1 + chance(maker, 30);
    maker->two_types = chance(maker, 25);
    for (uint32_t day = 0; day < maker->days; day++) {
        for (uint32_t i = 0; i < slots_a_day; i++) {
            const int64_t at_us = build_at(build, (int)day, 9, 0) + (int64_t)i * 30 * US_PER_MINUTE;
            for (uint32_t host = 0; host < hosts; host++) {
                build_slot(build, "1", host == 0 ? "h0" : "h1", at_us, 30);
            }
            maker->slot_count++;
        }
        if (maker->two_types) {
            build_slot(build, "2", "h0", build_at(build, (int)day, 9, 0), 60);
        }
    }
}

static struct action random_forget(struct maker *maker)
{
    static const char *const patterns[] = {"*", "a:*", "?:{event_type}*", "c*", "w:*"};
    struct build *build = maker->build;
    const uint32_t layer = below(maker, build->system->layer_count);
    if (chance(maker, 25)) {
        struct action list = build_list(build, layer, patterns[below(maker, COUNT(patterns))]);
        list.forget.atomic = chance(maker, 40);
        return list;
    }
    struct action action = build_forget(build, layer, chance(maker, 55) ? 1 : 2);
    struct forget_spec *forget = &action.forget;
    if (chance(maker, 10)) {
        forget->key = build->system->layers[below(maker, build->system->layer_count)].key;
    }
    forget->from = chance(maker, 25) ? FROM_TODAY : (chance(maker, 50) ? FROM_SLOT : FROM_OLD_SLOT);
    forget->atomic = chance(maker, 15);
    if (chance(maker, 60)) {
        /* The hours that most readers ask for. */
        forget->windows = arena_alloc(build->arena, 1, sizeof *forget->windows);
        forget->windows[0].from_minute = 9 * 60;
        forget->windows[0].to_minute = 10 * 60;
        forget->window_count = 1;
    }
    return action;
}

struct actions {
    struct action items[ACTIONS_MAX];
    uint32_t count;
};

static void add(struct actions *actions, struct action action)
{
    assert_true(actions->count < ACTIONS_MAX);
    actions->items[actions->count++] = action;
}

static void add_forgets(struct maker *maker, struct actions *actions, uint32_t percent)
{
    while (chance(maker, percent) && actions->count < 5) {
        add(actions, random_forget(maker));
        percent /= 2;
    }
}

static uint32_t make_routine(struct maker *maker, enum routine_kind kind, const struct actions *actions)
{
    return build_routine(maker->build, unique(maker, "routine"), kind, actions->items, actions->count);
}

/* Deletions and the change of the mirror in any order. */
static uint32_t make_handler(struct maker *maker, const char *mirror)
{
    struct actions actions = {.count = 0};
    add_forgets(maker, &actions, 25);
    if (chance(maker, 70)) {
        add(&actions, build_appointment(mirror));
    }
    add_forgets(maker, &actions, 75);
    return make_routine(maker, ROUTINE_ENTRY_POINT, &actions);
}

/* At the gateway: deletions around the call to the upstream. Sometimes a webhook comes, too. */
static uint32_t make_entry(struct maker *maker, const char *operation, const char *mirror)
{
    struct actions actions = {.count = 0};
    add_forgets(maker, &actions, 20);
    add(&actions, build_upstream(operation));
    maker->twice = chance(maker, 5);
    if (maker->twice) {
        add(&actions, build_upstream("upstream.cancel"));
    }
    add_forgets(maker, &actions, 40);
    if (chance(maker, 50)) {
        add(&actions, build_appointment(mirror));
    }
    add_forgets(maker, &actions, 60);
    if (chance(maker, 10)) {
        add(&actions, build_send(make_handler(maker, mirror)));
    }
    return make_routine(maker, ROUTINE_ENTRY_POINT, &actions);
}

static uint32_t make_widget(struct maker *maker, const char *operation, const char *mirror)
{
    struct actions actions = {.count = 0};
    maker->twice = false;
    add(&actions, build_upstream(operation));
    if (chance(maker, 95)) {
        add(&actions, build_send(make_handler(maker, mirror)));
    }
    return make_routine(maker, ROUTINE_CUSTOMER_ACTION, &actions);
}

static uint32_t make_change(struct maker *maker, const char *operation, const char *mirror)
{
    return chance(maker, 60) ? make_entry(maker, operation, mirror) : make_widget(maker, operation, mirror);
}

static uint32_t random_slot(struct maker *maker)
{
    const uint32_t others = maker->build->plan->slot_count - maker->slot_count;
    return others > 0 && chance(maker, 20) ? maker->slot_count + below(maker, others) : below(maker, maker->slot_count);
}

/* As the actor of that slot is told: of its event type. */
static const char *const *fields_of(struct maker *maker, uint32_t slot)
{
    return build_fields(maker->build, slot < maker->slot_count ? "1" : "2", "15", "9");
}

static void make_writer(struct maker *maker)
{
    struct build *build = maker->build;
    const char *name = unique(maker, "w");
    const uint32_t slot = random_slot(maker);
    const char *booking = maker->made != NULL && (maker->existing_slot == MODEL_NONE || chance(maker, 40))
                              ? maker->made
                              : (maker->existing_slot == MODEL_NONE ? NULL : "x");
    if (booking == NULL || chance(maker, 45)) {
        struct actor_spec spec =
            build_write(build, name, make_change(maker, "upstream.create", "appointment.upsert"), slot);
        spec.fields = fields_of(maker, slot);
        spec.old_slot = maker->twice ? slot : MODEL_NONE;
        (void)build_add(build, spec, 0);
        maker->made = name;
        maker->made_slot = slot;
        return;
    }
    const uint32_t old_slot = booking == maker->made ? maker->made_slot : maker->existing_slot;
    const bool cancels = chance(maker, 50);
    struct actor_spec spec = build_write(build, name,
                                         cancels ? make_change(maker, "upstream.cancel", "appointment.cancel")
                                                 : make_change(maker, "upstream.reschedule", "appointment.move"),
                                         cancels ? old_slot : slot);
    spec.booking = booking;
    spec.old_slot = old_slot;
    spec.fields = fields_of(maker, spec.slot);
    (void)build_add(build, spec, 0);
}

static uint32_t make_reader(struct maker *maker)
{
    const uint32_t layers = maker->build->system->layer_count;
    const uint32_t layer = chance(maker, 5) ? MODEL_NONE : (chance(maker, 75) ? layers - 1 : below(maker, layers));
    const uint32_t reader = build_reader(maker->build, unique(maker, "reader"), layer);
    if (chance(maker, 10)) {
        /* Two questions, of two layers perhaps. */
        struct routine *routine = &maker->build->system->routines[reader];
        struct read_spec *reads = ARENA_ARRAY(maker->build->arena, struct read_spec, 2);
        reads[0] = routine->reads[0];
        reads[0].until_free = chance(maker, 50);
        reads[1] = (struct read_spec){.layer = below(maker, layers), .window = WINDOW_ASKED};
        routine->reads = reads;
        routine->read_count = 2;
    }
    return reader;
}

static void ask(struct maker *maker)
{
    struct build *build = maker->build;
    const char *name = unique(maker, "r");
    if (maker->last_reader.name != NULL && chance(maker, 50)) {
        maker->last_reader.name = name;
        (void)build_add(build, maker->last_reader, 0);
        return;
    }
    const int from_day = (int)below(maker, maker->days);
    const int to_day = chance(maker, 75) ? from_day : (int)maker->days - 1;
    const int hour = chance(maker, 80) ? 9 : 8;
    struct actor_spec spec = build_ask(build, name, make_reader(maker), build_at(build, from_day, hour, 0),
                                       build_at(build, to_day, hour + 1, 0));
    if (maker->two_types && chance(maker, 30)) {
        spec.fields = build_fields(build, "2", "15", "9");
    }
    if (chance(maker, 12)) {
        spec.repeat_count = 2;
    } else if (chance(maker, 15)) {
        spec.then_routine = make_change(maker, "upstream.create", "appointment.upsert");
        spec.slot = below(maker, maker->slot_count);
        spec.old_slot = maker->twice ? spec.slot : MODEL_NONE;
    }
    maker->last_reader = spec;
    (void)build_add(build, spec, 0);
}

static void make_actors(struct maker *maker)
{
    const bool deep = maker->build->system->layer_count > 1;
    const uint32_t size = below(maker, 20);
    uint32_t writers = size < 13 ? 1 : (size < 19 ? 2 : 3);
    uint32_t readers = 1 + (writers == 1 ? below(maker, deep ? 2 : 4) : below(maker, writers == 2 && !deep ? 2 : 1));
    while (writers + readers > 0) {
        if (below(maker, writers + readers) < writers) {
            make_writer(maker);
            writers--;
        } else {
            ask(maker);
            readers--;
        }
    }
}

static void add_customer(struct maker *maker, const char *name, const char *operation, const char *booking,
                         const struct action *forget)
{
    struct actions actions = {.count = 0};
    add(&actions, build_upstream(operation));
    if (forget != NULL) {
        add(&actions, *forget);
    }
    struct actor_spec spec = build_write(maker->build, name, make_routine(maker, ROUTINE_CUSTOMER_ACTION, &actions), 0);
    if (booking != NULL) {
        spec.booking = booking;
        spec.old_slot = 0;
    }
    (void)build_add(maker->build, spec, 0);
}

static void ask_layer(struct maker *maker, uint32_t layer, uint32_t times)
{
    struct build *build = maker->build;
    struct actor_spec spec = build_ask(build, unique(maker, "r"), build_reader(build, unique(maker, "reader"), layer),
                                       build_at(build, 0, 9, 0), build_at(build, 0, 10, 0));
    spec.repeat_count = times;
    (void)build_add(build, spec, 0);
}

/* One slot, taken, freed and taken again by three actors that clean up little: whose write does a reader miss? */
static void make_contention(struct maker *maker)
{
    static const struct {
        const char *name, *operation, *booking;
    } customers[] = {
        {"first", "upstream.create", NULL},
        {"second", "upstream.cancel", "first"},
        {"third", "upstream.create", NULL},
    };
    /* In any order, because the explorer tries the first actor first. */
    const uint32_t begin = below(maker, 3);
    const uint32_t stride = 1 + below(maker, 2);
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t who = (begin + i * stride) % 3;
        const struct action forget = random_forget(maker);
        add_customer(maker, customers[who].name, customers[who].operation, customers[who].booking,
                     chance(maker, 20) ? &forget : NULL);
    }
    ask_layer(maker, 0, 2);
}

/* A layer that is filled from another one, and cleared: late, or from an entry that was stale by then? */
static void make_chain(struct maker *maker)
{
    struct action forget = build_forget(maker->build, 1, 1);
    const struct action list = build_list(maker->build, 1, "*");
    forget.forget.windows = arena_alloc(maker->build->arena, 1, sizeof *forget.forget.windows);
    forget.forget.windows[0].from_minute = 9 * 60;
    forget.forget.windows[0].to_minute = 10 * 60;
    forget.forget.window_count = 1;
    ask_layer(maker, 0, 1);
    add_customer(maker, "w", "upstream.create", NULL, chance(maker, 70) ? &forget : &list);
    ask_layer(maker, 1, 2);
}

static struct random_plan make(uint64_t seed, uint64_t attempt)
{
    struct random_plan plan = {.seed = seed};
    build_open(&plan.build);
    struct maker maker = {
        .build = &plan.build, .stream = random_stream_new(seed + (attempt << 32U)), .existing_slot = MODEL_NONE};
    make_layers(&maker);
    make_calendar(&maker);
    build_plan(&plan.build);
    const bool special = chance(&maker, 8);
    if (!special && chance(&maker, 50)) {
        maker.existing_slot = random_slot(&maker);
        assert_true(build_booking(&plan.build, "x", maker.existing_slot));
    }
    static const enum oracle_strength strengths[] = {ORACLE_ACKNOWLEDGED, ORACLE_COMMITTED, ORACLE_UPSTREAM};
    plan.build.plan->oracle = strengths[below(&maker, COUNT(strengths))];
    plan.expiry = chance(&maker, 45);
    if (!special) {
        make_actors(&maker);
    } else if (plan.build.system->layer_count > 1) {
        make_chain(&maker);
    } else {
        make_contention(&maker);
    }
    return plan;
}

static uint32_t step_count(const struct plan *plan)
{
    uint32_t count = 0;
    for (size_t a = 0; a < plan->actors.count; a++) {
        count += plan->actors.items[a].program.count * plan->actors.items[a].repeat_count;
    }
    return count;
}

struct random_plan random_plan_new(uint64_t seed)
{
    for (uint64_t attempt = 0;; attempt++) {
        struct random_plan plan = make(seed, attempt);
        if (step_count(plan.build.plan) <= STEPS_MAX) {
            return plan;
        }
        random_plan_free(&plan);
    }
}

void random_plan_free(struct random_plan *plan)
{
    build_close(&plan->build);
}

static void describe_step(const struct plan *plan, const struct step *step, struct text *out)
{
    text_printf(out, "    %s", step->name);
    if (step->key != MODEL_NONE) {
        text_printf(out, " %s", interned_string(&plan->keys, step->key));
    }
    if (step->target != MODEL_NONE) {
        text_printf(out, " >%u", step->target);
    }
    if (step->forget != MODEL_NONE) {
        const struct forget_plan *forget = &plan->forgets.items[step->forget];
        text_printf(out, "%s %s", forget->spec->atomic ? " atomic" : "",
                    forget->pattern == NULL ? forget->spec->key.written : forget->pattern);
        text_printf(out, " x%u from %u", step->repeat, (unsigned)forget->spec->from);
    }
    text_puts(out, "\n");
}

void random_plan_describe(const struct random_plan *random, struct text *out)
{
    const struct plan *plan = random->build.plan;
    text_printf(out, "seed %" PRIu64 ": oracle %u, %s expiry\n", random->seed, (unsigned)plan->oracle,
                random->expiry ? "with" : "without");
    for (uint32_t i = 0; i < plan->slot_count; i++) {
        text_printf(out, "  slot %u: type %s, day %d\n", i,
                    interned_string(&plan->event_types, plan->slots[i].event_type),
                    (int)plan->slots[i].day - BUILD_DAY);
    }
    for (size_t i = 0; i < plan->bookings.count; i++) {
        text_printf(out, "  booking %s on slot %u\n", plan->bookings.items[i], plan->booking_slots.items[i]);
    }
    for (size_t a = 0; a < plan->actors.count; a++) {
        const struct actor *actor = &plan->actors.items[a];
        text_printf(out, "  %s: booking %s, slot %d, old slot %d, times %u\n", actor->name, actor->booking,
                    (int)actor->slot, (int)actor->old_slot, actor->repeat_count);
        for (uint32_t i = 0; i < actor->program.count; i++) {
            describe_step(plan, &actor->program.steps[i], out);
        }
    }
}
