#include "scenario/load_scenario.h"

#include "base/check.h"
#include "scenario/format.h"
#include "scenario/load_system.h"

#include "embedded_sql.h"

#include <string.h>

enum { SLOTS_MAX = 200000, SYSTEMS_MAX = 64, HOSTS_MAX = 64, APPOINTMENTS_MAX = 1000 };

static int64_t number_of(const struct node *node, int64_t otherwise)
{
    int64_t number = otherwise;
    if (node != NULL) {
        check(scalar_integer(node->text, &number) == NULL);
    }
    return number;
}

/* The clock comes first: everything else may be said relative to it. */
static bool read_clock(struct compiling *compiling)
{
    const struct node *node = node_get(compiling->root, "clock");
    struct moment moment;
    check(scalar_moment(node->text, &moment) == NULL);
    if (moment.kind != MOMENT_LOCAL && moment.kind != MOMENT_FIXED) {
        diag_error(compiling->resolver.diags, node->mark, DIAG_BAD_TIME,
                   "the clock needs a date and a time, as in 2025-10-11T18:36:00+02:00");
        return false;
    }
    return resolve_moment(&compiling->resolver, &moment, node->mark, &compiling->resolver.clock_us);
}

struct calendar {
    struct calendar_slot *items;
    size_t count, capacity;
};

static const char *host_name(struct compiling *compiling, const struct node *entry, const struct node *hosts, size_t i)
{
    return hosts != NULL && hosts->kind == NODE_SEQUENCE
               ? hosts->items[i]->text
               : arena_printf(compiling->resolver.arena, "%s-host-%zu", node_get(entry, "event_type")->text, i + 1);
}

/* Slots follow each other in elapsed time: on the days when the clocks change there are fewer or more of them. */
static void read_calendar_day(struct compiling *compiling, const struct node *entry, int32_t day,
                              struct calendar *calendar)
{
    const struct zone *zone = compiling->resolver.system->zone;
    struct daily_grid grid;
    check(scalar_daily_grid(node_get(entry, "slots")->text, &grid) == NULL);
    struct civil from = civil_from_day(day);
    from.hour = grid.window.from_minute / 60;
    from.minute = grid.window.from_minute % 60;
    struct civil to = civil_from_day(day + grid.window.to_minute / (24 * 60));
    to.hour = grid.window.to_minute / 60 % 24;
    to.minute = grid.window.to_minute % 60;
    int64_t from_us = 0;
    int64_t to_us = 0;
    int64_t other_us = 0;
    (void)zone_instant(zone, &from, &from_us, &other_us);
    (void)zone_instant(zone, &to, &other_us, &to_us);
    int64_t length_us = (int64_t)grid.every_minutes * US_PER_MINUTE;
    const int64_t every_us = length_us;
    if (node_get(entry, "length") != NULL) {
        check(scalar_duration(node_get(entry, "length")->text, &length_us) == NULL);
    }
    const struct node *hosts = node_get(entry, "hosts");
    const size_t host_count = hosts == NULL                  ? 1
                              : hosts->kind == NODE_SEQUENCE ? hosts->count
                                                             : (size_t)number_of(hosts, 1);
    for (int64_t at_us = from_us; at_us + length_us <= to_us; at_us += every_us) {
        for (size_t i = 0; i < host_count && calendar->count < SLOTS_MAX; i++) {
            ARENA_PUSH(compiling->resolver.arena, calendar) =
                (struct calendar_slot){.event_type = node_get(entry, "event_type")->text,
                                       .host = host_name(compiling, entry, hosts, i),
                                       .starts_us = at_us,
                                       .ends_us = at_us + length_us};
        }
    }
}

static void check_hosts(struct compiling *compiling, const struct node *hosts)
{
    for (size_t i = 0; hosts != NULL && hosts->kind == NODE_SEQUENCE && i < hosts->count; i++) {
        for (size_t j = 0; j < i && hosts->count <= HOSTS_MAX; j++) {
            if (strcmp(hosts->items[i]->text, hosts->items[j]->text) == 0) {
                diag_error(compiling->resolver.diags, hosts->items[i]->mark, DIAG_DUPLICATE_KEY,
                           "host '%s' is listed twice; a host takes one booking at a time", hosts->items[i]->text);
                break;
            }
        }
    }
    if (hosts != NULL && hosts->kind == NODE_SEQUENCE && hosts->count > HOSTS_MAX) {
        diag_error(compiling->resolver.diags, hosts->items[HOSTS_MAX]->mark, DIAG_TOO_LARGE,
                   "a calendar entry has at most %d hosts, and this is one more", HOSTS_MAX);
    }
}

