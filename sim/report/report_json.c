/* The JSON document. Objects always have the same keys in the same order, and null where there is nothing to say; only
 * a step of the trace leaves out what its kind has not. Instants come twice: as local text, and as NAME_us since 1970.
 */
#include "report/report.h"

#include "base/check.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct json_report {
    json_t *runs;
    json_t *trace; /* Of the run under way; NULL: not asked for. */
    const struct plan *plan;
    json_t *answers; /* Its values by number, each made once: many steps share one. */
};

/* Takes `value`. jansson fails only without memory. */
static void set(json_t *object, const char *key, json_t *value)
{
    check(value != NULL && json_object_set_new(object, key, value) == 0);
}

static void append(json_t *array, json_t *value)
{
    check(value != NULL && json_array_append_new(array, value) == 0);
}

/* Paths may be any bytes, JSON may not: what is not UTF-8 becomes U+FFFD. */
static json_t *string(const char *bytes)
{
    if (bytes == NULL) {
        return json_null();
    }
    const size_t length = strlen(bytes);
    struct text text = {0};
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        const size_t size = diag_code_point(bytes + i, length - i, &code);
        text_add(&text, size == 0 ? "\xEF\xBF\xBD" : bytes + i, size == 0 ? 3 : size);
        i += size == 0 ? 1 : size;
    }
    json_t *value = json_string(text_string(&text));
    text_free(&text);
    return value;
}

static json_t *instant(const struct plan *plan, int64_t instant_us, bool fraction)
{
    struct text text = {0};
    words_instant(plan, instant_us, fraction, &text);
    json_t *value = string(text.data);
    text_free(&text);
    return value;
}

/* "key": text, "key_us": number. */
static void set_instant(json_t *object, const char *key, const struct plan *plan, int64_t instant_us)
{
    struct text key_us = {0};
    text_printf(&key_us, "%s_us", key);
    set(object, key, instant(plan, instant_us, true));
    set(object, key_us.data, json_integer(instant_us));
    text_free(&key_us);
}

static const char *actor_name(const struct plan *plan, uint32_t actor)
{
    return actor == MODEL_NONE ? NULL : plan->actors.items[actor].name;
}

static const char *key_string(const struct plan *plan, uint32_t key)
{
    return key == MODEL_NONE ? NULL : interned_string(&plan->keys, key);
}

static json_t *slot(const struct plan *plan, uint32_t number)
{
    return instant(plan, plan->slots[number].starts_us, false);
}

static json_t *violations(const struct violations *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct violation *violation = &list->items[i];
        json_t *object = json_object();
        set(object, "file", string(violation->mark.source->path));
        set(object, "line", json_integer(violation->mark.line));
        set(object, "column", json_integer(violation->mark.column));
        set(object, "message", string(violation->message));
        append(array, object);
    }
    return array;
}

static json_t *missed_write(const struct plan *plan, const struct stale_slot *stale)
{
    if (stale->version == MODEL_NONE) {
        return json_null();
    }
    json_t *object = json_object();
    set(object, "actor", string(actor_name(plan, stale->missed_actor)));
    set(object, "step", string(stale->missed_step->name));
    set(object, "version", json_integer(stale->version));
    set_instant(object, "committed", plan, stale->committed_us);
    set_instant(object, "acknowledged", plan, stale->acknowledged_us);
    return object;
}

static json_t *stale_slot(const struct plan *plan, const struct stale_slot *stale)
{
    const bool pattern = stale->deletion != NULL && stale->deleted_key == MODEL_NONE;
    json_t *object = json_object();
    set(object, "slot", slot(plan, stale->slot));
    set(object, "phantom", string(words_phantom(stale->phantom)));
    set(object, "age_us", stale->age_us == AGE_NEVER_TRUE ? json_null() : json_integer(stale->age_us));
    set(object, "cause", string(cause_name(stale->cause)));
    set(object, "missed_write", missed_write(plan, stale));
    set(object, "deleted_key", string(key_string(plan, stale->deleted_key)));
    set(object, "deleted_pattern", string(pattern ? plan->forgets.items[stale->deletion->forget].pattern : NULL));
    set(object, "differs_in", string(stale->difference));
    return object;
}

