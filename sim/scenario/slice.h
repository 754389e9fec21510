/* Reading a scalar from left to right; private to scalar.c and scalar_time.c. */
#ifndef SLOTRACE_SCENARIO_SLICE_H
#define SLOTRACE_SCENARIO_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The part of a text that is still to be read. */
struct slice {
    const char *at;
    const char *end;
};

static inline struct slice slice_of(const char *text)
{
    return (struct slice){.at = text, .end = text + strlen(text)};
}

static inline bool is_empty(const struct slice *slice)
{
    return slice->at == slice->end;
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline char peek(const struct slice *slice)
{
    return is_empty(slice) ? '\0' : *slice->at;
}

static inline bool accept(struct slice *slice, char c)
{
    if (peek(slice) != c || is_empty(slice)) {
        return false;
    }
    slice->at++;
    return true;
}

static inline bool contains(const struct slice *slice, char c)
{
    return !is_empty(slice) && memchr(slice->at, c, (size_t)(slice->end - slice->at)) != NULL;
}

static inline bool equals(const struct slice *slice, const char *text)
{
    const size_t length = (size_t)(slice->end - slice->at);
    return length == strlen(text) && memcmp(slice->at, text, length) == 0;
}

/* Splits at the first ".."; false, and all of it in `low`, when there is none. */
static inline bool split_range(const char *text, struct slice *low, struct slice *high)
{
    *low = slice_of(text);
    const char *dots = strstr(text, "..");
    if (dots == NULL) {
        return false;
    }
    *high = (struct slice){.at = dots + 2, .end = low->end};
    low->end = dots;
    return true;
}

/* Exactly `count` (at most 9) digits. */
static inline bool read_digits(struct slice *slice, int count, int *out)
{
    if (slice->end - slice->at < count) {
        return false;
    }
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit(slice->at[i])) {
            return false;
        }
        value = value * 10 + (slice->at[i] - '0');
    }
    slice->at += count;
    *out = value;
    return true;
}

/* scalar_duration() of a part of a text. */
const char *slice_duration(struct slice slice, int64_t *out_us);

#endif
