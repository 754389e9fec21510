#include "base/check.h"
#include "cli/session.h"
#include "engine/promela.h"
#include "report/explored.h"
#include "report/report.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const uint64_t BYTES_PER_MIB = UINT64_C(1024) * 1024;

static const char help[] =
    "Usage: slotrace explore [OPTION...] PATH...\n\n"
    "Tries every order of the actors' steps and every choice of expiry, first without time (what is\n"
    "PROVED there holds for every timing), then with time: start intervals (at), latencies and TTLs.\n"
    "Actors without `at` may begin at any time; `hold` and `pin` are ignored. Without `explore:` under\n"
    "expect, only PROVED is as expected.\n\n"
    "  --timing WORD      model (default) or ignore: whether refuted scenarios are checked against time\n"
    "  --system NAME      only this system, by its alias (before) or its name (calcom-hotfix)\n"
    "  --only PATTERN     only scenarios whose name matches (* ? [a-z])\n"
    "  --json             the results as one JSON document, with a schedule for every finding\n"
    "  --quiet            one line a scenario and system\n"
    "  --states N         budget of states of the search without time (default 2000000)\n"
    "  --transitions N    budget of transitions of the search with time (default 200000)\n"
    "  --memory MIB       budget of memory (default 4096)\n"
    "  --time SECONDS     budget of time for each search (default: none)\n"
    "  --no-symmetry, --no-sleep, --no-persistent, --no-expiry\n"
    "                     switch a reduction (or the expiry of entries) off\n"
    "  --promela          writes the scenario as a model for SPIN instead of exploring it; one system\n"
    "  --systems DIR      where systems are looked up first, before fixtures/systems\n"
    "  --color WORD       auto (default), always or never; NO_COLOR is respected\n\n"
    "Verdicts: PROVED, REFUTED, BOUNDED (a budget ran out), VACUOUS (no read can meet a write), ERROR.\n\n"
    "Examples:\n"
    "  slotrace explore scenarios/concurrent-read.yaml\n"
    "  slotrace explore --quiet --timing ignore scenarios\n\n"
    "Exit codes: 0 as expected, 1 an expectation is violated, 2 a file is wrong, 3 internal error,\n"
    "4 wrong usage, 5 nothing matched, 6 inconclusive, 130 interrupted.\n";

struct explore_session {
    struct session files;
    struct judgement_options options;
    bool json, quiet, color, progress, promela;
    uint64_t seconds_max;
    struct timespec started;
    uint64_t transitions; /* Of the search under way, when last asked. */
    uint32_t cases, as_expected, violated, inconclusive;
    json_t *runs;
};

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* Asked now and then by a search: budget of time, Ctrl-C, and the progress line on a terminal. */
static bool stop(void *context, const struct explore_progress *progress)
{
    struct explore_session *session = context;
    if (progress->transitions < session->transitions) {
        (void)clock_gettime(CLOCK_MONOTONIC, &session->started); /* The next search has begun. */
    }
    session->transitions = progress->transitions;
    const double seconds = seconds_since(&session->started);
    if (session->progress && seconds > 1 && progress->transitions % (1U << 16U) == 0) {
        (void)fprintf(stderr, "\r%" PRIu64 " states, %" PRIu64 " transitions, %.0f/s, about %.0f %% \033[K",
                      progress->states, progress->transitions, (double)progress->transitions / seconds,
                      progress->explored * 100);
    }
    return cli_interrupted != 0 || (session->seconds_max != 0 && seconds > (double)session->seconds_max);
}

enum {
    TIMING = 1,
    SYSTEM,
    ONLY,
    JSON,
    QUIET,
    STATES,
    TRANSITIONS,
    MEMORY,
    TIME,
    NO_SYMMETRY,
    NO_SLEEP,
    NO_PERSISTENT,
    NO_EXPIRY,
    SYSTEMS,
    COLOR,
    PROMELA,
    HELP
};

