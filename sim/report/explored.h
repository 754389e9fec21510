/* Reports of explored cases. */
#ifndef SLOTRACE_REPORT_EXPLORED_H
#define SLOTRACE_REPORT_EXPLORED_H

#include "scenario/judgement.h"

struct json_t;

/* Verdict, bounds, worst ages and the counterexample step by step (not when `quiet`). */
void report_explore_text(const struct explored_case *explored, bool color, bool quiet, struct text *out);

/* One element of "runs" (jansson; a new reference). */
struct json_t *report_explore_json(const struct explored_case *explored);

#endif
