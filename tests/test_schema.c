#include "scenario/schema.h"

#include "cmocka_all.h"
#include "scenario/scalar.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *check_duration(const char *text)
{
    int64_t value_us = 0;
    return scalar_duration(text, &value_us);
}

static const char *check_integer(const char *text)
{
    int64_t value = 0;
    return scalar_integer(text, &value);
}

static const struct schema any_text = {.kind = SCHEMA_SCALAR, .what = "a text"};
static const struct schema duration = {.kind = SCHEMA_SCALAR, .what = "a duration", .scalar = check_duration};
static const struct schema integer = {.kind = SCHEMA_SCALAR, .what = "a whole number", .scalar = check_integer};
static const char *const fill_words[] = {"put", "lease", "lock", NULL};
static const struct schema fill = {.kind = SCHEMA_SCALAR, .what = "a fill", .words = fill_words};

static const struct schema_field layer_fields[] = {
    {"key", &any_text, NEED_REQUIRED, "The key."},
    {"ttl", &duration, NEED_REQUIRED, "The time to live."},
    {"fill", &fill, NEED_OPTIONAL, "How it is filled."},
};
static const struct schema layer = {
    .kind = SCHEMA_MAPPING, .what = "a layer", .fields = layer_fields, .field_count = COUNT(layer_fields)};
static const struct schema layers = {.kind = SCHEMA_NAMED, .what = "the layers", .element = &layer, .least = 1};

static const struct schema_field forget_fields[] = {{"layer", &any_text, NEED_REQUIRED, "Which."}};
static const struct schema forget_mapping = {
    .kind = SCHEMA_MAPPING, .what = "a forget", .fields = forget_fields, .field_count = COUNT(forget_fields)};
static const struct schema *const forget_forms[] = {&any_text, &forget_mapping, NULL};
static const struct schema forget = {.kind = SCHEMA_EITHER, .what = "a forget", .alternatives = forget_forms};

static const struct schema_field step_fields[] = {
    {"upstream", &any_text, NEED_ONE_OF, "Calls."},
    {"forget", &forget, NEED_ONE_OF, "Deletes."},
    {"wait", &duration, NEED_ONE_OF, "Waits."},
    {"title", &any_text, NEED_OPTIONAL, "Says."},
};
static const struct schema step = {
    .kind = SCHEMA_MAPPING, .what = "a step", .fields = step_fields, .field_count = COUNT(step_fields)};
static const struct schema steps = {.kind = SCHEMA_LIST, .what = "the steps", .element = &step, .least = 2};

static const struct schema *const repeat_forms[] = {&duration, &integer, NULL};
static const struct schema repeat = {.kind = SCHEMA_EITHER, .what = "a repeat", .alternatives = repeat_forms};
static const struct schema *const nested_forms[] = {&repeat, &steps, NULL};
static const struct schema nested = {.kind = SCHEMA_EITHER, .what = "a nest", .alternatives = nested_forms};

static const struct schema_field expect_fields[] = {{"stale_reads", &integer, NEED_OPTIONAL, "How many."}};
static const struct schema expectation = {.kind = SCHEMA_MAPPING,
                                          .what = "an expectation",
                                          .fields = expect_fields,
                                          .field_count = COUNT(expect_fields),
                                          .other_names = &any_text};
static const struct schema nothing = {.kind = SCHEMA_MAPPING, .what = "nothing"};

static const struct schema_field file_fields[] = {
    {"layers", &layers, NEED_OPTIONAL, "Layers."},        {"steps", &steps, NEED_OPTIONAL, "Steps."},
    {"repeat", &repeat, NEED_OPTIONAL, "Repeats."},       {"nested", &nested, NEED_OPTIONAL, "Nests."},
    {"expect", &expectation, NEED_OPTIONAL, "Promises."}, {"nothing", &nothing, NEED_OPTIONAL, "Nothing."},
};
static const struct schema file = {
    .kind = SCHEMA_MAPPING, .what = "this file", .fields = file_fields, .field_count = COUNT(file_fields)};

