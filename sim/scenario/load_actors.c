#include "scenario/load_scenario.h"

#include "base/check.h"
#include "scenario/format.h"
#include "scenario/load_system.h"

#include <string.h>

enum { ACTORS_MAX = 1000, STEPS_MAX = 100000, VARIANTS_MAX = 1000000 };

/* What a routine (with what it calls) does at the upstream: what its actor has to say. */
struct needs {
    bool slot, booking, message;
};

static struct needs needs_of(const struct system *system, uint32_t routine)
{
    struct needs needs = {false, false, false};
    bool replied = false;
    for (uint32_t i = 0; i < system->routines[routine].action_count; i++) {
        const struct action *action = &system->routines[routine].actions[i];
        struct needs more = {false, false, false};
        if (action->kind == ACTION_UPSTREAM) {
            const bool creates = strcmp(action->operation, "upstream.create") == 0;
            const bool moves = strcmp(action->operation, "upstream.reschedule") == 0;
            more = (struct needs){.slot = creates || moves, .booking = !creates};
            replied = true;
        } else if (action->kind == ACTION_CALL) {
            more = needs_of(system, action->routine);
            replied = replied || more.slot || more.booking;
        } else if (action->kind == ACTION_APPOINTMENT) {
            more.message = !replied;
        }
        needs = (struct needs){needs.slot || more.slot, needs.booking || more.booking, needs.message || more.message};
    }
    return needs;
}

/* An actor while it is read. */
struct reading {
    struct compiling *compiling;
    const struct node *key;
    const struct node *node;
    struct actor_spec spec;
    bool fine;
};

static void complain(struct reading *reading, const struct node *at, enum diag_code code, const char *message)
{
    diag_error(reading->compiling->resolver.diags, at->mark, code, "%s", message);
    reading->fine = false;
}

/* Can an actor do this by itself? Not a procedure; not a handler, which waits for a webhook. */
static bool is_offered(const struct system *system, uint32_t routine, bool books)
{
    const enum routine_kind kind = system->routines[routine].kind;
    if (kind == ROUTINE_READER) {
        return !books;
    }
    const struct needs needs = needs_of(system, routine);
    return kind != ROUTINE_PROCEDURE && !needs.message && (!books || (needs.slot && !needs.booking));
}

static const char *why_not(const struct system *system, uint32_t routine)
{
    switch (system->routines[routine].kind) {
    case ROUTINE_READER: return "a reader and books nothing";
    case ROUTINE_PROCEDURE: return "a procedure, which only other routines call";
    default:
        return needs_of(system, routine).message ? "a webhook's handler; let a customer action send it one"
                                                 : "not the making of a new booking";
    }
}

/* `books`: what a reader's caller does then. */
static uint32_t find_routine(struct reading *reading, const struct node *name, bool books)
{
    const struct system *system = reading->compiling->resolver.system;
    const char **names = ARENA_ARRAY(reading->compiling->resolver.arena, const char *, system->routine_count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < system->routine_count; i++) {
        if (is_offered(system, i, books)) {
            if (strcmp(system->routines[i].name, name->text) == 0) {
                return i;
            }
            names[count++] = system->routines[i].name;
        }
    }
    const uint32_t other = system_routine(system, name->text);
    const char *problem =
        arena_printf(reading->compiling->resolver.arena, "system '%s' has no '%s'", system->name, name->text);
    if (other != MODEL_NONE) {
        problem = arena_printf(reading->compiling->resolver.arena, "'%s' is %s", name->text, why_not(system, other));
    }
    const char *choice =
        count == 0 ? "; there is nothing else to do"
                   : diag_suggest(reading->compiling->resolver.arena, books ? "ways to book" : "what an actor can do",
                                  other == MODEL_NONE ? name->text : "", names, count);
    diag_error(reading->compiling->resolver.diags, name->mark, DIAG_UNKNOWN_NAME, "%s%s", problem, choice);
    reading->fine = false;
    return MODEL_NONE;
}

