#include "base/zone.h"

#include "base/check.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* GLib answers one question here: which offset holds at an instant. The rest is arithmetic on GDate, which lives on
 * the stack, so no lookup allocates (80 ns for Berlin). TZ is never read; TZDIR moves the database, for GLib and for
 * the list of names. From 2999 on GLib no longer applies a zone's rules for summer time. */

struct zone {
    GTimeZone *glib;
    char *name;
};

enum {
    DAY_OF_JULIAN_0 = -719163, /* GDate counts days from 0001-01-01 = 1. */
    /* The Gregorian calendar repeats itself, weekdays included. Working one cycle later lets GDate, which begins with
     * the year 1, name the local days of its first instants west of Greenwich. */
    CYCLE_YEARS = 400,
    CYCLE_DAYS = 146097,
    YEAR_MAX = 9999,
};

/* --- the database's list of names --- */

struct name_list {
    gchar *text;
    const char *next;
};

static struct name_list name_list_open(void)
{
    const char *folder = g_getenv("TZDIR");
    gchar *path = g_build_filename(folder != NULL ? folder : "/usr/share/zoneinfo", "tzdata.zi", NULL);
    struct name_list list = {0};
    if (g_file_get_contents(path, &list.text, NULL, NULL)) {
        list.next = list.text;
    }
    g_free(path);
    return list;
}

static void name_list_close(struct name_list *list)
{
    g_free(list->text);
    *list = (struct name_list){0};
}

/* The next name in lines such as "Z Europe/Berlin 0:53:28 - LMT 1893 Ap" and "L Etc/UTC UTC". */
static bool name_list_next(struct name_list *list, const char **name, size_t *length)
{
    while (list->next != NULL && *list->next != '\0') {
        const char *line = list->next;
        const size_t line_length = strcspn(line, "\n");
        list->next = line + line_length + (line[line_length] == '\n');
        if (line_length < 3 || line[1] != ' ' || (line[0] != 'Z' && line[0] != 'L')) {
            continue;
        }
        *name = line + 2;
        if (line[0] == 'L') {
            const size_t target_length = strcspn(*name, " \n");
            *name += target_length + ((*name)[target_length] == ' ');
        }
        *length = strcspn(*name, " \n");
        if (*length != strlen("Factory") || memcmp(*name, "Factory", *length) != 0) { /* Means "not set up". */
            return true;
        }
    }
    return false;
}

static bool name_is_listed(const char *wanted)
{
    struct name_list list = name_list_open();
    bool found = list.text == NULL; /* Without a list, what GLib can open counts. */
    const char *name = NULL;
    size_t length = 0;
    while (!found && name_list_next(&list, &name, &length)) {
        found = strlen(wanted) == length && memcmp(wanted, name, length) == 0;
    }
    name_list_close(&list);
    return found;
}

static const char *last_part(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash == NULL ? name : slash + 1;
}

const char *zone_suggest(struct arena *arena, const char *name)
{
    struct {
        const char **items;
        size_t count, capacity;
    } names = {0}, lower = {0}, lower_last = {0};
    struct name_list list = name_list_open();
    const char *listed = NULL;
    size_t length = 0;
    while (name_list_next(&list, &listed, &length)) {
        char *folded = arena_copy_text(arena, listed, length);
        for (char *c = folded; *c != '\0'; c++) {
            *c = g_ascii_tolower(*c);
        }
        ARENA_PUSH(arena, &names) = arena_copy_text(arena, listed, length);
        ARENA_PUSH(arena, &lower) = folded;
        ARENA_PUSH(arena, &lower_last) = last_part(folded);
    }
    name_list_close(&list);

    char *wanted = arena_copy_text(arena, name, strlen(name));
    for (char *c = wanted; *c != '\0'; c++) {
        *c = *c == ' ' ? '_' : g_ascii_tolower(*c);
    }
    for (size_t i = 0; i < names.count; i++) {
        if (strcmp(lower.items[i], wanted) == 0) {
            return names.items[i];
        }
    }
    for (size_t i = 0; i < names.count; i++) {
        if (strcmp(lower_last.items[i], last_part(wanted)) == 0) {
            return names.items[i];
        }
    }
    const char *near = text_nearest(wanted, lower.items, lower.count);
    const char *near_last = near != NULL ? NULL : text_nearest(last_part(wanted), lower_last.items, lower_last.count);
    for (size_t i = 0; i < names.count; i++) {
        if ((near != NULL && near == lower.items[i]) || (near_last != NULL && near_last == lower_last.items[i])) {
            return names.items[i];
        }
    }
    return NULL;
}

