#include "base/diag.h"

#include "cmocka_all.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

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

static void expect_print(struct diags *diags, bool color, const char *expected)
{
    struct text out = {0};
    diag_print(diags, &out, color);
    assert_string_equal(text_string(&out), expected);
    text_free(&out);
}

static void print_nothing(void **state)
{
    (void)state;
    struct diags diags = {.arena = arena};
    expect_print(&diags, false, "");
}

struct excerpt_case {
    const char *text;
    size_t size_bytes; /* 0: strlen */
    uint32_t line, column, length;
    const char *expected;
};

static const struct excerpt_case excerpt_cases[] = {
    {"a\n  hold: {until: cal-a}\n", 0, 2, 17, 5,
     "x.yaml:2:17: error: oops [syntax]\n    2 |   hold: {until: cal-a}\n      |                 ^~~~~\n"},
    /* Without a newline at the end, with CRLF, in the first line. */
    {"a: b", 0, 1, 4, 1, "x.yaml:1:4: error: oops [syntax]\n    1 | a: b\n      |    ^\n"},
    {"a: b\r\nc\r\n", 0, 1, 4, 1, "x.yaml:1:4: error: oops [syntax]\n    1 | a: b\n      |    ^\n"},
    {"a: b\r\nc\r\n", 0, 2, 1, 1, "x.yaml:2:1: error: oops [syntax]\n    2 | c\n      | ^\n"},
    /* A length of 0 is still a caret; one beyond the line ends with it. */
    {"a: b\n", 0, 1, 1, 0, "x.yaml:1:1: error: oops [syntax]\n    1 | a: b\n      | ^\n"},
    {"a: b\nccccc", 0, 1, 3, 99, "x.yaml:1:3: error: oops [syntax]\n    1 | a: b\n      |   ^~\n"},
    {"a: b\n", 0, 1, 4, UINT32_MAX, "x.yaml:1:4: error: oops [syntax]\n    1 | a: b\n      |    ^\n"},
    /* Behind the end of the line, far behind it, in an empty line, behind the end of the file. */
    {"a:\nb", 0, 1, 3, 1, "x.yaml:1:3: error: oops [syntax]\n    1 | a:\n      |   ^\n"},
    {"a:\nb", 0, 1, 99, 9, "x.yaml:1:99: error: oops [syntax]\n    1 | a:\n      |   ^\n"},
    {"a:\n\nb", 0, 2, 1, 1, "x.yaml:2:1: error: oops [syntax]\n    2 |\n      | ^\n"},
    {"a:\n", 0, 2, 1, 1, "x.yaml:2:1: error: oops [syntax]\n"},
    {"a:", 0, 7, 1, 1, "x.yaml:7:1: error: oops [syntax]\n"},
    {"", 0, 1, 1, 1, "x.yaml:1:1: error: oops [syntax]\n    1 |\n      | ^\n"},
    /* The whole file. */
    {"a: b\n", 0, 0, 0, 0, "x.yaml: error: oops [syntax]\n"},
    /* One column per code point, whatever the bytes are. */
    {"\tb\n", 0, 1, 2, 1, "x.yaml:1:2: error: oops [syntax]\n    1 |  b\n      |  ^\n"},
    {"\x1B[31mb\x7F\n", 0, 1, 6, 1, "x.yaml:1:6: error: oops [syntax]\n    1 | ?[31mb?\n      |      ^\n"},
    {"M\xC3\xBCnchen: x\n", 0, 1, 10, 1,
     "x.yaml:1:10: error: oops [syntax]\n    1 | M\xC3\xBCnchen: x\n      |          ^\n"},
    {"\xF0\x9F\x98\x80 b\n", 0, 1, 3, 1, "x.yaml:1:3: error: oops [syntax]\n    1 | \xF0\x9F\x98\x80 b\n      |   ^\n"},
    {"\xE9\xC3 b\n", 0, 1, 4, 1, "x.yaml:1:4: error: oops [syntax]\n    1 | ?? b\n      |    ^\n"},
    {"\xE2\x80\xAE b\n", 0, 1, 3, 1, "x.yaml:1:3: error: oops [syntax]\n    1 | ? b\n      |   ^\n"},
    {"a\0b\nc\n", 6, 2, 1, 1, "x.yaml:2:1: error: oops [syntax]\n    2 | c\n      | ^\n"},
    {"a\0b\nc\n", 6, 1, 3, 1, "x.yaml:1:3: error: oops [syntax]\n    1 | a?b\n      |   ^\n"},
    /* A byte order mark is no column. */
    {"\xEF\xBB\xBF"
     "a: b\n",
     0, 1, 4, 1, "x.yaml:1:4: error: oops [syntax]\n    1 | a: b\n      |    ^\n"},
};