/* Keys that make no sense with what the actor does are refused: they would be silently ignored. */
static void refuse(struct reading *reading, const char *const *keys, const char *belongs, const char *is)
{
    for (; *keys != NULL; keys++) {
        const struct node *key = node_key(reading->node, *keys);
        if (key != NULL) {
            complain(reading, key, DIAG_CONFLICT,
                     arena_printf(reading->compiling->resolver.arena, "'%s' is for %s, and '%s' %s; remove '%s'", *keys,
                                  belongs, node_get(reading->node, "does")->text, is, *keys));
        }
    }
}

/* A reader that asks about no slot is never wrong: a check that always holds is no check. */
static void check_dates(struct reading *reading, const struct node *asked)
{
    const struct plan *plan = reading->compiling->plan;
    const char *event_type = reading->spec.fields[0];
    const int32_t from = zone_day(plan->system->zone, reading->spec.from_us);
    const int32_t to = zone_day(plan->system->zone, reading->spec.to_us);
    for (uint32_t i = 0; i < plan->slot_count; i++) {
        const struct slot *slot = &plan->slots[i];
        if (text_equal(interned_string(&plan->event_types, slot->event_type), event_type) && slot->day >= from &&
            slot->day <= to) {
            return;
        }
    }
    diag_error(reading->compiling->resolver.diags, asked->mark, DIAG_BAD_VALUE,
               "the calendar has no slot of event type %s on the dates asked for, so the answer could never be wrong; "
               "ask for a day that it has, or add that day",
               event_type == NULL ? "none" : event_type);
    reading->fine = false;
}

static void read_question(struct reading *reading, const struct routine *routine)
{
    const struct resolver *resolver = &reading->compiling->resolver;
    struct actor_spec *spec = &reading->spec;
    const struct node *window = node_get(reading->node, "window");
    const struct node *days = node_get(reading->node, "days");
    const struct node *wishes = node_get(reading->node, "wishes");
    static const char *const of_writers[] = {"slot", "booking", "appointment", "passes", NULL};
    refuse(reading, of_writers, "what changes bookings", "only reads");
    if (routine->wishes) {
        static const char *const of_others[] = {"window", "days", NULL};
        refuse(reading, of_others, "readers of one window", "asks around a wished time");
        if (wishes == NULL) {
            complain(reading, reading->key, DIAG_MISSING_KEY,
                     "this reader asks around a wished time: say which, as in wishes: 2025-10-13T10:00");
        } else {
            reading->fine = resolve_node(resolver, wishes, &spec->wish_us) && reading->fine;
        }
        return;
    }
    static const char *const of_wishers[] = {"wishes", NULL};
    refuse(reading, of_wishers, "readers that ask around a wished time", "asks for one window");
    if ((window == NULL) == (days == NULL)) {
        complain(reading, reading->key, window == NULL ? DIAG_MISSING_KEY : DIAG_CONFLICT,
                 window == NULL ? "this reader needs to know what to ask for: say window: 2025-10-13T10:00..12:00, or "
                                  "days: 2025-10-13"
                                : "'window' and 'days' both say what this reader asks for; keep one of them");
    } else if (window != NULL) {
        if (strstr(window->text, "..") == NULL) {
            complain(reading, window, DIAG_BAD_VALUE,
                     "a window has two ends, as in 2025-10-13T10:00..12:00; for a whole day say days: 2025-10-13");
            return;
        }
        reading->fine = resolve_range(resolver, window, &spec->from_us, &spec->to_us) && reading->fine;
    } else {
        reading->fine = resolve_days(resolver, days, &spec->from_us, &spec->to_us) && reading->fine;
    }
    if (reading->fine) {
        check_dates(reading, window != NULL ? window : days);
    }
}

