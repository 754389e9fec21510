/* Reports of gap matrices. */
#ifndef SLOTRACE_REPORT_REPORT_MATRIX_H
#define SLOTRACE_REPORT_REPORT_MATRIX_H

#include "engine/matrix.h"

struct json_t;

/* The table, then what its cells mean and within which bounds they hold. Lines of at most 120 columns, unless a title
 * or a name alone is longer; columns that do not fit come in a table of their own below. */
void report_matrix_text(const struct matrix *matrix, bool color, struct text *out);

/* One element of "systems" (jansson; a new reference). */
struct json_t *report_matrix_json(const struct matrix *matrix);

struct matrix_tally {
    uint32_t cells, proved, refuted, bounded, vacuous;
};
void report_matrix_count(const struct matrix *matrix, struct matrix_tally *tally);

#endif
