/* slotrace-bench run: the run loop on a generated plan (see world.h), and slotrace itself on one small scenario. */
#include "bench.h"
#include "world.h"

#include "base/check.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 5, STARTS = 21 };

struct mix {
    uint64_t kinds[STEP_KIND_COUNT];
    uint64_t gets, hits, versions;
};

static void count_step(void *context, const struct step_record *record)
{
    struct mix *mix = context;
    mix->kinds[record->step->kind]++;
    mix->gets += record->step->kind == STEP_GET;
    mix->hits += record->outcome == OUTCOME_HIT;
    mix->versions += record->version != 0;
}

/* How often must every reader ask to make a run of that many steps? Writers write all the time. */
static struct world_size size_for(uint64_t steps)
{
    const struct world_size sample = {.questions = 6000, .minutes = 100};
    struct world world = world_new(sample);
    const uint64_t of_sample = world_run(&world, (struct observer){0}).totals.steps;
    world_free(&world);
    const uint64_t questions = (steps * sample.questions + of_sample - 1) / of_sample;
    return (struct world_size){.questions = (uint32_t)questions, .minutes = (uint32_t)(questions / 60)};
}

static void print_mix(struct world_size size)
{
    struct world world = world_new(size);
    struct mix mix = {0};
    const uint64_t before = store_question_count(world.store);
    const struct run_result result = world_run(&world, (struct observer){.context = &mix, .on_step = count_step});
    const struct totals *totals = &result.totals;
    (void)printf("plan: %" PRIu64 " steps, %" PRIu32 " reads (%" PRIu32 " of them stale), %" PRIu64
                 " upstream writes, %.1f %% of cache reads hit; SQLite asked %" PRIu64 " times\n",
                 totals->steps, totals->reads, totals->stale_reads, mix.versions,
                 100.0 * (double)mix.hits / (double)mix.gets, store_question_count(world.store) - before);
    (void)printf("mix:");
    for (int kind = 0; kind < STEP_KIND_COUNT; kind++) {
        if (mix.kinds[kind] > 0) {
            (void)printf(" %s %.1f %%", step_kind_name((enum step_kind)kind),
                         100.0 * (double)mix.kinds[kind] / (double)totals->steps);
        }
    }
    (void)printf("\n");
    world_free(&world);
}

static void time_loop(struct world_size size)
{
    double wall[RUNS];
    double cpu[RUNS];
    for (int i = 0; i < RUNS; i++) {
        struct world world = world_new(size);
        const struct bench_time begin = bench_now();
        const uint64_t steps = world_run(&world, (struct observer){0}).totals.steps;
        const struct bench_time end = bench_now();
        world_free(&world);
        wall[i] = (double)steps / (end.wall_s - begin.wall_s);
        cpu[i] = (double)steps / (end.cpu_s - begin.cpu_s);
    }
    (void)printf("steps per second, median of %d: %.0f (per second of processor time: %.0f)\n", RUNS,
                 bench_median(wall, RUNS), bench_median(cpu, RUNS));
}

/* Bookings of new slots: every one is a new state of the database, which SQLite is asked about. */
static void time_new_states(void)
{
    for (uint32_t bookings = 250; bookings <= 1000; bookings *= 2) {
        double cpu[RUNS];
        uint64_t questions = 0;
        for (int i = 0; i < RUNS; i++) {
            struct world world = world_new((struct world_size){.questions = bookings, .bookings = bookings});
            const uint64_t before = store_question_count(world.store);
            const struct bench_time begin = bench_now();
            (void)world_run(&world, (struct observer){0});
            const struct bench_time end = bench_now();
            questions = store_question_count(world.store) - before;
            world_free(&world);
            cpu[i] = (end.cpu_s - begin.cpu_s) * 1e6 / (double)questions;
        }
        (void)printf("%" PRIu32 " bookings of new slots: %.0f us of processor time for each of %" PRIu64
                     " questions to SQLite, median of %d\n",
                     bookings, bench_median(cpu, RUNS), questions, RUNS);
    }
}

/* Runs this program once more, for one run of that size: how much memory does it take at most? */
static int64_t peak_kib(struct world_size size)
{
    char words[3][16];
    (void)snprintf(words[0], sizeof words[0], "%" PRIu32, size.questions);
    (void)snprintf(words[1], sizeof words[1], "%" PRIu32, size.minutes);
    (void)snprintf(words[2], sizeof words[2], "%" PRIu32, size.bookings);
    const char *const command[] = {"/proc/self/exe", "run", "--once", words[0], words[1], words[2], NULL};
    return bench_start(command).peak_kib;
}

static int run_once(char **words)
{
    const struct world_size size = {.questions = (uint32_t)strtoul(words[0], NULL, 10),
                                    .minutes = (uint32_t)strtoul(words[1], NULL, 10),
                                    .bookings = (uint32_t)strtoul(words[2], NULL, 10)};
    struct world world = world_new(size);
    (void)world_run(&world, (struct observer){0});
    world_free(&world);
    return 0;
}

static void print_memory(struct world_size million)
{
    const struct world_size longer = {.questions = million.questions * 4, .minutes = million.minutes};
    const struct world_size busier = {.questions = million.questions * 4, .minutes = million.minutes * 4};
    (void)printf("peak memory: 1,000,000 steps %" PRId64 " KiB; 4,000,000 steps %" PRId64
                 " KiB with as many upstream writes, %" PRId64 " KiB with four times as many\n",
                 peak_kib(million), peak_kib(longer), peak_kib(busier));
    (void)printf("peak memory: 250 bookings of new slots %" PRId64 " KiB; 1,000 %" PRId64 " KiB\n",
                 peak_kib((struct world_size){.questions = 250, .bookings = 250}),
                 peak_kib((struct world_size){.questions = 1000, .bookings = 1000}));
}

/* Of the slotrace beside this program. */
static int time_starts(const char *scenario)
{
    char program[4096];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - sizeof "/slotrace");
    check(length > 0);
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    check(slash != NULL);
    memcpy(slash + 1, "slotrace", sizeof "slotrace");
    const char *const command[] = {program, "run", scenario, NULL};
    double wall[STARTS];
    for (int i = 0; i < STARTS; i++) {
        const struct bench_start start = bench_start(command);
        if (start.code != 0) {
            (void)fprintf(stderr, "slotrace-bench: %s run %s: exit code %d\n", program, scenario, start.code);
            return BENCH_FAILED;
        }
        wall[i] = start.wall_s;
    }
    (void)printf("start-up to exit of slotrace run %s, median of %d: %.1f ms\n", scenario, STARTS,
                 bench_median(wall, STARTS) * 1000);
    return 0;
}

int bench_run(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "--once") == 0) {
        return run_once(argv + 2);
    }
    if (argc > 2) {
        (void)fprintf(stderr, "Usage: slotrace-bench run [SCENARIO]\n");
        return BENCH_USAGE;
    }
    const struct world_size million = size_for(1000000);
    print_mix(million);
    time_loop(million);
    time_new_states();
    print_memory(million);
    return time_starts(argc == 2 ? argv[1] : "scenarios/concurrent-read.yaml");
}
