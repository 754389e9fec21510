#include "report/report.h"

#include "base/check.h"
#include "report/explored.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

/* The steps of a counterexample, collected to be told: which of them matter is known only at its end. */
struct telling {
    const struct plan *plan;
    struct arena *arena;
    struct {
        struct step_record *items;
        size_t count, capacity;
    } steps;
    struct read_record read; /* The stale one. */
    struct stale_slot stale;
    struct evidence served;
    bool seen;
};

static void on_step(void *context, const struct step_record *record)
{
    struct telling *telling = context;
    ARENA_PUSH(telling->arena, &telling->steps) = *record;
}

static void on_read(void *context, const struct read_record *read)
{
    struct telling *telling = context;
    if (read->stale_count > 0 && !telling->seen) {
        telling->seen = true;
        telling->read = *read;
        telling->stale = read->stale[0];
        telling->served = *read->served;
    }
}

/* The steps whose order matters: the write that is missed, the snapshot that misses it, the put that keeps it, the
 * deletion of the key if there was one, and the look that finds it. */
static bool matters(const struct telling *telling, const struct step_record *record)
{
    const struct evidence *served = &telling->served;
    switch (record->step->kind) {
    case STEP_COMMIT: return telling->stale.version != MODEL_NONE && record->version == telling->stale.version;
    case STEP_SNAPSHOT: return record->actor == served->snapshot_actor && record->time_us == served->snapshot_us;
    case STEP_PUT: {
        const struct hop *last = &served->hops[served->hop_count - 1];
        return record->key == telling->read.key && record->actor == last->actor && record->time_us == last->put_us;
    }
    case STEP_FORGET:
    case STEP_FORGET_LISTED: return record->key == telling->read.key;
    default: return false;
    }
}

static void tell_step(const struct telling *telling, const struct step_record *record, size_t number, bool timed,
                      bool color, struct text *out)
{
    const struct plan *plan = telling->plan;
    const bool mark = matters(telling, record);
    struct text line = {0};
    text_printf(&line, "    %s %2zu  ", mark ? ">" : " ", number);
    size_t start = line.length;
    if (timed) {
        text_puts(&line, "T+");
        text_duration(&line, record->time_us - plan->clock_us);
        text_pad(&line, start, 18);
    }
    start = line.length;
    text_puts(&line, plan->actors.items[record->actor].name);
    text_pad(&line, start, 20);
    text_puts(&line, " ");
    start = line.length;
    text_puts(&line, record->step->name);
    text_pad(&line, start, 20);
    text_puts(&line, " ");
    words_effect(plan, record, &line);
    while (line.length > 0 && line.data[line.length - 1] == ' ') {
        line.data[--line.length] = '\0';
    }
    words_paint(out, color, mark ? PAINT_BOLD : PAINT_NONE, line.data);
    text_puts(out, "\n");
    text_free(&line);
}

static void tell_counterexample(const struct explored_case *explored, bool color, struct text *out)
{
    struct arena *arena = arena_new();
    struct telling telling = {.plan = explored->of->plan, .arena = arena};
    const struct observer observer = {.context = &telling, .on_step = on_step, .on_read = on_read};
    const struct divergence divergence =
        schedule_run(explored->of->plan, arena, &explored->counterexample, observer, NULL);
    check(divergence.index == explored->counterexample.count && telling.seen);
    text_printf(out, "  counterexample, %zu steps%s; '>' marks those whose order matters:\n",
                explored->counterexample.count, explored->timed ? "" : ", without time");
    size_t number = 0;
    for (size_t i = 0; i < telling.steps.count; i++) {
        const struct step_record *record = &telling.steps.items[i];
        const bool unseen =
            record->step->kind == STEP_FORGET && record->outcome == OUTCOME_ABSENT && !matters(&telling, record);
        if (!unseen) {
            tell_step(&telling, record, ++number, explored->timed, color, out);
        }
        if (record->sequence == telling.read.returned) {
            break;
        }
    }
    text_puts(out, "    ");
    words_paint(out, color, PAINT_RED, "STALE");
    text_puts(out, " ");
    words_slot(explored->of->plan, telling.stale.slot, true, out);
    text_printf(out, " reported %s: %s", telling.stale.phantom == PHANTOM_FREE ? "free" : "taken",
                cause_name(telling.stale.cause));
    if (explored->timed) {
        text_puts(out, ", ");
        words_age(telling.stale.age_us, out);
    }
    text_printf(out, "\n  replay it:\n    slotrace replay --system %s %s --schedule '", explored->of->alias,
                explored->scenario->path);
    schedule_format(explored->of->plan, &explored->counterexample, out);
    text_puts(out, "'\n");
    arena_free(arena);
}

