/* Holds that wait for each other are found before anything runs; those that do not are left alone. */
#include "support/build.h"

#include "cmocka_all.h"

#include <string.h>

static struct build build;

/* Readers a b c (snapshot response answer), and a widget w (create send_webhook return) with its webhook. */
static int set_up(void **state)
{
    (void)state;
    build_open(&build);
    const uint32_t ask = build_reader(&build, "ask", MODEL_NONE);
    const uint32_t handler = BUILD_ENTRY(&build, "handler", build_appointment("appointment.upsert"));
    const uint32_t widget = BUILD_CUSTOMER(&build, "widget", build_upstream("upstream.create"), build_send(handler));
    build_slot(&build, "1", "h1", build_at(&build, 0, 9, 0), 60);
    build_plan(&build);
    static const char *const readers[] = {"a", "b", "c"};
    for (size_t i = 0; i < COUNT(readers); i++) {
        (void)build_add(&build,
                        build_ask(&build, readers[i], ask, build_at(&build, 0, 9, 0), build_at(&build, 0, 9, 0)), 0);
    }
    (void)build_add(&build, build_write(&build, "w", widget, 0), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    build_close(&build);
    return 0;
}

struct hold {
    const char *actor, *step, *until_actor, *until_step;
};

static const struct {
    const char *name;
    struct hold holds[4];
    const char *first, *second; /* NULL: no deadlock. */
} cases[] = {
    {"no holds", {{0}}, NULL, NULL},
    {"one hold", {{"a", "answer", "b", NULL}}, NULL, NULL},
    {"a chain", {{"a", "answer", "b", NULL}, {"b", "answer", "c", NULL}}, NULL, NULL},
    {"for itself", {{"a", "response", "a", "answer"}}, "a", "a"},
    {"for itself to end", {{"a", "response", "a", NULL}}, "a", "a"},
    {"for what it has done before", {{"a", "answer", "a", "snapshot"}}, NULL, NULL},
    {"for the very step", {{"a", "response", "a", "response"}}, "a", "a"},
    {"each for the other's end", {{"a", "answer", "b", NULL}, {"b", "answer", "a", NULL}}, "a", "b"},
    {"each for the step that the other is held at",
     {{"a", "response", "b", "response"}, {"b", "response", "a", "response"}},
     "a",
     "b"},
    {"each for a step before the other's hold",
     {{"a", "response", "b", "snapshot"}, {"b", "response", "a", "snapshot"}},
     NULL,
     NULL},
    {"one for a step before, the other for the end",
     {{"a", "response", "b", "snapshot"}, {"b", "response", "a", NULL}},
     NULL,
     NULL},
    {"the hold is on the way to the step that is waited for",
     {{"a", "response", "b", "answer"}, {"b", "snapshot", "a", "answer"}},
     "a",
     "b"},
    {"three in a circle",
     {{"a", "answer", "b", NULL}, {"b", "answer", "c", NULL}, {"c", "snapshot", "a", "answer"}},
     "a",
     "c"},
    {"the circle is not where one begins to look",
     {{"a", "answer", "b", NULL}, {"b", "answer", "c", NULL}, {"c", "answer", "b", NULL}},
     "b",
     "c"},
    {"two ways to one end",
     {{"a", "snapshot", "c", NULL}, {"a", "answer", "b", NULL}, {"b", "answer", "c", NULL}},
     NULL,
     NULL},
    {"for a webhook that is sent after the hold", {{"w", "create", "w.webhook", "receive"}}, "w", "w"},
    {"for a webhook that has been sent", {{"w", "return", "w.webhook", NULL}}, NULL, NULL},
    {"a webhook for its sender's past", {{"w.webhook", "receive", "w", "send_webhook"}}, NULL, NULL},
    {"a webhook for its sender, who waits for it",
     {{"w.webhook", "receive", "w", NULL}, {"w", "return", "w.webhook", "receive"}},
     "w",
     "w.webhook"},
    {"through the sender of a webhook",
     {{"a", "answer", "w.webhook", "receive"}, {"w", "send_webhook", "a", NULL}},
     "a",
     "w"},
    {"the sender is held after the sending",
     {{"a", "answer", "w.webhook", "receive"}, {"w", "return", "a", NULL}},
     NULL,
     NULL},
    {"the webhook is held after what is waited for",
     {{"a", "answer", "w.webhook", "receive"}, {"w.webhook", "appointment.upsert", "a", NULL}},
     NULL,
     NULL},
};

static void set_hold(const struct hold *hold, uint32_t source)
{
    build_hold(&build, hold->actor, hold->step, hold->until_actor, hold->until_step);
    build_step(&build, hold->actor, hold->step)->hold_source = source;
}

static void circles_of_holds_are_found(void **state)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(set_up(state), 0);
        for (uint32_t h = 0; h < COUNT(cases[i].holds) && cases[i].holds[h].actor != NULL; h++) {
            set_hold(&cases[i].holds[h], 100 + h);
        }
        uint32_t first = MODEL_NONE;
        uint32_t second = MODEL_NONE;
        uint32_t source = MODEL_NONE;
        const bool found = plan_deadlock(build.plan, &first, &second, &source);
        if (found != (cases[i].first != NULL)) {
            fail_msg("%s: %s", cases[i].name, found ? "a deadlock" : "no deadlock");
        }
        if (found && cases[i].first != NULL) {
            const struct actor *actors = build.plan->actors.items;
            const bool as_expected =
                strcmp(actors[first].name, cases[i].first) == 0 && strcmp(actors[second].name, cases[i].second) == 0;
            if (!as_expected) {
                fail_msg("%s: %s and %s", cases[i].name, actors[first].name, actors[second].name);
            }
            /* The hold that is named is one of the first actor's. */
            assert_string_equal(cases[i].holds[source - 100].actor, cases[i].first);
        }
        assert_int_equal(tear_down(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circles_of_holds_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
