#include "cmocka_all.h"

#include "base/zone.h"

#include <stdlib.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct civil civil_at(int year, int month, int day, int hour, int minute)
{
    return (struct civil){.year = year, .month = month, .day = day, .hour = hour, .minute = minute};
}

static void assert_formats(const struct zone *zone, int64_t instant_us, const char *expected)
{
    struct text text = {0};
    zone_format(zone, instant_us, false, &text);
    assert_string_equal(text.data, expected);
    text_free(&text);
}

/* `civil` is unique in `zone` and is `expected` there. */
static void assert_unique(const struct zone *zone, struct civil civil, const char *expected)
{
    int64_t first_us = 0;
    int64_t second_us = 0;
    assert_int_equal(zone_instant(zone, &civil, &first_us, &second_us), ZONE_LOCAL_UNIQUE);
    assert_int_equal(first_us, second_us);
    assert_formats(zone, first_us, expected);
}

static void assert_gap(const struct zone *zone, struct civil civil, const char *jump)
{
    int64_t first_us = 0;
    int64_t second_us = 0;
    assert_int_equal(zone_instant(zone, &civil, &first_us, &second_us), ZONE_LOCAL_GAP);
    assert_int_equal(first_us, second_us);
    assert_formats(zone, first_us, jump);
}

static void assert_ambiguous(const struct zone *zone, struct civil civil, const char *first, const char *second)
{
    int64_t first_us = 0;
    int64_t second_us = 0;
    assert_int_equal(zone_instant(zone, &civil, &first_us, &second_us), ZONE_LOCAL_AMBIGUOUS);
    assert_formats(zone, first_us, first);
    assert_formats(zone, second_us, second);
}

static void berlin_sets_its_clocks_back(void **state)
{
    (void)state;
    struct zone *berlin = zone_new("Europe/Berlin");
    assert_non_null(berlin);
    assert_string_equal(zone_name(berlin), "Europe/Berlin");
    assert_unique(berlin, civil_at(2025, 10, 26, 1, 59), "2025-10-26 01:59:00+02:00");
    assert_ambiguous(berlin, civil_at(2025, 10, 26, 2, 0), "2025-10-26 02:00:00+02:00", "2025-10-26 02:00:00+01:00");
    assert_ambiguous(berlin, civil_at(2025, 10, 26, 2, 59), "2025-10-26 02:59:00+02:00", "2025-10-26 02:59:00+01:00");
    assert_unique(berlin, civil_at(2025, 10, 26, 3, 0), "2025-10-26 03:00:00+01:00");

    /* Around the change itself: 2025-10-26T01:00:00Z. */
    const int64_t change_us = INT64_C(1761440400) * US_PER_SECOND;
    assert_int_equal(zone_offset_s(berlin, change_us - 1), 7200);
    assert_int_equal(zone_offset_s(berlin, change_us), 3600);
    assert_formats(berlin, change_us - 1, "2025-10-26 02:59:59+02:00");
    assert_formats(berlin, change_us, "2025-10-26 02:00:00+01:00");
    zone_free(berlin);
}

static void berlin_sets_its_clocks_forward(void **state)
{
    (void)state;
    struct zone *berlin = zone_new("Europe/Berlin");
    assert_unique(berlin, civil_at(2026, 3, 29, 1, 59), "2026-03-29 01:59:00+01:00");
    assert_gap(berlin, civil_at(2026, 3, 29, 2, 0), "2026-03-29 03:00:00+02:00");
    assert_gap(berlin, civil_at(2026, 3, 29, 2, 30), "2026-03-29 03:00:00+02:00");
    struct civil last = {2026, 3, 29, 2, 59, 59, 999999};
    assert_gap(berlin, last, "2026-03-29 03:00:00+02:00");
    assert_unique(berlin, civil_at(2026, 3, 29, 3, 0), "2026-03-29 03:00:00+02:00");

    /* The rules hold beyond the years that the database lists one by one. */
    assert_gap(berlin, civil_at(2100, 3, 28, 2, 30), "2100-03-28 03:00:00+02:00");
    zone_free(berlin);
}

