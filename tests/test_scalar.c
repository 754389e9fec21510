#include "scenario/scalar.h"

#include "cmocka_all.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define UNIT "a duration needs a unit (us, ms, s, min, h, d), as in 300s"
#define WRONG_UNIT "the unit is none of us, ms, s, min, h, d, as in 300s"
#define NO_DURATION "a duration is a number and a unit (us, ms, s, min, h, d), as in 300s"
#define FINE "a duration is a whole number of microseconds, as in 0.000001s or 1us"
#define LONG "a duration is at most 100 years (36525d)"
#define ONE "a duration is one number and one unit, as in 90min instead of 1h30min"
#define POINT_BEFORE "a digit is needed before the point, as in 0.5s"
#define POINT_AFTER "a digit is needed after the point, as in 1.5s"

static void expect_problem(const char *text, const char *problem, const char *expected)
{
    if (problem == NULL || expected == NULL || strcmp(problem, expected) != 0) {
        if (problem != expected) {
            fail_msg("'%s': got \"%s\", expected \"%s\"", text, problem == NULL ? "(read)" : problem,
                     expected == NULL ? "(read)" : expected);
        }
    }
}

static void read_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value_us;
        const char *problem;
    } cases[] = {
        {"300s", 300000000, NULL},
        {"5min", 300000000, NULL},
        {"5m", 300000000, NULL},
        {"1.5s", 1500000, NULL},
        {"500us", 500, NULL},
        {"20ms", 20000, NULL},
        {"2h", 7200000000, NULL},
        {"1d", 86400000000, NULL},
        {"-2h", -7200000000, NULL},
        {"+40ms", 40000, NULL},
        {"300.001s", 300001000, NULL},
        {"0", 0, NULL},
        {"+0", 0, NULL},
        {"-0", 0, NULL},
        {"0s", 0, NULL},
        {"0.0us", 0, NULL},
        {"-0.5s", -500000, NULL},
        {"007s", 7000000, NULL},
        {"0.000001s", 1, NULL},
        {"1.000000000000000000000000000000s", 1000000, NULL},
        {"0.00000005min", 3, NULL},
        {"0.0009765625h", 3515625, NULL},
        {"0.00000000000000000000d", 0, NULL},
        {"0.0001220703125d", 10546875, NULL},
        {"0.00000000125d", 108, NULL},
        {"36525d", 3155760000000000, NULL},
        {"-36525d", -3155760000000000, NULL},
        {"3155760000000000us", 3155760000000000, NULL},
        {"3155759999.999999s", 3155759999999999, NULL},
        {"", 0, NO_DURATION},
        {"+", 0, NO_DURATION},
        {"s", 0, NO_DURATION},
        {"soon", 0, NO_DURATION},
        {"--1s", 0, NO_DURATION},
        {" 1s", 0, NO_DURATION},
        {"300", 0, UNIT},
        {"0.0", 0, UNIT},
        {"00", 0, UNIT},
        {"300 s", 0, "a duration has no space before its unit, as in 300s"},
        {"1,5s", 0, "a fraction is written with a point, as in 1.5s"},
        {"300sec", 0, WRONG_UNIT},
        {"300S", 0, WRONG_UNIT},
        {"300ns", 0, WRONG_UNIT},
        {"300s ", 0, WRONG_UNIT},
        {"1.5.5s", 0, ONE},
        {"1h30min", 0, ONE},
        {"1e3s", 0, ONE},
        {"0x10s", 0, ONE},
        {"1_000s", 0, ONE},
        {".5s", 0, POINT_BEFORE},
        {"-.5s", 0, POINT_BEFORE},
        {"5.s", 0, POINT_AFTER},
        {"0.5us", 0, FINE},
        {"0.0000005s", 0, FINE},
        {"0.00000000001d", 0, FINE},
        {"0.00000000000001d", 0, FINE},
        {"0.99999999999999999999999999s", 0, FINE},
        {"36525.1d", 0, LONG},
        {"36526d", 0, LONG},
        {"-36526d", 0, LONG},
        {"3155760000000001us", 0, LONG},
        {"3155760000.000001s", 0, LONG},
        {"3155760000000000s", 0, LONG},
        {"9223372036854775808us", 0, LONG},
        {"99999999999999999999999999999999999d", 0, LONG},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t value_us = -77;
        const char *problem = scalar_duration(cases[i].text, &value_us);
        expect_problem(cases[i].text, problem, cases[i].problem);
        assert_int_equal(value_us, problem == NULL ? cases[i].value_us : -77);
    }
}

