/* slotrace-bench explore: the explorer beside SPIN, on the same model (see engine/promela.h): two nested layers, W
 * writers who each book a slot of their own and delete both layers' keys, R readers who ask the same through both. */
#include "bench.h"

#include "base/check.h"
#include "embedded_sql.h"
#include "engine/explore.h"
#include "engine/promela.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUNS = 3, RUNS_MAX = 101, FIELD_COUNT = 1, LINE_MAX = 256 };
#define CLOCK_US (INT64_C(1760306400) * US_PER_SECOND)      /* 2025-10-13T00:00 in Berlin, */
#define FIRST_SLOT_US (INT64_C(1760335200) * US_PER_SECOND) /* and 08:00. */
#define SLOT_US (30 * US_PER_MINUTE)

static const char *const field_names[] = {"event_type"};
static const char *const fields[] = {"1"};
enum { READER, WRITER, ROUTINE_COUNT };

static struct template template_of(struct arena *arena, const char *written)
{
    struct template out;
    size_t column = 0;
    check(template_parse(arena, written, field_names, FIELD_COUNT, &out, &column) == NULL);
    return out;
}

static struct system *system_new(struct arena *arena, const struct zone *zone)
{
    struct layer *layers = ARENA_ARRAY(arena, struct layer, 2);
    struct routine *routines = ARENA_ARRAY(arena, struct routine, ROUTINE_COUNT);
    struct action *actions = ARENA_ARRAY(arena, struct action, 3);
    struct read_spec *read = ARENA_NEW(arena, struct read_spec);
    struct system *system = ARENA_NEW(arena, struct system);
    const char **names = ARENA_ARRAY(arena, const char *, FIELD_COUNT);
    names[0] = field_names[0];
    *system = (struct system){.name = "bench",
                              .title = "Two layers",
                              .zone = zone,
                              .prefix = "",
                              .fields = names,
                              .field_count = FIELD_COUNT,
                              .layers = layers,
                              .layer_count = 2,
                              .routines = routines,
                              .routine_count = ROUTINE_COUNT};
    for (uint32_t i = 0; i < 2; i++) {
        layers[i] = (struct layer){.name = i == 0 ? "L1" : "L2",
                                   .key = template_of(arena, i == 0 ? "a:{from:%Y-%m-%d}" : "b:{from:%Y-%m-%d}"),
                                   .ttl_us = US_PER_SECOND,
                                   .ttl_empty_us = US_PER_SECOND,
                                   .source = i == 0 ? MODEL_NONE : 0};
        actions[i + 1] = (struct action){.kind = ACTION_FORGET,
                                         .forget = {.layer = i, .key = layers[i].key, .from = FROM_SLOT, .days = 1}};
    }
    actions[0] = (struct action){.kind = ACTION_UPSTREAM, .operation = "upstream.create"};
    *read = (struct read_spec){.layer = 1, .window = WINDOW_ASKED};
    routines[READER] = (struct routine){.name = "read", .kind = ROUTINE_READER, .reads = read, .read_count = 1};
    routines[WRITER] =
        (struct routine){.name = "book", .kind = ROUTINE_CUSTOMER_ACTION, .actions = actions, .action_count = 3};
    return system;
}

struct size {
    uint32_t writers, readers;
};

/* A plan and what it lives on. */
struct ground {
    struct arena *arena;
    struct zone *zone;
    struct store *store;
    struct plan *plan;
};

static struct ground ground_new(struct size size)
{
    struct ground ground = {.arena = arena_new(), .zone = zone_new("Europe/Berlin")};
    check(ground.zone != NULL);
    ground.store = store_open(embedded_schema_sql, embedded_operations_sql);
    const struct system *system = system_new(ground.arena, ground.zone);
    struct calendar_slot *calendar = ARENA_ARRAY(ground.arena, struct calendar_slot, size.writers);
    for (uint32_t i = 0; i < size.writers; i++) {
        const int64_t starts_us = FIRST_SLOT_US + i * SLOT_US;
        calendar[i] = (struct calendar_slot){
            .event_type = fields[0], .host = "host-1", .starts_us = starts_us, .ends_us = starts_us + SLOT_US};
    }
    ground.plan = plan_new(ground.arena, system, ground.store, CLOCK_US, calendar, size.writers);
    ground.plan->title =
        arena_printf(ground.arena, "%" PRIu32 " writers, %" PRIu32 " readers", size.writers, size.readers);
    for (uint32_t i = 0; i < size.writers + size.readers; i++) {
        const bool writes = i < size.writers;
        const struct actor_spec spec = {
            .name = arena_printf(ground.arena, writes ? "writer-%" PRIu32 : "reader-%" PRIu32, i),
            .routine = writes ? WRITER : READER,
            .fields = fields,
            .from_us = FIRST_SLOT_US,
            .to_us = FIRST_SLOT_US + size.writers * SLOT_US,
            .slot = writes ? i : MODEL_NONE,
            .old_slot = MODEL_NONE,
            .appointment_id = 1 + i,
            .at_us = CLOCK_US,
            .at_high_us = CLOCK_US,
            .latencies = system->latencies,
            .then_routine = MODEL_NONE};
        plan_add_actor(ground.plan, &spec);
    }
    return ground;
}