static void print_excerpts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(excerpt_cases); i++) {
        const struct excerpt_case *test = &excerpt_cases[i];
        const struct source source = {
            .path = "x.yaml",
            .text = test->text,
            .size_bytes = test->size_bytes == 0 ? strlen(test->text) : test->size_bytes,
        };
        struct diags diags = {.arena = arena};
        const struct mark mark = {&source, test->line, test->column, test->length};
        diag_error(&diags, mark, DIAG_SYNTAX, "oops");
        expect_print(&diags, false, test->expected);
    }
}

static void print_long_line(void **state)
{
    (void)state;
    struct text line = {0};
    for (int i = 0; i < 300; i++) {
        text_printf(&line, "%d", i % 10);
    }
    const struct source source = {.path = "x.yaml", .text = line.data, .size_bytes = line.length};
    struct diags diags = {.arena = arena};
    diag_error(&diags, (struct mark){&source, 1, 1, 2}, DIAG_SYNTAX, "first");
    diag_error(&diags, (struct mark){&source, 1, 101, 200}, DIAG_SYNTAX, "middle");
    diag_error(&diags, (struct mark){&source, 1, 300, 1}, DIAG_SYNTAX, "last");
    const char *expected =
        "x.yaml:1:1: error: first [syntax]\n"
        "    1 | " FIFTY FIFTY FIFTY "0123...\n"
        "      | ^~\n"
        "x.yaml:1:101: error: middle [syntax]\n"
        "    1 | ..." FIFTY FIFTY FIFTY "0123...\n"
        "      |    "
        "                                                            "
        "^"
        "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
        "x.yaml:1:300: error: last [syntax]\n"
        "    1 | ..."
        "6789" FIFTY FIFTY FIFTY "\n";
    struct text out = {0};
    diag_print(&diags, &out, false);
    assert_memory_equal(text_string(&out), expected, strlen(expected));
    const char *rest = text_string(&out) + strlen(expected);
    assert_int_equal(strlen(rest), strlen("      | ...") + 153 + strlen("^\n"));
    assert_string_equal(rest + strlen(rest) - 3, " ^\n");
    text_free(&out);

    /* 160 columns are still shown whole. */
    const struct source shorter = {.path = "y.yaml", .text = FIFTY FIFTY FIFTY TEN "\n", .size_bytes = 161};
    struct diags whole = {.arena = arena};
    diag_error(&whole, (struct mark){&shorter, 1, 2, 1}, DIAG_SYNTAX, "whole");
    expect_print(&whole, false, "y.yaml:1:2: error: whole [syntax]\n    1 | " FIFTY FIFTY FIFTY TEN "\n      |  ^\n");
    text_free(&line);
}

static void print_wide_line_number(void **state)
{
    (void)state;
    struct text text = {0};
    for (int i = 0; i < 123455; i++) {
        text_puts(&text, "\n");
    }
    text_puts(&text, "ab");
    const struct source source = {.path = "x.yaml", .text = text.data, .size_bytes = text.length};
    struct diags diags = {.arena = arena};
    diag_error(&diags, (struct mark){&source, 123456, 2, 1}, DIAG_SYNTAX, "oops");
    expect_print(&diags, false, "x.yaml:123456:2: error: oops [syntax]\n123456 | ab\n       |  ^\n");
    text_free(&text);
}