static struct calendar read_calendar(struct compiling *compiling)
{
    struct calendar calendar = {0};
    const struct node *entries = node_get(compiling->root, "calendar");
    for (size_t i = 0; i < entries->count; i++) {
        const struct node *entry = entries->items[i];
        const size_t before = calendar.count;
        int32_t from = 0;
        int32_t to = 0;
        check_hosts(compiling, node_get(entry, "hosts"));
        check(scalar_date_range(node_get(entry, "day")->text, &from, &to) == NULL);
        for (int32_t day = from; day <= to; day++) {
            read_calendar_day(compiling, entry, day, &calendar);
        }
        if (calendar.count == before && calendar.count < SLOTS_MAX) {
            diag_error(compiling->resolver.diags, entry->mark, DIAG_BAD_VALUE,
                       "this calendar entry has no slot: none would end within '%s'; give it more time or a shorter "
                       "length",
                       node_get(entry, "slots")->text);
        }
        if (calendar.count >= SLOTS_MAX) {
            diag_error(compiling->resolver.diags, entry->mark, DIAG_TOO_LARGE,
                       "the calendar has more than %d slots (counted once for each host); take fewer days or hosts",
                       SLOTS_MAX);
            break;
        }
    }
    return calendar;
}

/* Slots of one event type at the same start must be equally long, whoever hosts them. */
static void check_lengths(struct compiling *compiling, const struct calendar *calendar)
{
    for (size_t i = 0; i < calendar->count; i++) {
        const struct calendar_slot *slot = &calendar->items[i];
        const uint32_t known = plan_slot(compiling->plan, slot->event_type, slot->starts_us);
        check(known != MODEL_NONE);
        if (compiling->plan->slots[known].ends_us != slot->ends_us) {
            struct text when = {0};
            zone_format(compiling->plan->system->zone, slot->starts_us, false, &when);
            diag_error(compiling->resolver.diags, node_key(compiling->root, "calendar")->mark, DIAG_CONFLICT,
                       "two calendar entries of event type %s give the slot at %.16s two lengths", slot->event_type,
                       text_string(&when));
            text_free(&when);
            return;
        }
    }
}

/* Which event type does a mapping mean? Its own, or the only one that the calendar has. */
static const char *read_event_type(struct compiling *compiling, const struct node *node)
{
    bool said = false;
    const char *own = resolve_field(node, "event_type", &said);
    if (said) {
        return own;
    }
    const struct node *entries = node_get(compiling->root, "calendar");
    const char *only = node_get(entries->items[0], "event_type")->text;
    for (size_t i = 1; i < entries->count; i++) {
        const struct node *other = node_get(entries->items[i], "event_type");
        if (strcmp(other->text, only) != 0) {
            diag_error(compiling->resolver.diags, node->mark, DIAG_MISSING_KEY,
                       "the calendar has several event types (%s, %s, ...): say which one, as in event_type: %s", only,
                       other->text, only);
            return NULL;
        }
    }
    return only;
}

const char *const *fields_read(struct compiling *compiling, const struct node *node)
{
    const struct system *system = compiling->resolver.system;
    const size_t before = compiling->resolver.diags->count;
    const char *event_type = read_event_type(compiling, node);
    if (compiling->resolver.diags->count > before) {
        return NULL;
    }
    const char **fields = ARENA_ARRAY(compiling->resolver.arena, const char *, system->field_count);
    fields[0] = event_type;
    const struct node *entries = node_get(compiling->root, "calendar");
    const struct node *entry = NULL;
    for (size_t i = 0; i < entries->count && entry == NULL; i++) {
        if (text_equal(node_get(entries->items[i], "event_type")->text, event_type)) {
            entry = entries->items[i];
        }
    }
    for (uint32_t i = 1; i < system->field_count; i++) {
        bool said = false;
        fields[i] = resolve_field(node, system->fields[i], &said);
        if (!said && entry != NULL) {
            fields[i] = resolve_field(entry, system->fields[i], &said);
        }
    }
    return fields;
}