static const struct option long_options[] = {
    {"timing", required_argument, NULL, TIMING}, {"system", required_argument, NULL, SYSTEM},
    {"only", required_argument, NULL, ONLY},     {"json", no_argument, NULL, JSON},
    {"quiet", no_argument, NULL, QUIET},         {"states", required_argument, NULL, STATES},
    {"memory", required_argument, NULL, MEMORY}, {"transitions", required_argument, NULL, TRANSITIONS},
    {"time", required_argument, NULL, TIME},     {"no-symmetry", no_argument, NULL, NO_SYMMETRY},
    {"no-sleep", no_argument, NULL, NO_SLEEP},   {"no-persistent", no_argument, NULL, NO_PERSISTENT},
    {"no-expiry", no_argument, NULL, NO_EXPIRY}, {"systems", required_argument, NULL, SYSTEMS},
    {"color", required_argument, NULL, COLOR},   {"promela", no_argument, NULL, PROMELA},
    {"help", no_argument, NULL, HELP},           {NULL, 0, NULL, 0},
};

/* Options with a number. NULL: not one of them. */
static uint64_t *number_option(struct explore_session *session, int option)
{
    switch (option) {
    case STATES: return &session->options.explore.states_max;
    case TRANSITIONS: return &session->options.timed_transitions_max;
    case MEMORY: return &session->options.explore.memory_max_bytes;
    case TIME: return &session->seconds_max;
    default: return NULL;
    }
}

static int parse_option(struct explore_session *session, int option, char **argv, const char **color)
{
    struct explore_options *explore = &session->options.explore;
    uint64_t *number = number_option(session, option);
    if (number != NULL) {
        return cli_number(optarg, number) && *number > 0 ? EXIT_AS_EXPECTED
                                                         : cli_usage("explore", "'%s' is not a number above 0", optarg);
    }
    switch (option) {
    case TIMING:
        session->options.ignore_time = strcmp(optarg, "ignore") == 0;
        if (!session->options.ignore_time && strcmp(optarg, "model") != 0) {
            return cli_usage("explore", "--timing is model or ignore, not '%s'", optarg);
        }
        break;
    case SYSTEM: session->files.system = optarg; break;
    case ONLY: session->files.only = optarg; break;
    case SYSTEMS: session->files.systems_directory = optarg; break;
    case JSON: session->json = true; break;
    case PROMELA: session->promela = true; break;
    case QUIET: session->quiet = true; break;
    case NO_SYMMETRY: explore->no_symmetry = true; break;
    case NO_SLEEP: explore->no_sleep = true; break;
    case NO_PERSISTENT: explore->no_persistent = true; break;
    case NO_EXPIRY: explore->no_expiry = true; break;
    case COLOR: *color = optarg; break;
    case 'h':
    case HELP: (void)fputs(help, stdout); return -1;
    default: return cli_bad_option("explore", option, argv, long_options);
    }
    return EXIT_AS_EXPECTED;
}