static void read_duration_spans(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t low, high;
        const char *problem;
    } cases[] = {
        {"300ms..800ms", 300000, 800000, NULL},
        {"..800ms", INT64_MIN, 800000, NULL},
        {"300ms..", 300000, INT64_MAX, NULL},
        {"300ms", 300000, 300000, NULL},
        {"1.5s..2.5s", 1500000, 2500000, NULL},
        {"0..1s", 0, 1000000, NULL},
        {"-1s..+1s", -1000000, 1000000, NULL},
        {"1s..1000ms", 1000000, 1000000, NULL},
        {"..", 0, 0, "a range needs at least one end, as in 300ms..800ms or ..800ms"},
        {"2s..1s", 0, 0, "a range starts with the shorter duration, as in 300ms..800ms"},
        {"1s...2s", 0, 0, "a range has two dots and two ends, as in 300ms..800ms"},
        {"1s..2s..3s", 0, 0, "a range has two dots and two ends, as in 300ms..800ms"},
        {"300..800ms", 0, 0, "both ends of a range need a unit (us, ms, s, min, h, d), as in 300ms..800ms"},
        {"300ms..800", 0, 0, "both ends of a range need a unit (us, ms, s, min, h, d), as in 300ms..800ms"},
        {"300", 0, 0, UNIT},
        {"1s .. 2s", 0, 0, WRONG_UNIT},
        {"1s-2s", 0, 0, ONE},
        {"", 0, 0, NO_DURATION},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct span span = {-77, -77};
        const char *problem = scalar_duration_span(cases[i].text, &span);
        expect_problem(cases[i].text, problem, cases[i].problem);
        assert_int_equal(span.low, problem == NULL ? cases[i].low : -77);
        assert_int_equal(span.high, problem == NULL ? cases[i].high : -77);
    }
}

#define DIGITS "a whole number is only digits, as in 42"
#define LEADING "a whole number has no leading zeros, as in 7 instead of 07"
#define BIG "the number does not fit into 64 bits; it is at most 9223372036854775807"

static void read_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
        const char *problem;
    } cases[] = {
        {"0", 0, NULL},
        {"42", 42, NULL},
        {"-42", -42, NULL},
        {"+5", 5, NULL},
        {"-0", 0, NULL},
        {"2563193", 2563193, NULL},
        {"9223372036854775807", INT64_MAX, NULL},
        {"-9223372036854775808", INT64_MIN, NULL},
        {"9223372036854775808", 0, BIG},
        {"-9223372036854775809", 0, BIG},
        {"99999999999999999999999999", 0, BIG},
        {"", 0, DIGITS},
        {"-", 0, DIGITS},
        {"1.5", 0, DIGITS},
        {"1,000", 0, DIGITS},
        {"1_000", 0, DIGITS},
        {"0x10", 0, DIGITS},
        {"1e3", 0, DIGITS},
        {"five", 0, DIGITS},
        {" 5", 0, DIGITS},
        {"5 ", 0, DIGITS},
        {"+-5", 0, DIGITS},
        {"07", 0, LEADING},
        {"-007", 0, LEADING},
        {"00", 0, LEADING},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t value = -77;
        const char *problem = scalar_integer(cases[i].text, &value);
        expect_problem(cases[i].text, problem, cases[i].problem);
        assert_int_equal(value, problem == NULL ? cases[i].value : -77);
    }
}

