#include "world.h"

#include "base/check.h"
#include "embedded_sql.h"
#include "engine/collect.h"

#include <inttypes.h>
#include <string.h>

enum {
    DAY_COUNT = 10,
    SLOTS_A_DAY = 18,
    READER_COUNT = 2 * DAY_COUNT,
};
#define CLOCK_US (INT64_C(1760200560) * US_PER_SECOND)      /* 2025-10-11T16:36:00Z */
#define FIRST_SLOT_US (INT64_C(1760335200) * US_PER_SECOND) /* 2025-10-13T06:00:00Z, 08:00 in Berlin */
#define SLOT_US (30 * US_PER_MINUTE)

static const char *const field_names[] = {"event_type", "company", "branch"};
static const char *const fields[] = {"2563193", "15", "9"};
enum { FIELD_COUNT = 3 };

enum { READER, MOVER, BOOKER, CANCELLER, ROUTINE_COUNT }; /* As in routines_new(). */

static struct template template_of(struct arena *arena, const char *written)
{
    struct template out;
    size_t column = 0;
    check(template_parse(arena, written, field_names, FIELD_COUNT, &out, &column) == NULL);
    return out;
}

static struct layer *layers_new(struct arena *arena)
{
    struct layer *layers = ARENA_ARRAY(arena, struct layer, 2);
    layers[0] = (struct layer){.name = "L1",
                               .key = template_of(arena, "calcom:slots:{event_type}:{from:%Y-%m-%d}:{to:%Y-%m-%d}"),
                               .ttl_us = 60 * US_PER_SECOND,
                               .ttl_empty_us = 60 * US_PER_SECOND,
                               .source = MODEL_NONE};
    layers[1] = (struct layer){.name = "L2",
                               .key = template_of(arena, "cal_slots_{company:%d}_{branch:%d}_{event_type}_"
                                                         "{from:%Y-%m-%d-%H}_{to:%Y-%m-%d-%H}"),
                               .ttl_us = 20 * US_PER_SECOND,
                               .ttl_empty_us = 20 * US_PER_SECOND,
                               .source = 0};
    return layers;
}

static struct routine *routines_new(struct arena *arena, const struct layer *layers)
{
    struct routine *routines = ARENA_ARRAY(arena, struct routine, ROUTINE_COUNT);
    struct read_spec *read = ARENA_NEW(arena, struct read_spec);
    *read = (struct read_spec){.layer = 1, .window = WINDOW_ASKED};
    struct action *actions = ARENA_ARRAY(arena, struct action, 6);
    actions[0] = (struct action){.kind = ACTION_UPSTREAM, .operation = "upstream.reschedule"};
    actions[1] = (struct action){.kind = ACTION_APPOINTMENT, .operation = "appointment.move"};
    actions[2] = (struct action){.kind = ACTION_FORGET,
                                 .forget = {.layer = 0, .key = layers[0].key, .from = FROM_TODAY, .days = 30}};
    actions[3] = (struct action){
        .kind = ACTION_FORGET,
        .forget = {.layer = 1, .key = template_of(arena, "cal_slots_*_9999_*"), .pattern = true, .days = 1}};
    actions[4] = (struct action){.kind = ACTION_UPSTREAM, .operation = "upstream.create"};
    actions[5] = (struct action){.kind = ACTION_UPSTREAM, .operation = "upstream.cancel"};
    routines[READER] = (struct routine){.name = "read", .kind = ROUTINE_READER, .reads = read, .read_count = 1};
    routines[MOVER] =
        (struct routine){.name = "move", .kind = ROUTINE_ENTRY_POINT, .actions = actions, .action_count = 4};
    routines[BOOKER] =
        (struct routine){.name = "book", .kind = ROUTINE_ENTRY_POINT, .actions = actions + 4, .action_count = 1};
    routines[CANCELLER] =
        (struct routine){.name = "cancel", .kind = ROUTINE_ENTRY_POINT, .actions = actions + 5, .action_count = 1};
    return routines;
}