/* EXIT_AS_EXPECTED: go on. -1: help was printed. */
static int parse_options(int argc, char **argv, struct explore_session *session)
{
    const char *color = "auto";
    session->options.explore.states_max = 2000000;
    session->options.explore.memory_max_bytes = 4096;
    session->options.timed_transitions_max = 200000;
    session->options.shortest_states_max = 300000;
    opterr = 0;
    optind = 1;
    for (int option = 0; (option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1;) {
        const int code = parse_option(session, option, argv, &color);
        if (code != EXIT_AS_EXPECTED) {
            return code;
        }
    }
    const int wanted = cli_color(color, STDOUT_FILENO);
    if (wanted < 0) {
        return cli_usage("explore", "--color is auto, always or never, not '%s'", color);
    }
    if (session->options.explore.memory_max_bytes > UINT64_MAX / BYTES_PER_MIB) {
        return cli_usage("explore", "--memory is in MiB");
    }
    session->options.explore.memory_max_bytes *= BYTES_PER_MIB;
    session->color = wanted == 1;
    session->files.color_errors = cli_color(color, STDERR_FILENO) == 1;
    session->progress = isatty(STDERR_FILENO) == 1;
    session->options.explore.stop = stop;
    session->options.explore.context = session;
    return optind < argc ? EXIT_AS_EXPECTED : cli_usage("explore", "which scenarios? Name files or directories");
}

static void explore_case(struct explore_session *session, const struct scenario *scenario,
                         const struct scenario_case *of)
{
    struct arena *arena = arena_new();
    check_context(of->plan->title);
    (void)clock_gettime(CLOCK_MONOTONIC, &session->started);
    const struct explored_case explored = judge_case(arena, scenario, of, &session->options);
    if (session->progress) {
        (void)fputs("\r\033[K", stderr);
    }
    const bool open = explored.verdict == EXPLORE_BOUNDED || explored.verdict == EXPLORE_ERROR ||
                      (explored.verdict == EXPLORE_VACUOUS && !of->expectations.explore.given);
    session->cases++;
    session->violated += explored.violations.count > 0;
    session->inconclusive += open && explored.violations.count == 0;
    session->as_expected += !open && explored.violations.count == 0;
    if (session->json) {
        json_array_append_new(session->runs, report_explore_json(&explored));
    } else {
        struct text out = {0};
        report_explore_text(&explored, session->color, session->quiet, &out);
        (void)fwrite(out.data, 1, out.length, stdout);
        text_free(&out);
    }
    arena_free(arena);
}

static int finish(struct explore_session *session)
{
    if (session->json) {
        json_t *document = json_pack(
            "{s:{s:s, s:i}, s:o, s:{s:i, s:i, s:i, s:i, s:b}}", "slotrace", "format", "explore", "version", 1, "runs",
            session->runs, "summary", "runs", (int)session->cases, "as_expected", (int)session->as_expected, "violated",
            (int)session->violated, "inconclusive", (int)session->inconclusive, "interrupted", cli_interrupted != 0);
        (void)json_dumpf(document, stdout, JSON_INDENT(1));
        (void)fputs("\n", stdout);
        json_decref(document);
    } else {
        (void)printf("%" PRIu32 " explored: %" PRIu32 " as expected, %" PRIu32 " not as expected, %" PRIu32
                     " inconclusive\n",
                     session->cases, session->as_expected, session->violated, session->inconclusive);
    }
    if (cli_flush_stdout() != EXIT_AS_EXPECTED) {
        return EXIT_INTERNAL;
    }
    if (cli_interrupted != 0) {
        (void)fprintf(stderr, "slotrace: interrupted; what is above is what is known so far\n");
        return EXIT_INTERRUPTED;
    }
    return session->violated > 0 ? EXIT_VIOLATED : session->inconclusive > 0 ? EXIT_INCONCLUSIVE : EXIT_AS_EXPECTED;
}

/* The one scenario and system that was named, as a Promela model on stdout. */
static int print_promela(const struct explore_session *session)
{
    const struct scenario *scenario = session->files.scenarios.items[0];
    if (session->files.scenarios.count > 1 || scenario->case_count > 1) {
        return cli_usage("explore", "--promela writes one model: name one scenario, and with --system one system");
    }
    struct arena *arena = arena_new();
    struct text model = {0};
    const char *problem = promela_write(scenario->cases[0].plan, arena, !session->options.explore.no_expiry, &model);
    if (problem != NULL) {
        (void)fprintf(stderr, "slotrace: %s cannot be written as a model: %s\n", scenario->path, problem);
    } else {
        (void)fwrite(text_string(&model), 1, model.length, stdout);
    }
    text_free(&model);
    arena_free(arena);
    return problem != NULL ? EXIT_INCONCLUSIVE : cli_flush_stdout();
}

int cmd_explore(int argc, char **argv)
{
    struct explore_session session = {0};
    const int parsed = parse_options(argc, argv, &session);
    if (parsed != EXIT_AS_EXPECTED) {
        return parsed < 0 ? cli_flush_stdout() : parsed;
    }
    cli_catch_interrupts();
    session_open(&session.files);
    int code = session_load(&session.files, argc - optind, argv + optind);
    if (code == EXIT_AS_EXPECTED && session.promela) {
        code = print_promela(&session);
    } else if (code == EXIT_AS_EXPECTED) {
        session.runs = session.json ? json_array() : NULL;
        for (size_t i = 0; i < session.files.scenarios.count; i++) {
            const struct scenario *scenario = session.files.scenarios.items[i];
            for (size_t c = 0; session_wants(&session.files, scenario) && c < scenario->case_count; c++) {
                if (cli_interrupted == 0) {
                    explore_case(&session, scenario, &scenario->cases[c]);
                }
            }
        }
        code = finish(&session);
    }
    session_close(&session.files);
    return code;
}