static void other_zones_have_their_own_ways(void **state)
{
    (void)state;
    struct zone *utc = zone_new("UTC");
    assert_unique(utc, civil_at(2025, 10, 26, 2, 30), "2025-10-26 02:30:00+00:00");
    assert_unique(utc, civil_at(2024, 2, 29, 23, 59), "2024-02-29 23:59:00+00:00");
    zone_free(utc);

    struct zone *kolkata = zone_new("Asia/Kolkata");
    assert_unique(kolkata, civil_at(2026, 3, 29, 2, 30), "2026-03-29 02:30:00+05:30");
    assert_int_equal(zone_day(kolkata, 18 * US_PER_HOUR + 30 * US_PER_MINUTE), 1);
    assert_int_equal(zone_day(kolkata, 18 * US_PER_HOUR + 30 * US_PER_MINUTE - 1), 0);
    zone_free(kolkata);

    struct zone *lord_howe = zone_new("Australia/Lord_Howe"); /* Half an hour of summer time. */
    assert_gap(lord_howe, civil_at(2025, 10, 5, 2, 15), "2025-10-05 02:30:00+11:00");
    assert_ambiguous(lord_howe, civil_at(2026, 4, 5, 1, 45), "2026-04-05 01:45:00+11:00", "2026-04-05 01:45:00+10:30");
    zone_free(lord_howe);

    struct zone *new_york = zone_new("America/New_York");
    assert_unique(new_york, civil_at(1883, 11, 18, 11, 0), "1883-11-18 11:00:00-04:56:02");
    assert_unique(new_york, civil_at(2025, 7, 4, 0, 0), "2025-07-04 00:00:00-04:00");
    zone_free(new_york);
}

static void apia_skips_a_day(void **state)
{
    (void)state;
    struct zone *apia = zone_new("Pacific/Apia");
    assert_unique(apia, civil_at(2011, 12, 29, 23, 59), "2011-12-29 23:59:00-10:00");
    assert_gap(apia, civil_at(2011, 12, 30, 0, 0), "2011-12-31 00:00:00+14:00");
    assert_gap(apia, civil_at(2011, 12, 30, 12, 0), "2011-12-31 00:00:00+14:00");
    assert_gap(apia, civil_at(2011, 12, 30, 23, 59), "2011-12-31 00:00:00+14:00");
    assert_unique(apia, civil_at(2011, 12, 31, 0, 0), "2011-12-31 00:00:00+14:00");
    zone_free(apia);

    struct zone *kwajalein = zone_new("Pacific/Kwajalein"); /* 1969: 23 hours back, so a day happened nearly twice. */
    assert_ambiguous(kwajalein, civil_at(1969, 9, 30, 12, 0), "1969-09-30 12:00:00+11:00", "1969-09-30 12:00:00-12:00");
    zone_free(kwajalein);
}

/* Every hour of fifteen years in zones of all kinds: what zone_civil() says, zone_instant() finds again. */
static void instants_survive_the_round_trip(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/Berlin",    "America/St_Johns", "Pacific/Apia", "Africa/Casablanca",
                                        "Antarctica/Troll", "Asia/Kathmandu",   "UTC",          "America/Caracas"};
    for (size_t i = 0; i < COUNT(names); i++) {
        struct zone *zone = zone_new(names[i]);
        assert_non_null(zone);
        for (int64_t hour = 0; hour < INT64_C(15) * 365 * 24; hour++) {
            const int64_t instant_us = INT64_C(1293840000) * US_PER_SECOND + hour * US_PER_HOUR + 123456;
            const struct civil civil = zone_civil(zone, instant_us);
            int64_t first_us = 0;
            int64_t second_us = 0;
            assert_true(zone_instant(zone, &civil, &first_us, &second_us) != ZONE_LOCAL_GAP);
            assert_true(first_us == instant_us || second_us == instant_us);
            assert_int_equal(zone_day(zone, instant_us), civil_day(&civil));
        }
        zone_free(zone);
    }
}

