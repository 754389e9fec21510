#include "report/report.h"

#include "base/check.h"

#include <inttypes.h>
#include <string.h>

enum { FOLD_MIN = 4, FOLD_MAX = 64, STALE_LISTED_MAX = 6 };

struct trace {
    const struct plan *plan;
    bool color;
    FILE *out;
    size_t actor_width, step_width;
    int32_t day; /* Of the last line. */
    struct text line;
    /* Deletions of keys that were not there, held back: many in a row are one line. */
    struct step_record absent[FOLD_MAX];
    uint32_t absent_count; /* May be larger than FOLD_MAX: then only the first are kept. */
    struct step_record absent_last;
};

struct trace *report_trace_new(struct arena *arena, const struct plan *plan, bool color, FILE *out)
{
    struct trace *trace = ARENA_NEW(arena, struct trace);
    trace->plan = plan;
    trace->color = color;
    trace->out = out;
    trace->day = INT32_MIN;
    for (size_t a = 0; a < plan->actors.count; a++) {
        const struct actor *actor = &plan->actors.items[a];
        const size_t width = text_columns(actor->name, strlen(actor->name));
        trace->actor_width = width > trace->actor_width ? width : trace->actor_width;
        for (uint32_t i = 0; i < actor->program.count; i++) {
            const size_t step = strlen(actor->program.steps[i].name) + (actor->program.steps[i].repeat > 1 ? 5 : 0);
            trace->step_width = step > trace->step_width ? step : trace->step_width;
        }
    }
    return trace;
}

static void flush(struct trace *trace)
{
    (void)fwrite(trace->line.data, 1, trace->line.length, trace->out);
    text_clear(&trace->line);
}

static void begin_line(struct trace *trace, int64_t instant_us, const char *actor, const char *step)
{
    const struct zone *zone = trace->plan->system->zone;
    struct text *line = &trace->line;
    if (zone_day(zone, instant_us) != trace->day) {
        const struct civil civil = zone_civil(zone, instant_us);
        trace->day = civil_day(&civil);
        text_printf(line, "  %04d-%02d-%02d (%s)\n", civil.year, civil.month, civil.day, zone_name(zone));
    }
    text_puts(line, "  ");
    words_time(trace->plan, instant_us, line);
    size_t start = line->length;
    text_puts(line, "  T+");
    text_duration(line, instant_us - trace->plan->clock_us);
    text_pad(line, start, 18);
    start = line->length;
    text_puts(line, actor);
    text_pad(line, start, trace->actor_width + 2);
    start = line->length;
    text_puts(line, step);
    text_pad(line, start, trace->step_width + 2);
}

static void print_step(struct trace *trace, const struct step_record *record)
{
    const char *step = record->step->name;
    struct text name = {0};
    if (record->step->repeat > 1 && record->key != MODEL_NONE) {
        text_printf(&name, "%s[%" PRIu32 "]", step, record->iteration + 1);
        step = name.data;
    }
    begin_line(trace, record->time_us, trace->plan->actors.items[record->actor].name, step);
    text_free(&name);
    words_effect(trace->plan, record, &trace->line);
    while (trace->line.length > 0 && trace->line.data[trace->line.length - 1] == ' ') {
        trace->line.data[--trace->line.length] = '\0';
    }
    text_puts(&trace->line, "\n");
    flush(trace);
}

static void print_absent(struct trace *trace)
{
    if (trace->absent_count < FOLD_MIN) {
        for (uint32_t i = 0; i < trace->absent_count; i++) {
            print_step(trace, &trace->absent[i]);
        }
    } else {
        const struct step_record *first = &trace->absent[0];
        struct text name = {0};
        text_printf(&name, "%s[%" PRIu32 "..]", first->step->name, first->iteration + 1);
        begin_line(trace, first->time_us, trace->plan->actors.items[first->actor].name, name.data);
        text_free(&name);
        text_printf(&trace->line, "%s .. %s  %" PRIu32 " keys, none was there, until ",
                    interned_string(&trace->plan->keys, first->key),
                    interned_string(&trace->plan->keys, trace->absent_last.key), trace->absent_count);
        words_time(trace->plan, trace->absent_last.time_us, &trace->line);
        text_puts(&trace->line, "\n");
        flush(trace);
    }
    trace->absent_count = 0;
}

