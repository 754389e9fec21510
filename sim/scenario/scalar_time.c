/* Dates and times of scalar.h. */
#include "scenario/scalar.h"
#include "scenario/slice.h"

enum {
    YEAR_MIN = 1970,
    YEAR_MAX = 2200,
    OFFSET_MINUTES_MAX = 14 * 60,
    MINUTES_PER_DAY = 24 * 60,
};

static const char date_form[] = "a date is written as in 2025-10-13";

static const char *read_date(struct slice *slice, struct civil *out)
{
    if (!read_digits(slice, 4, &out->year) || !accept(slice, '-') || !read_digits(slice, 2, &out->month) ||
        !accept(slice, '-') || !read_digits(slice, 2, &out->day) || is_digit(peek(slice))) {
        return date_form;
    }
    if (out->year < YEAR_MIN || out->year > YEAR_MAX) {
        return "the year must be from 1970 to 2200, as in 2025-10-13";
    }
    const struct civil day = {.year = out->year, .month = out->month, .day = out->day};
    return civil_valid(&day) ? NULL : "there is no such date in the calendar; a real one is 2025-10-13";
}

/* The ".ffffff" of a time. */
static const char *read_microseconds(struct slice *slice, int *out)
{
    int digits = 0;
    for (; is_digit(peek(slice)); slice->at++, digits++) {
        if (digits == 6) {
            return "a time has at most 6 digits after the point, as in 18:36:00.123456";
        }
        *out = *out * 10 + (*slice->at - '0');
    }
    if (digits == 0) {
        return "a digit is needed after the point, as in 18:36:00.5";
    }
    for (; digits < 6; digits++) {
        *out *= 10;
    }
    return NULL;
}

static const char *read_time(struct slice *slice, struct civil *out)
{
    static const char form[] = "a time is written with two digits each, as in 08:00 or 18:36:05.25";
    if (!read_digits(slice, 2, &out->hour) || !accept(slice, ':') || !read_digits(slice, 2, &out->minute)) {
        return form;
    }
    const bool has_seconds = accept(slice, ':');
    if (has_seconds && !read_digits(slice, 2, &out->second)) {
        return form;
    }
    if (is_digit(peek(slice)) || peek(slice) == ':') {
        return form;
    }
    if (out->hour > 23 || out->minute > 59 || out->second > 59) {
        return "there is no such time of day; it is from 00:00:00 to 23:59:59";
    }
    return has_seconds && accept(slice, '.') ? read_microseconds(slice, &out->microsecond) : NULL;
}

/* "Z" or "+02:00", which must be the rest of the text. */
static const char *read_offset(struct slice slice, int64_t *out_us)
{
    static const char form[] = "an offset is written as Z or with a colon, as in +02:00";
    *out_us = 0;
    if (equals(&slice, "Z")) {
        return NULL;
    }
    const bool negative = peek(&slice) == '-';
    if (!negative && peek(&slice) != '+') {
        return "after the time only an offset may follow, as in 08:00+02:00 or 08:00Z";
    }
    slice.at++;
    int hours = 0;
    int minutes = 0;
    if (!read_digits(&slice, 2, &hours) || !accept(&slice, ':') || !read_digits(&slice, 2, &minutes) ||
        !is_empty(&slice)) {
        return form;
    }
    if (minutes > 59 || hours * 60 + minutes > OFFSET_MINUTES_MAX) {
        return "an offset is from -14:00 to +14:00, as in +02:00";
    }
    const int64_t offset_us = (hours * 60 + minutes) * US_PER_MINUTE;
    *out_us = negative ? -offset_us : offset_us;
    return NULL;
}

static const char moment_form[] = "a moment is written as in 2025-10-13T08:00, 18:36:00 or +40ms";