static void calendar_knows_leap_days(void **state)
{
    (void)state;
    static const struct {
        struct civil civil;
        bool valid;
    } cases[] = {
        {{2024, 2, 29, 0, 0, 0, 0}, true},
        {{2025, 2, 29, 0, 0, 0, 0}, false},
        {{1900, 2, 29, 0, 0, 0, 0}, false},
        {{2000, 2, 29, 0, 0, 0, 0}, true},
        {{2025, 2, 30, 0, 0, 0, 0}, false},
        {{2025, 4, 31, 0, 0, 0, 0}, false},
        {{2025, 13, 1, 0, 0, 0, 0}, false},
        {{2025, 0, 1, 0, 0, 0, 0}, false},
        {{2025, 1, 0, 0, 0, 0, 0}, false},
        {{2025, 1, 1, 24, 0, 0, 0}, false},
        {{2025, 1, 1, 23, 59, 60, 0}, false},
        {{2025, 1, 1, 0, 60, 0, 0}, false},
        {{2025, 1, 1, 0, 0, 0, 1000000}, false},
        {{2025, 1, 1, -1, 0, 0, 0}, false},
        {{0, 1, 1, 0, 0, 0, 0}, false},
        {{1, 1, 1, 0, 0, 0, 0}, true},
        {{9999, 12, 31, 23, 59, 59, 999999}, true},
        {{10000, 1, 1, 0, 0, 0, 0}, false},
        {{2025, 257, 1, 0, 0, 0, 0}, false},
        {{65537, 1, 1, 0, 0, 0, 0}, false},
        {{2025, 1, 257, 0, 0, 0, 0}, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(civil_valid(&cases[i].civil), cases[i].valid);
    }
}

static void calendar_counts_days(void **state)
{
    (void)state;
    static const struct {
        struct civil civil;
        int32_t day;
        int weekday;
    } cases[] = {
        {{.year = 1970, .month = 1, .day = 1}, 0, 4},         {{.year = 1969, .month = 12, .day = 31}, -1, 3},
        {{.year = 2000, .month = 2, .day = 29}, 11016, 2},    {{.year = 2025, .month = 10, .day = 13}, 20374, 1},
        {{.year = 2025, .month = 10, .day = 12}, 20373, 7},   {{.year = 1, .month = 1, .day = 1}, -719162, 1},
        {{.year = 9999, .month = 12, .day = 31}, 2932896, 5}, {{.year = 0, .month = 12, .day = 31}, -719163, 7},
        {{.year = 10000, .month = 1, .day = 1}, 2932897, 6},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(civil_day(&cases[i].civil), cases[i].day);
        assert_int_equal(civil_weekday(cases[i].day), cases[i].weekday);
        const struct civil back = civil_from_day(cases[i].day);
        assert_memory_equal(&back, &cases[i].civil, sizeof back);
        assert_int_equal(civil_utc_us(&back), cases[i].day * US_PER_DAY);
    }
}

static void instants_are_written_out(void **state)
{
    (void)state;
    struct zone *berlin = zone_new("Europe/Berlin");
    struct text text = {0};
    zone_format(berlin, INT64_C(1760200560) * US_PER_SECOND, true, &text);
    assert_string_equal(text.data, "2025-10-11 18:36:00.000000+02:00");
    text_clear(&text);
    zone_format(berlin, -1, true, &text);
    assert_string_equal(text.data, "1970-01-01 00:59:59.999999+01:00");
    zone_free(berlin);

    /* The first instant that can be written in UTC is a day of year 0 in New York. */
    struct zone *new_york = zone_new("America/New_York");
    const struct civil first = civil_at(1, 1, 1, 0, 0);
    text_clear(&text);
    zone_format(new_york, civil_utc_us(&first), false, &text);
    assert_string_equal(text.data, "0000-12-31 19:03:58-04:56:02");
    zone_free(new_york);
    text_free(&text);
}

static void only_names_of_the_database_are_zones(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "Europe/Berln",
        "europe/berlin",
        "Berlin",
        "+02:00",
        "02:00",
        "Z",
        "CET-1CEST",
        "UTC+2",
        "/usr/share/zoneinfo/Europe/Berlin",
        "../etc",
        "Europe/../Europe/Berlin",
        "Europe",
        "Europe/",
        "posix/Europe/Berlin",
        "localtime",
        "right/Europe/Berlin",
        "leapseconds",
        "zone.tab",
        "Europe/Berlin ",
        "Factory",
        ":Europe/Berlin",
        "M\xC3\xBCnchen",
        "posixrules",
        "EST5EDT,M3.2.0,M11.1.0",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct zone *zone = zone_new(wrong[i]);
        if (zone != NULL) {
            fail_msg("'%s' is taken for a zone", wrong[i]);
        }
    }
    zone_free(NULL);
    static const char *const right[] = {"UTC", "Etc/UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires",
                                        "Asia/Calcutta"};
    for (size_t i = 0; i < COUNT(right); i++) {
        struct zone *zone = zone_new(right[i]);
        assert_non_null(zone);
        zone_free(zone);
    }
}