/* From the entry that was served back to the upstream's answer. */
static json_t *chain(const struct plan *plan, const struct evidence *evidence)
{
    json_t *array = json_array();
    for (uint32_t i = evidence->hop_count; i-- > 0;) {
        const struct hop *hop = &evidence->hops[i];
        json_t *object = json_object();
        set(object, "layer", string(plan->system->layers[hop->layer].name));
        set(object, "key", string(key_string(plan, hop->key)));
        set(object, "put_by", string(actor_name(plan, hop->actor)));
        set_instant(object, "put", plan, hop->put_us);
        append(array, object);
    }
    if (evidence->snapshot_actor != MODEL_NONE) {
        json_t *object = json_object();
        set(object, "snapshot_by", string(actor_name(plan, evidence->snapshot_actor)));
        set_instant(object, "snapshot", plan, evidence->snapshot_us);
        append(array, object);
    }
    return array;
}

static json_t *stale_read(const struct plan *plan, const struct read_record *read)
{
    const struct question *question = &plan->questions.items[read->question];
    json_t *asked = json_object();
    set(asked, "event_type", string(question->fields[0]));
    set(asked, "from", instant(plan, question->from_us, false));
    set(asked, "to", instant(plan, question->to_us, false));
    json_t *slots = json_array();
    for (uint32_t i = 0; i < read->stale_count; i++) {
        append(slots, stale_slot(plan, &read->stale[i]));
    }
    json_t *object = json_object();
    set(object, "read", json_integer(read->number));
    set(object, "actor", string(actor_name(plan, read->actor)));
    set_instant(object, "invoked", plan, read->invoked_us);
    set_instant(object, "returned", plan, read->returned_us);
    set(object, "question", asked);
    set(object, "served_by", string(words_served_by(plan, read->layer)));
    set(object, "key", string(key_string(plan, read->key)));
    set(object, "collision", json_boolean(read->collision));
    set(object, "slots", slots);
    set(object, "chain", read->served == NULL ? json_array() : chain(plan, read->served));
    return object;
}

static void set_totals(json_t *object, const struct totals *totals)
{
    json_t *causes = json_object();
    for (int i = 0; i < CAUSE_COUNT; i++) {
        set(causes, cause_name((enum cause)i), json_integer(totals->causes[i]));
    }
    set(object, "steps", json_integer((json_int_t)totals->steps));
    set(object, "reads", json_integer(totals->reads));
    set(object, "stale_reads", json_integer(totals->stale_reads));
    set(object, "phantom_free", json_integer(totals->phantom_free));
    set(object, "phantom_busy", json_integer(totals->phantom_busy));
    set(object, "stale_age_us", json_integer(totals->stale_age_us));
    set(object, "causes", causes);
    set(object, "refused_offers", json_integer(totals->refused_offers));
    set(object, "double_bookings", json_integer(totals->double_bookings));
    set(object, "mirror_differences", json_integer(totals->mirror_differences));
}

/* Why a run could not go on; null. */
static json_t *problem(const struct plan *plan, const struct run_result *run)
{
    if (run->problem == RUN_FINE) {
        return json_null();
    }
    json_t *object = json_object();
    const char *kind = run->problem == RUN_STUCK      ? "held for ever"
                       : run->problem == RUN_PIN_PAST ? "pinned to the past"
                                                      : "beyond the year 2300";
    set(object, "kind", string(kind));
    set(object, "actor", string(actor_name(plan, run->actor)));
    set(object, "step", string(run->step->name));
    return object;
}

/* Which slots of how many are free. */
static json_t *answer(const struct plan *plan, uint32_t number)
{
    const struct value *value = plan_value(plan, number);
    const struct range *range = &plan->ranges.items[value->range];
    json_t *slots = json_array();
    for (uint32_t i = range->first; i < range->first + range->count; i++) {
        if (value_is_free(value, range, i)) {
            append(slots, slot(plan, i));
        }
    }
    json_t *object = json_object();
    set(object, "free", slots);
    set(object, "of", json_integer(range->count));
    return object;
}

static json_t *shared_answer(struct json_report *report, uint32_t number)
{
    while (json_array_size(report->answers) <= number) {
        append(report->answers, json_null());
    }
    if (json_is_null(json_array_get(report->answers, number))) {
        check(json_array_set_new(report->answers, number, answer(report->plan, number)) == 0);
    }
    return json_incref(json_array_get(report->answers, number));
}

