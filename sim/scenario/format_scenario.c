#include "engine/oracle.h"
#include "scenario/format_common.h"
#include "scenario/scalar.h"

static const char *check_grid(const char *text)
{
    struct daily_grid grid;
    return scalar_daily_grid(text, &grid);
}

static const char *check_dates(const char *text)
{
    int32_t from = 0;
    int32_t to = 0;
    const char *problem = scalar_date_range(text, &from, &to);
    return problem == NULL && to - from >= 366 ? "it is at most 366 days long" : problem;
}

static const char *check_host_count(const char *text)
{
    int64_t hosts = 0;
    const char *problem = scalar_integer(text, &hosts);
    return problem == NULL && (hosts < 1 || hosts > 64) ? "it is from 1 to 64, or a list of their names" : problem;
}

static const char *check_positive_duration(const char *text)
{
    int64_t duration_us = 0;
    const char *problem = scalar_duration(text, &duration_us);
    return problem == NULL && duration_us <= 0 ? "it must be more than 0" : problem;
}

static const char *check_positive(const char *text)
{
    int64_t number = 0;
    const char *problem = scalar_integer(text, &number);
    return problem == NULL && (number < 1 || number > 100000000) ? "it is from 1 to 100000000" : problem;
}

static const char *check_count(const char *text)
{
    struct span span;
    const char *problem = scalar_integer_span(text, &span);
    return problem == NULL && (span.high < 0 || (span.low < 0 && span.low != INT64_MIN)) ? "a count is not negative"
                                                                                         : problem;
}

static const char *check_age(const char *text)
{
    struct span span;
    const char *problem = scalar_duration_span(text, &span);
    return problem == NULL && (span.high < 0 || (span.low < 0 && span.low != INT64_MIN)) ? "an age is not negative"
                                                                                         : problem;
}

static const struct schema grid = {.what = "a row of slots", .scalar = check_grid};
static const struct schema dates = {.what = "a date or a range of dates", .scalar = check_dates};
static const struct schema positive_duration = {.what = "a duration", .scalar = check_positive_duration};
static const struct schema positive = {.what = "a number", .scalar = check_positive};
static const struct schema count = {.what = "a count, or a range of counts", .scalar = check_count};
static const struct schema age = {.what = "an age, or a range of ages", .scalar = check_age};

static const struct schema host_count = {.what = "a number of hosts", .scalar = check_host_count};
static const struct schema host_names = {
    .kind = SCHEMA_LIST, .what = "a list of hosts", .element = &format_name, .least = 1};
static const struct schema *const host_alternatives[] = {&host_count, &host_names, NULL};
static const struct schema hosts = {
    .kind = SCHEMA_EITHER, .what = "a number of hosts or a list of their names", .alternatives = host_alternatives};
static const struct schema_field calendar_fields[] = {
    {"event_type", &format_field_value, NEED_REQUIRED, "The event type that these slots belong to."},
    {"day", &dates, NEED_REQUIRED, "On which day, or each day of a range."},
    {"slots", &grid, NEED_REQUIRED, "The slots' starts, local time; the last one ends by the end."},
    {"length", &positive_duration, NEED_OPTIONAL, "How long a booking is, if not as long as from slot to slot."},
    {"hosts", &hosts, NEED_OPTIONAL, "How many hosts have these slots (1), or who: the same name is the same host."},
};
const struct schema format_calendar_entry = {.kind = SCHEMA_MAPPING,
                                             .what = "a calendar entry",
                                             .fields = calendar_fields,
                                             .field_count = COUNT(calendar_fields),
                                             .other_names = &format_field_value};
static const struct schema calendar = {
    .kind = SCHEMA_LIST, .what = "a list of calendar entries", .element = &format_calendar_entry, .least = 1};

static const struct schema_field appointment_fields[] = {
    {"slot", &format_moment, NEED_REQUIRED, "When."},
    {"event_type", &format_field_value, NEED_OPTIONAL, "Of which event type, where the calendar has several."},
    {"host", &format_name, NEED_OPTIONAL, "With whom; else the first who is free."},
    {"appointment", &positive, NEED_OPTIONAL, "The local row's id."},
    {"upstream_only", &format_boolean, NEED_OPTIONAL, "yes: the gateway has no row of it."},
};
const struct schema format_appointment = {.kind = SCHEMA_MAPPING,
                                          .what = "an appointment",
                                          .fields = appointment_fields,
                                          .field_count = COUNT(appointment_fields),
                                          .other_names = &format_field_value};
static const struct schema appointments = {
    .kind = SCHEMA_NAMED, .what = "appointments", .element = &format_appointment, .least = 1};