#define FILE_KEYS "; allowed: layers, steps, repeat, nested, expect, nothing"
#define UNIT "a duration needs a unit (us, ms, s, min, h, d), as in 300s"
#define DIGITS "a whole number is only digits, as in 42"

struct test_case {
    const char *text;
    const char *expected; /* What is printed, without excerpts: line:column: message [code] */
};

static const struct test_case whole_cases[] = {
    {"{}", ""},
    {"layers: {L1: {key: k, ttl: 300s, fill: lease}}", ""},
    {"steps: [{upstream: create}, {forget: L1, title: t}, {forget: {layer: L1}}, {wait: 1s}]", ""},
    {"steps: [{upstream: ''}, {upstream: ~}]", ""},
    {"repeat: 5", ""},
    {"repeat: 5s", ""},
    {"nested: 5s", ""},
    {"nested: [{wait: 1s}, {wait: 1s}]", ""},
    {"expect: {stale_reads: 1, call-c: x}", ""},
    {"expect: {}", ""},
    {"nothing: {}", ""},
    /* Keys. */
    {"layerz: 1", "1:1: unknown key 'layerz' in this file; did you mean 'layers'?"
                  " allowed: layers, steps, repeat, "
                  "nested, expect, nothing [unknown-key]\n"},
    {"foo: 1", "1:1: unknown key 'foo' in this file" FILE_KEYS " [unknown-key]\n"},
    {"\"a\\nb\": 1", "1:1: unknown key 'a\\x0Ab' in this file" FILE_KEYS " [unknown-key]\n"},
    {"steps: [{layr: 1, wait: 1s}, {wait: 1s}]",
     "1:10: unknown key 'layr' in a step; allowed: upstream, forget, wait, title [unknown-key]\n"},
    {"nothing: {a: 1}", "1:11: unknown key 'a' in nothing [unknown-key]\n"},
    {"layers: {L1: {key: k}}", "1:10: missing key 'ttl' in a layer [missing-key]\n"},
    {"layers:\n  L1:\n    fill: put\n",
     "2:3: missing key 'key' in a layer [missing-key]\n2:3: missing key 'ttl' in a layer [missing-key]\n"},
    {"steps: [{forget: {}}, {wait: 1s}]", "1:10: missing key 'layer' in a forget [missing-key]\n"},
    {"layers: {\"L 1\": {key: k, ttl: 1s}}", "1:10: cannot read 'L 1' as a name: a name has only letters (a-z), digits "
                                             "and - _ . #, as in call-a [bad-value]\n"},
    {"expect: {\"\": x}", "1:10: cannot read '' as a name: a name is not empty, as in call-a [bad-value]\n"},
    /* Exactly one of. */
    {"steps: [{title: t}, {wait: 1s}]", "1:9: a step must have one of: upstream, forget, wait [missing-key]\n"},
    {"steps:\n  - title: t\n  - wait: 1s\n", "2:5: a step must have one of: upstream, forget, wait [missing-key]\n"},
    {"steps: [{wait: 1s, upstream: create}, {wait: 1s}]",
     "1:20: a step has either 'wait' or 'upstream', not both [conflict]\n"},
    {"steps: [{wait: 1s, upstream: create, forget: L1}, {wait: 1s}]",
     "1:20: a step has either 'wait' or 'upstream', not both [conflict]\n"
     "1:38: a step has either 'wait' or 'forget', not both [conflict]\n"},
    /* Kinds. */
    {"[]", "1:1: this file must be a mapping (key: value), not a list [wrong-type]\n"},
    {"text", "1:1: this file must be a mapping (key: value), not a single value [wrong-type]\n"},
    {"layers: {L1: [a]}", "1:14: a layer must be a mapping (key: value), not a list [wrong-type]\n"},
    {"layers: L1", "1:9: the layers must be a mapping (key: value), not a single value [wrong-type]\n"},
    {"steps: {}", "1:8: the steps must be a list, not a mapping [wrong-type]\n"},
    {"steps: wait", "1:8: the steps must be a list, not a single value [wrong-type]\n"},
    {"steps: [{wait: [1s]}, {wait: {a: 1}}]", "1:16: a duration must be a single value, not a list [wrong-type]\n"
                                              "1:30: a duration must be a single value, not a mapping [wrong-type]\n"},
    {"steps: [{forget: [L1]}, {wait: 1s}]",
     "1:18: a forget must be a single value or a mapping (key: value), not a list [wrong-type]\n"},
    {"nested: {}", "1:9: a nest must be a single value or a list, not a mapping [wrong-type]\n"},
    /* Scalars. */
    {"layers: {L1: {key: k, ttl: 300}}", "1:28: cannot read '300' as a duration: " UNIT " [bad-value]\n"},
    {"layers: {L1: {key: k, ttl: ~}}",
     "1:28: cannot read '~' as a duration: a duration is a number and a unit (us, ms, "
     "s, min, h, d), as in 300s [bad-value]\n"},
    {"layers: {L1: {key: k, ttl: ''}}",
     "1:28: cannot read '' as a duration: a duration is a number and a unit (us, ms, "
     "s, min, h, d), as in 300s [bad-value]\n"},
    {"layers: {L1: {key: k, ttl: 1s, fill: leese}}",
     "1:38: cannot read 'leese' as a fill; did you mean 'lease'? allowed: put, lease, lock [bad-value]\n"},
    {"layers: {L1: {key: k, ttl: 1s, fill: xyz}}",
     "1:38: cannot read 'xyz' as a fill; allowed: put, lease, lock [bad-value]\n"},
    {"repeat: x", "1:9: cannot read 'x' as a duration: a duration is a number and a unit (us, ms, s, min, h, d), as in "
                  "300s; nor as a whole number: " DIGITS " [bad-value]\n"},
    {"repeat: 0123456789012345678901234567890123456789012345678901234567890123456789",
     "1:9: cannot read '012345678901234567890123456789012345678901234567890123456789...' as a duration: a duration is "
     "at "
     "most 100 years (36525d); nor as a whole number: a whole number has no leading zeros, as in 7 instead of 07 "
     "[bad-value]\n"},
    /* Nothing after the colon. */
    {"layers: {L1: {key: k, ttl: }}", "1:23: 'ttl' has no value [bad-value]\n"},
    {"layers:\n", "1:1: 'layers' has no value [bad-value]\n"},
    {"layers:\n  L1:\n", "2:3: 'L1' has no value [bad-value]\n"},
    {"steps:\n  -\n  - wait: 1s\n", "2:4: this list item has no value [bad-value]\n"},
    {"steps: [{title: , wait: 1s}, {wait: 1s}]", "1:10: 'title' has no value [bad-value]\n"},
    {"steps: [{forget: }, {wait: 1s}]", "1:10: 'forget' has no value [bad-value]\n"},
    /* Too few. */
    {"layers: {}", "1:1: the layers must have at least 1 entry, not 0 [bad-value]\n"},
    {"steps: [{wait: 1s}]", "1:1: the steps must have at least 2 items, not 1 [bad-value]\n"},
    /* Everything at once, in the order of the file. */
    {"stepz: 1\nlayers:\n  L1: {ttl: 5, fil: put}\nrepeat: []\n",
     "1:1: unknown key 'stepz' in this file; did you mean 'steps'? allowed: layers, steps, repeat, nested, expect, "
     "nothing [unknown-key]\n"
     "3:3: missing key 'key' in a layer [missing-key]\n"
     "3:13: cannot read '5' as a duration: " UNIT " [bad-value]\n"
     "3:16: unknown key 'fil' in a layer; did you mean 'fill'? allowed: key, ttl, fill [unknown-key]\n"
     "4:9: a repeat must be a single value, not a list [wrong-type]\n"},
};

