/* The scalars of the file formats: pure functions from text to value.
 *
 * Each returns NULL and sets *out, or returns a static sentence fragment that says what is wrong and what is needed
 * ("a duration needs a unit (us, ms, s, min, h, d), as in 300s"). Nothing here knows zones or clocks. */
#ifndef SLOTRACE_SCENARIO_SCALAR_H
#define SLOTRACE_SCENARIO_SCALAR_H

#include "base/zone.h"

#include <stdbool.h>
#include <stdint.h>

struct span {
    int64_t low;
    int64_t high; /* Inclusive; INT64_MIN / INT64_MAX when that side is open. */
};

/* 300s, 5min, 5m, 1.5s, 500us, 20ms, 2h, 1d; a sign is allowed (-2h, +40ms). Exact decimal arithmetic: 300.001s is
 * 300001000 us; finer than 1 us, or beyond 100 years (36525d), is an error. "0" alone needs no unit. */
const char *scalar_duration(const char *text, int64_t *out_us);

/* "a..b", "..b", "a..", "a" (low = high). low <= high is checked. */
const char *scalar_duration_span(const char *text, struct span *out_us);
const char *scalar_integer(const char *text, int64_t *out); /* Decimal, sign, no leading zeros beyond one digit. */
const char *scalar_integer_span(const char *text, struct span *out);
const char *scalar_boolean(const char *text, bool *out); /* true false yes no */

/* A moment as written: resolved against a zone and a clock by the loader. */
struct moment {
    enum moment_kind {
        MOMENT_OFFSET, /* +40ms, 0s: after the scenario's clock */
        MOMENT_TIME,   /* 18:36[:00[.ffffff]]: on the clock's date, local */
        MOMENT_LOCAL,  /* 2025-10-13T08:00[:00[.ffffff]]: local */
        MOMENT_FIXED,  /* the same with +02:00 or Z */
    } kind;
    int64_t offset_us;  /* MOMENT_OFFSET: since the clock. MOMENT_FIXED: east of Greenwich. */
    struct civil civil; /* MOMENT_TIME: only hour .. microsecond. */
};

const char *scalar_moment(const char *text, struct moment *out);
/* "a" or "a..b"; in b the date may be left out after a full a: 2025-10-13T10:00..12:00 (then b has a's date, and a's
 * written offset if it wrote none; as in ISO 8601 a full b without an offset takes a's, too). Both ends must be there.
 * Order is not checked here. */
const char *scalar_moment_range(const char *text, struct moment *low, struct moment *high);

const char *scalar_date(const char *text, int32_t *out_day);                         /* 2025-10-13 */
const char *scalar_date_range(const char *text, int32_t *out_from, int32_t *out_to); /* 2025-10-13 or ..; from <= to */

/* Time of day in minutes, "24:00" allowed as an end. */
struct daily_window {
    int32_t from_minute;
    int32_t to_minute; /* > from */
};
const char *scalar_daily_window(const char *text, struct daily_window *out); /* 09:00..18:00 */

/* 08:00..17:00 every 30m: a row of slots; every: whole minutes, 1..1440. */
struct daily_grid {
    struct daily_window window;
    int32_t every_minutes;
};
const char *scalar_daily_grid(const char *text, struct daily_grid *out);

/* A name: a letter or digit, then letters, digits, '-', '_', '.', '#'; at most 64 bytes. */
const char *scalar_name(const char *text);

#endif
