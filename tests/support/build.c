#include "support/build.h"

#include "cmocka_all.h"
#include "embedded_sql.h"

#include <string.h>

enum { ROUTINES_MAX = 32, FIELD_COUNT = 4 };

static const char *field_names[FIELD_COUNT] = {"event_type", "company", "branch", "service"};

void build_open(struct build *build)
{
    struct arena *arena = arena_new();
    *build = (struct build){.arena = arena, .zone = zone_new("Europe/Berlin")};
    assert_non_null(build->zone);
    build->store = store_open(embedded_schema_sql, embedded_operations_sql);
    build->system = ARENA_NEW(arena, struct system);
    *build->system = (struct system){.name = "test",
                                     .title = "A system made by a test",
                                     .zone = build->zone,
                                     .prefix = "",
                                     .fields = field_names,
                                     .field_count = FIELD_COUNT,
                                     .layers = ARENA_ARRAY(arena, struct layer, LAYERS_MAX),
                                     .routines = ARENA_ARRAY(arena, struct routine, ROUTINES_MAX)};
    build->clock_us = build_at(build, 0, 0, 0);
}

void build_close(struct build *build)
{
    store_close(build->store);
    zone_free(build->zone);
    arena_free(build->arena);
}

int64_t build_at(const struct build *build, int day, int hour, int minute)
{
    struct civil civil = civil_from_day(BUILD_DAY + day);
    civil.hour = hour;
    civil.minute = minute;
    int64_t first_us = 0;
    int64_t second_us = 0;
    assert_int_equal(zone_instant(build->zone, &civil, &first_us, &second_us), ZONE_LOCAL_UNIQUE);
    return first_us;
}

void build_latency(struct build *build, enum latency_class class, int64_t low_us, int64_t high_us, int64_t nominal_us)
{
    build->system->latencies[class] = (struct latency){low_us, high_us, nominal_us};
}

static struct template parse(struct build *build, const char *written)
{
    struct template template;
    size_t column = 0;
    const char *problem =
        template_parse(build->arena, written, build->system->fields, build->system->field_count, &template, &column);
    if (problem != NULL) {
        fail_msg("%s: %s", written, problem);
    }
    return template;
}

uint32_t build_layer(struct build *build, const char *name, const char *key, int64_t ttl_us, uint32_t source)
{
    struct system *system = build->system;
    assert_true(system->layer_count < LAYERS_MAX);
    system->layers[system->layer_count] = (struct layer){.name = name,
                                                         .title = name,
                                                         .key = parse(build, key),
                                                         .ttl_us = ttl_us,
                                                         .ttl_empty_us = ttl_us,
                                                         .source = source,
                                                         .covers = COVERS_DATES};
    return system->layer_count++;
}

uint32_t build_l1(struct build *build)
{
    return build_layer(build, "L1", "a:{event_type}:{from:%Y-%m-%d}:{to:%Y-%m-%d}", 300 * US_PER_SECOND, MODEL_NONE);
}

uint32_t build_l2(struct build *build)
{
    return build_layer(build, "L2", "b:{company:%d}:{event_type}:{from:%Y-%m-%d-%H}:{to:%Y-%m-%d-%H}",
                       300 * US_PER_SECOND, build->system->layer_count - 1);
}

static uint32_t add_routine(struct build *build, struct routine routine)
{
    struct system *system = build->system;
    assert_true(system->routine_count < ROUTINES_MAX);
    routine.title = routine.name;
    system->routines[system->routine_count] = routine;
    return system->routine_count++;
}

uint32_t build_reader(struct build *build, const char *name, uint32_t layer)
{
    struct read_spec *read = ARENA_NEW(build->arena, struct read_spec);
    *read = (struct read_spec){.layer = layer, .window = WINDOW_ASKED};
    return add_routine(build, (struct routine){.name = name, .kind = ROUTINE_READER, .reads = read, .read_count = 1});
}

uint32_t build_routine(struct build *build, const char *name, enum routine_kind kind, const struct action *actions,
                       size_t action_count)
{
    struct action *copy = ARENA_ARRAY(build->arena, struct action, action_count);
    memcpy(copy, actions, action_count * sizeof *actions);
    return add_routine(
        build, (struct routine){.name = name, .kind = kind, .actions = copy, .action_count = (uint32_t)action_count});
}

struct action build_upstream(const char *operation)
{
    return (struct action){.kind = ACTION_UPSTREAM, .operation = operation};
}

