/* Durations, numbers, words and names; dates and times are in scalar_time.c. */
#include "scenario/scalar.h"

#include "base/check.h"
#include "scenario/slice.h"

enum { NAME_BYTES_MAX = 64 };

#define DURATION_MAX_US (36525 * US_PER_DAY) /* 100 years. */

static const char unit_missing[] = "a duration needs a unit (us, ms, s, min, h, d), as in 300s";

static const char *read_unit(const struct slice *slice, int64_t *out_us)
{
    static const struct {
        const char *name;
        int64_t us;
    } units[] = {
        {"us", 1},          {"ms", 1000},      {"s", US_PER_SECOND}, {"min", US_PER_MINUTE}, {"m", US_PER_MINUTE},
        {"h", US_PER_HOUR}, {"d", US_PER_DAY},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (equals(slice, units[i].name)) {
            *out_us = units[i].us;
            return NULL;
        }
    }
    if (is_empty(slice)) {
        return unit_missing;
    }
    if (peek(slice) == ' ') {
        return "a duration has no space before its unit, as in 300s";
    }
    if (peek(slice) == ',') {
        return "a fraction is written with a point, as in 1.5s";
    }
    for (const char *c = slice->at; c < slice->end; c++) {
        if (is_digit(*c)) {
            return "a duration is one number and one unit, as in 90min instead of 1h30min";
        }
    }
    return "the unit is none of us, ms, s, min, h, d, as in 300s";
}

struct decimal {
    int64_t whole;
    int64_t numerator; /* The fraction is numerator / denominator, a power of ten; no trailing zeros. */
    int64_t denominator;
};

static const char too_long[] = "a duration is at most 100 years (36525d)";
static const char too_fine[] = "a duration is a whole number of microseconds, as in 0.000001s or 1us";

static const char *read_fraction(struct slice *slice, struct decimal *out)
{
    const char *last = slice->at;
    while (last < slice->end && is_digit(*last)) {
        last++;
    }
    if (last == slice->at) {
        return "a digit is needed after the point, as in 1.5s";
    }
    const char *rest = last;
    while (last > slice->at && last[-1] == '0') {
        last--;
    }
    /* No unit has more than 13 factors of two or of five, so a 14th digit that is not 0 is below 1 us. */
    if (last - slice->at > 13) {
        return too_fine;
    }
    for (const char *c = slice->at; c < last; c++) {
        out->numerator = out->numerator * 10 + (*c - '0');
        out->denominator *= 10;
    }
    slice->at = rest;
    return NULL;
}

