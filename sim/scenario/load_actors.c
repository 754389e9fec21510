#include "scenario/load_scenario.h"

#include "base/check.h"
#include "scenario/format.h"
#include "scenario/load_system.h"

#include <string.h>

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

static uint32_t find_routine(struct reading *reading, const struct node *name, bool books)
{
    const struct system *system = reading->compiling->resolver.system;
    const char **names = ARENA_ARRAY(reading->compiling->resolver.arena, const char *, system->routine_count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < system->routine_count; i++) {
        const enum routine_kind kind = system->routines[i].kind;
        if (kind == ROUTINE_PROCEDURE || (books && kind == ROUTINE_READER)) {
            continue;
        }
        if (strcmp(system->routines[i].name, name->text) == 0) {
            return i;
        }
        names[count++] = system->routines[i].name;
    }
    diag_unknown(reading->compiling->resolver.diags, name->mark, DIAG_UNKNOWN_NAME,
                 arena_printf(reading->compiling->resolver.arena,
                              books ? "way to book in system %s" : "reader, entry point or customer action of system %s",
                              system->name),
                 name->text, names, count);
    reading->fine = false;
    return MODEL_NONE;
}

/* Keys that make no sense with what the actor does are refused: they would be silently ignored. */
static void refuse(struct reading *reading, const char *const *keys, const char *why)
{
    for (; *keys != NULL; keys++) {
        const struct node *key = node_key(reading->node, *keys);
        if (key != NULL) {
            complain(reading, key, DIAG_CONFLICT,
                     arena_printf(reading->compiling->resolver.arena, "'%s' does not go with %s", *keys, why));
        }
    }
}

static void read_question(struct reading *reading, const struct routine *routine)
{
    const struct resolver *resolver = &reading->compiling->resolver;
    struct actor_spec *spec = &reading->spec;
    const struct node *window = node_get(reading->node, "window");
    const struct node *days = node_get(reading->node, "days");
    const struct node *wishes = node_get(reading->node, "wishes");
    static const char *const of_writers[] = {"slot", "booking", "appointment", "passes", NULL};
    refuse(reading, of_writers, "a reader");
    if (routine->wishes) {
        static const char *const of_others[] = {"window", "days", NULL};
        refuse(reading, of_others, "a reader that asks around a wished time");
        if (wishes == NULL) {
            complain(reading, reading->key, DIAG_MISSING_KEY, "this reader asks around a time: say which with wishes");
        } else {
            reading->fine = resolve_node(resolver, wishes, &spec->wish_us) && reading->fine;
        }
        return;
    }
    static const char *const of_wishers[] = {"wishes", NULL};
    refuse(reading, of_wishers, "a reader that asks for one window");
    if ((window == NULL) == (days == NULL)) {
        complain(reading, reading->key, DIAG_MISSING_KEY,
                 "a reader asks for a window (2025-10-13T10:00..12:00) or for days (2025-10-13): say one of the two");
    } else if (window != NULL) {
        if (strstr(window->text, "..") == NULL) {
            complain(reading, window, DIAG_BAD_VALUE, "a window has two ends, as in 2025-10-13T10:00..12:00");
            return;
        }
        reading->fine = resolve_range(resolver, window, &spec->from_us, &spec->to_us) && reading->fine;
    } else {
        reading->fine = resolve_days(resolver, days, &spec->from_us, &spec->to_us) && reading->fine;
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
                     "it makes a booking of its own: 'booking' is for moving or cancelling one");
        }
        return;
    }
    if (node == NULL) {
        complain(reading, reading->key, DIAG_MISSING_KEY,
                 "say which booking it moves or cancels: booking: one of `appointments`, or the actor that makes it");
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
        diag_unknown(reading->compiling->resolver.diags, node->mark, DIAG_UNKNOWN_NAME, "booking", node->text, names,
                     count);
        reading->fine = false;
    }
}

