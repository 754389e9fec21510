#include "cmocka_all.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/random.h"
#include "base/text.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- arena --- */

static void arena_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (size_t size = 1; size < 300; size += 7) {
        unsigned char *memory = arena_alloc(arena, size, 1);
        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(memory[i], 0);
        }
        memset(memory, 0xAB, size);
    }
    arena_free(arena);
    arena_free(NULL);
}

static void arena_rewinds_over_chunks(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char *kept = arena_copy_text(arena, "kept!", 4);
    const size_t size_bytes = arena_size_bytes(arena);
    const struct arena_mark mark = arena_mark(arena);
    unsigned char *first = arena_alloc(arena, 8, 1);
    memset(first, 0xAB, 8);
    for (int i = 0; i < 50; i++) {
        memset(arena_alloc(arena, 10000, 3), 0xCD, 30000);
    }
    assert_true(arena_size_bytes(arena) > size_bytes);
    arena_rewind(arena, mark);
    assert_int_equal(arena_size_bytes(arena), size_bytes);
    assert_string_equal(kept, "kept");
    unsigned char *again = arena_alloc(arena, 8, 1);
    assert_ptr_equal(again, first);
    assert_int_equal(again[0], 0);
    arena_free(arena);
}

static void arena_takes_more_than_a_chunk_at_once(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const size_t count = (size_t)20 * 1024 * 1024;
    char *large = ARENA_ARRAY(arena, char, count);
    assert_int_equal(large[0] + large[count - 1], 0);
    assert_true(arena_size_bytes(arena) >= count);
    assert_string_equal(arena_printf(arena, "%s-%d", "call", 7), "call-7");
    arena_free(arena);
}

static void arena_lists_grow(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct {
        uint32_t *items;
        size_t count, capacity;
    } list = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        ARENA_PUSH(arena, &list) = i * i;
    }
    assert_int_equal(list.count, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(list.items[i], i * i);
    }
    arena_free(arena);
}

/* --- text --- */

static void text_grows(void **state)
{
    (void)state;
    struct text text = {0};
    assert_string_equal(text_string(&text), "");
    text_add(&text, "", 0);
    text_puts(&text, "a");
    text_add(&text, "bcd", 2);
    text_printf(&text, "-%d-%s", 12, "x");
    assert_string_equal(text.data, "abc-12-x");
    assert_int_equal(text.length, 8);
    for (int i = 0; i < 1000; i++) {
        text_printf(&text, "%010d", i);
    }
    assert_int_equal(text.length, 8 + 10000);
    assert_string_equal(text.data + text.length - 10, "0000000999");
    text_clear(&text);
    assert_string_equal(text_string(&text), "");
    text_free(&text);
    assert_string_equal(text_string(&text), "");
}

static void text_pads_by_columns(void **state)
{
    (void)state;
    struct text text = {0};
    text_puts(&text, "> ");
    text_puts(&text, "M\xC3\xBCnchen");
    text_pad(&text, 2, 10);
    assert_string_equal(text.data, "> M\xC3\xBCnchen   ");
    text_pad(&text, 0, 3);
    assert_int_equal(text_columns(text.data, text.length), 12);
    text_pad(&text, text.length, 2);
    assert_int_equal(text_columns(text.data, text.length), 14);
    text_free(&text);
}

static void text_writes_durations(void **state)
{
    (void)state;
    static const struct {
        int64_t duration_us;
        const char *expected;
    } cases[] = {
        {0, "0 s"},
        {1, "1 us"},
        {999, "999 us"},
        {1000, "1 ms"},
        {1500, "1.5 ms"},
        {40000, "40 ms"},
        {999999, "999.999 ms"},
        {1000000, "1 s"},
        {1000001, "1.000001 s"},
        {300001000, "300.001 s"},
        {300000000, "300 s"},
        {INT64_C(7320000000), "7,320 s"},
        {INT64_C(1234567000000), "1,234,567 s"},
        {INT64_C(1000500000000), "1,000,500 s"},
        {-40000, "-40 ms"},
        {-1000001, "-1.000001 s"},
        {INT64_MAX, "9,223,372,036,854.775807 s"},
    };
    struct text text = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_clear(&text);
        text_duration(&text, cases[i].duration_us);
        assert_string_equal(text.data, cases[i].expected);
    }
    text_free(&text);
}