static const struct test_case patch_cases[] = {
    {"{}", ""},
    {"layers: {}", ""},
    {"layers: {L1: {fill: put}}", ""},
    {"layers: ~", ""},
    {"layers: {L1: ~}", ""},
    {"layers: {L1: {ttl: null, fill: ~}}", ""},
    {"expect: {call-c: ~}", ""},
    {"steps: [{title: t}, {wait: ~}]", ""},
    {"steps: [{wait: ~, upstream: create}, {wait: 1s}]", ""},
    {"steps: [{wait: 1s, upstream: create}, {wait: 1s}]",
     "1:20: a step has either 'wait' or 'upstream', not both [conflict]\n"},
    {"steps: [{wait: 1s}]", "1:1: the steps must have at least 2 items, not 1 [bad-value]\n"},
    {"foo: ~", "1:1: unknown key 'foo' in this file" FILE_KEYS " [unknown-key]\n"},
    {"expect: {\"a b\": ~}", "1:10: cannot read 'a b' as a name: a name has only letters (a-z), digits and - _ . #, as "
                             "in call-a [bad-value]\n"},
    {"layers: '~'", "1:9: the layers must be a mapping (key: value), not a single value [wrong-type]\n"},
    {"layers: {L1: {ttl: 'null'}}",
     "1:20: cannot read 'null' as a duration: a duration is a number and a unit (us, ms, "
     "s, min, h, d), as in 300s [bad-value]\n"},
    {"layers: {L1: {ttl: }}", "1:15: 'ttl' has no value; write ~ to remove what the extended file says [bad-value]\n"},
    {"steps: [~, {wait: 1s}]", "1:9: a step must be a mapping (key: value), not a single value [wrong-type]\n"},
    {"~", "1:1: this file must be a mapping (key: value), not a single value [wrong-type]\n"},
};

