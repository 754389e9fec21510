/* Systems that the gateway in fixtures/ knows nothing about, from files to plans and traces, without touching C. */
#include "cmocka_all.h"
#include "report/report.h"
#include "scenario/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct world {
    char directory[64];
    struct arena *arena;
    struct diags diags;
    struct loader loader;
    struct scenario *scenario;
};

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    (void)snprintf(world->directory, sizeof world->directory, "/tmp/slotrace-test-load-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    world->arena = arena_new();
    world->diags.arena = world->arena;
    world->loader = loader_new(world->arena, &world->diags, NULL);
    *state = world;
    return 0;
}

static const char *const file_names[] = {"scenario.yaml", "base.yaml", "system.yaml", NULL};

static const char *path_of(const struct world *world, const char *name)
{
    return arena_printf(world->arena, "%s/%s", world->directory, name);
}

static int close_world(void **state)
{
    struct world *world = *state;
    if (world->scenario != NULL) {
        scenario_close(world->scenario);
    }
    for (const char *const *name = file_names; *name != NULL; name++) {
        (void)unlink(path_of(world, *name));
    }
    assert_int_equal(rmdir(world->directory), 0);
    loader_free(&world->loader);
    arena_free(world->arena);
    free(world);
    return 0;
}

static void write_file(const struct world *world, const char *name, const char *text)
{
    FILE *file = fopen(path_of(world, name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char *messages(struct world *world)
{
    struct text out = {0};
    diag_print(&world->diags, &out, false);
    text_clear(&out);
    for (size_t i = 0; i < world->diags.count; i++) {
        text_printf(&out, "%u: %s\n", world->diags.items[i].mark.line, world->diags.items[i].message);
    }
    const char *copy = arena_copy_text(world->arena, text_string(&out), out.length);
    text_free(&out);
    return copy;
}

/* `rest`: the scenario after its clock. */
static const struct scenario_case *load(struct world *world, const char *clock, const char *rest)
{
    write_file(world, "scenario.yaml",
               arena_printf(world->arena, "slotrace: 1\nscenario: test\ntitle: test\nclock: %s\n%s", clock, rest));
    world->scenario = scenario_load(&world->loader, path_of(world, "scenario.yaml"), NULL);
    assert_string_equal(messages(world), "");
    assert_non_null(world->scenario);
    return &world->scenario->cases[0];
}

struct tracing {
    const struct plan *plan;
    struct text text;
};

static void trace_step(void *context, const struct step_record *record)
{
    struct tracing *tracing = context;
    static const char *const outcomes[] = {"", " hit", " miss", " refused", " absent", " skipped"};
    text_printf(&tracing->text, "%s %s", tracing->plan->actors.items[record->actor].name, record->step->name);
    if (record->key != MODEL_NONE) {
        text_printf(&tracing->text, " %s", interned_string(&tracing->plan->keys, record->key));
    }
    text_printf(&tracing->text, "%s\n", outcomes[record->outcome]);
}

/* Every step of a run, which must come true as expected. */
static const char *trace(struct world *world, const struct scenario_case *of)
{
    struct tracing tracing = {.plan = of->plan};
    struct collector *collector = collector_new(of->plan, world->arena);
    collector->others[collector->other_count++] = (struct observer){.context = &tracing, .on_step = trace_step};
    const struct run_result result =
        run_plan(of->plan, world->arena, collector_observer(collector), (struct run_options){0});
    assert_int_equal(result.problem, RUN_FINE);
    const struct violations violations =
        expectations_judge(world->arena, &of->expectations, of->plan, &result, collector);
    for (size_t i = 0; i < violations.count; i++) {
        text_printf(&tracing.text, "VIOLATED %s\n", violations.items[i].message);
    }
    const char *copy = arena_copy_text(world->arena, text_string(&tracing.text), tracing.text.length);
    text_free(&tracing.text);
    return copy;
}

static const char salon[] = "slotrace: 1\n"
                            "system: salon\n"
                            "zone: America/New_York\n"
                            "prefix: 'salon:'\n"
                            "fields: [shop, chair]\n"
                            "latency: {upstream: 20ms..40ms, cache: 1ms, delete: 1ms, booking: 10ms}\n"
                            "layers:\n"
                            "  page:\n"
                            "    key: '{{{shop}}}:{chair:%s}:{event_type:%d}:{from:%d.%m.%Y %H:%M}-{to:%H:%M}'\n"
                            "    ttl: 10m\n"
                            "    source: upstream\n"
                            "readers:\n"
                            "  show_page: {read: page}\n"
                            "  look_past_the_cache: {read: upstream}\n"
                            "entry_points:\n"
                            "  book_chair:\n"
                            "    steps:\n"
                            "      - upstream: create\n"
                            "      - forget: {layer: page, from: slot, windows: 10:00..12:00 every 1h}\n"
                            "      - appointment: insert\n"
                            "  give_chair_back:\n"
                            "    steps:\n"
                            "      - upstream: cancel\n"
                            "      - appointment: cancel\n";

static void load_one_layer(void **state)
{
    struct world *world = *state;
    write_file(world, "system.yaml", salon);
    const struct scenario_case *of =
        load(world, "2025-07-01T09:00",
             "systems: {now: system.yaml}\n"
             "calendar: [{event_type: cut, shop: main, day: 2025-07-02, slots: 10:00..12:00 every 30m}]\n"
             "actors:\n"
             "  ann: {does: show_page, window: 2025-07-02T10:00..11:00}\n"
             "  bob: {does: book_chair, slot: 2025-07-02T10:30, at: +1s}\n"
             "  cat: {does: show_page, window: 2025-07-02T10:00..11:00, at: +2s}\n"
             "  dan: {does: give_chair_back, booking: bob, at: +3s}\n"
             "  eve: {does: show_page, window: 2025-07-02T10:00..11:00, at: +4s}\n"
             "  fay: {does: look_past_the_cache, days: 2025-07-02, at: +5s}\n"
             "expect:\n"
             "  now:\n"
             "    stale_reads: 1\n"
             "    ann: {offers: 2025-07-02T10:30, served_by: upstream}\n"
             "    cat: {withholds: 2025-07-02T10:30, stale: no}\n"
             "    eve: {withholds: 2025-07-02T10:30, phantom: busy, cause: never invalidated, served_by: page}\n"
             "    fay: {offers: [2025-07-02T10:00, 2025-07-02T10:30], served_by: upstream}\n");
    assert_string_equal(of->alias, "now");
    assert_string_equal(of->system_name, "salon");
    /* No chair: an empty value. The event type as an integer: 0. The prefix is part of the wire key. */
    assert_string_equal(trace(world, of), "ann page.get salon:{main}::0:02.07.2025 10:00-11:00 miss\n"
                                          "ann snapshot\n"
                                          "ann response\n"
                                          "ann page.put salon:{main}::0:02.07.2025 10:00-11:00\n"
                                          "ann answer\n"
                                          "bob create\n"
                                          "bob reply\n"
                                          "bob page.forget salon:{main}::0:02.07.2025 10:00-11:00\n"
                                          "bob page.forget salon:{main}::0:02.07.2025 11:00-12:00 absent\n"
                                          "bob appointment.insert\n"
                                          "bob return\n"
                                          "cat page.get salon:{main}::0:02.07.2025 10:00-11:00 miss\n"
                                          "cat snapshot\n"
                                          "cat response\n"
                                          "cat page.put salon:{main}::0:02.07.2025 10:00-11:00\n"
                                          "cat answer\n"
                                          "dan cancel\n"
                                          "dan reply\n"
                                          "dan appointment.cancel\n"
                                          "dan return\n"
                                          "eve page.get salon:{main}::0:02.07.2025 10:00-11:00 hit\n"
                                          "eve answer\n"
                                          "fay snapshot\n"
                                          "fay response\n"
                                          "fay answer\n");
}

static const char clinic[] = "slotrace: 1\n"
                             "system: clinic\n"
                             "zone: Europe/Berlin\n"
                             "fields: [branch]\n"
                             "latency: {cache: 1ms, delete: 1ms}\n"
                             "layers:\n"
                             "  hour: {key: 'h_{branch}_{from:%H}_{to:%H}', ttl: 1m, source: day}\n"
                             "  day: {key: 'd_{branch}_{from:%m-%d}', ttl: 5m, source: week}\n"
                             "  week: {key: 'w_{branch}_{week:%Y-%m-%d}', ttl: 1h, source: upstream, covers: week}\n"
                             "readers:\n"
                             "  ask: {read: hour}\n"
                             "customer_actions:\n"
                             "  book_online:\n"
                             "    steps:\n"
                             "      - upstream: create\n"
                             "      - send_webhook: on_booking\n"
                             "entry_points:\n"
                             "  on_booking:\n"
                             "    steps:\n"
                             "      - appointment: upsert\n"
                             "      - forget: {layer: hour, match: 'h_{branch}_*'}\n"
                             "      - forget: {layer: day, from: slot}\n"
                             "      - forget: {layer: week, from: slot, key: 'w_{branch:%d}_{week:%Y-%m-%d}'}\n";

/* The filling side writes the branch as text, the deleting side casts it to an integer: the week stays. */
static void load_three_layers(void **state)
{
    struct world *world = *state;
    write_file(world, "system.yaml", clinic);
    const struct scenario_case *of =
        load(world, "2025-10-15T09:00", /* A Wednesday; its week begins on the 13th. */
             "systems: {now: system.yaml}\n"
             "calendar:\n"
             "  - {event_type: 7, branch: 34c4d48e-4753-4715-9c30-c55843a943e8, day: 2025-10-13..2025-10-17,\n"
             "     slots: 08:00..10:00 every 30m}\n"
             "actors:\n"
             "  ann: {does: ask, window: 2025-10-16T08:00..10:00}\n"
             "  bob: {does: book_online, slot: 2025-10-16T08:30, at: +1s}\n"
             "  cat: {does: ask, window: 2025-10-16T08:00..10:00, at: +1min}\n"
             "expect:\n"
             "  now:\n"
             "    stale_reads: 1\n"
             "    cat: {offers: 2025-10-16T08:30, cause: key missed, age: 59s..60s}\n");
    assert_int_equal(of->plan->system->layer_count, 3);
    assert_string_equal(trace(world, of), "ann hour.get h_34c4d48e-4753-4715-9c30-c55843a943e8_08_10 miss\n"
                                          "ann day.get d_34c4d48e-4753-4715-9c30-c55843a943e8_10-16 miss\n"
                                          "ann week.get w_34c4d48e-4753-4715-9c30-c55843a943e8_2025-10-13 miss\n"
                                          "ann snapshot\n"
                                          "ann response\n"
                                          "ann week.put w_34c4d48e-4753-4715-9c30-c55843a943e8_2025-10-13\n"
                                          "ann day.put d_34c4d48e-4753-4715-9c30-c55843a943e8_10-16\n"
                                          "ann hour.put h_34c4d48e-4753-4715-9c30-c55843a943e8_08_10\n"
                                          "ann answer\n"
                                          "bob create\n"
                                          "bob send_webhook\n"
                                          "bob.webhook receive\n"
                                          "bob return\n"
                                          "bob.webhook appointment.upsert\n"
                                          "bob.webhook hour.list\n"
                                          "bob.webhook hour.forget h_34c4d48e-4753-4715-9c30-c55843a943e8_08_10\n"
                                          "bob.webhook day.forget d_34c4d48e-4753-4715-9c30-c55843a943e8_10-16\n"
                                          "bob.webhook week.forget w_34_2025-10-13 absent\n"
                                          "bob.webhook return\n"
                                          "cat hour.get h_34c4d48e-4753-4715-9c30-c55843a943e8_08_10 miss\n"
                                          "cat day.get d_34c4d48e-4753-4715-9c30-c55843a943e8_10-16 miss\n"
                                          "cat week.get w_34c4d48e-4753-4715-9c30-c55843a943e8_2025-10-13 hit\n"
                                          "cat day.put d_34c4d48e-4753-4715-9c30-c55843a943e8_10-16\n"
                                          "cat hour.put h_34c4d48e-4753-4715-9c30-c55843a943e8_08_10\n"
                                          "cat answer\n");
}

static const char day_of_clinic[] =
    "calendar: [{event_type: 7, branch: 1, day: 2025-10-15, slots: 08:00..10:00 every 30m}]\n"
    "actors: {ann: {does: ask, window: 2025-10-15T08:00..09:00}}\n";

static void load_extended(void **state)
{
    struct world *world = *state;
    write_file(world, "base.yaml", clinic);
    write_file(world, "system.yaml",
               "slotrace: 1\n"
               "system: one-layer-less\n"
               "extends: base.yaml\n"
               "latency: {cache: ~, db: 2ms..4ms}\n"
               "layers:\n"
               "  hour: {ttl_empty: 10s, source: week}\n"
               "  day: ~\n"
               "entry_points:\n"
               "  on_booking:\n"
               "    steps: [{forget: {layer: week, from: slot}}]\n"
               "customer_actions: ~\n");
    const struct scenario_case *of =
        load(world, "2025-10-15T07:00",
             arena_printf(world->arena, "systems: {old: base.yaml, new: system.yaml}\n%sexpect: %s", day_of_clinic,
                          "{old: {stale_reads: 0}, new: {stale_reads: 0}}\n"));
    assert_int_equal(world->scenario->case_count, 2);
    assert_int_equal(of[0].plan->system->layer_count, 3);
    const struct system *system = of[1].plan->system;
    assert_string_equal(system->name, "one-layer-less");
    assert_int_equal(system->layer_count, 2);
    assert_string_equal(system->layers[0].name, "hour"); /* In the order of the base. */
    assert_string_equal(system->layers[0].key.written, "h_{branch}_{from:%H}_{to:%H}");
    assert_int_equal(system->layers[0].ttl_us, 60 * US_PER_SECOND);
    assert_int_equal(system->layers[0].ttl_empty_us, 10 * US_PER_SECOND);
    assert_int_equal(system->layers[0].source, 1);
    assert_string_equal(system->layers[1].name, "week");
    assert_int_equal(system->layers[1].ttl_empty_us, 3600 * US_PER_SECOND);
    assert_int_equal(system->layers[1].source, MODEL_NONE);
    assert_int_equal(system->latencies[LATENCY_CACHE].high_us, 0);
    assert_int_equal(system->latencies[LATENCY_DELETE].high_us, 1000);
    assert_int_equal(system->latencies[LATENCY_DB].low_us, 2000);
    assert_int_equal(system->latencies[LATENCY_DB].nominal_us, 3000);
    assert_int_equal(system->latencies[LATENCY_DB].high_us, 4000);
    assert_int_equal(system_routine(system, "book_online"), MODEL_NONE);
    assert_int_equal(system->routines[system_routine(system, "on_booking")].action_count, 1);
    assert_string_equal(trace(world, &of[1]), "ann hour.get h_1_08_09 miss\n"
                                              "ann week.get w_1_2025-10-13 miss\n"
                                              "ann snapshot\n"
                                              "ann response\n"
                                              "ann week.put w_1_2025-10-13\n"
                                              "ann hour.put h_1_08_09\n"
                                              "ann answer\n");
}

/* An actor's fields: its own, else those of the calendar entry of its event type; none is no value. */
static void load_fields(void **state)
{
    struct world *world = *state;
    write_file(world, "system.yaml", salon);
    const struct scenario_case *of =
        load(world, "2025-07-01T09:00",
             "systems: {now: system.yaml}\n"
             "calendar:\n"
             "  - {event_type: cut, shop: main, chair: 3, day: 2025-07-02, slots: 10:00..12:00 every 30m}\n"
             "  - {event_type: dye, shop: side, day: 2025-07-02, slots: 10:00..12:00 every 1h}\n"
             "actors:\n"
             "  a: {does: show_page, event_type: cut, days: 2025-07-02}\n"
             "  b: {does: show_page, event_type: cut, chair: none, days: 2025-07-02}\n"
             "  c: {does: show_page, event_type: cut, chair: 'none', days: 2025-07-02}\n"
             "  d: {does: show_page, event_type: dye, days: 2025-07-02}\n"
             "expect: {now: {stale_reads: 0}}\n");
    static const char *const fields[][3] = {
        {"cut", "main", "3"},
        {"cut", "main", NULL},
        {"cut", "main", "none"},
        {"dye", "side", NULL},
    };
    assert_int_equal(of->plan->actors.count, 4);
    for (size_t a = 0; a < 4; a++) {
        for (size_t f = 0; f < 3; f++) {
            const char *value = of->plan->actors.items[a].fields[f];
            assert_true(text_equal(value, fields[a][f]));
        }
    }
    assert_int_equal(of->plan->slot_count, 4 + 2);
}

/* The keys of deletion loops: fields outermost, then days, then windows. */
static void load_forget_order(void **state)
{
    struct world *world = *state;
    write_file(world, "base.yaml", salon);
    write_file(world, "system.yaml",
               "slotrace: 1\n"
               "system: system\n"
               "extends: base.yaml\n"
               "entry_points:\n"
               "  book_chair:\n"
               "    steps:\n"
               "      - upstream: create\n"
               "      - forget:\n"
               "          layer: page\n"
               "          key: '{shop}/{chair}/{from:%m-%dT%H:%M}/{to:%m-%dT%H:%M}'\n"
               "          from: slot\n"
               "          days: 2\n"
               "          windows: 22:00..24:00 every 1h\n"
               "          fields: {chair: [1, none], shop: [x, y]}\n"
               "      - forget: {layer: page, key: '{shop}/{from:%m-%dT%H}/{to:%dT%H}', days: 2}\n");
    const struct scenario_case *of =
        load(world, "2025-10-31T23:30",
             "systems: {now: system.yaml}\n"
             "calendar: [{event_type: cut, shop: main, chair: 3, day: 2025-12-31, slots: 10:00..12:00 every 30m}]\n"
             "actors: {bob: {does: book_chair, slot: 2025-12-31T10:00, at: +1h}}\n"
             "expect: {now: {stale_reads: 0}}\n");
    assert_string_equal(trace(world, of), "bob create\n"
                                          "bob reply\n"
                                          "bob page.forget salon:x/1/12-31T22:00/12-31T23:00 absent\n"
                                          "bob page.forget salon:x/1/12-31T23:00/01-01T00:00 absent\n"
                                          "bob page.forget salon:x/1/01-01T22:00/01-01T23:00 absent\n"
                                          "bob page.forget salon:x/1/01-01T23:00/01-02T00:00 absent\n"
                                          "bob page.forget salon:y/1/12-31T22:00/12-31T23:00 absent\n"
                                          "bob page.forget salon:y/1/12-31T23:00/01-01T00:00 absent\n"
                                          "bob page.forget salon:y/1/01-01T22:00/01-01T23:00 absent\n"
                                          "bob page.forget salon:y/1/01-01T23:00/01-02T00:00 absent\n"
                                          "bob page.forget salon:x//12-31T22:00/12-31T23:00 absent\n"
                                          "bob page.forget salon:x//12-31T23:00/01-01T00:00 absent\n"
                                          "bob page.forget salon:x//01-01T22:00/01-01T23:00 absent\n"
                                          "bob page.forget salon:x//01-01T23:00/01-02T00:00 absent\n"
                                          "bob page.forget salon:y//12-31T22:00/12-31T23:00 absent\n"
                                          "bob page.forget salon:y//12-31T23:00/01-01T00:00 absent\n"
                                          "bob page.forget salon:y//01-01T22:00/01-01T23:00 absent\n"
                                          "bob page.forget salon:y//01-01T23:00/01-02T00:00 absent\n"
                                          /* Today, which is the next day by now. */
                                          "bob page.forget#2 salon:main/11-01T00/01T00 absent\n"
                                          "bob page.forget#2 salon:main/11-02T00/02T00 absent\n"
                                          "bob return\n");
    /* Indexes are those of plan_forget_key(), days those of the calendar. */
    const uint32_t step = plan_step(of->plan, 0, "page.forget");
    const struct step *forget = &of->plan->actors.items[0].program.steps[step];
    assert_int_equal(forget->repeat, 16);
    const struct civil leap = {.year = 2028, .month = 2, .day = 28};
    assert_string_equal(interned_string(&of->plan->keys, plan_forget_key(of->plan, forget, 10, civil_day(&leap))),
                        "salon:x//02-29T22:00/02-29T23:00");
}

static const char *questions(const struct world *world, const struct plan *plan)
{
    struct text out = {0};
    for (size_t i = 0; i < plan->questions.count; i++) {
        const struct question *question = &plan->questions.items[i];
        struct text from = {0};
        struct text to = {0};
        zone_format(plan->system->zone, question->from_us, false, &from);
        zone_format(plan->system->zone, question->to_us, false, &to);
        text_printf(&out, "%.16s%s .. %.16s%s\n", from.data, from.data + 19, to.data, to.data + 19);
        text_free(&from);
        text_free(&to);
    }
    const char *copy = arena_copy_text(world->arena, text_string(&out), out.length);
    text_free(&out);
    return copy;
}

static const char finder[] = "slotrace: 1\n"
                             "system: finder\n"
                             "zone: Europe/Berlin\n"
                             "layers: {near: {key: 'n_{from:%d%H%M}_{to:%d%H%M}', ttl: 1m, source: upstream}}\n"
                             "readers:\n"
                             "  search:\n"
                             "    reads:\n"
                             "      - {read: near, window: -2h..0h}\n"
                             "      - {read: near, window: 0..30min, days_later: 1..2}\n"
                             "      - {read: near, window: -30min..30min, on_workday: 1}\n"
                             "      - {read: near, window: '09:00..24:00', on_workday: 2..3, until: free}\n";

static const char *wished(struct world *world, const char *wish)
{
    write_file(world, "system.yaml", finder);
    const struct scenario_case *of =
        load(world, "2025-01-01T00:00",
             arena_printf(world->arena,
                          "systems: {now: system.yaml}\n"
                          "calendar: [{event_type: 7, day: 2025-03-31, slots: 10:00..11:00 every 30m}]\n"
                          "actors: {ann: {does: search, wishes: '%s'}}\n"
                          "expect: {now: {stale_reads: 0}}\n",
                          wish));
    return questions(world, of->plan);
}

static void load_wish_before_weekend(void **state)
{
    /* Friday: the next workdays are Monday, Tuesday and Wednesday. */
    assert_string_equal(wished(*state, "2025-10-10T09:15:30"), "2025-10-10 07:15+02:00 .. 2025-10-10 09:15+02:00\n"
                                                               "2025-10-11 09:15+02:00 .. 2025-10-11 09:45+02:00\n"
                                                               "2025-10-12 09:15+02:00 .. 2025-10-12 09:45+02:00\n"
                                                               "2025-10-13 08:45+02:00 .. 2025-10-13 09:45+02:00\n"
                                                               "2025-10-14 09:00+02:00 .. 2025-10-15 00:00+02:00\n"
                                                               "2025-10-15 09:00+02:00 .. 2025-10-16 00:00+02:00\n");
}

static void load_wish_on_weekend(void **state)
{
    /* Sunday, at midnight: two hours before are on Saturday. */
    assert_string_equal(wished(*state, "2025-10-12T00:15"), "2025-10-11 22:15+02:00 .. 2025-10-12 00:15+02:00\n"
                                                            "2025-10-13 00:15+02:00 .. 2025-10-13 00:45+02:00\n"
                                                            "2025-10-14 00:15+02:00 .. 2025-10-14 00:45+02:00\n"
                                                            "2025-10-12 23:45+02:00 .. 2025-10-13 00:45+02:00\n"
                                                            "2025-10-14 09:00+02:00 .. 2025-10-15 00:00+02:00\n"
                                                            "2025-10-15 09:00+02:00 .. 2025-10-16 00:00+02:00\n");
}

static void load_wish_before_summer_time(void **state)
{
    /* Saturday, 02:15: on Sunday there is no 02:15, the clocks jump from 02:00 to 03:00. */
    assert_string_equal(wished(*state, "2025-03-29T02:15"), "2025-03-29 00:15+01:00 .. 2025-03-29 02:15+01:00\n"
                                                            "2025-03-30 03:00+02:00 .. 2025-03-30 03:00+02:00\n"
                                                            "2025-03-31 02:15+02:00 .. 2025-03-31 02:45+02:00\n"
                                                            "2025-03-31 01:45+02:00 .. 2025-03-31 02:45+02:00\n"
                                                            "2025-04-01 09:00+02:00 .. 2025-04-02 00:00+02:00\n"
                                                            "2025-04-02 09:00+02:00 .. 2025-04-03 00:00+02:00\n");
}

static void load_wish_before_winter_time(void **state)
{
    /* Saturday, 02:45: on Sunday 02:45 happens twice and the first one counts; until 03:15 it is an hour more. */
    assert_string_equal(wished(*state, "2025-10-25T02:45"), "2025-10-25 00:45+02:00 .. 2025-10-25 02:45+02:00\n"
                                                            "2025-10-26 02:45+02:00 .. 2025-10-26 03:15+01:00\n"
                                                            "2025-10-27 02:45+01:00 .. 2025-10-27 03:15+01:00\n"
                                                            "2025-10-27 02:15+01:00 .. 2025-10-27 03:15+01:00\n"
                                                            "2025-10-28 09:00+01:00 .. 2025-10-29 00:00+01:00\n"
                                                            "2025-10-29 09:00+01:00 .. 2025-10-30 00:00+01:00\n");
}

/* On the day when the clocks change, a row of slots is as long as the day is. */
static void load_calendar_of_short_day(void **state)
{
    struct world *world = *state;
    write_file(world, "system.yaml", finder);
    const struct scenario_case *of =
        load(world, "2025-03-30T00:00",
             "systems: {now: system.yaml}\n"
             "calendar:\n"
             "  - {event_type: a, day: 2025-03-29..2025-03-31, slots: 00:00..24:00 every 1h, hosts: [x, y]}\n"
             "  - {event_type: b, day: 2025-10-26, slots: 00:00..24:00 every 1h, length: 2h}\n"
             "actors: {ann: {does: search, event_type: a, wishes: 2025-03-30T10:00}}\n"
             "expect: {now: {stale_reads: 0}}\n");
    assert_int_equal(of->plan->slot_count, 24 + 23 + 24 + 24);
}

/* What is wrong on every system is said once; what is wrong on one of them, with its name or in its file. */
static void load_reports_once(void **state)
{
    struct world *world = *state;
    write_file(world, "base.yaml", clinic);
    write_file(world, "system.yaml",
               "slotrace: 1\nsystem: other\nextends: base.yaml\nreaders: {ask: ~, look: {read: day}}\n");
    write_file(world, "scenario.yaml",
               arena_printf(world->arena,
                            "slotrace: 1\nscenario: test\ntitle: test\nclock: 2025-10-15T07:00\n"
                            "systems: {a: base.yaml, b: base.yaml, c: system.yaml}\n%s"
                            "  # line 8\nexpect: {a: {stale_reads: 0}, b: {stale_reads: 0}, c: {stale_reads: 0}}\n",
                            "calendar: [{event_type: 7, branch: 1, day: 2025-10-15, slots: 08:00..10:00 every 30m}]\n"
                            "actors: {ann: {does: ask, window: 2025-10-15T09:00..08:00}}\n"));
    assert_null(scenario_load(&world->loader, path_of(world, "scenario.yaml"), NULL));
    assert_string_equal(messages(world), "7: system 'other' has no 'ask'; what an actor can do: look, book_online\n"
                                         "7: '2025-10-15T09:00..08:00' ends before it begins\n");
}

/* A system is read once, however many scenarios name it, and only the wanted cases are compiled. */
static void load_one_case(void **state)
{
    struct world *world = *state;
    write_file(world, "base.yaml", clinic);
    (void)load(world, "2025-10-15T07:00",
               arena_printf(world->arena, "systems: {a: base.yaml, b: ./base.yaml}\n%sexpect: %s", day_of_clinic,
                            "{a: {stale_reads: 0}, b: {stale_reads: 0}}\n"));
    assert_int_equal(world->scenario->case_count, 2);
    assert_int_equal(world->loader.systems.count, 1);
    assert_ptr_equal(world->scenario->cases[0].plan->system, world->scenario->cases[1].plan->system);
    static const char *const filters[] = {"b", "./base.yaml", "clinic", "nowhere"};
    static const size_t counts[] = {1, 1, 2, 0};
    for (size_t i = 0; i < 4; i++) {
        struct scenario *scenario = scenario_load(&world->loader, path_of(world, "scenario.yaml"), filters[i]);
        assert_non_null(scenario);
        assert_int_equal(scenario->case_count, counts[i]);
        scenario_close(scenario);
    }
    assert_int_equal(world->loader.systems.count, 1);
    assert_int_equal(file_kind_of(&world->loader, path_of(world, "scenario.yaml")), FILE_SCENARIO);
    assert_int_equal(file_kind_of(&world->loader, path_of(world, "base.yaml")), FILE_SYSTEM);
    assert_int_equal(file_kind_of(&world->loader, path_of(world, "nothing.yaml")), FILE_UNREADABLE);
}

#define LOAD_TEST(function) cmocka_unit_test_setup_teardown(function, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOAD_TEST(load_one_layer),
        LOAD_TEST(load_three_layers),
        LOAD_TEST(load_extended),
        LOAD_TEST(load_fields),
        LOAD_TEST(load_forget_order),
        LOAD_TEST(load_wish_before_weekend),
        LOAD_TEST(load_wish_on_weekend),
        LOAD_TEST(load_wish_before_summer_time),
        LOAD_TEST(load_wish_before_winter_time),
        LOAD_TEST(load_calendar_of_short_day),
        LOAD_TEST(load_reports_once),
        LOAD_TEST(load_one_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