static const char *read_decimal(struct slice *slice, struct decimal *out)
{
    if (peek(slice) == '.') {
        return "a digit is needed before the point, as in 0.5s";
    }
    if (!is_digit(peek(slice))) {
        return "a duration is a number and a unit (us, ms, s, min, h, d), as in 300s";
    }
    while (is_digit(peek(slice))) {
        if (out->whole > DURATION_MAX_US / 10) {
            return too_long;
        }
        out->whole = out->whole * 10 + (*slice->at++ - '0');
    }
    return accept(slice, '.') ? read_fraction(slice, out) : NULL;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

const char *slice_duration(struct slice slice, int64_t *out_us)
{
    const bool negative = peek(&slice) == '-';
    if (negative || peek(&slice) == '+') {
        slice.at++;
    }
    if (equals(&slice, "0")) {
        *out_us = 0;
        return NULL;
    }
    struct decimal decimal = {.denominator = 1};
    const char *problem = read_decimal(&slice, &decimal);
    if (problem != NULL) {
        return problem;
    }
    int64_t unit_us = 0;
    problem = read_unit(&slice, &unit_us);
    if (problem != NULL) {
        return problem;
    }
    const int64_t divisor = common_divisor(unit_us, decimal.denominator);
    const int64_t share = decimal.denominator / divisor;
    check(share > 0);
    if (decimal.numerator % share != 0) {
        return too_fine;
    }
    const int64_t fraction_us = decimal.numerator / share * (unit_us / divisor); /* < unit_us */
    if (decimal.whole > DURATION_MAX_US / unit_us || decimal.whole * unit_us > DURATION_MAX_US - fraction_us) {
        return too_long;
    }
    const int64_t magnitude_us = decimal.whole * unit_us + fraction_us;
    *out_us = negative ? -magnitude_us : magnitude_us;
    return NULL;
}

const char *scalar_duration(const char *text, int64_t *out_us)
{
    return slice_duration(slice_of(text), out_us);
}

static const char *read_integer(struct slice slice, int64_t *out)
{
    static const char form[] = "a whole number is only digits, as in 42";
    const bool negative = peek(&slice) == '-';
    if (negative || peek(&slice) == '+') {
        slice.at++;
    }
    if (is_empty(&slice)) {
        return form;
    }
    if (peek(&slice) == '0' && slice.end - slice.at > 1 && is_digit(slice.at[1])) {
        return "a whole number has no leading zeros, as in 7 instead of 07";
    }
    int64_t value = 0; /* Counts down, because INT64_MIN has no positive twin. */
    for (; slice.at < slice.end; slice.at++) {
        if (!is_digit(*slice.at)) {
            return form;
        }
        const int digit = *slice.at - '0';
        if (value < (INT64_MIN + digit) / 10) {
            return "the number does not fit into 64 bits; it is at most 9223372036854775807";
        }
        value = value * 10 - digit;
    }
    if (!negative && value == INT64_MIN) {
        return "the number does not fit into 64 bits; it is at most 9223372036854775807";
    }
    *out = negative ? value : -value;
    return NULL;
}

const char *scalar_integer(const char *text, int64_t *out)
{
    return read_integer(slice_of(text), out);
}

typedef const char *read_number(struct slice slice, int64_t *out);

struct span_words {
    const char *empty, *order, *dots;
};

static const char *read_span(const char *text, read_number *read, const struct span_words *words, struct span *out)
{
    struct span span = {.low = INT64_MIN, .high = INT64_MAX};
    struct slice low;
    struct slice high;
    const char *problem = NULL;
    if (!split_range(text, &low, &high)) {
        problem = read(low, &span.low);
        span.high = span.low;
    } else if (is_empty(&low) && is_empty(&high)) {
        problem = words->empty;
    } else if (strstr(high.at, "..") != NULL || peek(&high) == '.') {
        problem = words->dots;
    } else {
        problem = is_empty(&low) ? NULL : read(low, &span.low);
        if (problem == NULL && !is_empty(&high)) {
            problem = read(high, &span.high);
        }
    }
    if (problem != NULL) {
        return problem;
    }
    if (span.low > span.high) {
        return words->order;
    }
    *out = span;
    return NULL;
}

const char *scalar_duration_span(const char *text, struct span *out_us)
{
    static const struct span_words words = {
        .empty = "a range needs at least one end, as in 300ms..800ms or ..800ms",
        .order = "a range starts with the shorter duration, as in 300ms..800ms",
        .dots = "a range has two dots and two ends, as in 300ms..800ms",
    };
    const char *problem = read_span(text, slice_duration, &words, out_us);
    if (problem == unit_missing && strstr(text, "..") != NULL) {
        return "both ends of a range need a unit (us, ms, s, min, h, d), as in 300ms..800ms";
    }
    return problem;
}

const char *scalar_integer_span(const char *text, struct span *out)
{
    static const struct span_words words = {
        .empty = "a range needs at least one end, as in 1..5 or ..5",
        .order = "a range starts with the smaller number, as in 1..5",
        .dots = "a range has two dots and two ends, as in 1..5",
    };
    return read_span(text, read_integer, &words, out);
}

const char *scalar_boolean(const char *text, bool *out)
{
    if (strcmp(text, "true") == 0 || strcmp(text, "yes") == 0) {
        *out = true;
        return NULL;
    }
    if (strcmp(text, "false") == 0 || strcmp(text, "no") == 0) {
        *out = false;
        return NULL;
    }
    return "it is one of true, false, yes, no, in small letters";
}

const char *scalar_name(const char *text)
{
    const size_t length = strlen(text);
    if (length > NAME_BYTES_MAX) {
        return "a name has at most 64 characters, as in call-a";
    }
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];
        const bool alphanumeric = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (i == 0 && !alphanumeric) {
            return "a name starts with a letter (a-z) or a digit, as in call-a";
        }
        if (!alphanumeric && strchr("-_.#", c) == NULL) {
            return "a name has only letters (a-z), digits and - _ . #, as in call-a";
        }
    }
    return length == 0 ? "a name is not empty, as in call-a" : NULL;
}
