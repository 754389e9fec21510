/* Diagnostics: what is wrong with a file, where, and what to do.
 *
 * Problems are collected, not thrown: a whole file (and every file of an invocation) is checked before anything is
 * said. diag_print() writes them in source order as
 *
 *   scenarios/x.yaml:12:11: error: unknown actor 'cal-a'; did you mean 'call-a'? [unknown-name]
 *      12 |   hold: {until: cal-a}
 *         |                 ^~~~~
 */
#ifndef SLOTRACE_BASE_DIAG_H
#define SLOTRACE_BASE_DIAG_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file read into memory. `text` is NUL-terminated; `size_bytes` may be longer than strlen(text). */
struct source {
    const char *path;
    const char *text;
    size_t size_bytes;
};

/* Where something stands: line and column count from 1; column and length in code points. line 0 = the whole file. */
struct mark {
    const struct source *source;
    uint32_t line;
    uint32_t column;
    uint32_t length;
};

/* Every message has a stable code: the text in brackets at its end. One table makes the enum, the names and the
 * one-line explanations. */
#define DIAG_CODES(X)                                                                                                  \
    X(IO, "io", "The file cannot be read.")                                                                            \
    X(TOO_LARGE, "too-large", "The file is larger, deeper or has more parts than slotrace reads.")                     \
    X(SYNTAX, "syntax", "The file is not the subset of YAML that slotrace reads.")                                     \
    X(DUPLICATE_KEY, "duplicate-key", "A mapping has the same key twice.")                                             \
    X(UNKNOWN_KEY, "unknown-key", "The key is not one that is allowed here.")                                          \
    X(MISSING_KEY, "missing-key", "A required key is not there.")                                                      \
    X(WRONG_TYPE, "wrong-type", "A value of another kind is needed here.")                                             \
    X(BAD_VALUE, "bad-value", "The value cannot be read as what is needed here.")                                      \
    X(BAD_TIME, "bad-time", "The date or time does not exist, is ambiguous, or is out of order.")                      \
    X(UNKNOWN_NAME, "unknown-name", "The name refers to something that is not defined.")                               \
    X(CYCLE, "cycle", "Definitions refer to each other in a circle.")                                                  \
    X(DEADLOCK, "deadlock", "Actors wait for each other, so none of them can go on.")                                  \
    X(CONFLICT, "conflict", "Two parts of the file contradict each other.")

enum diag_code {
#define X(name, text, explanation) DIAG_##name,
    DIAG_CODES(X)
#undef X
        DIAG_CODE_COUNT
};

const char *diag_code_name(enum diag_code code);
const char *diag_code_explanation(enum diag_code code);

struct diag {
    struct mark mark;
    enum diag_code code;
    const char *message;
    uint32_t order; /* Of reporting: breaks ties. */
};

struct diags {
    struct arena *arena; /* Messages live here. */
    struct diag *items;
    size_t count;
    size_t capacity;
};

void diag_error(struct diags *diags, struct mark mark, enum diag_code code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "unknown WHAT 'NAME'; did you mean 'X'? WHAT-plural: a, b, c" at `mark`; without candidates "no WHAT-plural are
 * defined". */
void diag_unknown(struct diags *diags, struct mark mark, enum diag_code code, const char *what, const char *name,
                  const char *const *candidates, size_t candidate_count);

/* The end of such a message for other wordings: "; did you mean 'X'? LABEL: a, b, c". Long lists are cut. */
const char *diag_suggest(struct arena *arena, const char *label, const char *name, const char *const *candidates,
                         size_t candidate_count);

/* Sorts by file (in order of first report; messages without a file first), line, column, order of report; drops exact
 * repeats; appends to `out`. `diags` is left sorted and without the repeats. */
void diag_print(struct diags *diags, struct text *out, bool color);

/* Decodes the code point at the start of `bytes`: its length in bytes, or 0 when that is not well-formed UTF-8
 * (overlong forms, surrogates, beyond U+10FFFF, cut off). A column of a mark is a code point, or one byte that is none.
 */
size_t diag_code_point(const char *bytes, size_t length, uint32_t *code);

/* A copy of `bytes` that is safe in one line of a terminal: control, invisible and direction-changing characters
 * and invalid UTF-8 become \xNN; cut with "..." after `columns_max`. Lives in `arena`. */
const char *diag_quote(struct arena *arena, const char *bytes, size_t length, size_t columns_max);

#endif
