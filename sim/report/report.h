/* What people and machines get to see of runs. One file per form. */
#ifndef SLOTRACE_REPORT_REPORT_H
#define SLOTRACE_REPORT_REPORT_H

#include "engine/collect.h"
#include "engine/run.h"
#include "scenario/load.h"

#include <stdio.h>

enum case_status { CASE_OK, CASE_FAILED, CASE_ERROR };

/* One scenario on one system, run. */
struct case_result {
    const struct scenario *scenario;
    const struct scenario_case *of;
    struct run_result run;
    const struct collector *collector;
    struct violations violations;
    enum case_status status;
};

struct run_tally {
    uint32_t scenarios, ok, failed, errors;
};

/* report_text.c: a line per case, its violations, and the sum of all. */
void report_text_case(const struct case_result *result, bool color, struct text *out);
void report_text_summary(const struct run_tally *tally, bool color, struct text *out);

/* report_trace.c: the timeline. The observer lives until the run has ended. */
struct trace;
struct trace *report_trace_new(struct arena *arena, const struct plan *plan, bool color, FILE *out);
struct observer report_trace_observer(struct trace *trace);
void report_trace_end(struct trace *trace);

/* report_json.c: the whole invocation as one document, version 1, keys in a fixed order. */
struct json_report;
struct json_report *report_json_new(void);
struct observer report_json_observer(struct json_report *report, const struct plan *plan); /* For a trace. */
void report_json_case(struct json_report *report, const struct case_result *result);
void report_json_end(struct json_report *report, const struct run_tally *tally, FILE *out); /* Frees. */
void report_json_discard(struct json_report *report);

/* report_db.c: every run in one SQLite file, for queries. Writes beside the file and renames at the end; refuses to
 * replace a file that it has not made. NULL after a message in *problem (malloc'd by `arena`). */
struct db_report;
struct db_report *report_db_open(struct arena *arena, const char *path, const char **problem);
void report_db_begin(struct db_report *report, const struct scenario *scenario, const struct scenario_case *of);
struct observer report_db_observer(struct db_report *report);
void report_db_case(struct db_report *report, const struct case_result *result);
const char *report_db_commit(struct db_report *report, struct arena *arena); /* NULL, or what went wrong. */
void report_db_discard(struct db_report *report);

/* words.c: the words that all of them share. */
void words_time(const struct plan *plan, int64_t instant_us, struct text *out); /* 18:36:00.000525 */
/* 2025-10-11T18:36:00.000525+02:00 */
void words_instant(const struct plan *plan, int64_t instant_us, bool fraction, struct text *out);
void words_kind(enum step_kind kind, struct text *out);     /* get, put, ...; a listed key's deletion is forget, too */
uint32_t words_iteration(const struct step_record *record); /* Of a loop of deletions, from 1; 0: it is none. */
void words_slot(const struct plan *plan, uint32_t slot, bool date, struct text *out);
void words_value(const struct plan *plan, uint32_t value, struct text *out); /* "17 of 18 free, not 08:00" */
void words_age(int64_t age_us, struct text *out);
const char *words_phantom(enum phantom phantom);
const char *words_served_by(const struct plan *plan, uint32_t layer);
const char *words_outcome(enum step_outcome outcome);
const char *words_status(enum case_status status);
/* "L2 cal_slots_... put by call-a at ... <- snapshot by call-a at ..." */
void words_chain(const struct plan *plan, const struct evidence *evidence, struct text *out);

/* What an executed step did: "calcom:slots:...  hit: 17 of 18 free, not 08:00". */
void words_effect(const struct plan *plan, const struct step_record *record, struct text *out);

enum paint { PAINT_NONE, PAINT_RED, PAINT_GREEN, PAINT_YELLOW, PAINT_DIM, PAINT_BOLD };
void words_paint(struct text *out, bool color, enum paint paint, const char *string);

#endif
