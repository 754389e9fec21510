/* Expiry to the microsecond, and random calls against an array. */
#include "base/random.h"
#include "support/build.h"
#include "world/cache.h"

#include "cmocka_all.h"

#include <string.h>

static struct arena *arena;
static struct cache cache;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    cache_init(&cache, arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void put(uint32_t key, uint32_t value, int64_t now_us, int64_t ttl_us)
{
    cache_put(&cache, key, (struct cache_entry){.value = value, .seen = value + 1, .hit_seen = value + 2}, now_us,
              ttl_us);
}

/* The value of a live entry, or CACHE_NOTHING. */
static uint32_t get(uint32_t key, int64_t now_us)
{
    const struct cache_entry *entry = cache_get(&cache, key, now_us);
    if (entry != NULL) {
        assert_int_equal(entry->seen, entry->value + 1);
        assert_int_equal(entry->hit_seen, entry->value + 2);
    }
    return entry == NULL ? CACHE_NOTHING : entry->value;
}

static void entries_are_there_until_their_ttl_has_passed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t put_us, ttl_us, asked_us;
        bool there;
    } cases[] = {
        {"at once", 5000, 300 * US_PER_SECOND, 5000, true},
        {"before", 5000, 300 * US_PER_SECOND, 4999 + 300 * US_PER_SECOND, true},
        {"at T + TTL", 5000, 300 * US_PER_SECOND, 5000 + 300 * US_PER_SECOND, true},
        {"just after", 5000, 300 * US_PER_SECOND, 5001 + 300 * US_PER_SECOND, false},
        {"a millisecond after", 5000, 300 * US_PER_SECOND, 6000 + 300 * US_PER_SECOND, false},
        {"much later", 5000, 300 * US_PER_SECOND, 900 * US_PER_SECOND, false},
        {"instants need not be whole milliseconds", 5999, US_PER_SECOND, 5999 + US_PER_SECOND, true},
        {"nor need their end", 5999, US_PER_SECOND, 6000 + US_PER_SECOND, false},
        {"TTLs neither", 5000, 1500, 6500, true},
        {"and their end neither", 5000, 1500, 6501, false},
        {"the shortest TTL", 5000, 1, 5001, true},
        {"the shortest TTL, gone", 5000, 1, 5002, false},
        {"from the beginning of time", 0, 1000, 1000, true},
        {"from the beginning of time, gone", 0, 1000, 1001, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const uint32_t key = (uint32_t)i;
        put(key, 7, cases[i].put_us, cases[i].ttl_us);
        if ((get(key, cases[i].asked_us) == 7) != cases[i].there) {
            fail_msg("%s", cases[i].name);
        }
        /* What is gone does not come back, whenever it is asked for. */
        assert_int_equal(get(key, cases[i].put_us), cases[i].there ? 7 : CACHE_NOTHING);
    }
}

static void the_last_put_counts(void **state)
{
    (void)state;
    put(3, 1, 0, 10 * US_PER_SECOND);
    put(3, 2, 5 * US_PER_SECOND, US_PER_SECOND);
    assert_int_equal(get(3, 6 * US_PER_SECOND), 2); /* The shorter TTL of the second counts. */
    assert_int_equal(get(3, 6 * US_PER_SECOND + 1), CACHE_NOTHING);
    put(3, 1, 10 * US_PER_SECOND, US_PER_SECOND);
    put(3, 2, 11 * US_PER_SECOND, US_PER_SECOND);
    assert_int_equal(get(3, 12 * US_PER_SECOND), 2);
}

static void forgetting_says_whether_there_was_something(void **state)
{
    (void)state;
    assert_false(cache_forget(&cache, 9, 0));
    put(9, 1, 0, US_PER_SECOND);
    assert_true(cache_forget(&cache, 9, US_PER_SECOND));
    assert_false(cache_forget(&cache, 9, US_PER_SECOND));
    assert_int_equal(get(9, US_PER_SECOND), CACHE_NOTHING);
    put(9, 1, US_PER_SECOND, US_PER_SECOND);
    assert_false(cache_forget(&cache, 9, 2 * US_PER_SECOND + 1)); /* Expired: nothing there. */
    assert_int_equal(get(UINT32_MAX - 1, 0), CACHE_NOTHING);
    assert_false(cache_forget(&cache, UINT32_MAX - 1, 0));
}

static void collect(void *context, uint32_t key)
{
    text_printf(context, " %u", key);
}

static void listing_is_by_key_number(void **state)
{
    (void)state;
    static const uint32_t keys[] = {500, 3, 64, 63, 0, 65, 4};
    for (size_t i = 0; i < COUNT(keys); i++) {
        put(keys[i], 1, 0, keys[i] == 4 ? US_PER_SECOND : 2 * US_PER_SECOND);
    }
    (void)cache_forget(&cache, 64, 0);
    struct text list = {0};
    cache_each(&cache, US_PER_SECOND, collect, &list);
    assert_string_equal(text_string(&list), " 0 3 4 63 65 500");
    text_clear(&list);
    cache_each(&cache, US_PER_SECOND + 1, collect, &list);
    assert_string_equal(text_string(&list), " 0 3 63 65 500");
    text_clear(&list);
    cache_each(&cache, 3 * US_PER_SECOND, collect, &list);
    assert_string_equal(text_string(&list), "");
    text_free(&list);
}

enum { KEYS = 200 };

struct model_entry {
    uint32_t value;
    int64_t last_us; /* At which it is there. */
};

static void assert_same_list(const struct model_entry *model, int64_t now_us)
{
    struct text list = {0};
    struct text expected = {0};
    cache_each(&cache, now_us, collect, &list);
    for (uint32_t key = 0; key < KEYS; key++) {
        if (model[key].value != CACHE_NOTHING && now_us <= model[key].last_us) {
            text_printf(&expected, " %u", key);
        }
    }
    assert_string_equal(text_string(&list), text_string(&expected));
    text_free(&list);
    text_free(&expected);
}

static void random_calls_do_what_an_array_does(void **state)
{
    (void)state;
    struct random_stream stream = random_stream_new(1);
    struct model_entry model[KEYS];
    memset(model, 0xFF, sizeof model);
    int64_t now_us = 0;
    uint32_t hits = 0;
    for (int i = 0; i < 100000; i++) {
        const uint32_t key = (uint32_t)random_between(&stream, 0, i < 1000 ? 20 : KEYS - 1);
        struct model_entry *entry = &model[key];
        const bool there = entry->value != CACHE_NOTHING && now_us <= entry->last_us;
        const int64_t what = random_between(&stream, 0, 99);
        if (what < 40) {
            entry->value = (uint32_t)random_between(&stream, 0, 5);
            const int64_t ttl_us = random_between(&stream, 1, 20 * US_PER_MS);
            entry->last_us = now_us + ttl_us;
            put(key, entry->value, now_us, ttl_us);
        } else if (what < 80) {
            assert_int_equal(get(key, now_us), there ? entry->value : CACHE_NOTHING);
            hits += there;
        } else if (what < 99) {
            assert_int_equal(cache_forget(&cache, key, now_us), there);
            entry->value = CACHE_NOTHING;
        } else {
            assert_same_list(model, now_us);
        }
        now_us += random_between(&stream, 0, 300);
    }
    assert_in_range(hits, 2000, 38000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entries_are_there_until_their_ttl_has_passed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_put_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgetting_says_whether_there_was_something, set_up, tear_down),
        cmocka_unit_test_setup_teardown(listing_is_by_key_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(random_calls_do_what_an_array_does, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