static void read_integer_spans(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t low, high;
        const char *problem;
    } cases[] = {
        {"1..5", 1, 5, NULL},
        {"..5", INT64_MIN, 5, NULL},
        {"1..", 1, INT64_MAX, NULL},
        {"3", 3, 3, NULL},
        {"-5..-1", -5, -1, NULL},
        {"..", 0, 0, "a range needs at least one end, as in 1..5 or ..5"},
        {"5..1", 0, 0, "a range starts with the smaller number, as in 1..5"},
        {"1...5", 0, 0, "a range has two dots and two ends, as in 1..5"},
        {"1..5..9", 0, 0, "a range has two dots and two ends, as in 1..5"},
        {"1-5", 0, 0, DIGITS},
        {"1 .. 5", 0, 0, DIGITS},
        {"1..x", 0, 0, DIGITS},
        {"1..05", 0, 0, LEADING},
        {"1..9223372036854775808", 0, 0, BIG},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct span span = {-77, -77};
        const char *problem = scalar_integer_span(cases[i].text, &span);
        expect_problem(cases[i].text, problem, cases[i].problem);
        assert_int_equal(span.low, problem == NULL ? cases[i].low : -77);
        assert_int_equal(span.high, problem == NULL ? cases[i].high : -77);
    }
}

static void read_booleans(void **state)
{
    (void)state;
    static const char *const refused[] = {"", "True", "YES", "on", "1", "y", "true ", "null"};
    bool value = false;
    assert_null(scalar_boolean("true", &value));
    assert_true(value);
    assert_null(scalar_boolean("no", &value));
    assert_false(value);
    assert_null(scalar_boolean("yes", &value));
    assert_true(value);
    assert_null(scalar_boolean("false", &value));
    assert_false(value);
    for (size_t i = 0; i < COUNT(refused); i++) {
        expect_problem(refused[i], scalar_boolean(refused[i], &value),
                       "it is one of true, false, yes, no, in small letters");
    }
}

#define MOMENT "a moment is written as in 2025-10-13T08:00, 18:36:00 or +40ms"
#define TIME "a time is written with two digits each, as in 08:00 or 18:36:05.25"
#define NO_TIME "there is no such time of day; it is from 00:00:00 to 23:59:59"
#define NO_DATE "there is no such date in the calendar; a real one is 2025-10-13"
#define YEAR "the year must be from 1970 to 2200, as in 2025-10-13"
#define OFFSET "an offset is written as Z or with a colon, as in +02:00"
#define FAR_OFFSET "an offset is from -14:00 to +14:00, as in +02:00"
#define AFTER "after the time only an offset may follow, as in 08:00+02:00 or 08:00Z"
#define UNDATED "a time with an offset needs its date, as in 2025-10-13T08:00+02:00"

/* Kind, offset and civil time in one text. */
static void expect_moment(const struct moment *moment, const char *expected)
{
    static const char *const kinds[] = {"offset", "time", "local", "fixed"};
    struct text out = {0};
    text_puts(&out, kinds[moment->kind]);
    if (moment->kind == MOMENT_LOCAL || moment->kind == MOMENT_FIXED) {
        text_printf(&out, " %04d-%02d-%02d", moment->civil.year, moment->civil.month, moment->civil.day);
    }
    if (moment->kind != MOMENT_OFFSET) {
        text_printf(&out, " %02d:%02d:%02d.%06d", moment->civil.hour, moment->civil.minute, moment->civil.second,
                    moment->civil.microsecond);
    }
    if (moment->kind == MOMENT_OFFSET || moment->kind == MOMENT_FIXED) {
        text_printf(&out, " %lld", (long long)moment->offset_us);
    }
    assert_string_equal(text_string(&out), expected);
    text_free(&out);
}