static void report_unknown_booking(struct reading *reading, const struct node *node, const char *const *names,
                                   size_t count)
{
    struct resolver *resolver = &reading->compiling->resolver;
    reading->fine = false;
    if (node_key(node_get(reading->compiling->root, "actors"), node->text) == NULL) {
        diag_unknown(resolver->diags, node->mark, DIAG_UNKNOWN_NAME, "booking", node->text, names, count);
    } else if (plan_actor(reading->compiling->plan, node->text) != MODEL_NONE) {
        diag_error(resolver->diags, node->mark, DIAG_UNKNOWN_NAME, "'%s' makes no booking", node->text);
    } else {
        diag_error(resolver->diags, node->mark, DIAG_UNKNOWN_NAME,
                   "'%s' is not there yet: put the actor that makes the booking before '%s'", node->text,
                   reading->key->text);
    }
}

/* Where is the booking that an actor moves or cancels? One that exists at the start, or one that an earlier actor of
 * the file makes. */
static void read_booking(struct reading *reading, bool needed)
{
    const struct plan *plan = reading->compiling->plan;
    struct actor_spec *spec = &reading->spec;
    const struct node *node = node_get(reading->node, "booking");
    if (!needed) {
        if (node != NULL) {
            complain(reading, node_key(reading->node, "booking"), DIAG_CONFLICT,
                     arena_printf(reading->compiling->resolver.arena,
                                  "'booking' is for moving or cancelling one, and '%s' makes its own; remove 'booking'",
                                  node_get(reading->node, "does")->text));
        }
        return;
    }
    if (node == NULL) {
        complain(
            reading, reading->key, DIAG_MISSING_KEY,
            arena_printf(reading->compiling->resolver.arena,
                         "'%s' moves or cancels a booking: say which with 'booking': one of 'appointments', or the "
                         "actor that makes it",
                         node_get(reading->node, "does")->text));
        return;
    }
    const char **names =
        ARENA_ARRAY(reading->compiling->resolver.arena, const char *, plan->bookings.count + plan->actors.count + 1);
    size_t count = 0;
    spec->booking = node->text;
    for (size_t i = 0; i < plan->bookings.count; i++) {
        names[count++] = plan->bookings.items[i];
        if (strcmp(plan->bookings.items[i], node->text) == 0) {
            spec->old_slot = plan->booking_slots.items[i];
        }
    }
    for (size_t i = 0; i < plan->actors.count; i++) {
        const struct actor *actor = &plan->actors.items[i];
        if (actor->parent == MODEL_NONE && actor->slot != MODEL_NONE) {
            names[count++] = actor->name;
            if (strcmp(actor->name, node->text) == 0) {
                spec->old_slot = actor->slot;
            }
        }
    }
    if (spec->old_slot == MODEL_NONE) {
        report_unknown_booking(reading, node, names, count);
    }
}

static void read_writer(struct reading *reading, uint32_t routine_number)
{
    struct actor_spec *spec = &reading->spec;
    const struct system *system = reading->compiling->resolver.system;
    const struct needs needs = needs_of(system, routine_number);
    static const char *const of_readers[] = {"window", "days", "wishes", "every", "times", "then", NULL};
    refuse(reading, of_readers, "readers", "is none");
    const struct node *slot = node_get(reading->node, "slot");
    if (needs.slot && slot == NULL) {
        complain(reading, reading->key, DIAG_MISSING_KEY,
                 arena_printf(reading->compiling->resolver.arena,
                              "'%s' needs a slot to book or to move to: say which, as in slot: 2025-10-13T08:00",
                              node_get(reading->node, "does")->text));
    } else if (needs.slot) {
        spec->slot = resolve_slot(&reading->compiling->resolver, reading->compiling->plan, spec->fields[0], slot);
        reading->fine = reading->fine && spec->slot != MODEL_NONE;
    } else if (slot != NULL) {
        complain(reading, node_key(reading->node, "slot"), DIAG_CONFLICT,
                 arena_printf(reading->compiling->resolver.arena, "'%s' books no slot; remove 'slot'",
                              node_get(reading->node, "does")->text));
    }
    read_booking(reading, needs.booking);
    if (!needs.slot) {
        spec->slot = spec->old_slot;
    }
    const struct node *passes = node_get(reading->node, "passes");
    if (passes != NULL) {
        spec->passes_given = true;
        spec->passes = ARENA_ARRAY(reading->compiling->resolver.arena, const char *, passes->count + 1);
        for (size_t i = 0; i < passes->count; i++) {
            spec->passes[spec->pass_count++] = passes->items[i]->text;
        }
    }
}