static void check_case(const struct test_case *test, enum schema_mode mode)
{
    struct arena *arena = arena_new();
    struct diags diags = {.arena = arena};
    const struct source source = {.path = "x.yaml", .text = test->text, .size_bytes = strlen(test->text)};
    const struct node *node = tree_read(arena, &source, &diags);
    assert_non_null(node);
    schema_check(node, &file, mode, &diags);
    struct text out = {0};
    diag_print(&diags, &out, false); /* Sorts. */
    text_clear(&out);
    for (size_t i = 0; i < diags.count; i++) {
        const struct diag *diag = &diags.items[i];
        assert_ptr_equal(diag->mark.source, &source);
        text_printf(&out, "%u:%u: %s [%s]\n", (unsigned)diag->mark.line, (unsigned)diag->mark.column, diag->message,
                    diag_code_name(diag->code));
    }
    assert_string_equal(text_string(&out), test->expected);
    text_free(&out);
    arena_free(arena);
}

static void check_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(whole_cases); i++) {
        check_case(&whole_cases[i], SCHEMA_WHOLE);
    }
}

static void check_patch(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(patch_cases); i++) {
        check_case(&patch_cases[i], SCHEMA_PATCH);
    }
}

/* Whatever the file, the walk is as deep as the tree at most. */
static void check_deep(void **state)
{
    (void)state;
    static const struct schema *alternatives[] = {&any_text, NULL, NULL};
    static const struct schema either = {.kind = SCHEMA_EITHER, .what = "a nest", .alternatives = alternatives};
    static const struct schema list = {.kind = SCHEMA_LIST, .what = "a list", .element = &either};
    alternatives[1] = &list;
    char text[130] = "";
    for (int i = 0; i < 64; i++) {
        text[i] = '[';
        text[128 - i] = ']';
    }
    text[64] = 'a';
    struct arena *arena = arena_new();
    struct diags diags = {.arena = arena};
    const struct source source = {.path = "x.yaml", .text = text, .size_bytes = strlen(text)};
    const struct node *node = tree_read(arena, &source, &diags);
    assert_non_null(node);
    schema_check(node, &list, SCHEMA_WHOLE, &diags);
    assert_int_equal(diags.count, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_whole),
        cmocka_unit_test(check_patch),
        cmocka_unit_test(check_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