static void read_moments(void **state)
{
    (void)state;
    static const struct {
        const char *text, *moment, *problem;
    } cases[] = {
        {"+40ms", "offset 40000", NULL},
        {"0s", "offset 0", NULL},
        {"0", "offset 0", NULL},
        {"60s", "offset 60000000", NULL},
        {"-2h", "offset -7200000000", NULL},
        {"18:36:00", "time 18:36:00.000000", NULL},
        {"18:36", "time 18:36:00.000000", NULL},
        {"23:59:59.999999", "time 23:59:59.999999", NULL},
        {"00:00:00.5", "time 00:00:00.500000", NULL},
        {"2025-10-13T08:00", "local 2025-10-13 08:00:00.000000", NULL},
        {"2025-10-13T08:00:07", "local 2025-10-13 08:00:07.000000", NULL},
        {"2025-10-13T08:00:07.000001", "local 2025-10-13 08:00:07.000001", NULL},
        {"2024-02-29T00:00", "local 2024-02-29 00:00:00.000000", NULL},
        {"1970-01-01T00:00Z", "fixed 1970-01-01 00:00:00.000000 0", NULL},
        {"2200-12-31T23:59Z", "fixed 2200-12-31 23:59:00.000000 0", NULL},
        {"2025-10-11T18:36:00+02:00", "fixed 2025-10-11 18:36:00.000000 7200000000", NULL},
        {"2025-10-11T18:36:00.25-05:30", "fixed 2025-10-11 18:36:00.250000 -19800000000", NULL},
        {"2025-10-11T18:36+14:00", "fixed 2025-10-11 18:36:00.000000 50400000000", NULL},
        {"2025-10-11T18:36-14:00", "fixed 2025-10-11 18:36:00.000000 -50400000000", NULL},
        {"2025-10-11T18:36-00:00", "fixed 2025-10-11 18:36:00.000000 0", NULL},
        {"", NULL, MOMENT},
        {"noon", NULL, MOMENT},
        {" 08:00", NULL, MOMENT},
        {"13.10.2025 08:00", NULL, MOMENT},
        {"10-13T08:00", NULL, MOMENT},
        {"2025-1-13T08:00", NULL, MOMENT},
        {"2025-10-133T08:00", NULL, MOMENT},
        {"20251013T08:00", NULL, MOMENT},
        {"40", NULL, UNIT},
        {"+", NULL, NO_DURATION},
        {"+08:00", NULL, MOMENT},
        {"2025-10-13", NULL, "a time is needed after the date, as in 2025-10-13T08:00"},
        {"2025-10-13 08:00", NULL, "a T stands between date and time, as in 2025-10-13T08:00"},
        {"2025-10-13t08:00", NULL, "a T stands between date and time, as in 2025-10-13T08:00"},
        {"2025-02-30T08:00", NULL, NO_DATE},
        {"2025-02-29T08:00", NULL, NO_DATE},
        {"2025-00-10T08:00", NULL, NO_DATE},
        {"2025-13-10T08:00", NULL, NO_DATE},
        {"2025-10-00T08:00", NULL, NO_DATE},
        {"1969-12-31T08:00", NULL, YEAR},
        {"2201-01-01T08:00", NULL, YEAR},
        {"0000-01-01T08:00", NULL, YEAR},
        {"8:00", NULL, TIME},
        {"08:0", NULL, TIME},
        {"08:000", NULL, TIME},
        {"08:00:", NULL, TIME},
        {"08:00:0", NULL, TIME},
        {"08:00:00:00", NULL, TIME},
        {"2025-10-13T", NULL, TIME},
        {"2025-10-13T8:00", NULL, TIME},
        {"2025-10-13T08", NULL, TIME},
        {"24:00", NULL, NO_TIME},
        {"08:60", NULL, NO_TIME},
        {"23:59:60", NULL, NO_TIME},
        {"08:00:00.", NULL, "a digit is needed after the point, as in 18:36:00.5"},
        {"08:00:00.1234567", NULL, "a time has at most 6 digits after the point, as in 18:36:00.123456"},
        {"08:00.5", NULL, AFTER},
        {"08:00 ", NULL, AFTER},
        {"08:00pm", NULL, AFTER},
        {"2025-10-13T08:00z", NULL, AFTER},
        {"2025-10-13T08:00 +02:00", NULL, AFTER},
        {"2025-10-13T08:00+0200", NULL, OFFSET},
        {"2025-10-13T08:00+02", NULL, OFFSET},
        {"2025-10-13T08:00+2:00", NULL, OFFSET},
        {"2025-10-13T08:00+02:00x", NULL, OFFSET},
        {"2025-10-13T08:00+14:01", NULL, FAR_OFFSET},
        {"2025-10-13T08:00-15:00", NULL, FAR_OFFSET},
        {"2025-10-13T08:00+02:60", NULL, FAR_OFFSET},
        {"18:36:00+02:00", NULL, UNDATED},
        {"18:36Z", NULL, UNDATED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct moment moment = {.offset_us = -77};
        const char *problem = scalar_moment(cases[i].text, &moment);
        expect_problem(cases[i].text, problem, cases[i].problem);
        if (problem == NULL) {
            expect_moment(&moment, cases[i].moment);
        } else {
            assert_int_equal(moment.offset_us, -77);
        }
    }
}

static void read_moment_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text, *low, *high, *problem;
    } cases[] = {
        {"2025-10-13T10:00", "local 2025-10-13 10:00:00.000000", "local 2025-10-13 10:00:00.000000", NULL},
        {"2025-10-13T10:00..12:00", "local 2025-10-13 10:00:00.000000", "local 2025-10-13 12:00:00.000000", NULL},
        {"2025-10-13T10:00..2025-10-14T12:00", "local 2025-10-13 10:00:00.000000", "local 2025-10-14 12:00:00.000000",
         NULL},
        {"2025-10-13T10:00+02:00..12:00", "fixed 2025-10-13 10:00:00.000000 7200000000",
         "fixed 2025-10-13 12:00:00.000000 7200000000", NULL},
        {"2025-10-13T10:00+02:00..12:00Z", "fixed 2025-10-13 10:00:00.000000 7200000000",
         "fixed 2025-10-13 12:00:00.000000 0", NULL},
        {"2025-10-13T10:00+02:00..2025-10-14T12:00", "fixed 2025-10-13 10:00:00.000000 7200000000",
         "fixed 2025-10-14 12:00:00.000000 7200000000", NULL},
        {"2025-10-13T10:00..2025-10-14T12:00Z", "local 2025-10-13 10:00:00.000000",
         "fixed 2025-10-14 12:00:00.000000 0", NULL},
        {"2025-10-13T10:00:00.5..10:00:00.75", "local 2025-10-13 10:00:00.500000", "local 2025-10-13 10:00:00.750000",
         NULL},
        {"10:00..12:00", "time 10:00:00.000000", "time 12:00:00.000000", NULL},
        {"+0s..+1.5s", "offset 0", "offset 1500000", NULL},
        {"+0s..12:00", "offset 0", "time 12:00:00.000000", NULL},
        {"2025-10-13T10:00..+5min", "local 2025-10-13 10:00:00.000000", "offset 300000000", NULL},
        {"12:00..10:00", "time 12:00:00.000000", "time 10:00:00.000000", NULL}, /* Order is the loader's matter. */
        {"..12:00", NULL, NULL, "a range needs both ends, as in 2025-10-13T10:00..12:00"},
        {"10:00..", NULL, NULL, "a range needs both ends, as in 2025-10-13T10:00..12:00"},
        {"..", NULL, NULL, "a range needs both ends, as in 2025-10-13T10:00..12:00"},
        {"", NULL, NULL, MOMENT},
        {"2025-10-13T10:00..2025-10-14", NULL, NULL, "a time is needed after the date, as in 2025-10-13T08:00"},
        {"10:00..12:00..13:00", NULL, NULL, AFTER},
        {"10:00Z..12:00", NULL, NULL, UNDATED},
        {"10:00..12:00Z", NULL, NULL, UNDATED},
        {"+0s..12:00Z", NULL, NULL, UNDATED},
        {"2025-02-30T10:00..12:00", NULL, NULL, NO_DATE},
        {"2025-10-13T10:00..24:00", NULL, NULL, NO_TIME},
        {"2025-10-13T10:00 .. 12:00", NULL, NULL, AFTER},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct moment low;
        struct moment high;
        const char *problem = scalar_moment_range(cases[i].text, &low, &high);
        expect_problem(cases[i].text, problem, cases[i].problem);
        if (problem == NULL) {
            expect_moment(&low, cases[i].low);
            expect_moment(&high, cases[i].high);
        }
    }
}

