#include "base/check.h"
#include "cli/session.h"
#include "report/report_matrix.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

static const char help[] =
    "Usage: slotrace matrix [OPTION...] SYSTEM...\n\n"
    "The gap matrix of a system, computed: every way in which a booking changes, against every kind of\n"
    "reader and the layer that it asks. Each cell builds its own small scenarios (one writer, cold and\n"
    "warm caches), tries every order and timing of their steps, and says PROVED, VACUOUS (no read can\n"
    "meet the write), or how old a wrong answer can get at the worst, and why. SYSTEM is a name in\n"
    "fixtures/systems, or a file.\n\n"
    "  --all              readers that ask around a wished time, too (takes minutes)\n"
    "  --json             the matrices as one JSON document, with a schedule for every kind of stale read\n"
    "  --states N         budget of states of each search without time (default 2000000)\n"
    "  --transitions N    budget of transitions of each search with time (default 2000000)\n"
    "  --systems DIR      where systems are looked up first, before fixtures/systems\n"
    "  --color WORD       auto (default), always or never; NO_COLOR is respected\n\n"
    "Examples:\n"
    "  slotrace matrix calcom-2025-10-11\n"
    "  slotrace matrix --json calcom-2025-10-11 calcom-hotfix\n\n"
    "Exit codes: 0 done, 2 a file is wrong, 3 internal error, 4 wrong usage, 5 a system has nothing to\n"
    "show, 6 some cell is BOUNDED: a budget ended, 130 interrupted.\n";

struct matrix_session {
    struct session files; /* Of systems; its scenarios stay empty. */
    struct matrix_options options;
    bool json, color;
    struct {
        const struct system **items;
        size_t count, capacity;
    } systems;
    json_t *matrices;
    struct matrix_tally tally;
};

static bool stop(void *context, const struct explore_progress *progress)
{
    (void)context;
    (void)progress;
    return cli_interrupted != 0;
}

enum { ALL = 1, JSON, STATES, TRANSITIONS, SYSTEMS, COLOR, HELP };

static const struct option long_options[] = {
    {"all", no_argument, NULL, ALL},
    {"json", no_argument, NULL, JSON},
    {"states", required_argument, NULL, STATES},
    {"transitions", required_argument, NULL, TRANSITIONS},
    {"systems", required_argument, NULL, SYSTEMS},
    {"color", required_argument, NULL, COLOR},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

/* EXIT_AS_EXPECTED: go on. -1: help was printed. */
static int parse_option(struct matrix_session *session, int option, char **argv, const char **color)
{
    uint64_t *number = NULL;
    switch (option) {
    case ALL: session->options.all = true; break;
    case JSON: session->json = true; break;
    case STATES: number = &session->options.explore.states_max; break;
    case TRANSITIONS: number = &session->options.transitions_max; break;
    case SYSTEMS: session->files.systems_directory = optarg; break;
    case COLOR: *color = optarg; break;
    case 'h':
    case HELP: (void)fputs(help, stdout); return -1;
    default: return cli_bad_option("matrix", option, argv, long_options);
    }
    if (number != NULL && (!cli_number(optarg, number) || *number == 0 || *number > INT64_MAX)) {
        return cli_usage("matrix", "'%s' is not a number above 0", optarg);
    }
    return EXIT_AS_EXPECTED;
}

static int parse_options(int argc, char **argv, struct matrix_session *session)
{
    const char *color = "auto";
    session->options.explore.states_max = 2000000;
    session->options.transitions_max = 2000000;
    session->options.explore.stop = stop;
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
        return cli_usage("matrix", "--color is auto, always or never, not '%s'", color);
    }
    session->color = wanted == 1;
    session->files.color_errors = cli_color(color, STDERR_FILENO) == 1;
    return optind < argc ? EXIT_AS_EXPECTED : cli_usage("matrix", "which systems? Name them, or their files");
}

