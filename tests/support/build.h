/* Systems, calendars and actors built in C, for tests that need no files.
 *
 * Order of calls: build_open, layers and routines, calendar, build_plan, bookings and actors, build_close.
 * Day 0 is Monday 2025-10-13 in Europe/Berlin (UTC+2), and the clock starts at its midnight. All latencies are 0 until
 * build_latency(). Everything lives in build->arena. */
#ifndef SLOTRACE_TESTS_BUILD_H
#define SLOTRACE_TESTS_BUILD_H

#include "model/plan.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define US_PER_MS INT64_C(1000)

enum { BUILD_DAY = 20374 }; /* 2025-10-13 */

struct build {
    struct arena *arena;
    struct zone *zone;
    struct store *store;
    struct system *system;
    struct plan *plan; /* NULL before build_plan(). */
    int64_t clock_us;
    struct {
        struct calendar_slot *items;
        size_t count, capacity;
    } calendar;
};

void build_open(struct build *build);
void build_close(struct build *build);

int64_t build_at(const struct build *build, int day, int hour, int minute);
void build_latency(struct build *build, enum latency_class class, int64_t low_us, int64_t high_us, int64_t nominal_us);

/* A read-through layer; change build->system->layers[number] for more. `source` MODEL_NONE: the upstream. */
uint32_t build_layer(struct build *build, const char *name, const char *key, int64_t ttl_us, uint32_t source);
/* "L1" (key "a:TYPE:FROM:TO"), filled from the upstream, and "L2" (key "b:COMPANY:TYPE:FROM-HOUR:TO-HOUR"), from L1;
 * TTLs of 300 s. */
uint32_t build_l1(struct build *build);
uint32_t build_l2(struct build *build);

/* A routine that asks `layer` for the window that its actor is given. */
uint32_t build_reader(struct build *build, const char *name, uint32_t layer);
uint32_t build_routine(struct build *build, const char *name, enum routine_kind kind, const struct action *actions,
                       size_t action_count);
#define BUILD_ENTRY(build, name, ...)                                                                                  \
    build_routine(build, name, ROUTINE_ENTRY_POINT, (const struct action[]){__VA_ARGS__},                              \
                  COUNT(((const struct action[]){__VA_ARGS__})))
#define BUILD_CUSTOMER(build, name, ...)                                                                               \
    build_routine(build, name, ROUTINE_CUSTOMER_ACTION, (const struct action[]){__VA_ARGS__},                          \
                  COUNT(((const struct action[]){__VA_ARGS__})))

struct action build_upstream(const char *operation);    /* "upstream.create" */
struct action build_appointment(const char *operation); /* "appointment.upsert" */
struct action build_send(uint32_t handler);
struct action build_call(uint32_t routine);
/* Deletes the layer's keys of days counted from the day of the actor's slot. */
struct action build_forget(const struct build *build, uint32_t layer, int32_t days);
struct action build_list(struct build *build, uint32_t layer, const char *pattern);

/* A slot of the calendar; hosts of the same slot are given one by one. */
void build_slot(struct build *build, const char *event_type, const char *host, int64_t starts_us, int minutes);
void build_plan(struct build *build);

const char *const *build_fields(struct build *build, const char *event_type, const char *company, const char *branch);
/* Fields of the event type "1", company "15", branch "9". */
const char *const *build_usual_fields(struct build *build);

/* Specs of actors with these things set, to be completed and added. */
struct actor_spec build_ask(struct build *build, const char *name, uint32_t reader, int64_t from_us, int64_t to_us);
struct actor_spec build_write(struct build *build, const char *name, uint32_t routine, uint32_t slot);
/* Adds an actor that starts `at_us` after the clock. */
uint32_t build_add(struct build *build, struct actor_spec spec, int64_t at_us);
bool build_booking(struct build *build, const char *name, uint32_t slot);

/* The step of that name: to pin or to hold it. Fails the test if there is none. */
struct step *build_step(struct build *build, const char *actor, const char *step);
void build_hold(struct build *build, const char *actor, const char *step, const char *until_actor,
                const char *until_step);

#endif