static void tell_ages(const struct explored_case *explored, struct text *out)
{
    const struct plan *plan = explored->of->plan;
    text_puts(out, "  worst stale age by reader and writer (each attained by a schedule in --json):\n");
    for (size_t i = 0; i < explored->timing.findings.count; i++) {
        const struct timed_finding *found = &explored->timing.findings.items[i];
        const struct finding *finding = &found->finding;
        text_puts(out, "    ");
        size_t start = out->length;
        text_puts(out, plan->actors.items[finding->actor].name);
        text_pad(out, start, 20);
        text_puts(out, " ");
        start = out->length;
        text_puts(out, finding->writer == MODEL_NONE ? "-" : plan->actors.items[finding->writer].name);
        text_pad(out, start, 20);
        text_puts(out, " ");
        words_slot(plan, finding->slot, true, out);
        text_printf(out, " %s  ", words_phantom(finding->phantom));
        words_age(found->age_us, out);
        text_printf(out, ", %s\n", cause_name(finding->cause));
    }
}

static void tell_bounds(const struct explored_case *explored, struct text *out)
{
    const struct explore_result *untimed = &explored->untimed;
    if (untimed->verdict == EXPLORE_REFUTED && explored->timed) {
        text_printf(out, "  without time refuted after %" PRIu64 " states", untimed->states);
    } else {
        text_printf(out, "  %" PRIu64 " states, %" PRIu64 " transitions, %" PRIu64 " final states", untimed->states,
                    untimed->transitions, untimed->final_states);
    }
    if (untimed->problem != NULL) {
        text_printf(out, " (%s after about %d %%)", untimed->problem, (int)(untimed->explored * 100));
    }
    text_printf(out, "; bounds: %zu actors, no faults, expiry %s", explored->of->plan->actors.count, "free");
    if (explored->timed) {
        text_printf(out, "; time: %" PRIu64 " possible orders, %" PRIu64 " contradictions%s%s", explored->timing.orders,
                    explored->timing.contradictions, explored->timing.complete ? "" : ", incomplete: ",
                    explored->timing.complete ? "" : explored->timing.problem);
    } else {
        text_puts(out, explored->verdict == EXPLORE_PROVED ? "; holds for every timing" : "; time not looked at");
    }
    text_puts(out, "\n");
}

void report_explore_text(const struct explored_case *explored, bool color, bool quiet, struct text *out)
{
    static const enum paint paints[] = {PAINT_GREEN, PAINT_RED, PAINT_YELLOW, PAINT_YELLOW, PAINT_RED};
    const bool fine = explored->violations.count == 0;
    const bool open = explored->verdict == EXPLORE_BOUNDED || explored->verdict == EXPLORE_ERROR;
    if (fine && open) {
        words_paint(out, color, PAINT_YELLOW, "?    ");
    } else {
        words_paint(out, color, fine ? PAINT_GREEN : PAINT_RED, fine ? "ok   " : "FAIL ");
    }
    text_puts(out, " ");
    size_t start = out->length;
    text_puts(out, explored->scenario->name);
    text_pad(out, start, 30);
    text_puts(out, " ");
    start = out->length;
    text_puts(out, explored->of->alias);
    text_pad(out, start, 10);
    text_puts(out, " ");
    start = out->length;
    text_puts(out, explored->of->system_name);
    text_pad(out, start, 31);
    text_puts(out, " ");
    words_paint(out, color, paints[explored->verdict], explore_verdict_name(explored->verdict));
    if (explored->verdict == EXPLORE_REFUTED && explored->timed) {
        text_puts(out, ", worst ");
        words_age(explored->stale_age_us, out);
    }
    for (int cause = 0; cause < CAUSE_COUNT; cause++) {
        if ((explored->causes >> cause & 1U) != 0) {
            text_printf(out, ", %s", cause_name((enum cause)cause));
        }
    }
    if (explored->verdict == EXPLORE_VACUOUS) {
        text_puts(out, ": no read can meet a write");
    } else if (explored->why != NULL) {
        text_printf(out, ": %s", explored->why);
    }
    text_puts(out, "\n");
    for (size_t i = 0; i < explored->violations.count; i++) {
        const struct violation *violation = &explored->violations.items[i];
        text_printf(out, "      %s:%" PRIu32 ":%" PRIu32 ": %s\n", violation->mark.source->path, violation->mark.line,
                    violation->mark.column, violation->message);
    }
    if (quiet) {
        return;
    }
    tell_bounds(explored, out);
    if (explored->verdict == EXPLORE_REFUTED) {
        if (explored->timed) {
            tell_ages(explored, out);
        }
        tell_counterexample(explored, color, out);
    }
}

