#include "scenario/format_common.h"
#include "scenario/scalar.h"

#include <string.h>

static const char *check_read_window(const char *text)
{
    struct daily_window daily;
    struct span span;
    if (strchr(text, ':') != NULL) {
        return scalar_daily_window(text, &daily);
    }
    const char *problem = scalar_duration_span(text, &span);
    if (problem == NULL && (span.low == INT64_MIN || span.high == INT64_MAX)) {
        problem = "a window has two ends, as in -2h..0h (around the wished time) or 09:00..18:00";
    } else if (problem == NULL && (span.low % US_PER_MINUTE != 0 || span.high % US_PER_MINUTE != 0)) {
        problem = "a window begins and ends on whole minutes, as in -30min..30min";
    }
    return problem;
}

static const char *check_days(const char *text)
{
    struct span span;
    const char *problem = scalar_integer_span(text, &span);
    if (problem == NULL && (span.low < 0 || span.high > 366)) {
        problem = "days are counted from 0 to 366, as in 1 or 1..7";
    }
    return problem;
}

static const char *check_workdays(const char *text)
{
    struct span span;
    const char *problem = scalar_integer_span(text, &span);
    if (problem == NULL && (span.low < 1 || span.high > 366)) {
        problem = "workdays are counted from 1 (the next one) to 366, as in 1 or 1..7";
    }
    return problem;
}

static const char *check_ttl(const char *text)
{
    int64_t ttl_us = 0;
    const char *problem = scalar_duration(text, &ttl_us);
    if (problem == NULL && ttl_us <= 0) {
        problem = "a TTL is more than 0; a layer that must not cache is left out instead";
    } else if (problem == NULL && ttl_us % 1000 != 0) {
        problem = "a TTL has whole milliseconds, like the cache's own clock";
    }
    return problem;
}

static const char *check_forget_days(const char *text)
{
    int64_t days = 0;
    const char *problem = scalar_integer(text, &days);
    return problem == NULL && (days < 1 || days > 3660) ? "it is from 1 to 3660" : problem;
}

static const char *check_zone(const char *text)
{
    return text[0] == '\0' ? "it must not be empty" : NULL;
}

static const char *check_grid(const char *text)
{
    struct daily_grid grid;
    return scalar_daily_grid(text, &grid);
}

static const struct schema ttl = {.what = "a TTL", .scalar = check_ttl};
static const struct schema zone = {.what = "a time zone of the IANA database, as in Europe/Berlin",
                                   .scalar = check_zone};
static const char *const covers_words[] = {"dates", "week", NULL};
static const struct schema covers = {.what = "how far a layer's value reaches", .words = covers_words};
static const struct schema names = {
    .kind = SCHEMA_LIST, .what = "a list of names", .element = &format_name, .least = 0};

static const struct schema_field layer_fields[] = {
    {"title", &format_text, NEED_OPTIONAL, "What the code calls this layer."},
    {"key", &format_text, NEED_REQUIRED,
     "The template of its keys: {field}, {field:%d} (integer cast), {from:%Y-%m-%d-%H}, {to:...}, {week:...}."},
    {"ttl", &ttl, NEED_REQUIRED, "How long an entry lives."},
    {"ttl_empty", &ttl, NEED_OPTIONAL, "How long an answer without a free slot lives, if not as long."},
    {"source", &format_name, NEED_REQUIRED, "Where a miss is answered: another layer, or upstream."},
    {"covers", &covers, NEED_OPTIONAL,
     "What its value speaks of: the whole dates of the window asked for (default), or the week of its first date."},
};
static const struct schema layer = MAPPING("a layer", layer_fields);
static const struct schema layers = {.kind = SCHEMA_NAMED, .what = "layers", .element = &layer, .least = 0};

static const char *const until_words[] = {"free", NULL};
static const struct schema until = {.what = "when to stop asking", .words = until_words};
static const struct schema read_window = {.what = "a window", .scalar = check_read_window};
static const struct schema days = {.what = "a number of days", .scalar = check_days};
static const struct schema workdays = {.what = "a number of workdays", .scalar = check_workdays};
static const struct schema_field read_fields[] = {
    {"read", &format_name, NEED_REQUIRED, "The layer asked, or upstream."},
    {"window", &read_window, NEED_REQUIRED,
     "Around the wished time (-2h..0h, wall clock), or a time of day (09:00..18:00)."},
    {"days_later", &days, NEED_OPTIONAL, "On the day that many days after the wished one; a..b asks each in turn."},
    {"on_workday", &workdays, NEED_OPTIONAL,
     "On that workday (Monday to Friday) after the wished day; a..b asks each in turn."},
    {"until", &until, NEED_OPTIONAL, "free: once an answer has a free slot in its window, nothing more is asked."},
};
static const struct schema read_item = MAPPING("a question of a reader", read_fields);
static const struct schema reads = {
    .kind = SCHEMA_LIST, .what = "a list of questions", .element = &read_item, .least = 1};
