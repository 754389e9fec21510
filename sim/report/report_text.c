#include "report/report.h"

#include <inttypes.h>

static void add_findings(const struct case_result *result, struct text *out)
{
    const struct totals *totals = &result->run.totals;
    text_printf(out, "%" PRIu32 " of %" PRIu32 " read%s stale", totals->stale_reads, totals->reads,
                totals->reads == 1 ? "" : "s");
    if (totals->stale_reads > 0) {
        text_puts(out, " (");
        if (totals->phantom_free > 0) {
            text_printf(out, "%" PRIu32 " phantom-free, ", totals->phantom_free);
        }
        if (totals->phantom_busy > 0) {
            text_printf(out, "%" PRIu32 " phantom-busy, ", totals->phantom_busy);
        }
        text_puts(out, "oldest ");
        text_duration(out, totals->stale_age_us);
        for (int cause = 0; cause < CAUSE_COUNT; cause++) {
            if (totals->causes[cause] > 0) {
                text_printf(out, ", %s", cause_name((enum cause)cause));
            }
        }
        text_puts(out, ")");
    }
    if (totals->refused_offers > 0) {
        text_printf(out, ", %" PRIu32 " offer%s refused at booking", totals->refused_offers,
                    totals->refused_offers == 1 ? "" : "s");
    }
    if (totals->double_bookings > 0) {
        text_printf(out, ", %" PRIu32 " double booking%s", totals->double_bookings,
                    totals->double_bookings == 1 ? "" : "s");
    }
}

void report_text_case(const struct case_result *result, bool color, struct text *out)
{
    static const enum paint paints[] = {PAINT_GREEN, PAINT_RED, PAINT_RED};
    static const char *const labels[] = {"ok   ", "FAIL ", "ERROR"};
    words_paint(out, color, paints[result->status], labels[result->status]);
    text_puts(out, " ");
    size_t start = out->length;
    text_puts(out, result->scenario->name);
    text_pad(out, start, 30);
    text_puts(out, " ");
    start = out->length;
    text_puts(out, result->of->alias);
    text_pad(out, start, 10);
    text_puts(out, " ");
    start = out->length;
    text_puts(out, result->of->system_name);
    text_pad(out, start, 31);
    text_puts(out, " ");
    if (result->status == CASE_ERROR) {
        text_puts(out, "could not be run to its end, see above\n");
        return;
    }
    add_findings(result, out);
    text_puts(out, "\n");
    for (size_t i = 0; i < result->violations.count; i++) {
        const struct violation *violation = &result->violations.items[i];
        text_printf(out, "      %s:%" PRIu32 ":%" PRIu32 ": %s\n", violation->mark.source->path, violation->mark.line,
                    violation->mark.column, violation->message);
    }
}

void report_text_summary(const struct run_tally *tally, bool color, struct text *out)
{
    const uint32_t runs = tally->ok + tally->failed + tally->errors;
    text_printf(out, "%" PRIu32 " scenario%s, %" PRIu32 " run%s: ", tally->scenarios, tally->scenarios == 1 ? "" : "s",
                runs, runs == 1 ? "" : "s");
    struct text part = {0};
    text_printf(&part, "%" PRIu32 " as expected", tally->ok);
    words_paint(out, color, tally->ok == runs ? PAINT_GREEN : PAINT_NONE, part.data);
    if (tally->failed > 0) {
        text_clear(&part);
        text_printf(&part, ", %" PRIu32 " not as expected", tally->failed);
        words_paint(out, color, PAINT_RED, part.data);
    }
    if (tally->errors > 0) {
        text_clear(&part);
        text_printf(&part, ", %" PRIu32 " could not be run to the end", tally->errors);
        words_paint(out, color, PAINT_RED, part.data);
    }
    text_free(&part);
    text_puts(out, "\n");
}
