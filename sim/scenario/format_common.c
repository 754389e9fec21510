#include "scenario/format_common.h"

#include "model/system.h"
#include "scenario/scalar.h"

#include <string.h>

static const char *check_version(const char *text)
{
    return strcmp(text, "1") == 0 ? NULL : "this slotrace reads version 1 of the format";
}

static const char *check_text(const char *text)
{
    return text[0] == '\0' ? "it must not be empty" : NULL;
}

static const char *check_integer(const char *text)
{
    int64_t number = 0;
    return scalar_integer(text, &number);
}

static const char *check_boolean(const char *text)
{
    bool boolean = false;
    return scalar_boolean(text, &boolean);
}

static const char *check_duration(const char *text)
{
    int64_t duration_us = 0;
    return scalar_duration(text, &duration_us);
}

static const char *check_latency(const char *text)
{
    struct span span;
    const char *problem = scalar_duration_span(text, &span);
    if (problem == NULL && (span.low < 0 || span.high == INT64_MAX)) {
        problem = "a latency has two ends that are not negative, as in 300ms..800ms, or one value, as in 5ms";
    }
    return problem;
}

static const char *check_moment(const char *text)
{
    struct moment moment;
    return scalar_moment(text, &moment);
}

static const char *check_moment_range(const char *text)
{
    struct moment low;
    struct moment high;
    return scalar_moment_range(text, &low, &high);
}

const struct schema format_version = {.what = "the format's version", .scalar = check_version, .pattern = "^1$"};
const struct schema format_text = {.what = "a text", .scalar = check_text};
const struct schema format_name = {.what = "a name", .scalar = scalar_name};
const struct schema format_integer = {.what = "a whole number", .scalar = check_integer};
const struct schema format_boolean = {.what = "yes or no", .scalar = check_boolean};
const struct schema format_duration = {.what = "a duration", .scalar = check_duration};
const struct schema format_latency = {.what = "a latency", .scalar = check_latency};
const struct schema format_moment = {.what = "a moment", .scalar = check_moment};
const struct schema format_moment_range = {.what = "a moment or a range of moments", .scalar = check_moment_range};
const struct schema format_field_value = {.what = "the value of a field", .scalar = check_text};

static const struct schema_field latency_fields[] = {
#define X(name, text, doc) {text, &format_latency, NEED_OPTIONAL, doc},
    LATENCY_CLASSES(X)
#undef X
};
const struct schema format_latencies = MAPPING("latencies", latency_fields);
