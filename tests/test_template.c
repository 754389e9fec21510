/* Cache keys as data: what is rendered, and what is said of a template that cannot be. */
#include "model/template.h"
#include "support/build.h"

#include "cmocka_all.h"

#include <string.h>

static const char *const fields[] = {"event_type", "company", "branch"};
enum { FIELD_COUNT = COUNT(fields) };

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct template parse(const char *written)
{
    struct template template;
    size_t column = 0;
    const char *problem = template_parse(arena, written, fields, FIELD_COUNT, &template, &column);
    if (problem != NULL) {
        fail_msg("%s: %s", written, problem);
    }
    assert_string_equal(template.written, written);
    return template;
}

/* Wednesday 2025-10-15 09:05 to Friday 2025-10-17 18:30:59. */
static struct template_values values_of(const char *const *given)
{
    return (struct template_values){
        .fields = given, .from = {2025, 10, 15, 9, 5, 7, 8}, .to = {2025, 10, 17, 18, 30, 59, 999999}};
}

static const char *render(const char *written, const struct template_values *values)
{
    const struct template template = parse(written);
    struct text out = {0};
    template_render(&template, values, &out);
    const char *copy = arena_copy_text(arena, text_string(&out), out.length);
    text_free(&out);
    return copy;
}

static void templates_are_rendered(void **state)
{
    (void)state;
    static const struct {
        const char *written, *expected;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"calcom:slots:{event_type}:{from:%Y-%m-%d}:{to:%Y-%m-%d}", "calcom:slots:2563193:2025-10-15:2025-10-17"},
        {"cal_slots_{company:%d}_{branch:%d}_{event_type}_{from:%Y-%m-%d-%H}_{to:%Y-%m-%d-%H}",
         "cal_slots_15_0_2563193_2025-10-15-09_2025-10-17-18"},
        {"{event_type}{company}", "256319315"},
        {"{company:%s}|{company:%d}|{company}", "15|15|15"},
        {"[{branch}]", "[]"}, /* Missing: nothing. */
        {"[{branch:%s}]", "[]"},
        {"{from:%Y}{from:%m}{from:%d}{from:%H}{from:%M}", "202510150905"},
        {"{to:%H:%M on %d.%m.%Y}", "18:30 on 17.10.2025"},
        {"{from:no time at all}", "no time at all"},
        {"{from:}", ""},
        {"{week:%Y-%m-%d}", "2025-10-13"},
        {"{week:%H:%M}", "00:00"},
        {"{{}}", "{}"},
        {"{{{event_type}}}", "{2563193}"},
        {"a}}b{{c", "a}b{c"},
        {"*{event_type}_[a-z]?\\*", "*2563193_[a-z]?\\*"},
    };
    static const char *const given[] = {"2563193", "15", NULL};
    const struct template_values values = values_of(given);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(render(cases[i].written, &values), cases[i].expected);
    }
}

static void weeks_begin_on_monday(void **state)
{
    (void)state;
    static const struct {
        struct civil from;
        const char *monday;
    } cases[] = {
        {{2025, 10, 13, 0, 0, 0, 0}, "2025-10-13"},    {{2025, 10, 19, 23, 59, 59, 0}, "2025-10-13"},
        {{2025, 10, 12, 23, 59, 59, 0}, "2025-10-06"}, {{2026, 1, 1, 12, 0, 0, 0}, "2025-12-29"},
        {{2024, 3, 1, 12, 0, 0, 0}, "2024-02-26"},
    };
    static const char *const given[FIELD_COUNT] = {NULL};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct template_values values = {.fields = given, .from = cases[i].from, .to = cases[i].from};
        assert_string_equal(render("{week:%Y-%m-%d}", &values), cases[i].monday);
    }
}