static void print_sorted(void **state)
{
    (void)state;
    const struct source first = {.path = "z.yaml", .text = "abc\ndef\n", .size_bytes = 8};
    const struct source second = {.path = "a.yaml", .text = "xyz\n", .size_bytes = 4};
    const struct source again = {.path = "z.yaml", .text = "abc\ndef\n", .size_bytes = 8};
    struct diags diags = {.arena = arena};
    diag_error(&diags, (struct mark){&first, 2, 1, 1}, DIAG_SYNTAX, "z 2:1");
    diag_error(&diags, (struct mark){&second, 1, 2, 1}, DIAG_BAD_VALUE, "a 1:2");
    diag_error(&diags, (struct mark){&first, 1, 3, 1}, DIAG_SYNTAX, "z 1:3 B");
    diag_error(&diags, (struct mark){&first, 1, 3, 1}, DIAG_SYNTAX, "z 1:3 A");
    diag_error(&diags, (struct mark){&again, 1, 3, 1}, DIAG_SYNTAX, "z 1:3 B");
    diag_error(&diags, (struct mark){0}, DIAG_IO, "no file");
    diag_error(&diags, (struct mark){&first, 0, 0, 0}, DIAG_SYNTAX, "z whole");
    diag_error(&diags, (struct mark){&again, 1, 1, 1}, DIAG_SYNTAX, "z 1:1");
    const char *expected = "slotrace: error: no file [io]\n"
                           "z.yaml: error: z whole [syntax]\n"
                           "z.yaml:1:1: error: z 1:1 [syntax]\n    1 | abc\n      | ^\n"
                           "z.yaml:1:3: error: z 1:3 B [syntax]\n    1 | abc\n      |   ^\n"
                           "z.yaml:1:3: error: z 1:3 A [syntax]\n    1 | abc\n      |   ^\n"
                           "z.yaml:2:1: error: z 2:1 [syntax]\n    2 | def\n      | ^\n"
                           "a.yaml:1:2: error: a 1:2 [bad-value]\n    1 | xyz\n      |  ^\n";
    expect_print(&diags, false, expected);
    assert_int_equal(diags.count, 7);
    expect_print(&diags, false, expected);
    diag_error(&diags, (struct mark){&first, 1, 3, 1}, DIAG_SYNTAX, "z 1:3 C");
    expect_print(&diags, false,
                 "slotrace: error: no file [io]\n"
                 "z.yaml: error: z whole [syntax]\n"
                 "z.yaml:1:1: error: z 1:1 [syntax]\n    1 | abc\n      | ^\n"
                 "z.yaml:1:3: error: z 1:3 B [syntax]\n    1 | abc\n      |   ^\n"
                 "z.yaml:1:3: error: z 1:3 A [syntax]\n    1 | abc\n      |   ^\n"
                 "z.yaml:1:3: error: z 1:3 C [syntax]\n    1 | abc\n      |   ^\n"
                 "z.yaml:2:1: error: z 2:1 [syntax]\n    2 | def\n      | ^\n"
                 "a.yaml:1:2: error: a 1:2 [bad-value]\n    1 | xyz\n      |  ^\n");
}

static void print_color(void **state)
{
    (void)state;
    const struct source source = {.path = "x.yaml", .text = "abc\n", .size_bytes = 4};
    struct diags diags = {.arena = arena};
    diag_error(&diags, (struct mark){&source, 1, 2, 2}, DIAG_SYNTAX, "oops");
    diag_error(&diags, (struct mark){0}, DIAG_IO, "no file");
    expect_print(&diags, true,
                 "\033[1mslotrace:\033[0m \033[1;31merror:\033[0m no file [io]\n"
                 "\033[1mx.yaml:1:2:\033[0m \033[1;31merror:\033[0m oops [syntax]\n"
                 "    1 | abc\n"
                 "      |  \033[32m^~\033[0m\n");
}

static void print_hostile_text(void **state)
{
    (void)state;
    const struct source source = {.path = "a\nb\033.yaml", .text = "x\n", .size_bytes = 2};
    struct diags diags = {.arena = arena};
    diag_error(&diags, (struct mark){&source, 0, 0, 0}, DIAG_SYNTAX, "line\nbreak and %s", "\033[2J");
    expect_print(&diags, false, "a\\x0Ab\\x1B.yaml: error: line\\x0Abreak and \\x1B[2J [syntax]\n");
}