static const char *read_dated(struct slice slice, struct moment *out)
{
    const char *problem = read_date(&slice, &out->civil);
    if (problem != NULL) {
        return problem == date_form ? moment_form : problem;
    }
    if (is_empty(&slice)) {
        return "a time is needed after the date, as in 2025-10-13T08:00";
    }
    if (!accept(&slice, 'T')) {
        return "a T stands between date and time, as in 2025-10-13T08:00";
    }
    problem = read_time(&slice, &out->civil);
    if (problem != NULL) {
        return problem;
    }
    out->kind = MOMENT_LOCAL;
    if (is_empty(&slice)) {
        return NULL;
    }
    out->kind = MOMENT_FIXED;
    return read_offset(slice, &out->offset_us);
}

/* A time without a date. One with an offset comes back as MOMENT_FIXED, for the caller to complete or to refuse. */
static const char *read_undated(struct slice slice, struct moment *out)
{
    const char *problem = read_time(&slice, &out->civil);
    if (problem != NULL) {
        return problem;
    }
    out->kind = MOMENT_TIME;
    if (is_empty(&slice)) {
        return NULL;
    }
    out->kind = MOMENT_FIXED;
    return read_offset(slice, &out->offset_us);
}

/* `dated` tells whether the text has a date of its own. */
static const char *read_moment(struct slice slice, struct moment *out, bool *dated)
{
    *out = (struct moment){.kind = MOMENT_OFFSET};
    *dated = false;
    const bool is_signed = peek(&slice) == '+' || peek(&slice) == '-';
    if (is_signed ? contains(&slice, ':') : !is_digit(peek(&slice))) {
        return moment_form;
    }
    if (!is_signed) {
        const ptrdiff_t length = slice.end - slice.at;
        const bool has_date_sign = length > 4 && slice.at[4] == '-';
        const bool has_time_sign = length > 2 && (slice.at[1] == ':' || slice.at[2] == ':');
        if (has_date_sign || (!has_time_sign && (contains(&slice, '-') || contains(&slice, ':')))) {
            *dated = true;
            return read_dated(slice, out);
        }
        if (has_time_sign) {
            return read_undated(slice, out);
        }
    }
    return slice_duration(slice, &out->offset_us);
}

static const char undated_offset[] = "a time with an offset needs its date, as in 2025-10-13T08:00+02:00";

const char *scalar_moment(const char *text, struct moment *out)
{
    struct moment moment;
    bool dated = false;
    const char *problem = read_moment(slice_of(text), &moment, &dated);
    if (problem != NULL) {
        return problem;
    }
    if (moment.kind == MOMENT_FIXED && !dated) {
        return undated_offset;
    }
    *out = moment;
    return NULL;
}

static void copy_date(struct civil *to, const struct civil *from)
{
    to->year = from->year;
    to->month = from->month;
    to->day = from->day;
}

/* What the end of a range leaves out, its beginning says. As in ISO 8601, that goes for the offset, too. */
static const char *complete_end(struct moment *high, bool dated, const struct moment *low)
{
    const bool low_dated = low->kind == MOMENT_LOCAL || low->kind == MOMENT_FIXED;
    if (!dated && (high->kind == MOMENT_TIME || high->kind == MOMENT_FIXED) && low_dated) {
        copy_date(&high->civil, &low->civil);
        high->kind = high->kind == MOMENT_TIME ? MOMENT_LOCAL : MOMENT_FIXED;
    } else if (!dated && high->kind == MOMENT_FIXED) {
        return undated_offset;
    }
    if (high->kind == MOMENT_LOCAL && low->kind == MOMENT_FIXED) {
        high->kind = MOMENT_FIXED;
        high->offset_us = low->offset_us;
    }
    return NULL;
}

const char *scalar_moment_range(const char *text, struct moment *low, struct moment *high)
{
    struct slice first;
    struct slice second;
    struct moment from;
    struct moment to;
    bool dated = false;
    const bool is_range = split_range(text, &first, &second);
    if (is_range && (is_empty(&first) || is_empty(&second))) {
        return "a range needs both ends, as in 2025-10-13T10:00..12:00";
    }
    const char *problem = read_moment(first, &from, &dated);
    if (problem == NULL && from.kind == MOMENT_FIXED && !dated) {
        problem = undated_offset;
    }
    to = from;
    if (problem == NULL && is_range) {
        problem = read_moment(second, &to, &dated);
        problem = problem != NULL ? problem : complete_end(&to, dated, &from);
    }
    if (problem != NULL) {
        return problem;
    }
    *low = from;
    *high = to;
    return NULL;
}