static void read_appointments(struct compiling *compiling)
{
    const struct node *appointments = node_get(compiling->root, "appointments");
    if (appointments != NULL && appointments->count > APPOINTMENTS_MAX) {
        diag_error(compiling->resolver.diags, appointments->keys[APPOINTMENTS_MAX]->mark, DIAG_TOO_LARGE,
                   "a scenario has at most %d appointments, and this is one more", APPOINTMENTS_MAX);
        return;
    }
    for (size_t i = 0; appointments != NULL && i < appointments->count; i++) {
        const struct node *node = appointments->items[i];
        const char *const *fields = fields_read(compiling, node);
        if (fields == NULL) {
            continue;
        }
        struct booking_spec booking = {
            .name = appointments->keys[i]->text,
            .fields = fields,
            .slot = resolve_slot(&compiling->resolver, compiling->plan, fields[0], node_get(node, "slot")),
            .host = node_get(node, "host") == NULL ? NULL : node_get(node, "host")->text,
            .appointment_id = number_of(node_get(node, "appointment"), (int64_t)i + 1),
        };
        if (node_get(node, "upstream_only") != NULL) {
            check(scalar_boolean(node_get(node, "upstream_only")->text, &booking.upstream_only) == NULL);
        }
        if (booking.slot != MODEL_NONE && !plan_add_booking(compiling->plan, &booking)) {
            diag_error(compiling->resolver.diags, appointments->keys[i]->mark, DIAG_CONFLICT,
                       booking.host == NULL ? "appointment '%s' does not fit: every host of that slot is taken%s"
                                            : "appointment '%s' does not fit: host '%s' does not have that slot, or is "
                                              "taken",
                       booking.name, booking.host == NULL ? "" : booking.host);
        }
    }
}

static enum oracle_strength read_oracle(const struct node *root)
{
    const struct node *node = node_get(root, "oracle");
    if (node == NULL || strcmp(node->text, "acknowledged") == 0) {
        return ORACLE_ACKNOWLEDGED;
    }
    return strcmp(node->text, "committed") == 0 ? ORACLE_COMMITTED : ORACLE_UPSTREAM;
}

static void check_deadlock(const struct compiling *compiling)
{
    uint32_t first = 0;
    uint32_t second = 0;
    uint32_t hold = 0;
    if (!plan_deadlock(compiling->plan, &first, &second, &hold)) {
        return;
    }
    const char *a = compiling->plan->actors.items[first].name;
    const char *b = compiling->plan->actors.items[second].name;
    if (first == second) {
        diag_error(compiling->resolver.diags, compiling->marks.items[hold], DIAG_DEADLOCK,
                   "deadlock: '%s' waits for itself: what it waits for comes only after the step that it holds; wait "
                   "for another actor",
                   a);
    } else {
        diag_error(compiling->resolver.diags, compiling->marks.items[hold], DIAG_DEADLOCK,
                   "deadlock: '%s' and '%s' wait for each other (directly or through others), so neither can go on; "
                   "remove one of the holds",
                   a, b);
    }
}

/* Misspelt keys all at once, whatever else is wrong: beside free fields no schema can see them. */
static void check_fields(const struct compiling *compiling)
{
    const struct node *calendar = node_get(compiling->root, "calendar");
    const struct node *appointments = node_get(compiling->root, "appointments");
    const struct node *actors = node_get(compiling->root, "actors");
    for (size_t i = 0; i < calendar->count; i++) {
        resolve_fields(&compiling->resolver, calendar->items[i], &format_calendar_entry);
    }
    for (size_t i = 0; appointments != NULL && i < appointments->count; i++) {
        resolve_fields(&compiling->resolver, appointments->items[i], &format_appointment);
    }
    for (size_t i = 0; i < actors->count; i++) {
        resolve_fields(&compiling->resolver, actors->items[i], &format_actor);
    }
}

static void compile_case(struct loader *loader, const struct node *root, const struct system *system,
                         struct scenario *scenario, struct scenario_case *out)
{
    struct compiling compiling = {.resolver = {.arena = loader->arena, .diags = loader->diags, .system = system},
                                  .root = root};
    if (!read_clock(&compiling)) {
        return;
    }
    const size_t before = loader->diags->count;
    check_fields(&compiling);
    const struct calendar calendar = read_calendar(&compiling);
    if (loader->diags->count > before) {
        return;
    }
    out->store = store_open(embedded_schema_sql, embedded_operations_sql);
    compiling.plan =
        plan_new(loader->arena, system, out->store, compiling.resolver.clock_us, calendar.items, calendar.count);
    compiling.plan->oracle = read_oracle(root);
    compiling.plan->title = arena_printf(loader->arena, "scenario '%s' on system '%s'", scenario->name, system->name);
    check_lengths(&compiling, &calendar);
    read_appointments(&compiling);
    if (loader->diags->count > before) {
        return;
    }
    actors_read(&compiling);
    if (loader->diags->count > before) {
        return;
    }
    check_deadlock(&compiling);
    const struct node *expect = node_get(node_get(root, "expect"), out->alias);
    expectations_read(loader->arena, loader->diags, compiling.plan, expect, &out->expectations);
    out->marks = compiling.marks.items;
    out->plan = loader->diags->count == before ? compiling.plan : NULL;
}