static void on_step(void *context, const struct step_record *record)
{
    struct trace *trace = context;
    const bool absent = record->step->kind == STEP_FORGET && record->outcome == OUTCOME_ABSENT;
    const bool same_loop =
        trace->absent_count > 0 && trace->absent[0].actor == record->actor && trace->absent[0].step == record->step;
    if (trace->absent_count > 0 && !(absent && same_loop)) {
        print_absent(trace);
    }
    if (!absent) {
        print_step(trace, record);
        return;
    }
    if (trace->absent_count < FOLD_MAX) {
        trace->absent[trace->absent_count] = *record;
    }
    trace->absent_count++;
    trace->absent_last = *record;
}

/* "key missed" in full: both keys, and where they part. */
static void add_deleted(const struct plan *plan, const struct stale_slot *stale, const char *key, struct text *line)
{
    if (stale->deleted_key == MODEL_NONE) {
        text_printf(line, "; it deletes what matches %s, not %s", plan->forgets.items[stale->deletion->forget].pattern,
                    key);
    } else {
        text_printf(line, "; it deletes %s, not %s", interned_string(&plan->keys, stale->deleted_key), key);
        if (stale->difference != NULL) {
            text_printf(line, " (they differ in '%s')", stale->difference);
        }
    }
}

static void print_stale(struct trace *trace, const struct read_record *read, const struct stale_slot *stale)
{
    const struct plan *plan = trace->plan;
    struct text *line = &trace->line;
    text_puts(line, "      ");
    words_paint(line, trace->color, PAINT_RED, "STALE");
    text_puts(line, " ");
    words_slot(plan, stale->slot, true, line);
    text_printf(line, " reported %s, is %s (%s, ", stale->phantom == PHANTOM_FREE ? "free" : "taken",
                stale->phantom == PHANTOM_FREE ? "taken" : "free", words_phantom(stale->phantom));
    words_age(stale->age_us, line);
    text_printf(line, "): %s", cause_name(stale->cause));
    if (stale->cause == CAUSE_KEY_MISSED) {
        add_deleted(plan, stale, interned_string(&plan->keys, read->key), line);
    }
    text_puts(line, "\n");
    flush(trace);
}

/* "missed: create by widget-b at 18:36:00.000000, acknowledged at 18:36:04.015000" */
static void print_missed(struct trace *trace, const struct stale_slot *stale)
{
    struct text *line = &trace->line;
    text_printf(line, "            missed: %s by %s at ", stale->missed_step->name,
                trace->plan->actors.items[stale->missed_actor].name);
    words_time(trace->plan, stale->committed_us, line);
    text_puts(line, ", acknowledged at ");
    words_time(trace->plan, stale->acknowledged_us, line);
    text_puts(line, "\n");
    flush(trace);
}

static void on_read(void *context, const struct read_record *read)
{
    struct trace *trace = context;
    struct text *line = &trace->line;
    if (read->stale_count == 0) {
        return;
    }
    const uint32_t listed = read->stale_count < STALE_LISTED_MAX ? read->stale_count : STALE_LISTED_MAX;
    for (uint32_t i = 0; i < listed; i++) {
        print_stale(trace, read, &read->stale[i]);
        /* Slots of one write in a row share the line about it. */
        const bool last = i + 1 == listed || read->stale[i + 1].version != read->stale[i].version;
        if (last && read->stale[i].version != MODEL_NONE) {
            print_missed(trace, &read->stale[i]);
        }
    }
    if (read->stale_count > STALE_LISTED_MAX) {
        text_printf(line, "      and %" PRIu32 " more stale slots\n", read->stale_count - STALE_LISTED_MAX);
    }
    text_puts(line, "            from ");
    words_chain(trace->plan, read->served, line);
    text_puts(line, "\n");
    if (read->collision) {
        text_puts(line, "            the entry was filled for another question that has the same key\n");
    }
    flush(trace);
}

struct observer report_trace_observer(struct trace *trace)
{
    return (struct observer){.context = trace, .on_step = on_step, .on_read = on_read};
}

void report_trace_end(struct trace *trace)
{
    print_absent(trace);
    text_free(&trace->line);
}