static void read_repetition(struct reading *reading)
{
    const struct node *every = node_get(reading->node, "every");
    const struct node *times = node_get(reading->node, "times");
    if ((every == NULL) != (times == NULL)) {
        complain(reading, every != NULL ? every : times, DIAG_MISSING_KEY,
                 "'every' and 'times' go together, as in every: 10s, times: 100");
    } else if (every != NULL) {
        int64_t count = 0;
        check(scalar_duration(every->text, &reading->spec.every_us) == NULL);
        check(scalar_integer(times->text, &count) == NULL);
        reading->spec.repeat_count = (uint32_t)count;
        if (node_key(reading->node, "then") != NULL) {
            complain(reading, node_key(reading->node, "then"), DIAG_CONFLICT,
                     "a reader that asks again and again does not book; remove 'then' or 'every'");
        }
        if (reading->spec.every_us > (INSTANT_MAX_US - reading->spec.at_high_us) / count) {
            complain(reading, every, DIAG_BAD_TIME, "this goes on beyond the year 2200; ask less often");
        }
    }
}

static void read_then(struct reading *reading)
{
    const struct node *then = node_get(reading->node, "then");
    if (then == NULL) {
        return;
    }
    struct actor_spec *spec = &reading->spec;
    spec->then_routine = find_routine(reading, node_get(then, "does"), true);
    spec->slot =
        resolve_slot(&reading->compiling->resolver, reading->compiling->plan, spec->fields[0], node_get(then, "slot"));
    reading->fine = reading->fine && spec->slot != MODEL_NONE;
    if (node_get(then, "after") != NULL) {
        spec->then_after = latency_read(node_get(then, "after"));
    }
}

static void check_name(struct reading *reading)
{
    const char *name = reading->key->text;
    for (size_t i = 0; i < format_expectation.field_count; i++) {
        if (strcmp(format_expectation.fields[i].name, name) == 0) {
            complain(reading, reading->key, DIAG_CONFLICT,
                     arena_printf(reading->compiling->resolver.arena,
                                  "'%s' is the name of an expectation: nobody could tell them apart under 'expect'; "
                                  "call the actor something else",
                                  name));
        }
    }
    if (strchr(name, '.') != NULL || strchr(name, '#') != NULL) {
        complain(reading, reading->key, DIAG_BAD_VALUE,
                 "an actor's name has no '.' or '#', because names of steps have them; use '-'");
    }
    const struct plan *plan = reading->compiling->plan;
    for (size_t i = 0; i < plan->bookings.count; i++) {
        if (strcmp(plan->bookings.items[i], name) == 0) {
            complain(reading, reading->key, DIAG_CONFLICT,
                     arena_printf(reading->compiling->resolver.arena,
                                  "an appointment is called '%s', too; call the actor something else", name));
        }
    }
}