static void quote_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length, columns_max;
        const char *expected;
    } cases[] = {
        {"abc", 3, 3, "abc"},
        {"abcd", 4, 3, "abc..."},
        {"", 0, 0, ""},
        {"a", 1, 0, "..."},
        {"a\0b", 3, 64, "a\\x00b"},
        {"a\nb\tc\x7F", 6, 64, "a\\x0Ab\\x09c\\x7F"},
        {"\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80", 9, 3, "\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"\xC3\xBC\xE2\x82\xAC", 5, 1, "\xC3\xBC..."},
        {"\xC3", 1, 64, "\\xC3"},                            /* Cut off. */
        {"\xC3(", 2, 64, "\\xC3("},                          /* No continuation. */
        {"\x80", 1, 64, "\\x80"},                            /* Only a continuation. */
        {"\xC0\xAF", 2, 64, "\\xC0\\xAF"},                   /* Overlong. */
        {"\xE0\x80\xAF", 3, 64, "\\xE0\\x80\\xAF"},          /* Overlong. */
        {"\xED\xA0\x80", 3, 64, "\\xED\\xA0\\x80"},          /* A surrogate. */
        {"\xF4\x90\x80\x80", 4, 64, "\\xF4\\x90\\x80\\x80"}, /* Beyond Unicode. */
        {"\xFF\xFE", 2, 64, "\\xFF\\xFE"},
        {"\xC2\x9B", 2, 64, "\\xC2\\x9B"},          /* A C1 control that terminals obey. */
        {"\xC2\xA0", 2, 64, "\\xC2\\xA0"},          /* A no-break space would look like a space. */
        {"\xE2\x80\x8B", 3, 64, "\\xE2\\x80\\x8B"}, /* Zero width. */
        {"\xE2\x80\xAE", 3, 64, "\\xE2\\x80\\xAE"}, /* Right to left. */
        {"\xEF\xBB\xBF", 3, 64, "\\xEF\\xBB\\xBF"},
        {"\xEF\xBF\xBE", 3, 64, "\\xEF\\xBF\\xBE"},
        {"\n", 1, 3, "..."}, /* An escape is not cut. */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(diag_quote(arena, cases[i].bytes, cases[i].length, cases[i].columns_max),
                            cases[i].expected);
    }
}

static void report_unknown(void **state)
{
    (void)state;
    static const char *const names[] = {"call-a", "call-b", "widget"};
    const struct {
        const char *what, *name;
        size_t count;
        const char *expected;
    } cases[] = {
        {"actor", "cal-a", 3, "unknown actor 'cal-a'; did you mean 'call-a'? actors: call-a, call-b, widget"},
        {"actor", "zzz", 3, "unknown actor 'zzz'; actors: call-a, call-b, widget"},
        {"entry point", "zzz", 1, "unknown entry point 'zzz'; entry points: call-a"},
        {"query", "zzz", 1, "unknown query 'zzz'; queries: call-a"},
        {"day", "zzz", 1, "unknown day 'zzz'; days: call-a"},
        {"branch", "zzz", 1, "unknown branch 'zzz'; branches: call-a"},
        {"class", "zzz", 1, "unknown class 'zzz'; classes: call-a"},
        {"actor", "zzz", 0, "unknown actor 'zzz'; no actors are defined"},
        {"actor", "a\nb", 1, "unknown actor 'a\\x0Ab'; actors: call-a"},
        {"actor", FIFTY FIFTY, 1, "unknown actor '" FIFTY TEN "0123...'; actors: call-a"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct diags diags = {.arena = arena};
        diag_unknown(&diags, (struct mark){0}, DIAG_UNKNOWN_NAME, cases[i].what, cases[i].name, names, cases[i].count);
        assert_int_equal(diags.count, 1);
        assert_int_equal(diags.items[0].code, DIAG_UNKNOWN_NAME);
        assert_string_equal(diags.items[0].message, cases[i].expected);
    }
}

static void cut_long_suggestions(void **state)
{
    (void)state;
    const char *names[43];
    for (size_t i = 0; i < COUNT(names); i++) {
        names[i] = "n";
    }
    const char *suggestion = diag_suggest(arena, "allowed", "zzzz", names, COUNT(names));
    assert_non_null(strstr(suggestion, "; allowed: n, n, "));
    assert_non_null(strstr(suggestion, ", n, ... (3 more)"));
    assert_null(strstr(diag_suggest(arena, "allowed", "zzzz", names, 40), "more"));
}

static void name_codes(void **state)
{
    (void)state;
    assert_string_equal(diag_code_name(DIAG_IO), "io");
    assert_string_equal(diag_code_name(DIAG_CONFLICT), "conflict");
    for (int i = 0; i < DIAG_CODE_COUNT; i++) {
        const char *explanation = diag_code_explanation((enum diag_code)i);
        assert_int_equal(explanation[strlen(explanation) - 1], '.');
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(diag_code_name((enum diag_code)i), diag_code_name((enum diag_code)j));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(print_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(print_excerpts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(print_long_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(print_wide_line_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(print_sorted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(print_color, set_up, tear_down),
        cmocka_unit_test_setup_teardown(print_hostile_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quote_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(report_unknown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cut_long_suggestions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(name_codes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
