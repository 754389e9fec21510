#include "base/text.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct text *text, size_t more)
{
    check(more < SIZE_MAX / 2 - text->length);
    const size_t need = text->length + more + 1;
    if (need <= text->capacity) {
        return;
    }
    size_t capacity = text->capacity == 0 ? 128 : text->capacity;
    while (capacity < need) {
        capacity *= 2;
    }
    char *data = realloc(text->data, capacity);
    check(data != NULL);
    text->data = data;
    text->capacity = capacity;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    reserve(text, length);
    if (length > 0) {
        memcpy(text->data + text->length, bytes, length);
    }
    text->length += length;
    text->data[text->length] = '\0';
}

void text_puts(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    check(length >= 0);
    reserve(text, (size_t)length);
    (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
    va_end(again);
    text->length += (size_t)length;
}

size_t text_columns(const char *bytes, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++) {
        columns += ((unsigned char)bytes[i] & 0xC0U) != 0x80U;
    }
    return columns;
}

void text_pad(struct text *text, size_t start, size_t width)
{
    check(start <= text->length);
    for (size_t used = start == text->length ? 0 : text_columns(text->data + start, text->length - start); used < width;
         used++) {
        text_add(text, " ", 1);
    }
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->data != NULL) {
        text->data[0] = '\0';
    }
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

const char *text_string(const struct text *text)
{
    return text->data == NULL ? "" : text->data;
}

static void add_grouped(struct text *text, int64_t number)
{
    if (number >= 1000) {
        add_grouped(text, number / 1000);
        text_printf(text, ",%03" PRId64, number % 1000);
    } else {
        text_printf(text, "%" PRId64, number);
    }
}

void text_duration(struct text *text, int64_t duration_us)
{
    check(duration_us > INT64_MIN);
    if (duration_us < 0) {
        text_puts(text, "-");
        duration_us = -duration_us;
    }
    int64_t unit_us = 1000000;
    const char *unit = "s";
    if (duration_us > 0 && duration_us < 1000) {
        unit_us = 1;
        unit = "us";
    } else if (duration_us > 0 && duration_us < 1000000) {
        unit_us = 1000;
        unit = "ms";
    }
    add_grouped(text, duration_us / unit_us);
    const int64_t fraction = duration_us % unit_us;
    if (fraction != 0) {
        text_printf(text, ".%0*" PRId64, unit_us == 1000000 ? 6 : 3, fraction);
        while (text->data[text->length - 1] == '0') {
            text->data[--text->length] = '\0';
        }
    }
    text_printf(text, " %s", unit);
}

static size_t min3(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

enum { WORD_MAX = 64 };

static size_t alignment_distance(const char *a, const char *b)
{
    const size_t a_length = strlen(a);
    const size_t b_length = strlen(b);
    if (a_length > WORD_MAX || b_length > WORD_MAX) {
        return SIZE_MAX;
    }
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            const size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + cost);
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && rows[(i - 2) % 3][j - 2] + 1 < row[j]) {
                row[j] = rows[(i - 2) % 3][j - 2] + 1;
            }
        }
    }
    return rows[a_length % 3][b_length];
}

const char *text_nearest(const char *word, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t nearest_distance = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        const size_t distance = alignment_distance(word, candidates[i]);
        size_t longer = strlen(word);
        if (strlen(candidates[i]) > longer) {
            longer = strlen(candidates[i]);
        }
        const size_t plausible = longer / 3 > 0 ? longer / 3 : 1;
        if (distance <= plausible && distance < nearest_distance) {
            nearest = candidates[i];
            nearest_distance = distance;
        }
    }
    return nearest;
}

bool text_equal(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Matches one [...] class; `*pattern` stands behind the '[' and is left behind the ']'. */
static bool class_matches(const char **pattern, char c)
{
    const char *p = *pattern;
    const bool negated = *p == '^';
    if (negated) {
        p++;
    }
    bool found = false;
    while (*p != '\0' && *p != ']') {
        if (*p == '\\' && p[1] != '\0') {
            p++;
            found = found || *p == c;
            p++;
        } else if (p[1] == '-' && p[2] != '\0') {
            const char low = p[0] < p[2] ? p[0] : p[2];
            const char high = p[0] < p[2] ? p[2] : p[0];
            found = found || (c >= low && c <= high);
            p += 3;
        } else {
            found = found || *p == c;
            p++;
        }
    }
    *pattern = *p == ']' ? p + 1 : p;
    return found != negated;
}

bool text_matches_glob(const char *pattern, const char *string)
{
    const char *star = NULL;        /* Behind the last '*' seen, */
    const char *star_string = NULL; /* and how far it has swallowed. */
    for (;;) {
        const char *next = pattern;
        bool matched = false;
        if (*pattern == '*') {
            star = ++pattern;
            star_string = string;
            continue;
        }
        if (*string == '\0') {
            return *pattern == '\0';
        }
        if (*pattern == '?') {
            matched = true;
            next++;
        } else if (*pattern == '[') {
            next++;
            matched = class_matches(&next, *string);
        } else if (*pattern != '\0') {
            if (*pattern == '\\' && pattern[1] != '\0') {
                next++;
            }
            matched = *next == *string;
            next++;
        }
        if (matched) {
            pattern = next;
            string++;
        } else if (star != NULL) {
            pattern = star;
            string = ++star_string;
        } else {
            return false;
        }
    }
}