static void ground_free(struct ground *ground)
{
    store_close(ground->store);
    zone_free(ground->zone);
    arena_free(ground->arena);
}

/* One run of either program. */
struct measure {
    char verdict[16];
    uint64_t states, transitions;
    double seconds; /* Of the search alone: without start-up, compiling and loading. */
    double mib;     /* Of the process, at most. */
};

static int explore_once(char **words)
{
    const struct size size = {(uint32_t)strtoul(words[0], NULL, 10), (uint32_t)strtoul(words[1], NULL, 10)};
    const bool reduced = strcmp(words[2], "reduced") == 0;
    const struct explore_options options = {
        .no_sleep = !reduced, .no_persistent = !reduced, .no_symmetry = !reduced, .no_expiry = true};
    struct ground ground = ground_new(size);
    const struct bench_time begin = bench_now();
    const struct explore_result result = explore(ground.plan, ground.arena, &options);
    const double seconds = bench_now().wall_s - begin.wall_s;
    (void)printf("%s %" PRIu64 " %" PRIu64 " %.3f\n", explore_verdict_name(result.verdict), result.states,
                 result.transitions, seconds);
    ground_free(&ground);
    return 0;
}

/* One search in a process of its own, so that memory is its own. */
static void measure(struct size size, const char *how)
{
    char command[LINE_MAX];
    (void)snprintf(command, sizeof command, "'/proc/%ld/exe' explore --once %" PRIu32 " %" PRIu32 " %s", (long)getpid(),
                   size.writers, size.readers, how);
    double best = 0;
    char verdict[32] = "";
    uint64_t states = 0;
    uint64_t transitions = 0;
    for (int run = 0; run < RUNS; run++) {
        double seconds = 0;
        FILE *pipe = popen(command, "r");
        check(pipe != NULL);
        const int read = fscanf(pipe, "%31s %" SCNu64 " %" SCNu64 " %lf", verdict, &states, &transitions, &seconds);
        (void)pclose(pipe);
        check(read == 4);
        best = run == 0 || seconds < best ? seconds : best;
    }
    (void)printf("W=%" PRIu32 " R=%" PRIu32 " %-10s %-8s %9" PRIu64 " states %10" PRIu64
                 " transitions %8.3f s (best of %d) %8.0f states/s\n",
                 size.writers, size.readers, how, verdict, states, transitions, best, RUNS, (double)states / best);
    (void)fflush(stdout);
}

/* SPIN on the same model, without reduction; nothing where it is not installed. */
static void measure_spin(struct size size)
{
    char command[1024];
    (void)snprintf(command, sizeof command,
                   "command -v spin >/dev/null || { echo 'SPIN is not installed'; exit 0; }; d=$(mktemp -d) && "
                   "'/proc/%ld/exe' explore --promela %" PRIu32 " %" PRIu32 " >\"$d/m.pml\" && cd \"$d\" && "
                   "spin -a m.pml >/dev/null && gcc -O2 -w -DNOREDUCE -DSAFETY -DVECTORSZ=4096 pan.c -o pan && "
                   "./pan -c0 -m100000 -w24 | sed -n 's/^ *\\([0-9]*\\) states, stored.*/  SPIN: \\1 states/p; s/^pan: "
                   "/  SPIN: /p'; "
                   "rm -rf \"$d\"",
                   (long)getpid(), size.writers, size.readers);
    check(system(command) == 0);
}

int bench_explore(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "--once") == 0) {
        return explore_once(argv + 2);
    }
    if (argc == 4 && strcmp(argv[1], "--promela") == 0) {
        struct ground ground =
            ground_new((struct size){(uint32_t)strtoul(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10)});
        struct text out = {0};
        const char *problem = promela_write(ground.plan, ground.arena, false, &out);
        check(problem == NULL);
        (void)fputs(text_string(&out), stdout);
        text_free(&out);
        ground_free(&ground);
        return 0;
    }
    const struct size small = {2, 3};
    measure(small, "plain");
    measure_spin(small);
    measure(small, "reduced");
    measure((struct size){2, 4}, "reduced");
    return 0;
}