static void misspelt_names_get_a_suggestion(void **state)
{
    (void)state;
    static const struct {
        const char *name, *expected;
    } cases[] = {
        {"Europe/Berln", "Europe/Berlin"},
        {"Eruope/Berlin", "Europe/Berlin"},
        {"europe/berlin", "Europe/Berlin"},
        {"Berlin", "Europe/Berlin"},
        {"berlin", "Europe/Berlin"},
        {"Asia/Berlin", "Europe/Berlin"},
        {"New York", "America/New_York"},
        {"America/New York", "America/New_York"},
        {"Kolkatta", "Asia/Kolkata"},
        {"Pacific/Apai", "Pacific/Apia"},
        {"utc", "UTC"},
        {"Mars/Phobos", NULL},
        {"W. Europe Standard Time", NULL},
        {"", NULL},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *suggestion = zone_suggest(arena, cases[i].name);
        if (!text_equal(suggestion, cases[i].expected)) {
            fail_msg("'%s': '%s'", cases[i].name, suggestion == NULL ? "NULL" : suggestion);
        }
    }
    arena_free(arena);
}

static void the_process_zone_does_not_matter(void **state)
{
    (void)state;
    static const char *const zones[] = {"Asia/Tokyo", "UTC", ":nonsense", ""};
    for (size_t i = 0; i < COUNT(zones); i++) {
        assert_int_equal(setenv("TZ", zones[i], 1), 0);
        tzset();
        struct zone *berlin = zone_new("Europe/Berlin");
        assert_unique(berlin, civil_at(2025, 7, 1, 12, 0), "2025-07-01 12:00:00+02:00");
        zone_free(berlin);
    }
    assert_int_equal(unsetenv("TZ"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(berlin_sets_its_clocks_back),
        cmocka_unit_test(berlin_sets_its_clocks_forward),
        cmocka_unit_test(other_zones_have_their_own_ways),
        cmocka_unit_test(apia_skips_a_day),
        cmocka_unit_test(instants_survive_the_round_trip),
        cmocka_unit_test(calendar_knows_leap_days),
        cmocka_unit_test(calendar_counts_days),
        cmocka_unit_test(instants_are_written_out),
        cmocka_unit_test(only_names_of_the_database_are_zones),
        cmocka_unit_test(misspelt_names_get_a_suggestion),
        cmocka_unit_test(the_process_zone_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