#define DATE "a date is written as in 2025-10-13"

static void read_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t day;
        const char *problem;
    } cases[] = {
        {"1970-01-01", 0, NULL},
        {"2025-10-13", 20374, NULL},
        {"2024-02-29", 19782, NULL},
        {"2200-12-31", 84370, NULL},
        {"", 0, DATE},
        {"today", 0, DATE},
        {"2025-10", 0, DATE},
        {"2025/10/13", 0, DATE},
        {"13.10.2025", 0, DATE},
        {"2025-1-3", 0, DATE},
        {"+2025-10-13", 0, DATE},
        {"12025-10-13", 0, DATE},
        {"2025-10-131", 0, DATE},
        {"2025-02-30", 0, NO_DATE},
        {"2100-02-29", 0, NO_DATE},
        {"1969-12-31", 0, YEAR},
        {"2201-01-01", 0, YEAR},
        {"2025-10-13T08:00", 0, "a date has no time, as in 2025-10-13"},
        {"2025-10-13 ", 0, "a date has no time, as in 2025-10-13"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int32_t day = -77;
        const char *problem = scalar_date(cases[i].text, &day);
        expect_problem(cases[i].text, problem, cases[i].problem);
        assert_int_equal(day, problem == NULL ? cases[i].day : -77);
    }
}