/* Every system needs an expectation, every expectation a system. */
static void check_aliases(struct diags *diags, const struct node *root)
{
    const struct node *systems = node_get(root, "systems");
    const struct node *expect = node_get(root, "expect");
    for (size_t i = 0; i < systems->count; i++) {
        if (node_get(expect, systems->keys[i]->text) == NULL) {
            diag_error(diags, systems->keys[i]->mark, DIAG_MISSING_KEY,
                       "nothing is expected of '%s': add it under 'expect', or a green run would say nothing",
                       systems->keys[i]->text);
        }
    }
    const char **names = ARENA_ARRAY(diags->arena, const char *, systems->count);
    for (size_t i = 0; i < systems->count; i++) {
        names[i] = systems->keys[i]->text;
    }
    for (size_t i = 0; i < expect->count; i++) {
        const struct node *expectation = expect->items[i];
        if (node_get(systems, expect->keys[i]->text) == NULL) {
            diag_unknown(diags, expect->keys[i]->mark, DIAG_UNKNOWN_NAME, "system", expect->keys[i]->text, names,
                         systems->count);
        } else if (expectation->count == 0) {
            diag_error(diags, expect->keys[i]->mark, DIAG_MISSING_KEY,
                       "nothing is expected of '%s': say at least 'stale_reads'", expect->keys[i]->text);
        }
    }
}

/* By its alias, or by its name: as the scenario has it, or its own. */
static bool wanted(const char *filter, const struct node *systems, size_t i, const struct system *system)
{
    return filter == NULL || strcmp(filter, systems->keys[i]->text) == 0 ||
           strcmp(filter, systems->items[i]->text) == 0 || strcmp(filter, system->name) == 0;
}

struct scenario *scenario_load(struct loader *loader, const char *path, const char *alias_or_system)
{
    const struct source *source = source_read(loader->arena, path, (struct mark){0}, loader->diags);
    return source == NULL ? NULL : scenario_load_source(loader, source, alias_or_system);
}

struct scenario *scenario_load_source(struct loader *loader, const struct source *source, const char *alias_or_system)
{
    const size_t before = loader->diags->count;
    const char *path = source->path;
    const struct node *root = tree_read(loader->arena, source, loader->diags);
    if (root == NULL || !kind_check(loader->diags, root, "scenario")) {
        return NULL;
    }
    schema_check(root, &format_scenario, SCHEMA_WHOLE, loader->diags);
    if (loader->diags->count > before) {
        return NULL;
    }
    const struct node *systems = node_get(root, "systems");
    if (systems->count > SYSTEMS_MAX) {
        diag_error(loader->diags, systems->keys[SYSTEMS_MAX]->mark, DIAG_TOO_LARGE,
                   "a scenario has at most %d systems, and this is one more", SYSTEMS_MAX);
        return NULL;
    }
    check_aliases(loader->diags, root);
    struct scenario *scenario = ARENA_NEW(loader->arena, struct scenario);
    *scenario = (struct scenario){.path = path,
                                  .name = node_get(root, "scenario")->text,
                                  .title = node_get(root, "title")->text,
                                  .mark = node_get(root, "scenario")->mark,
                                  .cases = ARENA_ARRAY(loader->arena, struct scenario_case, systems->count)};
    for (size_t i = 0; i < systems->count; i++) {
        const struct node *name = systems->items[i];
        const struct system *system = system_load(loader, name->text, path, name->mark);
        if (system != NULL && wanted(alias_or_system, systems, i, system) &&
            node_get(node_get(root, "expect"), systems->keys[i]->text) != NULL) {
            struct scenario_case *out = &scenario->cases[scenario->case_count++];
            *out = (struct scenario_case){.alias = systems->keys[i]->text, .system_name = system->name};
            compile_case(loader, root, system, scenario, out);
        }
    }
    if (loader->diags->count > before) {
        scenario_close(scenario);
        return NULL;
    }
    return scenario;
}

void scenario_close(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->case_count; i++) {
        store_close(scenario->cases[i].store);
        scenario->cases[i].store = NULL;
    }
}
