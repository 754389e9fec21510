#include "base/check.h"
#include "cli/session.h"
#include "report/report.h"
#include "scenario/schedule_read.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: slotrace replay [OPTION...] --schedule STEPS|@FILE PATH\n\n"
    "Executes named steps in order and prints the timeline. Steps of actors that the schedule does not\n"
    "name do not happen. When a step cannot happen it says which one and why, and exits with 1.\n\n"
    "  --schedule S       'call-a.L2.get; call-a.L1.get!; widget-b.create@+20ms': actor.step, then !\n"
    "                     if a look at the cache finds its entry expired, then @ and the time after the\n"
    "                     clock. With times for all steps entries expire by time; without, by the !s.\n"
    "  --schedule @FILE   the same from a file; new lines separate, too, and # begins a comment\n"
    "  --system NAME      on which system, by its alias (before) or its name; needed if there are several\n"
    "  --systems DIR      where systems are looked up first, before fixtures/systems\n"
    "  --color WORD       auto (default), always or never; NO_COLOR is respected\n\n"
    "Example:\n"
    "  slotrace replay --system before scenarios/concurrent-read.yaml \\\n"
    "    --schedule 'call-a.L2.get; call-a.L1.get; call-a.snapshot; widget-b.create'\n\n"
    "Exit codes: 0 every step happened, 1 a step could not happen, 2 a file or the schedule is wrong,\n"
    "3 internal error, 4 wrong usage, 5 nothing matched.\n";

struct options {
    const char *schedule;
    bool color;
};

enum { SCHEDULE = 1, SYSTEM, SYSTEMS, COLOR, HELP };

static const struct option long_options[] = {
    {"schedule", required_argument, NULL, SCHEDULE},
    {"system", required_argument, NULL, SYSTEM},
    {"systems", required_argument, NULL, SYSTEMS},
    {"color", required_argument, NULL, COLOR},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

/* EXIT_AS_EXPECTED: go on. -1: help was printed. */
static int parse_options(int argc, char **argv, struct options *options, struct session *session)
{
    const char *color = "auto";
    opterr = 0;
    optind = 1;
    for (int option = 0; (option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1;) {
        switch (option) {
        case SCHEDULE: options->schedule = optarg; break;
        case SYSTEM: session->system = optarg; break;
        case SYSTEMS: session->systems_directory = optarg; break;
        case COLOR: color = optarg; break;
        case 'h':
        case HELP: (void)fputs(help, stdout); return -1;
        default: return cli_bad_option("replay", option, argv, long_options);
        }
    }
    const int wanted = cli_color(color, STDOUT_FILENO);
    if (wanted < 0) {
        return cli_usage("replay", "--color is auto, always or never, not '%s'", color);
    }
    options->color = wanted == 1;
    session->color_errors = cli_color(color, STDERR_FILENO) == 1;
    if (options->schedule == NULL) {
        return cli_usage("replay", "which steps? --schedule says them");
    }
    return optind + 1 == argc ? EXIT_AS_EXPECTED : cli_usage("replay", "name one scenario file");
}

/* The schedule's text; NULL after a message. */
static const char *schedule_text(struct session *session, const char *argument)
{
    if (argument[0] != '@') {
        return argument;
    }
    const struct source *source = source_read(session->arena, argument + 1, (struct mark){0}, &session->diags);
    if (source == NULL) {
        session_print_diags(session);
        return NULL;
    }
    return source->text;
}

static int replay(struct session *session, const struct options *options)
{
    const struct scenario *scenario = session->scenarios.items[0];
    if (scenario->case_count > 1) {
        return cli_usage("replay", "the scenario has several systems: say which with --system, as in --system %s",
                         scenario->cases[0].alias);
    }
    struct plan *plan = scenario->cases[0].plan;
    check_context(plan->title);
    check(options->schedule != NULL);
    const char *text = schedule_text(session, options->schedule);
    if (text == NULL) {
        return EXIT_INVALID;
    }
    struct schedule schedule = {0};
    const char *problem = schedule_read(plan, session->arena, text, &schedule);
    if (problem != NULL) {
        (void)fprintf(stderr, "slotrace: --schedule: %s\n", problem);
        return EXIT_INVALID;
    }
    struct trace *trace = report_trace_new(session->arena, plan, options->color, stdout);
    struct machine *machine = NULL;
    const struct divergence divergence =
        schedule_run(plan, session->arena, &schedule, report_trace_observer(trace), &machine);
    report_trace_end(trace);
    if (divergence.index < schedule.count) {
        const struct scheduled *item = &schedule.items[divergence.index];
        (void)printf("diverged at step %zu of %zu, %s.%s: %s\n", divergence.index + 1, schedule.count,
                     plan->actors.items[item->actor].name, item->step, divergence.why);
        return cli_flush_stdout() == EXIT_AS_EXPECTED ? EXIT_VIOLATED : EXIT_INTERNAL;
    }
    (void)printf("replayed %zu steps: %u of %u read%s stale\n", schedule.count, machine->totals.stale_reads,
                 machine->totals.reads, machine->totals.reads == 1 ? "" : "s");
    return cli_flush_stdout();
}

int cmd_replay(int argc, char **argv)
{
    struct session session = {0};
    struct options options = {0};
    const int parsed = parse_options(argc, argv, &options, &session);
    if (parsed != EXIT_AS_EXPECTED) {
        return parsed < 0 ? cli_flush_stdout() : parsed;
    }
    session_open(&session);
    int code = session_load(&session, 1, argv + optind);
    if (code == EXIT_AS_EXPECTED) {
        code = replay(&session, &options);
    }
    session_close(&session);
    return code;
}