static void integer_casts_are_those_of_php(void **state)
{
    (void)state;
    static const struct {
        const char *value, *expected;
    } cases[] = {
        {"9", "9"},
        {"9a-uuid", "9"},
        {"7b3c9a10-4f2e", "7"},
        {"abc", "0"},
        {"", "0"},
        {NULL, "0"},
        {"-5", "-5"},
        {"+5", "5"},
        {"-", "0"},
        {"--5", "0"},
        {"-x", "0"},
        {" \t12 3", "12"},
        {"007", "7"},
        {"12.9", "12"},
        {"9223372036854775807", "9223372036854775807"},
        {"9223372036854775808", "9223372036854775807"},
        {"92233720368547758070", "9223372036854775807"},
        {"99999999999999999999999", "9223372036854775807"},
        {"-9223372036854775807", "-9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"-99999999999999999999999", "-9223372036854775808"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const given[] = {NULL, cases[i].value, NULL};
        const struct template_values values = values_of(given);
        assert_string_equal(render("{company:%d}", &values), cases[i].expected);
    }
}

static void errors_say_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *written, *problem;
        size_t column;
    } cases[] = {
        {"ab{event_type", "'{' has no matching '}' (write {{ for a literal brace)", 2},
        {"ab}c", "'}' has no matching '{' (write }} for a literal brace)", 2},
        {"{{}", "'}' has no matching '{' (write }} for a literal brace)", 2},
        {"{from}", "'from' is a time and needs a format, as in {from:%Y-%m-%d}", 0},
        {"x{to}", "'to' is a time and needs a format, as in {to:%Y-%m-%d}", 1},
        {"{week}", "'week' is a time and needs a format, as in {week:%Y-%m-%d}", 0},
        {"{from:%Y-%q}", "unknown time format '%q'; known: %Y %m %d %H %M", 0},
        {"{from:%}", "unknown time format '%'; known: %Y %m %d %H %M", 0},
        {"{from:%%}", "unknown time format '%%'; known: %Y %m %d %H %M", 0},
        {"{branch:%x}", "a field is formatted with %s or %d, not '%x'", 0},
        {"{branch:}", "a field is formatted with %s or %d, not ''", 0},
        {"0{brunch}",
         "unknown variable 'brunch'; did you mean 'branch'? known: event_type, company, branch, from, to, week", 1},
        {"{zzzzzz:%d}", "unknown variable 'zzzzzz'; known: event_type, company, branch, from, to, week", 0},
        {"{}", "unknown variable ''; known: event_type, company, branch, from, to, week", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct template template;
        size_t column = 999;
        const char *problem = template_parse(arena, cases[i].written, fields, FIELD_COUNT, &template, &column);
        if (problem == NULL) {
            fail_msg("%s: accepted", cases[i].written);
        }
        assert_string_equal(problem, cases[i].problem);
        assert_int_equal(column, cases[i].column);
    }
}

static void times_are_not_fields(void **state)
{
    (void)state;
    assert_false(template_field_allowed("from"));
    assert_false(template_field_allowed("to"));
    assert_false(template_field_allowed("week"));
    assert_true(template_field_allowed("event_type"));
    assert_true(template_field_allowed("weeks"));
}

static void differences_are_named_by_the_first_variable(void **state)
{
    (void)state;
    static const char written[] = "k_{company:%d}_{branch}_{event_type}_{from:%Y-%m-%d-%H}_{to:%H}_{week:%d}";
    const struct template template = parse(written);
    static const char *const given[] = {"1", "15", "9"};
    static const char *const cast[] = {"1", "15a", "9"};
    static const char *const company[] = {"1", "16", "9"};
    static const char *const branch[] = {"1", "15", NULL};
    static const char *const type[] = {"2", "15", "9"};
    const struct template_values a = values_of(given);
    struct template_values b = a;
    assert_null(template_difference(&template, &a, &b));
    b.from.minute = 59; /* Cut off by the format. */
    assert_null(template_difference(&template, &a, &b));
    b.fields = cast;
    assert_null(template_difference(&template, &a, &b));
    b.from.day = 20; /* Of another week, too. */
    b.to.hour = 19;
    assert_string_equal(template_difference(&template, &a, &b), "from");
    b.fields = type;
    assert_string_equal(template_difference(&template, &a, &b), "event_type");
    b.fields = branch;
    assert_string_equal(template_difference(&template, &a, &b), "branch");
    b.fields = company;
    assert_string_equal(template_difference(&template, &a, &b), "company");
    b = a;
    b.to.hour = 19;
    assert_string_equal(template_difference(&template, &a, &b), "to");
    const struct template week = parse("{week:%d}");
    b.from.day = 20;
    assert_string_equal(template_difference(&week, &a, &b), "week");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(templates_are_rendered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(weeks_begin_on_monday, set_up, tear_down),
        cmocka_unit_test_setup_teardown(integer_casts_are_those_of_php, set_up, tear_down),
        cmocka_unit_test_setup_teardown(errors_say_what_is_wrong_and_where, set_up, tear_down),
        cmocka_unit_test(times_are_not_fields),
        cmocka_unit_test_setup_teardown(differences_are_named_by_the_first_variable, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
