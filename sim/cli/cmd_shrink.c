#include "cli/session.h"
#include "scenario/shrink.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: slotrace shrink [OPTION...] PATH\n\n"
    "Leaves actors out of a scenario, one at a time, as long as explore still refutes it by the same\n"
    "cause, and prints the file that is left: the smallest story with the same stale read.\n\n"
    "  --system NAME      on which system, by its alias (before) or its name; needed if there are several\n"
    "  --timing WORD      model (default) or ignore, as for explore\n"
    "  --systems DIR      where systems are looked up first, before fixtures/systems\n\n"
    "Example:\n"
    "  slotrace shrink --system before scenarios/webhook-gap.yaml > smallest.yaml\n\n"
    "Exit codes: 0 shrunk, 2 the file is wrong, 3 internal error, 4 wrong usage, 5 nothing matched,\n"
    "6 explore does not refute the scenario.\n";

struct shrinking {
    struct session *session;
    struct judgement_options options;
    struct shrinkable file;
    const char *alias, *system;
    uint32_t causes;
    bool *kept;
};

/* The causes by which a text is refuted; 0: it is not, or it is no valid scenario any more. */
static uint32_t causes_of(struct shrinking *shrinking, const char *text, size_t length)
{
    struct arena *arena = arena_new();
    struct diags diags = {.arena = arena};
    struct loader loader = loader_new(arena, &diags, shrinking->session->systems_directory);
    const struct source source = {.path = shrinking->file.source->path, .text = text, .size_bytes = length};
    struct scenario *scenario = scenario_load_source(&loader, &source, shrinking->alias);
    uint32_t causes = 0;
    if (scenario != NULL) {
        const struct explored_case explored = judge_case(arena, scenario, &scenario->cases[0], &shrinking->options);
        causes = explored.verdict == EXPLORE_REFUTED ? explored.causes : 0;
        scenario_close(scenario);
    }
    loader_free(&loader);
    arena_free(arena);
    return causes;
}

/* Leaves out whatever can be, until nothing can. */
static void shrink(struct shrinking *shrinking)
{
    const size_t count = shrinking->file.actors->count;
    for (bool again = true; again;) {
        again = false;
        for (size_t i = count; i-- > 0;) {
            if (!shrinking->kept[i]) {
                continue;
            }
            struct text text = {0};
            shrinking->kept[i] = false;
            shrink_write(&shrinking->file, shrinking->kept, shrinking->alias, shrinking->system, shrinking->causes,
                         &text);
            const uint32_t causes = causes_of(shrinking, text_string(&text), text.length);
            text_free(&text);
            if ((causes & shrinking->causes) != 0) {
                again = true;
            } else {
                shrinking->kept[i] = true;
            }
        }
    }
}

static int shrink_session(struct session *session, const struct judgement_options *options)
{
    const struct scenario *scenario = session->scenarios.items[0];
    if (scenario->case_count > 1) {
        return cli_usage("shrink", "the scenario has several systems: say which with --system, as in --system %s",
                         scenario->cases[0].alias);
    }
    struct shrinking shrinking = {.session = session, .options = *options};
    shrinking.file = shrink_open(session->arena, scenario->mark.source, &session->diags);
    if (shrinking.file.problem != NULL) {
        (void)fprintf(stderr, "slotrace: '%s' cannot be shrunk: %s\n", scenario->path, shrinking.file.problem);
        return EXIT_INVALID;
    }
    const struct node *systems = node_get(shrinking.file.root, "systems");
    shrinking.alias = scenario->cases[0].alias;
    shrinking.system = node_get(systems, shrinking.alias)->text;
    const struct explored_case whole = judge_case(session->arena, scenario, &scenario->cases[0], options);
    if (whole.verdict != EXPLORE_REFUTED) {
        (void)fprintf(stderr, "slotrace: nothing to shrink: explore says %s\n", explore_verdict_name(whole.verdict));
        return EXIT_INCONCLUSIVE;
    }
    shrinking.causes = whole.causes;
    const size_t count = shrinking.file.actors->count;
    shrinking.kept = ARENA_ARRAY(session->arena, bool, count);
    memset(shrinking.kept, 1, count);
    shrink(&shrinking);
    struct text text = {0};
    shrink_write(&shrinking.file, shrinking.kept, shrinking.alias, shrinking.system, shrinking.causes, &text);
    /* Only the causes that are left. */
    const uint32_t causes = causes_of(&shrinking, text.data, text.length);
    text_clear(&text);
    shrink_write(&shrinking.file, shrinking.kept, shrinking.alias, shrinking.system, causes, &text);
    (void)fwrite(text.data, 1, text.length, stdout);
    text_free(&text);
    return cli_flush_stdout();
}

int cmd_shrink(int argc, char **argv)
{
    enum { SYSTEM = 1, TIMING, SYSTEMS, HELP };
    static const struct option long_options[] = {{"system", required_argument, NULL, SYSTEM},
                                                 {"timing", required_argument, NULL, TIMING},
                                                 {"systems", required_argument, NULL, SYSTEMS},
                                                 {"help", no_argument, NULL, HELP},
                                                 {NULL, 0, NULL, 0}};
    struct session session = {0};
    struct judgement_options options = {.timed_transitions_max = 300000, .shortest_states_max = 1000};
    options.explore.states_max = 1000000;
    opterr = 0;
    optind = 1;
    for (int option = 0; (option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1;) {
        switch (option) {
        case SYSTEM: session.system = optarg; break;
        case SYSTEMS: session.systems_directory = optarg; break;
        case TIMING:
            options.ignore_time = strcmp(optarg, "ignore") == 0;
            if (!options.ignore_time && strcmp(optarg, "model") != 0) {
                return cli_usage("shrink", "--timing is model or ignore, not '%s'", optarg);
            }
            break;
        case 'h':
        case HELP: (void)fputs(help, stdout); return cli_flush_stdout();
        default: return cli_bad_option("shrink", option, argv, long_options);
        }
    }
    if (optind + 1 != argc) {
        return cli_usage("shrink", "name one scenario file");
    }
    session_open(&session);
    int code = session_load(&session, 1, argv + optind);
    if (code == EXIT_AS_EXPECTED) {
        code = shrink_session(&session, &options);
    }
    session_close(&session);
    return code;
}