struct action build_appointment(const char *operation)
{
    return (struct action){.kind = ACTION_APPOINTMENT, .operation = operation};
}

struct action build_send(uint32_t handler)
{
    return (struct action){.kind = ACTION_SEND_WEBHOOK, .routine = handler};
}

struct action build_call(uint32_t routine)
{
    return (struct action){.kind = ACTION_CALL, .routine = routine};
}

struct action build_forget(const struct build *build, uint32_t layer, int32_t days)
{
    return (struct action){
        .kind = ACTION_FORGET,
        .forget = {.layer = layer, .key = build->system->layers[layer].key, .from = FROM_SLOT, .days = days}};
}

struct action build_list(struct build *build, uint32_t layer, const char *pattern)
{
    return (struct action){
        .kind = ACTION_FORGET,
        .forget = {.layer = layer, .key = parse(build, pattern), .pattern = true, .from = FROM_SLOT, .days = 1}};
}

void build_slot(struct build *build, const char *event_type, const char *host, int64_t starts_us, int minutes)
{
    ARENA_PUSH(build->arena, &build->calendar) = (struct calendar_slot){
        .event_type = event_type, .host = host, .starts_us = starts_us, .ends_us = starts_us + minutes * US_PER_MINUTE};
}

void build_plan(struct build *build)
{
    build->plan = plan_new(build->arena, build->system, build->store, build->clock_us, build->calendar.items,
                           build->calendar.count);
    build->plan->title = "a test";
}

const char *const *build_fields(struct build *build, const char *event_type, const char *company, const char *branch)
{
    const char **fields = ARENA_ARRAY(build->arena, const char *, FIELD_COUNT);
    fields[0] = event_type;
    fields[1] = company;
    fields[2] = branch;
    return fields;
}

const char *const *build_usual_fields(struct build *build)
{
    return build_fields(build, "1", "15", "9");
}

static struct actor_spec spec_of(struct build *build, const char *name, uint32_t routine)
{
    return (struct actor_spec){.name = name,
                               .routine = routine,
                               .fields = build_usual_fields(build),
                               .slot = MODEL_NONE,
                               .old_slot = MODEL_NONE,
                               .latencies = build->system->latencies,
                               .appointment_id = 1001 + (int64_t)build->plan->actors.count,
                               .then_routine = MODEL_NONE};
}

struct actor_spec build_ask(struct build *build, const char *name, uint32_t reader, int64_t from_us, int64_t to_us)
{
    struct actor_spec spec = spec_of(build, name, reader);
    spec.from_us = from_us;
    spec.to_us = to_us;
    spec.wish_us = from_us;
    return spec;
}

struct actor_spec build_write(struct build *build, const char *name, uint32_t routine, uint32_t slot)
{
    struct actor_spec spec = spec_of(build, name, routine);
    spec.slot = slot;
    return spec;
}

uint32_t build_add(struct build *build, struct actor_spec spec, int64_t at_us)
{
    spec.at_us = build->clock_us + at_us;
    spec.at_high_us = spec.at_us;
    return plan_add_actor(build->plan, &spec);
}

bool build_booking(struct build *build, const char *name, uint32_t slot)
{
    const struct plan *plan = build->plan;
    const char *event_type = interned_string(&plan->event_types, plan->slots[slot].event_type);
    const struct booking_spec booking = {.name = name,
                                         .fields = build_fields(build, event_type, "15", "9"),
                                         .slot = slot,
                                         .appointment_id = 600 + (int64_t)plan->bookings.count};
    return plan_add_booking(build->plan, &booking);
}

struct step *build_step(struct build *build, const char *actor, const char *step)
{
    const uint32_t who = plan_actor(build->plan, actor);
    if (who == MODEL_NONE) {
        fail_msg("no actor '%s'", actor);
    }
    const uint32_t number = plan_step(build->plan, who, step);
    if (number == MODEL_NONE) {
        fail_msg("'%s' has no step '%s'", actor, step);
    }
    return &build->plan->actors.items[who].program.steps[number];
}

void build_hold(struct build *build, const char *actor, const char *step, const char *until_actor,
                const char *until_step)
{
    struct step *held = build_step(build, actor, step);
    held->hold_actor = plan_actor(build->plan, until_actor);
    assert_int_not_equal(held->hold_actor, MODEL_NONE);
    held->hold_step = MODEL_NONE;
    if (until_step != NULL) {
        held->hold_step = plan_step(build->plan, held->hold_actor, until_step);
        assert_int_not_equal(held->hold_step, MODEL_NONE);
    }
}