static const struct schema_field hold_fields[] = {
    {"before", &format_text, NEED_REQUIRED, "The actor's own step that waits, as in L1.put."},
    {"until", &format_text, NEED_REQUIRED,
     "What it waits for: another actor's end (widget-b, widget-b.webhook) or step (widget-b.create)."},
};
static const struct schema hold = MAPPING("a hold", hold_fields);
static const struct schema hold_list = {.kind = SCHEMA_LIST, .what = "a list of holds", .element = &hold, .least = 1};
static const struct schema *const hold_alternatives[] = {&hold, &hold_list, NULL};
static const struct schema holds = {
    .kind = SCHEMA_EITHER, .what = "a hold or a list of holds", .alternatives = hold_alternatives};
static const struct schema_field no_fields[] = {{NULL, NULL, NEED_OPTIONAL, NULL}};
static const struct schema pins = {.kind = SCHEMA_MAPPING,
                                   .what = "pinned steps",
                                   .fields = no_fields,
                                   .field_count = 0,
                                   .other_names = &format_moment};
static const struct schema_field then_fields[] = {
    {"does", &format_name, NEED_REQUIRED, "The entry point or customer action that books."},
    {"slot", &format_moment, NEED_REQUIRED, "Booked if it was offered."},
    {"after", &format_latency, NEED_OPTIONAL, "How long the caller thinks."},
};
static const struct schema then = MAPPING("what the caller does next", then_fields);
static const struct schema argument_names = {
    .kind = SCHEMA_LIST, .what = "a list of arguments", .element = &format_name, .least = 0};
static const struct schema_field actor_fields[] = {
    {"does", &format_name, NEED_REQUIRED, "A reader, entry point or customer action of the system."},
    {"at", &format_moment_range, NEED_OPTIONAL,
     "When it begins (default: at the clock). run takes the start of a range, explore all of it."},
    {"event_type", &format_field_value, NEED_OPTIONAL, "Of which event type, where the calendar has several."},
    {"window", &format_moment_range, NEED_OPTIONAL, "A reader's question, as in 2025-10-13T10:00..12:00."},
    {"days", &dates, NEED_OPTIONAL, "A reader's question for whole days."},
    {"wishes", &format_moment, NEED_OPTIONAL, "The time around which a reader of several windows asks."},
    {"slot", &format_moment, NEED_OPTIONAL, "The slot to book, or to move to."},
    {"booking", &format_name, NEED_OPTIONAL,
     "The booking to move or cancel: one of `appointments`, or the actor that makes it."},
    {"appointment", &positive, NEED_OPTIONAL, "The id of the local row that it makes."},
    {"hold", &holds, NEED_OPTIONAL, "Lets a step wait for another actor."},
    {"pin", &pins, NEED_OPTIONAL, "Fixes instants of steps, as in {L1.put: +40ms, webhook.receive: 18:36:04}."},
    {"latency", &format_latencies, NEED_OPTIONAL, "Latencies of this actor and the webhooks it sends."},
    {"passes", &argument_names, NEED_OPTIONAL, "The optional arguments that it passes, instead of the system's."},
    {"every", &positive_duration, NEED_OPTIONAL, "A reader that asks again so long after it began."},
    {"times", &positive, NEED_OPTIONAL, "How often it asks."},
    {"then", &then, NEED_OPTIONAL, "A reader's caller books what was offered."},
};
const struct schema format_actor = {.kind = SCHEMA_MAPPING,
                                    .what = "an actor",
                                    .fields = actor_fields,
                                    .field_count = COUNT(actor_fields),
                                    .other_names = &format_field_value};
static const struct schema actors = {.kind = SCHEMA_NAMED, .what = "actors", .element = &format_actor, .least = 1};

static const char *const cause_words[] = {
#define X(name, text, function, doc) text,
    CAUSES(X)
#undef X
        NULL};
static const struct schema cause = {.what = "a cause", .words = cause_words};
static const struct schema cause_list = {
    .kind = SCHEMA_LIST, .what = "a list of causes", .element = &cause, .least = 0};
static const struct schema *const cause_alternatives[] = {&cause, &cause_list, NULL};
static const struct schema causes = {
    .kind = SCHEMA_EITHER, .what = "a cause or a list of causes", .alternatives = cause_alternatives};
static const struct schema moment_list = {
    .kind = SCHEMA_LIST, .what = "a list of slots", .element = &format_moment, .least = 1};
static const struct schema *const slot_alternatives[] = {&format_moment, &moment_list, NULL};
static const struct schema slots = {
    .kind = SCHEMA_EITHER, .what = "a slot or a list of slots", .alternatives = slot_alternatives};