/* --- zones --- */

/* GLib also takes "+02:00", "Z", POSIX rules, absolute paths and whatever file lies in the database's folder
 * (posix/..., right/..., localtime): none of them is a name that every machine understands alike. */
static bool name_is_plain(const char *name)
{
    const char *allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/-";
    return g_ascii_isalpha(name[0]) && name[strspn(name, allowed)] == '\0' && strcmp(name, "Z") != 0;
}

struct zone *zone_new(const char *name)
{
    if (!name_is_plain(name) || (strcmp(name, "UTC") != 0 && !name_is_listed(name))) {
        return NULL;
    }
    GTimeZone *glib = g_time_zone_new_identifier(name);
    if (glib == NULL) {
        return NULL;
    }
    struct zone *zone = malloc(sizeof *zone);
    check(zone != NULL);
    *zone = (struct zone){.glib = glib, .name = strdup(name)};
    check(zone->name != NULL);
    return zone;
}

void zone_free(struct zone *zone)
{
    if (zone == NULL) {
        return;
    }
    g_time_zone_unref(zone->glib);
    free(zone->name);
    free(zone);
}

const char *zone_name(const struct zone *zone)
{
    return zone->name;
}

/* --- the calendar --- */

static int64_t floor_divide(int64_t dividend, int64_t divisor)
{
    return dividend / divisor - (dividend % divisor < 0);
}

static bool within(int value, int low, int high)
{
    return low <= value && value <= high;
}

bool civil_valid(const struct civil *civil)
{
    return within(civil->year, 1, YEAR_MAX) && within(civil->month, 1, 12) && within(civil->day, 1, 31) &&
           g_date_valid_dmy((GDateDay)civil->day, (GDateMonth)civil->month, (GDateYear)civil->year) &&
           within(civil->hour, 0, 23) && within(civil->minute, 0, 59) && within(civil->second, 0, 59) &&
           within(civil->microsecond, 0, 999999);
}

int32_t civil_day(const struct civil *civil)
{
    check(within(civil->year, 1 - CYCLE_YEARS, YEAR_MAX + 1));
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)civil->day, (GDateMonth)civil->month, (GDateYear)(civil->year + CYCLE_YEARS));
    check(g_date_valid(&date));
    return (int32_t)g_date_get_julian(&date) - CYCLE_DAYS + DAY_OF_JULIAN_0;
}

static GDate date_one_cycle_later(int32_t day)
{
    const int64_t julian = (int64_t)day - DAY_OF_JULIAN_0 + CYCLE_DAYS;
    check(julian >= 1 && julian <= INT64_C(400) * CYCLE_DAYS);
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_julian(&date, (guint32)julian);
    return date;
}

struct civil civil_from_day(int32_t day)
{
    const GDate date = date_one_cycle_later(day);
    return (struct civil){
        .year = (int)g_date_get_year(&date) - CYCLE_YEARS,
        .month = (int)g_date_get_month(&date),
        .day = (int)g_date_get_day(&date),
    };
}

int civil_weekday(int32_t day)
{
    const GDate date = date_one_cycle_later(day);
    return (int)g_date_get_weekday(&date);
}

int64_t civil_utc_us(const struct civil *civil)
{
    return civil_day(civil) * US_PER_DAY + civil->hour * US_PER_HOUR + civil->minute * US_PER_MINUTE +
           civil->second * US_PER_SECOND + civil->microsecond;
}

/* --- instants and local time --- */

int32_t zone_offset_s(const struct zone *zone, int64_t instant_us)
{
    const int64_t second = floor_divide(instant_us, US_PER_SECOND);
    return g_time_zone_get_offset(zone->glib, g_time_zone_find_interval(zone->glib, G_TIME_TYPE_UNIVERSAL, second));
}

