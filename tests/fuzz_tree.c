/* libFuzzer: any bytes as a file, its tree against a schema that has every kind, and as every scalar.
 *
 *   clang -fsanitize=fuzzer,address,undefined ... && ./fuzz_tree -max_len=4096 corpus_of_your_own tests/corpus/tree */
#include "base/check.h"
#include "scenario/scalar.h"
#include "scenario/schema.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Everything that a scalar function reads must keep the promises of scalar.h. */
static const char *check_durations(const char *text)
{
    int64_t value_us = 0;
    struct span span = {0};
    if (scalar_duration_span(text, &span) == NULL) {
        check(span.low <= span.high);
    }
    const char *problem = scalar_duration(text, &value_us);
    if (problem == NULL) {
        check(value_us <= 36525 * US_PER_DAY && value_us >= -36525 * US_PER_DAY);
        check(scalar_duration_span(text, &span) == NULL && span.low == value_us && span.high == value_us);
    }
    return problem;
}

static const char *check_integers(const char *text)
{
    int64_t value = 0;
    struct span span = {0};
    bool truth = false;
    (void)scalar_boolean(text, &truth);
    if (scalar_integer_span(text, &span) == NULL) {
        check(span.low <= span.high);
    }
    return scalar_integer(text, &value);
}

static const char *check_moments(const char *text)
{
    struct moment low = {0};
    struct moment high = {0};
    if (scalar_moment_range(text, &low, &high) == NULL && high.kind >= MOMENT_LOCAL) {
        check(civil_valid(&high.civil));
    }
    const char *problem = scalar_moment(text, &low);
    if (problem == NULL && low.kind >= MOMENT_LOCAL) {
        check(civil_valid(&low.civil) && low.civil.year >= 1970 && low.civil.year <= 2200);
    }
    return problem;
}

static const char *check_dates(const char *text)
{
    int32_t from = 0;
    int32_t to = 0;
    if (scalar_date_range(text, &from, &to) == NULL) {
        check(from >= 0 && from <= to);
    }
    return scalar_date(text, &from);
}

static const char *check_windows(const char *text)
{
    struct daily_window window = {0};
    struct daily_grid grid = {0};
    if (scalar_daily_grid(text, &grid) == NULL) {
        check(grid.every_minutes >= 1 && grid.every_minutes <= 1440);
        check(grid.window.from_minute < grid.window.to_minute && grid.window.to_minute <= 1440);
    }
    return scalar_daily_window(text, &window);
}

static const char *const words[] = {"put", "lease", "lock", NULL};
static const struct schema word = {.kind = SCHEMA_SCALAR, .what = "a word", .words = words};
static const struct schema duration = {.kind = SCHEMA_SCALAR, .what = "a duration", .scalar = check_durations};
static const struct schema integer = {.kind = SCHEMA_SCALAR, .what = "a number", .scalar = check_integers};
static const struct schema moment = {.kind = SCHEMA_SCALAR, .what = "a moment", .scalar = check_moments};
static const struct schema date = {.kind = SCHEMA_SCALAR, .what = "a date", .scalar = check_dates};
static const struct schema window = {.kind = SCHEMA_SCALAR, .what = "a window", .scalar = check_windows};
static const struct schema any_text = {.kind = SCHEMA_SCALAR, .what = "a text"};

static const struct schema *const scalar_forms[] = {&duration, &integer, &moment, &date, &window, NULL};
static const struct schema any_scalar = {.kind = SCHEMA_EITHER, .what = "a value", .alternatives = scalar_forms};

static const struct schema_field entry_fields[] = {
    {"a", &any_scalar, NEED_REQUIRED, ""},
    {"b", &word, NEED_OPTIONAL, ""},
    {"c", &duration, NEED_ONE_OF, ""},
    {"d", &date, NEED_ONE_OF, ""},
};
static const struct schema entry = {
    .kind = SCHEMA_MAPPING, .what = "an entry", .fields = entry_fields, .field_count = COUNT(entry_fields)};
static const struct schema named = {.kind = SCHEMA_NAMED, .what = "names", .element = &entry, .least = 1};
static const struct schema list = {.kind = SCHEMA_LIST, .what = "a list", .element = &any_scalar, .least = 2};
static const struct schema *const forms[] = {&any_scalar, &list, &named, NULL};
static const struct schema either = {.kind = SCHEMA_EITHER, .what = "anything", .alternatives = forms};

static const struct schema_field root_fields[] = {
    {"slotrace", &integer, NEED_OPTIONAL, ""}, {"layers", &named, NEED_OPTIONAL, ""},
    {"list", &list, NEED_OPTIONAL, ""},        {"either", &either, NEED_OPTIONAL, ""},
    {"title", &any_text, NEED_OPTIONAL, ""},
};
static const struct schema root = {.kind = SCHEMA_MAPPING,
                                   .what = "a file",
                                   .fields = root_fields,
                                   .field_count = COUNT(root_fields),
                                   .other_names = &either};

static void check_node(const struct node *node, size_t depth)
{
    check(depth <= 64);
    check(node->mark.line >= 1 && node->mark.column >= 1);
    if (node->kind == NODE_SCALAR) {
        check(strlen(node->text) == node->length);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (node->kind == NODE_MAPPING) {
            check(node->keys[i]->kind == NODE_SCALAR);
            check(node_get(node, node->keys[i]->text) == node->items[i]);
            check(node_key(node, node->keys[i]->text) == node->keys[i]);
        }
        check_node(node->items[i], depth + 1);
    }
}

static void check_print(struct diags *diags)
{
    struct text out = {0};
    diag_print(diags, &out, true);
    for (size_t i = 0; i < out.length; i++) {
        const unsigned char c = (unsigned char)out.data[i];
        check(c == '\n' || c >= 0x20 || (c == '\033' && out.data[i + 1] == '['));
    }
    text_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_new();
    struct diags diags = {.arena = arena};
    const struct source source = {
        .path = "x.yaml", .text = arena_copy_text(arena, (const char *)bytes, size), .size_bytes = size};
    (void)check_durations(source.text);
    (void)check_integers(source.text);
    (void)check_moments(source.text);
    (void)check_dates(source.text);
    (void)check_windows(source.text);
    (void)scalar_name(source.text);

    const struct node *node = tree_read(arena, &source, &diags);
    check((node == NULL) == (diags.count > 0));
    if (node != NULL) {
        check_node(node, 0);
        schema_check(node, &root, SCHEMA_WHOLE, &diags);
        schema_check(node, &root, SCHEMA_PATCH, &diags);
        check_node(tree_merge(arena, node, node), 0);
    }
    check_print(&diags);
    arena_free(arena);
    return 0;
}