static const char *const phantom_words[] = {"free", "busy", NULL};
static const struct schema phantom = {.what = "a phantom", .words = phantom_words};
static const char *const outcome_words[] = {"done", "refused", "not tried", NULL};
static const struct schema outcome = {.what = "what became of a booking call", .words = outcome_words};
static const struct schema_field expected_of_actor_fields[] = {
    {"offers", &slots, NEED_OPTIONAL, "Slots that one of its answers reports as free."},
    {"withholds", &slots, NEED_OPTIONAL, "Slots that none of its answers reports as free."},
    {"stale", &format_boolean, NEED_OPTIONAL, "Whether one of its answers is stale."},
    {"phantom", &phantom, NEED_OPTIONAL, "The one kind of phantom in its answers."},
    {"cause", &causes, NEED_OPTIONAL, "Exactly the causes of its stale slots."},
    {"age", &age, NEED_OPTIONAL, "The age of its oldest stale slot."},
    {"served_by", &format_name, NEED_OPTIONAL, "The layer that served all of its answers, or upstream."},
    {"booking", &outcome, NEED_OPTIONAL, "What became of its booking call."},
};
static const struct schema expected_of_actor = MAPPING("what is expected of an actor", expected_of_actor_fields);
static const char *const verdict_words[] = {"PROVED", "REFUTED", "VACUOUS", NULL};
static const struct schema verdict = {.what = "a verdict", .words = verdict_words};
static const struct schema_field explored_fields[] = {
    {"verdict", &verdict, NEED_REQUIRED, "PROVED: no stale read in any order and timing. REFUTED: there is one."},
    {"stale_age", &age, NEED_OPTIONAL, "The largest age that a stale read can have."},
    {"causes", &causes, NEED_OPTIONAL, "The causes that may occur."},
};
static const struct schema explored = MAPPING("what is expected of explore", explored_fields);
static const struct schema_field expectation_fields[] = {
    {"stale_reads", &count, NEED_OPTIONAL, "Reads with at least one stale slot."},
    {"phantom_free", &count, NEED_OPTIONAL, "Reads that report a taken slot as free."},
    {"phantom_busy", &count, NEED_OPTIONAL, "Reads that report a free slot as taken."},
    {"stale_age", &age, NEED_OPTIONAL, "The age of the oldest stale slot; 0s if there is none."},
    {"causes", &causes, NEED_OPTIONAL, "The causes that may occur."},
    {"refused_offers", &count, NEED_OPTIONAL, "Bookings of an offered slot that the upstream refused."},
    {"double_bookings", &count, NEED_OPTIONAL, "Overlapping active appointments of one host that came into being."},
    {"mirror_differences", &count, NEED_OPTIONAL, "Appointments that differ from the upstream at the end."},
    {"explore", &explored, NEED_OPTIONAL, "What slotrace explore must find; without it, only PROVED is as expected."},
};
const struct schema format_expectation = {.kind = SCHEMA_MAPPING,
                                          .what = "an expectation",
                                          .fields = expectation_fields,
                                          .field_count = COUNT(expectation_fields),
                                          .other_names = &expected_of_actor};
static const struct schema expect = {
    .kind = SCHEMA_NAMED, .what = "expectations", .element = &format_expectation, .least = 1};

static const struct schema systems = {.kind = SCHEMA_NAMED, .what = "systems", .element = &format_text, .least = 1};
static const char *const oracle_words[] = {"acknowledged", "committed", "upstream", NULL};
static const struct schema oracle = {.what = "a strength of the oracle", .words = oracle_words};
static const struct schema_field scenario_fields[] = {
    {"slotrace", &format_version, NEED_REQUIRED, "The version of this format: 1."},
    {"scenario", &format_name, NEED_REQUIRED, "The scenario's name."},
    {"title", &format_text, NEED_REQUIRED, "The story in a sentence."},
    {"description", &format_text, NEED_OPTIONAL, "More of it."},
    {"clock", &format_moment, NEED_REQUIRED, "When it begins, with a date."},
    {"systems", &systems, NEED_REQUIRED, "The systems it is told of: before: a name of fixtures/systems, or a path."},
    {"oracle", &oracle, NEED_OPTIONAL, "From when on a write counts as known. Default: acknowledged."},
    {"latency", &format_latencies, NEED_OPTIONAL, "Latencies instead of the system's."},
    {"calendar", &calendar, NEED_REQUIRED, "The slots that exist."},
    {"appointments", &appointments, NEED_OPTIONAL, "Bookings that exist when it begins."},
    {"actors", &actors, NEED_REQUIRED, "Who does what, and when."},
    {"expect", &expect, NEED_REQUIRED, "What must hold on each of the systems."},
};
const struct schema format_scenario = MAPPING("a scenario file", scenario_fields);