static json_t *traced_step(struct json_report *report, const struct step_record *record)
{
    const struct plan *plan = report->plan;
    const struct step *step = record->step;
    const uint32_t iteration = words_iteration(record);
    struct text kind = {0};
    words_kind(step->kind, &kind);
    json_t *object = json_object();
    set(object, "sequence", json_integer((json_int_t)record->sequence));
    set_instant(object, "time", plan, record->time_us);
    set(object, "actor", string(actor_name(plan, record->actor)));
    set(object, "step", string(step->name));
    set(object, "kind", string(kind.data));
    if (iteration > 0) {
        set(object, "iteration", json_integer(iteration));
    }
    set(object, "outcome", string(words_outcome(record->outcome)));
    if (record->key != MODEL_NONE) {
        set(object, "key", string(key_string(plan, record->key)));
    }
    if (step->kind == STEP_LIST) {
        set(object, "pattern", string(plan->forgets.items[step->forget].pattern));
    }
    if (step->kind == STEP_LIST || (step->kind == STEP_FORGET && record->key == MODEL_NONE)) {
        set(object, "keys", json_integer(record->count));
    }
    if (record->value != MODEL_NONE) {
        set(object, "value", shared_answer(report, record->value));
    }
    if (step->kind == STEP_PUT) {
        set(object, "ttl_us", json_integer(record->ttl_us));
    }
    if (record->version != 0) {
        set(object, "version", json_integer(record->version));
    }
    if (record->child != MODEL_NONE) {
        set(object, "starts", string(actor_name(plan, record->child)));
    }
    text_free(&kind);
    return object;
}

static void on_step(void *context, const struct step_record *record)
{
    struct json_report *report = context;
    append(report->trace, traced_step(report, record));
}

struct json_report *report_json_new(void)
{
    struct json_report *report = calloc(1, sizeof *report);
    check(report != NULL);
    report->runs = json_array();
    check(report->runs != NULL);
    return report;
}

struct observer report_json_observer(struct json_report *report, const struct plan *plan)
{
    check(report->trace == NULL);
    report->trace = json_array();
    report->answers = json_array();
    report->plan = plan;
    return (struct observer){.context = report, .on_step = on_step};
}

void report_json_case(struct json_report *report, const struct case_result *result)
{
    const struct plan *plan = result->of->plan;
    const struct collector *collector = result->collector;
    json_t *stale = json_array();
    for (size_t i = 0; i < collector->stale_reads.count; i++) {
        append(stale, stale_read(plan, &collector->stale_reads.items[i]));
    }
    json_t *object = json_object();
    set(object, "scenario", string(result->scenario->name));
    set(object, "title", string(result->scenario->title));
    set(object, "file", string(result->scenario->path));
    set(object, "alias", string(result->of->alias));
    set(object, "system", string(result->of->system_name));
    set(object, "status", string(words_status(result->status)));
    set(object, "problem", problem(plan, &result->run));
    set_instant(object, "clock", plan, plan->clock_us);
    set_totals(object, &result->run.totals);
    set(object, "violations", violations(&result->violations));
    set(object, "stale", stale);
    set(object, "stale_left_out", json_integer(result->run.totals.stale_reads - (json_int_t)json_array_size(stale)));
    if (report->trace != NULL) {
        set(object, "trace", report->trace);
        report->trace = NULL;
        json_decref(report->answers);
        report->answers = NULL;
    }
    append(report->runs, object);
}

void report_json_end(struct json_report *report, const struct run_tally *tally, FILE *out)
{
    json_t *header = json_object();
    set(header, "format", string("run"));
    set(header, "version", json_integer(1));
    json_t *summary = json_object();
    set(summary, "scenarios", json_integer(tally->scenarios));
    set(summary, "runs", json_integer((json_int_t)tally->ok + tally->failed + tally->errors));
    set(summary, "ok", json_integer(tally->ok));
    set(summary, "failed", json_integer(tally->failed));
    set(summary, "errors", json_integer(tally->errors));
    json_t *document = json_object();
    set(document, "slotrace", header);
    set(document, "runs", json_incref(report->runs));
    set(document, "summary", summary);
    /* A full disk shows in ferror(out). */
    (void)json_dumpf(document, out, JSON_INDENT(1));
    (void)fputc('\n', out);
    json_decref(document);
    report_json_discard(report);
}

void report_json_discard(struct json_report *report)
{
    json_decref(report->trace);
    json_decref(report->answers);
    json_decref(report->runs);
    free(report);
}