static void read_date_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t from, to;
        const char *problem;
    } cases[] = {
        {"2025-10-13", 20374, 20374, NULL},
        {"2025-10-13..2025-10-17", 20374, 20378, NULL},
        {"2025-10-13..2025-10-13", 20374, 20374, NULL},
        {"2025-10-17..2025-10-13", 0, 0, "a range starts with the earlier date, as in 2025-10-13..2025-10-17"},
        {"2025-10-13..17", 0, 0, "both dates of a range are written out, as in 2025-10-13..2025-10-17"},
        {"2025-10-13..", 0, 0, "a range needs both dates, as in 2025-10-13..2025-10-17"},
        {"..2025-10-13", 0, 0, "a range needs both dates, as in 2025-10-13..2025-10-17"},
        {"2025-10-13 .. 2025-10-17", 0, 0, "a date has no time, as in 2025-10-13"},
        {"2025-10-13...2025-10-17", 0, 0, "both dates of a range are written out, as in 2025-10-13..2025-10-17"},
        {"2025-02-30..2025-03-01", 0, 0, NO_DATE},
        {"2025-02-01..2025-02-30", 0, 0, NO_DATE},
        {"", 0, 0, DATE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int32_t from = -77;
        int32_t to = -77;
        const char *problem = scalar_date_range(cases[i].text, &from, &to);
        expect_problem(cases[i].text, problem, cases[i].problem);
        assert_int_equal(from, problem == NULL ? cases[i].from : -77);
        assert_int_equal(to, problem == NULL ? cases[i].to : -77);
    }
}

#define WINDOW "a daily window is written with two digits each, as in 09:00..18:00"
#define NO_WINDOW "a daily window has two times, as in 09:00..18:00"
#define WINDOW_TIME "there is no such time of day; a window is within 00:00..24:00"
#define WINDOW_ORDER "a daily window ends after it starts, as in 09:00..18:00"

static void read_daily_windows(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t from, to;
        const char *problem;
    } cases[] = {
        {"09:00..18:00", 540, 1080, NULL},
        {"00:00..24:00", 0, 1440, NULL},
        {"23:59..24:00", 1439, 1440, NULL},
        {"18:00..09:00", 0, 0, WINDOW_ORDER},
        {"09:00..09:00", 0, 0, WINDOW_ORDER},
        {"24:00..24:00", 0, 0, WINDOW_ORDER},
        {"09:00..24:01", 0, 0, WINDOW_TIME},
        {"09:60..18:00", 0, 0, WINDOW_TIME},
        {"25:00..26:00", 0, 0, WINDOW_TIME},
        {"9:00..18:00", 0, 0, WINDOW},
        {"09:00..18", 0, 0, WINDOW},
        {"09:00:00..18:00:00", 0, 0, WINDOW},
        {"09:00 .. 18:00", 0, 0, WINDOW},
        {"09:00...18:00", 0, 0, WINDOW},
        {"09:00..", 0, 0, WINDOW},
        {"..18:00", 0, 0, WINDOW},
        {"09:00", 0, 0, NO_WINDOW},
        {"09:00.18:00", 0, 0, NO_WINDOW},
        {"09:00-18:00", 0, 0, NO_WINDOW},
        {"", 0, 0, NO_WINDOW},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct daily_window window = {-77, -77};
        const char *problem = scalar_daily_window(cases[i].text, &window);
        expect_problem(cases[i].text, problem, cases[i].problem);
        assert_int_equal(window.from_minute, problem == NULL ? cases[i].from : -77);
        assert_int_equal(window.to_minute, problem == NULL ? cases[i].to : -77);
    }
}

