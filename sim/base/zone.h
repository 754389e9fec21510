/* Civil time in an IANA zone, through GLib's reader of the zone database. Never the process's TZ.
 *
 * Instants are microseconds since 1970-01-01T00:00:00Z. Days are days since 1970-01-01 in the proleptic Gregorian
 * calendar, of the zone's civil date. Instants between the years 1 and 9999 are representable. */
#ifndef SLOTRACE_BASE_ZONE_H
#define SLOTRACE_BASE_ZONE_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_MINUTE (60 * US_PER_SECOND)
#define US_PER_HOUR (60 * US_PER_MINUTE)
#define US_PER_DAY (24 * US_PER_HOUR)

struct zone; /* Owns a GTimeZone: zone_free(). */

struct civil {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second, microsecond;
};

enum zone_local {
    ZONE_LOCAL_UNIQUE,
    ZONE_LOCAL_GAP,       /* No such local time: the clocks skip it. */
    ZONE_LOCAL_AMBIGUOUS, /* It happens twice. */
};

/* NULL: the database does not know `name` (or the name is not a plain IANA name). */
struct zone *zone_new(const char *name);
void zone_free(struct zone *zone); /* NULL is allowed. */
const char *zone_name(const struct zone *zone);

/* Names near `name`, from the database's own list; NULL when there is none. */
const char *zone_suggest(struct arena *arena, const char *name);

bool civil_valid(const struct civil *civil); /* 30 February is not. */
int32_t civil_day(const struct civil *civil);
struct civil civil_from_day(int32_t day); /* At midnight. */
int civil_weekday(int32_t day);           /* 1 = Monday .. 7 = Sunday */

struct civil zone_civil(const struct zone *zone, int64_t instant_us);
int32_t zone_day(const struct zone *zone, int64_t instant_us);
int32_t zone_offset_s(const struct zone *zone, int64_t instant_us); /* East of Greenwich. */

/* Local time to instants: `first_us` is the (earlier) one, `second_us` the later when ambiguous. In a gap both are the
 * instant at which the clocks jump. */
enum zone_local zone_instant(const struct zone *zone, const struct civil *civil, int64_t *first_us, int64_t *second_us);

/* UTC instant as civil time without a zone. */
int64_t civil_utc_us(const struct civil *civil);

/* Appends "2025-10-11 18:36:00.000000+02:00"; the fraction only when `fraction`. */
void zone_format(const struct zone *zone, int64_t instant_us, bool fraction, struct text *out);

#endif