/* All of them before anything is explored; a system that is named twice is shown once. */
static int load_systems(struct matrix_session *session, int count, char **names)
{
    struct session *files = &session->files;
    for (int i = 0; i < count; i++) {
        const struct system *system = system_load(&files->loader, names[i], ".", (struct mark){0});
        bool known = system == NULL;
        for (size_t s = 0; s < session->systems.count && !known; s++) {
            known = session->systems.items[s] == system;
        }
        if (!known) {
            ARENA_PUSH(files->arena, &session->systems) = system;
        }
    }
    if (files->diags.count > 0) {
        session_print_diags(files);
        return EXIT_INVALID;
    }
    return EXIT_AS_EXPECTED;
}

static int show(struct matrix_session *session, const struct system *system)
{
    struct arena *arena = arena_new();
    const struct matrix *matrix = matrix_explore(system, arena, &session->options);
    int code = EXIT_AS_EXPECTED;
    if (matrix->interrupted) {
        code = EXIT_INTERRUPTED;
    } else if (matrix->trials.count == 0) {
        (void)fprintf(stderr, "slotrace: system '%s' has no %s\n", system->name,
                      matrix->paths.count == 0 ? "way to change a booking"
                                               : "reader that asks for a window; see --all");
        code = EXIT_NOTHING;
    } else if (session->json) {
        check(json_array_append_new(session->matrices, report_matrix_json(matrix)) == 0);
    } else {
        struct text out = {0};
        text_puts(&out, session->tally.cells > 0 ? "\n" : "");
        report_matrix_text(matrix, session->color, &out);
        (void)fwrite(out.data, 1, out.length, stdout);
        (void)fflush(stdout);
        text_free(&out);
    }
    if (code == EXIT_AS_EXPECTED) {
        report_matrix_count(matrix, &session->tally);
    }
    arena_free(arena);
    return code;
}

static void print_json(struct matrix_session *session)
{
    const struct matrix_tally *tally = &session->tally;
    json_t *document =
        json_pack("{s:{s:s, s:i}, s:o, s:{s:i, s:i, s:i, s:i, s:i, s:b}}", "slotrace", "format", "matrix", "version", 1,
                  "systems", session->matrices, "summary", "cells", (int)tally->cells, "proved", (int)tally->proved,
                  "refuted", (int)tally->refuted, "bounded", (int)tally->bounded, "vacuous", (int)tally->vacuous,
                  "interrupted", cli_interrupted != 0);
    check(document != NULL);
    (void)json_dumpf(document, stdout, JSON_INDENT(1));
    (void)fputs("\n", stdout);
    json_decref(document);
}

static int show_all(struct matrix_session *session)
{
    int code = EXIT_AS_EXPECTED;
    session->matrices = session->json ? json_array() : NULL;
    for (size_t i = 0; i < session->systems.count && code != EXIT_INTERRUPTED; i++) {
        const int shown = show(session, session->systems.items[i]);
        code = shown == EXIT_AS_EXPECTED ? code : shown;
    }
    if (session->json) {
        print_json(session);
    }
    if (cli_flush_stdout() != EXIT_AS_EXPECTED) {
        return EXIT_INTERNAL;
    }
    if (code == EXIT_INTERRUPTED) {
        (void)fprintf(stderr, "slotrace: interrupted; the rest was not looked at\n");
    }
    return code == EXIT_AS_EXPECTED && session->tally.bounded > 0 ? EXIT_INCONCLUSIVE : code;
}

int cmd_matrix(int argc, char **argv)
{
    struct matrix_session session = {.json = false};
    const int parsed = parse_options(argc, argv, &session);
    if (parsed != EXIT_AS_EXPECTED) {
        return parsed < 0 ? cli_flush_stdout() : parsed;
    }
    cli_catch_interrupts();
    session_open(&session.files);
    int code = load_systems(&session, argc - optind, argv + optind);
    if (code == EXIT_AS_EXPECTED) {
        code = show_all(&session);
    }
    session_close(&session.files);
    return code;
}