static const struct schema_field reader_fields[] = {
    {"title", &format_text, NEED_OPTIONAL, "What the code calls it."},
    {"read", &format_name, NEED_ONE_OF, "Asks this layer (or upstream) once, for the window that the actor says."},
    {"reads", &reads, NEED_ONE_OF, "Asks several questions around a wished time."},
};
static const struct schema reader = MAPPING("a reader", reader_fields);
static const struct schema readers = {.kind = SCHEMA_NAMED, .what = "readers", .element = &reader, .least = 0};

static const char *const from_words[] = {"today", "slot", "old_slot", NULL};
static const struct schema from = {.what = "the first day to delete", .words = from_words};
static const struct schema forget_days = {.what = "a number of days", .scalar = check_forget_days};
static const struct schema grid = {.what = "a row of windows", .scalar = check_grid};
static const struct schema field_list = {
    .kind = SCHEMA_LIST, .what = "a list of field values", .element = &format_field_value, .least = 1};
static const struct schema *const field_alternatives[] = {&format_field_value, &field_list, NULL};
static const struct schema field_values = {
    .kind = SCHEMA_EITHER, .what = "a value or a list of values", .alternatives = field_alternatives};
static const struct schema forget_fields_map = {
    .kind = SCHEMA_NAMED, .what = "field values", .element = &field_values, .least = 1};
static const struct schema_field forget_fields[] = {
    {"layer", &format_name, NEED_REQUIRED, "Whose keys."},
    {"key", &format_text, NEED_OPTIONAL, "The template that the deleting side uses, if it is not the layer's own."},
    {"match", &format_text, NEED_OPTIONAL,
     "Lists the wire keys that match this pattern (* ? [a-z], and fields as in a key), then deletes one by one. A "
     "store prefix is part of a wire key."},
    {"from", &from, NEED_OPTIONAL, "The first day: today, or the day of the (old) slot."},
    {"days", &forget_days, NEED_OPTIONAL, "How many days from there. Default 1."},
    {"windows", &grid, NEED_OPTIONAL, "On each day one key for each of these windows."},
    {"fields", &forget_fields_map, NEED_OPTIONAL,
     "Values of fields instead of the actor's own; several values multiply; none is a missing value."},
    {"atomic", &format_boolean, NEED_OPTIONAL, "All keys in one step (one command with several keys, or a script)."},
};
static const struct schema forget = MAPPING("a deletion", forget_fields);
static const struct schema_field when_fields[] = {
    {"passed", &format_name, NEED_REQUIRED, "Only if the caller passes this optional argument."},
};
static const struct schema when = MAPPING("a condition", when_fields);
static const struct schema_field step_fields[] = {
    {"upstream", &format_name, NEED_ONE_OF, "A booking call: create, reschedule, cancel."},
    {"appointment", &format_name, NEED_ONE_OF, "A write to the gateway's own table: insert, upsert, move, cancel."},
    {"forget", &forget, NEED_ONE_OF, "Deletes cache keys."},
    {"send_webhook", &format_name, NEED_ONE_OF, "The upstream sends a webhook; the name is its handler's."},
    {"call", &format_name, NEED_ONE_OF, "The steps of another entry point or procedure."},
    {"when", &when, NEED_OPTIONAL, "A condition."},
};
static const struct schema step = MAPPING("a step", step_fields);
static const struct schema steps = {.kind = SCHEMA_LIST, .what = "a list of steps", .element = &step, .least = 0};
static const struct schema_field routine_fields[] = {
    {"title", &format_text, NEED_OPTIONAL, "What the code calls it."},
    {"steps", &steps, NEED_REQUIRED, "What it does, in order."},
    {"passes", &names, NEED_OPTIONAL, "The optional arguments that its callers pass."},
};
static const struct schema routine = MAPPING("a routine", routine_fields);
static const struct schema routines = {.kind = SCHEMA_NAMED, .what = "routines", .element = &routine, .least = 0};

static const struct schema_field system_fields[] = {
    {"slotrace", &format_version, NEED_REQUIRED, "The version of this format: 1."},
    {"system", &format_name, NEED_REQUIRED, "The system's name: the file's name without .yaml."},
    {"title", &format_text, NEED_OPTIONAL, "What it is, in a sentence."},
    {"extends", &format_text, NEED_OPTIONAL,
     "Another system (a name, or a path from this file). Mappings are merged key by key, everything else is replaced, "
     "and ~ removes a key."},
    {"zone", &zone, NEED_REQUIRED, "The business's time zone: today, dates and hours in keys."},
    {"prefix", &format_text, NEED_OPTIONAL, "The cache store's prefix of every wire key."},
    {"fields", &names, NEED_OPTIONAL, "What identifies a calendar besides event_type, for keys: company, branch, ..."},
    {"latency", &format_latencies, NEED_OPTIONAL, "How long things take; 0 where nothing is said."},
    {"layers", &layers, NEED_OPTIONAL, "The cache layers."},
    {"readers", &readers, NEED_REQUIRED, "The ways to ask for free slots."},
    {"procedures", &routines, NEED_OPTIONAL, "Steps that several entry points share."},
    {"entry_points", &routines, NEED_OPTIONAL, "The ways into the gateway that change bookings."},
    {"customer_actions", &routines, NEED_OPTIONAL, "What customers do at the upstream itself, past the gateway."},
};
const struct schema format_system = MAPPING("a system file", system_fields);
