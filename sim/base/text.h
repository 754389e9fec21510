/* Growing text, and the few text helpers that messages need. */
#ifndef SLOTRACE_BASE_TEXT_H
#define SLOTRACE_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Owns malloc'd memory: start from {0}, end with text_free(). `data` is NUL-terminated once anything was added. */
struct text {
    char *data;
    size_t length;
    size_t capacity;
};

void text_add(struct text *text, const char *bytes, size_t length);
void text_puts(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_pad(struct text *text, size_t start, size_t width); /* Spaces until `width` columns (UTF-8) after `start`. */
void text_clear(struct text *text);                           /* Keeps the memory. */
void text_free(struct text *text);
const char *text_string(const struct text *text); /* Never NULL. */

/* A duration in us as people write it: "0 s", "40 ms", "300.001 s", "7320 s" becomes "7,320 s". */
void text_duration(struct text *text, int64_t duration_us);

/* Columns that `length` bytes of UTF-8 take, a code point each. */
size_t text_columns(const char *bytes, size_t length);

/* The candidate nearest to `word` by optimal string alignment distance (Damerau-Levenshtein with adjacent
 * transpositions), or NULL when none is near enough to be a plausible typo (a third of the longer word, at least 1).
 * Ties go to the first candidate. */
const char *text_nearest(const char *word, const char *const *candidates, size_t count);

bool text_equal(const char *a, const char *b); /* Both may be NULL. */

/* Glob as Redis KEYS understands it: * ? [a-z] [^a] and backslash. */
bool text_matches_glob(const char *pattern, const char *string);

#endif