static void read_actor(struct compiling *compiling, const struct node *key, const struct node *node)
{
    const struct system *system = compiling->resolver.system;
    struct reading reading = {.compiling = compiling, .key = key, .node = node, .fine = true};
    struct latency *latencies = ARENA_ARRAY(compiling->resolver.arena, struct latency, LATENCY_CLASS_COUNT);
    memcpy(latencies, system->latencies, sizeof system->latencies);
    latencies_read(node_get(compiling->root, "latency"), latencies);
    latencies_read(node_get(node, "latency"), latencies);
    const int64_t clock_us = compiling->resolver.clock_us;
    reading.spec = (struct actor_spec){.name = key->text,
                                       .slot = MODEL_NONE,
                                       .old_slot = MODEL_NONE,
                                       .then_routine = MODEL_NONE,
                                       .at_us = clock_us,
                                       .at_given = node_get(node, "at") != NULL,
                                       .at_high_us = clock_us,
                                       .latencies = latencies,
                                       .appointment_id = 1001 + (int64_t)compiling->plan->actors.count};
    check_name(&reading);
    reading.spec.fields = fields_read(compiling, node);
    reading.spec.routine = find_routine(&reading, node_get(node, "does"), false);
    if (reading.spec.fields == NULL || !reading.fine) {
        return;
    }
    const struct node *at = node_get(node, "at");
    if (at != NULL && !resolve_range(&compiling->resolver, at, &reading.spec.at_us, &reading.spec.at_high_us)) {
        return;
    }
    if (at != NULL && reading.spec.at_us < clock_us) {
        struct text clock = {0};
        zone_format(system->zone, clock_us, false, &clock);
        complain(&reading, at, DIAG_BAD_TIME,
                 arena_printf(compiling->resolver.arena,
                              "'%s' is before the scenario's clock (%.19s); the clock must be the start of the story",
                              at->text, text_string(&clock)));
        text_free(&clock);
    }
    const struct node *appointment = node_get(node, "appointment");
    if (appointment != NULL) {
        check(scalar_integer(appointment->text, &reading.spec.appointment_id) == NULL);
    }
    const struct routine *routine = &system->routines[reading.spec.routine];
    if (routine->kind == ROUTINE_READER) {
        read_question(&reading, routine);
        read_repetition(&reading);
        read_then(&reading);
    } else {
        read_writer(&reading, reading.spec.routine);
    }
    if (reading.fine) {
        (void)plan_add_actor(compiling->plan, &reading.spec);
    }
}

/* What all actors come to so far. Files stay small; what they ask for need not. */
struct sizes {
    size_t actors, steps, forgets, keys;
};

/* False after a message: there is no room for one more actor. Each has at most a few thousand steps by itself. */
static bool sizes_fit(struct compiling *compiling, struct sizes *sizes, const struct node *key)
{
    const struct plan *plan = compiling->plan;
    for (; sizes->actors < plan->actors.count; sizes->actors++) {
        sizes->steps += plan->actors.items[sizes->actors].program.count;
    }
    for (; sizes->forgets < plan->forgets.count; sizes->forgets++) {
        sizes->keys += plan->forgets.items[sizes->forgets].variant_count;
    }
    const char *problem = NULL;
    if (sizes->actors >= ACTORS_MAX) {
        problem = "actors (webhooks count, too)";
    } else if (sizes->steps > STEPS_MAX) {
        problem = "steps";
    } else if (sizes->keys > VARIANTS_MAX) {
        problem = "keys to delete";
    }
    if (problem != NULL) {
        diag_error(compiling->resolver.diags, key->mark, DIAG_TOO_LARGE, "the actors before this one have too many %s",
                   problem);
    }
    return problem == NULL;
}

void actors_read(struct compiling *compiling)
{
    const struct node *actors = node_get(compiling->root, "actors");
    const size_t before = compiling->resolver.diags->count;
    struct sizes sizes = {0};
    for (size_t i = 0; i < actors->count && sizes_fit(compiling, &sizes, actors->keys[i]); i++) {
        read_actor(compiling, actors->keys[i], actors->items[i]);
    }
    if (compiling->resolver.diags->count > before) {
        return; /* Holds would be told of actors that are there, but could not be read. */
    }
    for (size_t i = 0; i < actors->count; i++) {
        const uint32_t actor = plan_actor(compiling->plan, actors->keys[i]->text);
        check(actor != MODEL_NONE);
        holds_read(compiling, actor, actors->items[i]);
        pins_read(compiling, actor, actors->items[i]);
    }
}