static struct latency fixed_latency(int64_t us)
{
    return (struct latency){us, us, us};
}

static struct system *system_new(struct arena *arena, const struct zone *zone)
{
    struct system *system = ARENA_NEW(arena, struct system);
    const char **names = ARENA_ARRAY(arena, const char *, FIELD_COUNT);
    memcpy(names, field_names, sizeof field_names);
    struct layer *layers = layers_new(arena);
    *system = (struct system){.name = "bench",
                              .title = "Two layers",
                              .zone = zone,
                              .prefix = "",
                              .fields = names,
                              .field_count = FIELD_COUNT,
                              .layers = layers,
                              .layer_count = 2,
                              .routines = routines_new(arena, layers),
                              .routine_count = ROUTINE_COUNT};
    system->latencies[LATENCY_UPSTREAM] = fixed_latency(550000);
    system->latencies[LATENCY_BOOKING] = fixed_latency(1500000);
    system->latencies[LATENCY_CACHE] = fixed_latency(500);
    system->latencies[LATENCY_DELETE] = fixed_latency(50);
    system->latencies[LATENCY_DB] = fixed_latency(5000);
    return system;
}

static int64_t slot_starts_us(uint32_t day, uint32_t slot)
{
    return FIRST_SLOT_US + day * US_PER_DAY + slot * SLOT_US;
}

static struct plan *calendar_new(struct world *world, const struct system *system, uint32_t days)
{
    const size_t count = (size_t)days * SLOTS_A_DAY;
    struct calendar_slot *calendar = ARENA_ARRAY(world->arena, struct calendar_slot, count);
    for (uint32_t i = 0; i < count; i++) {
        const int64_t starts_us = slot_starts_us(i / SLOTS_A_DAY, i % SLOTS_A_DAY);
        calendar[i] = (struct calendar_slot){
            .event_type = fields[0], .host = "host-1", .starts_us = starts_us, .ends_us = starts_us + SLOT_US};
    }
    return plan_new(world->arena, system, world->store, CLOCK_US, calendar, count);
}

static uint32_t slot_at(const struct plan *plan, uint32_t day, uint32_t slot)
{
    return plan_slot(plan, fields[0], slot_starts_us(day, slot));
}

static void add_booking(struct plan *plan, const char *name, uint32_t slot)
{
    const struct booking_spec booking = {.name = name, .fields = fields, .slot = slot, .appointment_id = 1};
    check(plan_add_booking(plan, &booking));
}

/* The common parts of an actor that begins `after_us` and repeats itself. */
static struct actor_spec actor_of(const struct plan *plan, uint32_t routine, const char *name, int64_t after_us,
                                  int64_t every_us)
{
    return (struct actor_spec){.name = name,
                               .routine = routine,
                               .fields = fields,
                               .slot = MODEL_NONE,
                               .old_slot = MODEL_NONE,
                               .at_us = CLOCK_US + after_us,
                               .at_high_us = CLOCK_US + after_us,
                               .every_us = every_us,
                               .latencies = plan->system->latencies,
                               .then_routine = MODEL_NONE};
}

static void add_reader(struct plan *plan, uint32_t number, uint32_t times)
{
    const int64_t starts_us = slot_starts_us(number % DAY_COUNT, number < DAY_COUNT ? 4 : 8);
    struct actor_spec spec = actor_of(plan, READER, arena_printf(plan->arena, "reader-%" PRIu32, number),
                                      number * INT64_C(37000), US_PER_SECOND);
    spec.from_us = starts_us;
    spec.to_us = starts_us + 2 * US_PER_HOUR;
    spec.repeat_count = times;
    plan_add_actor(plan, &spec);
}