static int64_t local_us(const struct zone *zone, int64_t instant_us)
{
    return instant_us + zone_offset_s(zone, instant_us) * US_PER_SECOND;
}

int32_t zone_day(const struct zone *zone, int64_t instant_us)
{
    return (int32_t)floor_divide(local_us(zone, instant_us), US_PER_DAY);
}

struct civil zone_civil(const struct zone *zone, int64_t instant_us)
{
    const int64_t local = local_us(zone, instant_us);
    const int64_t day = floor_divide(local, US_PER_DAY);
    const int64_t time_of_day_us = local - day * US_PER_DAY;
    struct civil civil = civil_from_day((int32_t)day);
    civil.hour = (int)(time_of_day_us / US_PER_HOUR);
    civil.minute = (int)(time_of_day_us % US_PER_HOUR / US_PER_MINUTE);
    civil.second = (int)(time_of_day_us % US_PER_MINUTE / US_PER_SECOND);
    civil.microsecond = (int)(time_of_day_us % US_PER_SECOND);
    return civil;
}

/* The first instant whose local time is beyond `wanted_us`, which no instant has. Clocks jump on whole seconds. */
static int64_t jump_over(const struct zone *zone, int64_t wanted_us)
{
    int64_t before_s = floor_divide(wanted_us - US_PER_DAY, US_PER_SECOND);
    int64_t after_s = floor_divide(wanted_us + US_PER_DAY, US_PER_SECOND) + 1;
    while (after_s - before_s > 1) {
        const int64_t middle_s = before_s + (after_s - before_s) / 2;
        if (local_us(zone, middle_s * US_PER_SECOND) > wanted_us) {
            after_s = middle_s;
        } else {
            before_s = middle_s;
        }
    }
    return after_s * US_PER_SECOND;
}

/* An offset that makes `civil` out of an instant holds within a day of it, read as UTC: no zone is farther off. So
 * the offsets before and after that span give the only two candidates, and each is right if it is its own offset. */
enum zone_local zone_instant(const struct zone *zone, const struct civil *civil, int64_t *first_us, int64_t *second_us)
{
    check(civil_valid(civil));
    const int64_t wanted_us = civil_utc_us(civil);
    const int64_t by_earlier_us = wanted_us - zone_offset_s(zone, wanted_us - US_PER_DAY) * US_PER_SECOND;
    const int64_t by_later_us = wanted_us - zone_offset_s(zone, wanted_us + US_PER_DAY) * US_PER_SECOND;
    const bool earlier_holds = local_us(zone, by_earlier_us) == wanted_us;
    const bool later_holds = local_us(zone, by_later_us) == wanted_us;
    if (!earlier_holds && !later_holds) {
        *first_us = *second_us = jump_over(zone, wanted_us);
        return ZONE_LOCAL_GAP;
    }
    *first_us = earlier_holds ? by_earlier_us : by_later_us;
    *second_us = later_holds ? by_later_us : by_earlier_us;
    check(*first_us <= *second_us);
    return *first_us == *second_us ? ZONE_LOCAL_UNIQUE : ZONE_LOCAL_AMBIGUOUS;
}

void zone_format(const struct zone *zone, int64_t instant_us, bool fraction, struct text *out)
{
    const struct civil civil = zone_civil(zone, instant_us);
    text_printf(out, "%04d-%02d-%02d %02d:%02d:%02d", civil.year, civil.month, civil.day, civil.hour, civil.minute,
                civil.second);
    if (fraction) {
        text_printf(out, ".%06d", civil.microsecond);
    }
    const int32_t offset_s = zone_offset_s(zone, instant_us);
    const int32_t east_s = offset_s < 0 ? -offset_s : offset_s;
    text_printf(out, "%c%02d:%02d", offset_s < 0 ? '-' : '+', east_s / 3600, east_s % 3600 / 60);
    if (east_s % 60 != 0) { /* Mean solar time, before there were zones. */
        text_printf(out, ":%02d", east_s % 60);
    }
}