static void text_finds_the_nearest_word(void **state)
{
    (void)state;
    static const char *const words[] = {"call-a", "widget-b", "call-c", "forget", "upstream", "at"};
    static const struct {
        const char *word, *expected;
    } cases[] = {
        {"call-a", "call-a"},
        {"cal-a", "call-a"},
        {"cla-lc", "call-c"}, /* Two swaps. */
        {"call-b", "call-a"}, /* As near as call-c: the first. */
        {"forgte", "forget"}, /* One swap counts one. */
        {"upstraem", "upstream"},
        {"uptream", "upstream"},
        {"ta", "at"},
        {"a", "at"},
        {"xy", NULL},
        {"", NULL},
        {"invalidate", NULL},
        {"widget-b-and-more-than-sixty-four-characters-of-text-that-nobody-would-type", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *nearest = text_nearest(cases[i].word, words, COUNT(words));
        if (cases[i].expected == NULL) {
            assert_null(nearest);
        } else {
            assert_non_null(nearest);
            assert_string_equal(nearest, cases[i].expected);
        }
    }
    assert_null(text_nearest("at", NULL, 0));
}

static void text_compares_null(void **state)
{
    (void)state;
    assert_true(text_equal(NULL, NULL));
    assert_false(text_equal(NULL, ""));
    assert_false(text_equal("a", NULL));
    assert_true(text_equal("a", (char[]){'a', '\0'}));
    assert_false(text_equal("a", "b"));
}

/* What KEYS of redis-server 7.0.15 answers. */
static void text_matches_globs_like_redis(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *string;
        bool expected;
    } cases[] = {
        {"hello", "hello", true},
        {"hello", "hell", false},
        {"hell", "hello", false},
        {"h?llo", "hallo", true},
        {"h?llo", "hllo", false},
        {"h*llo", "hllo", true},
        {"h*llo", "heeeello", true},
        {"h*llo", "heeeell", false},
        {"*", "calcom:slots:2563193:2025-10-13:2025-10-13", true},
        {"calcom:slots:*:2025-10-13:*", "calcom:slots:2563193:2025-10-13:2025-10-13", true},
        {"calcom:slots:*:2025-10-14:*", "calcom:slots:2563193:2025-10-13:2025-10-13", false},
        {"cal_slots_15_9_*", "laravel_cache_cal_slots_15_9_1", false},
        {"*cal_slots_15_9_*", "laravel_cache_cal_slots_15_9_1", true},
        {"**a**", "bab", true},
        {"a*b*c", "abbbc", true},
        {"a*b*c", "abbbd", false},
        {"*ab", "aab", true},
        {"*aab", "aaaab", true},
        {"h[ae]llo", "hello", true},
        {"h[ae]llo", "hillo", false},
        {"h[^e]llo", "hallo", true},
        {"h[^e]llo", "hello", false},
        {"h[a-b]llo", "hbllo", true},
        {"h[a-b]llo", "hcllo", false},
        {"h[b-a]llo", "hallo", true}, /* A backward range is turned round. */
        {"[a-]x", "a", true},         /* "a-]" is a range, and the class then runs to the end. */
        {"[a", "a", true},            /* An unterminated class ends with the pattern. */
        {"[]", "a", false},
        {"[^]", "a", true},
        {"[\\]]", "]", true},
        {"[\\-a]", "-", true},
        {"[*]", "*", true},
        {"[*]", "a", false},
        {"[!a]", "a", true}, /* '!' does not negate. */
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"\\[a]", "[a]", true},
        {"a\\", "a\\", true}, /* A backslash at the end is a backslash. */
        {"", "a", false},
        {"?", "", false},
        {"*", "", true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (text_matches_glob(cases[i].pattern, cases[i].string) != cases[i].expected) {
            fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].string);
        }
    }
}

static void text_glob_is_not_exponential(void **state)
{
    (void)state;
    char string[2001];
    memset(string, 'a', sizeof string - 1);
    string[sizeof string - 1] = '\0';
    assert_false(text_matches_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", string));
}

/* --- random numbers --- */

static void random_follows_the_published_algorithms(void **state)
{
    (void)state;
    /* splitmix64 from 1234567 (https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64). */
    static const uint64_t seeded[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                      UINT64_C(9817491932198370423), UINT64_C(4593380528125082431)};
    const struct random_stream stream = random_stream_new(1234567);
    assert_memory_equal(stream.state, seeded, sizeof seeded);

    /* xoshiro256** from the state 1, 2, 3, 4 (test vectors of the crate rand_xoshiro, from the authors' C code). */
    static const uint64_t expected[] = {
        UINT64_C(11520),
        UINT64_C(0),
        UINT64_C(1509978240),
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832),
        UINT64_C(10595114339597558777),
        UINT64_C(2904607092377533576),
    };
    struct random_stream counted = {.state = {1, 2, 3, 4}};
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(random_next(&counted), expected[i]);
    }
}