static void add_mover(struct plan *plan, const char *name, const char *booking, uint32_t from, uint32_t to,
                      int64_t after_us, uint32_t times)
{
    struct actor_spec spec = actor_of(plan, MOVER, name, after_us, 120 * US_PER_SECOND);
    spec.booking = booking;
    spec.old_slot = from;
    spec.slot = to;
    spec.appointment_id = 1;
    spec.repeat_count = times;
    plan_add_actor(plan, &spec);
}

static void add_writers(struct plan *plan, uint32_t minutes)
{
    const uint32_t a = slot_at(plan, 0, 0);
    const uint32_t b = slot_at(plan, 0, 5);
    const uint32_t c = slot_at(plan, 4, 3);
    const uint32_t d = slot_at(plan, 7, 3);
    const uint32_t moves = minutes / 2 + 1;
    add_mover(plan, "move-1-there", "booking-1", a, b, 10 * US_PER_SECOND, moves);
    add_mover(plan, "move-1-back", "booking-1", b, a, 70 * US_PER_SECOND, moves);
    add_mover(plan, "move-2-there", "booking-2", c, d, 30 * US_PER_SECOND, moves);
    add_mover(plan, "move-2-back", "booking-2", d, c, 90 * US_PER_SECOND, moves);
    struct actor_spec booker = actor_of(plan, BOOKER, "book-taken", 15 * US_PER_SECOND, 60 * US_PER_SECOND);
    booker.slot = slot_at(plan, 2, 2);
    booker.repeat_count = minutes + 1;
    plan_add_actor(plan, &booker);
    struct actor_spec canceller = actor_of(plan, CANCELLER, "cancel-again", 20 * US_PER_SECOND, 60 * US_PER_SECOND);
    canceller.booking = "booking-4";
    canceller.old_slot = slot_at(plan, 3, 2);
    canceller.repeat_count = minutes + 1;
    plan_add_actor(plan, &canceller);
}

struct world world_new(struct world_size size)
{
    struct world world = {.arena = arena_new(), .zone = zone_new("Europe/Berlin")};
    check(world.zone != NULL);
    world.store = store_open(embedded_schema_sql, embedded_operations_sql);
    world.plan = calendar_new(&world, system_new(world.arena, world.zone),
                              DAY_COUNT + (size.bookings + SLOTS_A_DAY - 1) / SLOTS_A_DAY);
    add_booking(world.plan, "booking-1", slot_at(world.plan, 0, 0));
    add_booking(world.plan, "booking-2", slot_at(world.plan, 4, 3));
    add_booking(world.plan, "booking-3", slot_at(world.plan, 2, 2));
    add_booking(world.plan, "booking-4", slot_at(world.plan, 3, 2));
    for (uint32_t i = 0; i < READER_COUNT; i++) {
        add_reader(world.plan, i, size.questions);
    }
    add_writers(world.plan, size.minutes);
    for (uint32_t i = 0; i < size.bookings; i++) {
        struct actor_spec spec = actor_of(world.plan, BOOKER, arena_printf(world.arena, "book-%" PRIu32, i),
                                          i * US_PER_SECOND, US_PER_SECOND);
        spec.slot = slot_at(world.plan, DAY_COUNT + i / SLOTS_A_DAY, i % SLOTS_A_DAY);
        spec.repeat_count = 1;
        plan_add_actor(world.plan, &spec);
    }
    return world;
}

void world_free(struct world *world)
{
    store_close(world->store);
    zone_free(world->zone);
    arena_free(world->arena);
}

struct run_result world_run(struct world *world, struct observer other)
{
    struct arena *arena = arena_new();
    struct collector *collector = collector_new(world->plan, arena);
    collector->others[0] = other;
    collector->other_count = other.context == NULL ? 0 : 1;
    const struct run_result result =
        run_plan(world->plan, arena, collector_observer(collector), (struct run_options){.sampled = false});
    check(result.problem == RUN_FINE);
    arena_free(arena);
    return result;
}