static json_t *schedule_json(const struct plan *plan, const struct schedule *schedule)
{
    struct text text = {0};
    schedule_format(plan, schedule, &text);
    json_t *string = json_string(text_string(&text));
    text_free(&text);
    return string;
}

static json_t *findings_json(const struct explored_case *explored)
{
    const struct plan *plan = explored->of->plan;
    json_t *list = json_array();
    const size_t count = explored->timed ? explored->timing.findings.count : explored->untimed.findings.count;
    for (size_t i = 0; i < count; i++) {
        const struct timed_finding *timed = explored->timed ? &explored->timing.findings.items[i] : NULL;
        const struct finding *finding = timed != NULL ? &timed->finding : &explored->untimed.findings.items[i];
        struct text slot = {0};
        words_slot(plan, finding->slot, true, &slot);
        json_t *item = json_pack("{s:s, s:s, s:s, s:s, s:s?}", "reader", plan->actors.items[finding->actor].name,
                                 "slot", text_string(&slot), "phantom", words_phantom(finding->phantom), "cause",
                                 cause_name(finding->cause), "writer",
                                 finding->writer == MODEL_NONE ? NULL : plan->actors.items[finding->writer].name);
        text_free(&slot);
        if (timed != NULL) {
            json_object_set_new(item, "age_us",
                                timed->age_us == AGE_NEVER_TRUE ? json_null() : json_integer(timed->age_us));
            json_object_set_new(item, "schedule", schedule_json(plan, &timed->witness));
        }
        json_array_append_new(list, item);
    }
    return list;
}

json_t *report_explore_json(const struct explored_case *explored)
{
    const struct explore_result *untimed = &explored->untimed;
    json_t *violations = json_array();
    for (size_t i = 0; i < explored->violations.count; i++) {
        const struct violation *violation = &explored->violations.items[i];
        json_array_append_new(violations, json_pack("{s:s, s:i, s:i, s:s}", "file", violation->mark.source->path,
                                                    "line", (int)violation->mark.line, "column",
                                                    (int)violation->mark.column, "message", violation->message));
    }
    json_t *run =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:I, s:I, s:I, s:b, s:b, s:i}", "scenario", explored->scenario->name,
                  "file", explored->scenario->path, "alias", explored->of->alias, "system", explored->of->system_name,
                  "verdict", explore_verdict_name(explored->verdict), "why", explored->why, "states",
                  (json_int_t)untimed->states, "transitions", (json_int_t)untimed->transitions, "final_states",
                  (json_int_t)untimed->final_states, "timed", explored->timed, "timed_complete",
                  explored->timed && explored->timing.complete, "actors", (int)explored->of->plan->actors.count);
    json_object_set_new(run, "stale_age_us",
                        !explored->timed || explored->stale_age_us == AGE_NEVER_TRUE
                            ? json_null()
                            : json_integer(explored->stale_age_us));
    json_object_set_new(run, "findings", findings_json(explored));
    json_object_set_new(run, "counterexample",
                        explored->verdict == EXPLORE_REFUTED
                            ? schedule_json(explored->of->plan, &explored->counterexample)
                            : json_null());
    json_object_set_new(run, "violations", violations);
    return run;
}