static void random_streams_are_seeded(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed, expected[4];
    } cases[] = {
        {0, {0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c}},
        {42, {0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1}},
        {UINT64_MAX, {0x8f5520d52a7ead08, 0xc476a018caa1802d, 0x81de31c0d260469e, 0xbf658d7e065f3c2f}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct random_stream stream = random_stream_new(cases[i].seed);
        for (size_t k = 0; k < COUNT(cases[i].expected); k++) {
            assert_int_equal(random_next(&stream), cases[i].expected[k]);
        }
    }
}

static void random_between_includes_both_ends(void **state)
{
    (void)state;
    struct random_stream stream = random_stream_new(7);
    unsigned counts[7] = {0};
    const int draws = 700000;
    for (int i = 0; i < draws; i++) {
        const int64_t value = random_between(&stream, -3, 3);
        assert_in_range(value + 3, 0, 6);
        counts[value + 3]++;
    }
    for (size_t i = 0; i < COUNT(counts); i++) { /* 100,000 each; five standard deviations are 1,464. */
        assert_in_range(counts[i], 100000 - 1464, 100000 + 1464);
    }
    assert_int_equal(random_between(&stream, 5, 5), 5);
    assert_int_equal(random_between(&stream, INT64_MIN, INT64_MIN), INT64_MIN);
    (void)random_between(&stream, INT64_MIN, INT64_MAX);
}

/* With a range of 3/4 of all numbers, plain `x % range` would hit the lowest third twice as often. */
static void random_between_is_unbiased(void **state)
{
    (void)state;
    struct random_stream stream = random_stream_new(11);
    const int64_t third = INT64_C(1) << 62;
    unsigned lowest = 0;
    for (int i = 0; i < 300000; i++) {
        lowest += random_between(&stream, INT64_MIN, third - 1) < INT64_MIN + third;
    }
    assert_in_range(lowest, 100000 - 1291, 100000 + 1291); /* Five standard deviations. */
}

/* --- check --- */

static void break_a_promise(const char *context)
{
    check_context(context);
    check(1 + 1 == 2);
    check(1 + 1 == 3);
}

/* Runs break_a_promise() in a child that must abort; returns what it wrote to stderr. */
static void abort_message(const char *context, char *message, size_t size)
{
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    (void)fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(pipe_ends[1], STDERR_FILENO);
        break_a_promise(context);
        _exit(0);
    }
    (void)close(pipe_ends[1]);
    size_t length = 0;
    ssize_t got = 0;
    while (length < size - 1 && (got = read(pipe_ends[0], message + length, size - 1 - length)) > 0) {
        length += (size_t)got;
    }
    message[length] = '\0';
    (void)close(pipe_ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void check_aborts_with_its_context(void **state)
{
    (void)state;
    char message[4096];
    abort_message("scenario concurrent-read, system hotfix, step call-a.put L1", message, sizeof message);
    assert_non_null(strstr(message, "check failed: 1 + 1 == 3"));
    assert_null(strstr(message, "1 + 1 == 2"));
    assert_non_null(strstr(message, "tests/test_base.c:"));
    assert_non_null(strstr(message, "break_a_promise"));
    assert_non_null(strstr(message, "scenario concurrent-read, system hotfix, step call-a.put L1\n"));
}

static void check_cuts_its_context(void **state)
{
    (void)state;
    char context[2000];
    memset(context, 'x', sizeof context - 1);
    context[sizeof context - 1] = '\0';
    char message[4096];
    abort_message(context, message, sizeof message);
    const char *printed = strstr(message, "xxx");
    assert_non_null(printed);
    assert_int_equal(strspn(printed, "x"), 511);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
        cmocka_unit_test(arena_rewinds_over_chunks),
        cmocka_unit_test(arena_takes_more_than_a_chunk_at_once),
        cmocka_unit_test(arena_lists_grow),
        cmocka_unit_test(text_grows),
        cmocka_unit_test(text_pads_by_columns),
        cmocka_unit_test(text_writes_durations),
        cmocka_unit_test(text_finds_the_nearest_word),
        cmocka_unit_test(text_compares_null),
        cmocka_unit_test(text_matches_globs_like_redis),
        cmocka_unit_test(text_glob_is_not_exponential),
        cmocka_unit_test(random_follows_the_published_algorithms),
        cmocka_unit_test(random_streams_are_seeded),
        cmocka_unit_test(random_between_includes_both_ends),
        cmocka_unit_test(random_between_is_unbiased),
        cmocka_unit_test(check_aborts_with_its_context),
        cmocka_unit_test(check_cuts_its_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