static const char *read_day(struct slice slice, int32_t *out_day)
{
    struct civil civil = {0};
    const char *problem = read_date(&slice, &civil);
    if (problem != NULL) {
        return problem;
    }
    if (!is_empty(&slice)) {
        return "a date has no time, as in 2025-10-13";
    }
    *out_day = civil_day(&civil);
    return NULL;
}

const char *scalar_date(const char *text, int32_t *out_day)
{
    return read_day(slice_of(text), out_day);
}

const char *scalar_date_range(const char *text, int32_t *out_from, int32_t *out_to)
{
    struct slice first;
    struct slice second;
    int32_t from = 0;
    int32_t to = 0;
    const bool is_range = split_range(text, &first, &second);
    if (is_range && (is_empty(&first) || is_empty(&second))) {
        return "a range needs both dates, as in 2025-10-13..2025-10-17";
    }
    const char *problem = read_day(first, &from);
    to = from;
    if (problem == NULL && is_range) {
        problem = read_day(second, &to);
        if (problem == date_form) {
            problem = "both dates of a range are written out, as in 2025-10-13..2025-10-17";
        }
    }
    if (problem != NULL) {
        return problem;
    }
    if (from > to) {
        return "a range starts with the earlier date, as in 2025-10-13..2025-10-17";
    }
    *out_from = from;
    *out_to = to;
    return NULL;
}

static const char *read_minute(struct slice slice, int32_t *out_minute)
{
    int hour = 0;
    int minute = 0;
    if (!read_digits(&slice, 2, &hour) || !accept(&slice, ':') || !read_digits(&slice, 2, &minute) ||
        !is_empty(&slice)) {
        return "a daily window is written with two digits each, as in 09:00..18:00";
    }
    if (minute > 59 || hour * 60 + minute > MINUTES_PER_DAY) {
        return "there is no such time of day; a window is within 00:00..24:00";
    }
    *out_minute = hour * 60 + minute;
    return NULL;
}

static const char *read_daily_window(struct slice slice, struct daily_window *out)
{
    struct slice first = slice;
    struct slice second = slice;
    while (!is_empty(&second) && *second.at != '.') {
        second.at++;
    }
    first.end = second.at;
    if (!accept(&second, '.') || !accept(&second, '.')) {
        return "a daily window has two times, as in 09:00..18:00";
    }
    struct daily_window window;
    const char *problem = read_minute(first, &window.from_minute);
    problem = problem != NULL ? problem : read_minute(second, &window.to_minute);
    if (problem != NULL) {
        return problem;
    }
    if (window.from_minute >= window.to_minute) {
        return "a daily window ends after it starts, as in 09:00..18:00";
    }
    *out = window;
    return NULL;
}

const char *scalar_daily_window(const char *text, struct daily_window *out)
{
    return read_daily_window(slice_of(text), out);
}

const char *scalar_daily_grid(const char *text, struct daily_grid *out)
{
    static const char separator[] = " every ";
    const char *every = strstr(text, separator);
    if (every == NULL) {
        return "a row of slots needs a window and a step, as in 08:00..17:00 every 30m";
    }
    struct daily_grid grid;
    const char *problem = read_daily_window((struct slice){.at = text, .end = every}, &grid.window);
    int64_t step_us = 0;
    if (problem == NULL) {
        problem = slice_duration(slice_of(every + strlen(separator)), &step_us);
    }
    if (problem != NULL) {
        return problem;
    }
    if (step_us % US_PER_MINUTE != 0 || step_us < US_PER_MINUTE || step_us > US_PER_DAY) {
        return "the step of a row of slots is a whole number of minutes from 1min to 1440min, as in every 30m";
    }
    grid.every_minutes = (int32_t)(step_us / US_PER_MINUTE);
    *out = grid;
    return NULL;
}