#define GRID "a row of slots needs a window and a step, as in 08:00..17:00 every 30m"
#define STEP "the step of a row of slots is a whole number of minutes from 1min to 1440min, as in every 30m"

static void read_daily_grids(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t from, to, every;
        const char *problem;
    } cases[] = {
        {"08:00..17:00 every 30m", 480, 1020, 30, NULL},
        {"08:00..17:00 every 1h", 480, 1020, 60, NULL},
        {"08:00..17:00 every 900s", 480, 1020, 15, NULL},
        {"00:00..24:00 every 1d", 0, 1440, 1440, NULL},
        {"00:00..24:00 every 1min", 0, 1440, 1, NULL},
        {"08:00..17:00", 0, 0, 0, GRID},
        {"08:00..17:00 every", 0, 0, 0, GRID},
        {"08:00..17:00/30m", 0, 0, 0, GRID},
        {"", 0, 0, 0, GRID},
        {"08:00..17:00 every 30", 0, 0, 0, UNIT},
        {"08:00..17:00 every  30m", 0, 0, 0, NO_DURATION},
        {"08:00..17:00  every 30m", 0, 0, 0, WINDOW},
        {"17:00..08:00 every 30m", 0, 0, 0, WINDOW_ORDER},
        {"08:00 every 30m", 0, 0, 0, NO_WINDOW},
        {" every 30m", 0, 0, 0, NO_WINDOW},
        {"08:00..17:00 every 90s", 0, 0, 0, STEP},
        {"08:00..17:00 every 0", 0, 0, 0, STEP},
        {"08:00..17:00 every -30m", 0, 0, 0, STEP},
        {"08:00..17:00 every 1441min", 0, 0, 0, STEP},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct daily_grid grid = {{-77, -77}, -77};
        const char *problem = scalar_daily_grid(cases[i].text, &grid);
        expect_problem(cases[i].text, problem, cases[i].problem);
        assert_int_equal(grid.window.from_minute, problem == NULL ? cases[i].from : -77);
        assert_int_equal(grid.window.to_minute, problem == NULL ? cases[i].to : -77);
        assert_int_equal(grid.every_minutes, problem == NULL ? cases[i].every : -77);
    }
}

#define EIGHT "abcdefgh"
#define SIXTY_FOUR EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT
#define NAME_START "a name starts with a letter (a-z) or a digit, as in call-a"
#define NAME_REST "a name has only letters (a-z), digits and - _ . #, as in call-a"

static void read_names(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"call-a", NULL},
        {"L1", NULL},
        {"a", NULL},
        {"9", NULL},
        {"2025-10-11", NULL},
        {"a_b.c#1-D", NULL},
        {SIXTY_FOUR, NULL},
        {SIXTY_FOUR "i", "a name has at most 64 characters, as in call-a"},
        {"", "a name is not empty, as in call-a"},
        {"-a", NAME_START},
        {"_a", NAME_START},
        {" a", NAME_START},
        {"\xC3\xBC", NAME_START},
        {"a b", NAME_REST},
        {"a:b", NAME_REST},
        {"a/b", NAME_REST},
        {"a\n", NAME_REST},
        {"f\xC3\xBCr", NAME_REST},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_problem(cases[i].text, scalar_name(cases[i].text), cases[i].problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_durations),     cmocka_unit_test(read_duration_spans), cmocka_unit_test(read_integers),
        cmocka_unit_test(read_integer_spans), cmocka_unit_test(read_booleans),       cmocka_unit_test(read_moments),
        cmocka_unit_test(read_moment_ranges), cmocka_unit_test(read_dates),          cmocka_unit_test(read_date_ranges),
        cmocka_unit_test(read_daily_windows), cmocka_unit_test(read_daily_grids),    cmocka_unit_test(read_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