static void read_writer(struct reading *reading, uint32_t routine_number)
{
    struct actor_spec *spec = &reading->spec;
    const struct system *system = reading->compiling->resolver.system;
    const struct needs needs = needs_of(system, routine_number);
    static const char *const of_readers[] = {"window", "days", "wishes", "every", "times", "then", NULL};
    refuse(reading, of_readers, "something that is not a reader");
    if (needs.message) {
        complain(reading, node_get(reading->node, "does"), DIAG_CONFLICT,
                 arena_printf(reading->compiling->resolver.arena,
                              "'%s' handles a webhook; let a customer action send it one",
                              system->routines[routine_number].name));
        return;
    }
    const struct node *slot = node_get(reading->node, "slot");
    if (needs.slot && slot == NULL) {
        complain(reading, reading->key, DIAG_MISSING_KEY, "say which slot it books or moves to: slot: 2025-10-13T08:00");
    } else if (needs.slot) {
        spec->slot = slot_read(reading->compiling, spec->fields[0], slot);
        reading->fine = reading->fine && spec->slot != MODEL_NONE;
    } else if (slot != NULL) {
        complain(reading, node_key(reading->node, "slot"), DIAG_CONFLICT, "it books no slot: remove 'slot'");
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
                 "every and times go together: every: 10s, times: 100");
    } else if (every != NULL) {
        int64_t count = 0;
        check(scalar_duration(every->text, &reading->spec.every_us) == NULL);
        check(scalar_integer(times->text, &count) == NULL);
        reading->spec.repeat_count = (uint32_t)count;
        if (node_key(reading->node, "then") != NULL) {
            complain(reading, node_key(reading->node, "then"), DIAG_CONFLICT,
                     "a reader that asks again and again does not book: remove 'then' or 'every'");
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
    if (spec->then_routine != MODEL_NONE) {
        const struct needs needs = needs_of(reading->compiling->resolver.system, spec->then_routine);
        if (!needs.slot || needs.booking || needs.message) {
            complain(reading, node_get(then, "does"), DIAG_CONFLICT, "this does not make a new booking");
        }
    }
    spec->slot = slot_read(reading->compiling, spec->fields[0], node_get(then, "slot"));
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
                     "an actor cannot have the name of an expectation: nobody could tell them apart under expect");
        }
    }
    if (strchr(name, '.') != NULL || strchr(name, '#') != NULL) {
        complain(reading, reading->key, DIAG_BAD_VALUE, "an actor's name has no '.' or '#': these make names of steps");
    }
    const struct plan *plan = reading->compiling->plan;
    for (size_t i = 0; i < plan->bookings.count; i++) {
        if (strcmp(plan->bookings.items[i], name) == 0) {
            complain(reading, reading->key, DIAG_CONFLICT, "an appointment has this name already");
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
                                       .at_high_us = clock_us,
                                       .latencies = latencies,
                                       .appointment_id = 1001 + (int64_t)compiling->plan->actors.count};
    resolve_fields(&compiling->resolver, node, &format_actor);
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
    if (reading.spec.at_us < clock_us) {
        complain(&reading, at, DIAG_BAD_TIME, "this is before the scenario's clock");
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

/* "widget-b.create" is a step of an actor, "widget-b.webhook" an actor: the longest actor's name that fits. */
static bool find_point(struct compiling *compiling, const struct node *node, uint32_t *actor, uint32_t *step)
{
    const struct plan *plan = compiling->plan;
    size_t longest = 0;
    *actor = MODEL_NONE;
    *step = MODEL_NONE;
    for (uint32_t i = 0; i < plan->actors.count; i++) {
        const char *name = plan->actors.items[i].name;
        const size_t length = strlen(name);
        if (length > longest && strncmp(node->text, name, length) == 0 &&
            (node->text[length] == '\0' || node->text[length] == '.')) {
            longest = length;
            *actor = i;
        }
    }
    if (*actor == MODEL_NONE) {
        const char **names = ARENA_ARRAY(compiling->resolver.arena, const char *, plan->actors.count);
        for (uint32_t i = 0; i < plan->actors.count; i++) {
            names[i] = plan->actors.items[i].name;
        }
        const char *dot = strchr(node->text, '.');
        const size_t length = dot == NULL ? strlen(node->text) : (size_t)(dot - node->text);
        diag_unknown(compiling->resolver.diags, node->mark, DIAG_UNKNOWN_NAME, "actor",
                     arena_copy_text(compiling->resolver.arena, node->text, length), names, plan->actors.count);
        return false;
    }
    if (node->text[longest] == '\0') {
        return true;
    }
    *step = plan_step(plan, *actor, node->text + longest + 1);
    return *step != MODEL_NONE;
}

static void unknown_step(struct compiling *compiling, const struct node *node, uint32_t actor, const char *name)
{
    const struct program *program = &compiling->plan->actors.items[actor].program;
    const char **names = ARENA_ARRAY(compiling->resolver.arena, const char *, program->count + 1);
    for (uint32_t i = 0; i < program->count; i++) {
        names[i] = program->steps[i].name;
    }
    diag_unknown(compiling->resolver.diags, node->mark, DIAG_UNKNOWN_NAME,
                 arena_printf(compiling->resolver.arena, "step of '%s'", compiling->plan->actors.items[actor].name),
                 name, names, program->count);
}

static void read_hold(struct compiling *compiling, uint32_t actor, const struct node *node)
{
    const struct node *before = node_get(node, "before");
    const struct node *until = node_get(node, "until");
    struct plan *plan = compiling->plan;
    const uint32_t step = plan_step(plan, actor, before->text);
    uint32_t other = MODEL_NONE;
    uint32_t other_step = MODEL_NONE;
    if (step == MODEL_NONE) {
        unknown_step(compiling, before, actor, before->text);
        return;
    }
    if (!find_point(compiling, until, &other, &other_step)) {
        if (other != MODEL_NONE) {
            unknown_step(compiling, until, other, until->text + strlen(plan->actors.items[other].name) + 1);
        }
        return;
    }
    struct step *held = &plan->actors.items[actor].program.steps[step];
    if (held->hold_actor != MODEL_NONE) {
        diag_error(compiling->resolver.diags, before->mark, DIAG_CONFLICT, "'%s' is held twice; one hold a step",
                   before->text);
        return;
    }
    held->hold_actor = other;
    held->hold_step = other_step;
    held->hold_source = (uint32_t)compiling->marks.count;
    ARENA_PUSH(compiling->resolver.arena, &compiling->marks) = until->mark;
}

static void read_holds(struct compiling *compiling, uint32_t actor, const struct node *node)
{
    const struct node *hold = node_get(node, "hold");
    if (hold != NULL && hold->kind == NODE_MAPPING) {
        read_hold(compiling, actor, hold);
    }
    for (size_t i = 0; hold != NULL && hold->kind == NODE_SEQUENCE && i < hold->count; i++) {
        read_hold(compiling, actor, hold->items[i]);
    }
}

/* Pins name the actor's own steps, or with "webhook." those of the delivery that it sends. */
static void read_pins(struct compiling *compiling, uint32_t actor, const struct node *node)
{
    static const char delivery[] = "webhook.";
    const struct node *pins = node_get(node, "pin");
    struct plan *plan = compiling->plan;
    for (size_t i = 0; pins != NULL && i < pins->count; i++) {
        const char *name = pins->keys[i]->text;
        uint32_t whose = actor;
        if (strncmp(name, delivery, sizeof delivery - 1) == 0) {
            const uint32_t child = plan_actor(
                plan, arena_printf(compiling->resolver.arena, "%s.webhook", plan->actors.items[actor].name));
            if (child != MODEL_NONE) {
                whose = child;
                name += sizeof delivery - 1;
            }
        }
        const uint32_t step = plan_step(plan, whose, name);
        if (step == MODEL_NONE) {
            unknown_step(compiling, pins->keys[i], whose, name);
            continue;
        }
        struct step *pinned = &plan->actors.items[whose].program.steps[step];
        pinned->pin_source = (uint32_t)compiling->marks.count;
        ARENA_PUSH(compiling->resolver.arena, &compiling->marks) = pins->items[i]->mark;
        (void)resolve_node(&compiling->resolver, pins->items[i], &pinned->pin_us);
    }
}

void actors_read(struct compiling *compiling)
{
    const struct node *actors = node_get(compiling->root, "actors");
    const size_t before = compiling->resolver.diags->count;
    for (size_t i = 0; i < actors->count; i++) {
        read_actor(compiling, actors->keys[i], actors->items[i]);
    }
    if (compiling->resolver.diags->count > before) {
        return; /* Holds would be told of actors that are there, but could not be read. */
    }
    for (size_t i = 0; i < actors->count; i++) {
        const uint32_t actor = plan_actor(compiling->plan, actors->keys[i]->text);
        check(actor != MODEL_NONE);
        read_holds(compiling, actor, actors->items[i]);
        read_pins(compiling, actor, actors->items[i]);
    }
}
