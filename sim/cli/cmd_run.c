#include "base/check.h"
#include "cli/session.h"
#include "report/report.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: slotrace run [OPTION...] PATH...\n\n"
    "Runs each scenario once per system, at its own times, and checks what it expects. PATH is a\n"
    "scenario file or a directory of them.\n\n"
    "  --trace            the timeline of every run: time, actor, step, key, hit or miss, STALE with\n"
    "                     age and cause\n"
    "  --json             the results as one JSON document (with --trace: every step, too)\n"
    "  --db FILE          leaves rows, steps, reads and verdicts in an SQLite database\n"
    "  --system NAME      only this system, by its alias (before) or its name (calcom-hotfix)\n"
    "  --only PATTERN     only scenarios whose name matches (* ? [a-z])\n"
    "  --seed N           draws latencies and start times from their intervals instead of taking\n"
    "                     the nominal ones; the same seed gives the same run\n"
    "  --systems DIR      where systems are looked up first, before fixtures/systems\n"
    "  --quiet            nothing but failures and the exit code\n"
    "  --color WORD       auto (default), always or never; NO_COLOR is respected\n\n"
    "Examples:\n"
    "  slotrace run scenarios\n"
    "  slotrace run --trace --system before scenarios/concurrent-read.yaml\n"
    "  slotrace run --db run.db scenarios && sqlite3 run.db 'SELECT * FROM stale_slots'\n\n"
    "Exit codes: 0 as expected, 1 an expectation is violated, 2 a file is wrong, 3 internal error,\n"
    "4 wrong usage, 5 nothing matched, 130 interrupted.\n";

struct options {
    bool trace, json, quiet, color;
    const char *db;
    struct run_options run;
};

struct run_session {
    struct session files;
    struct options options;
    struct json_report *json;
    struct db_report *db;
    struct run_tally tally;
};

/* EXIT_AS_EXPECTED: go on. -1: help was printed. */
static int parse_options(int argc, char **argv, struct options *options, struct session *files)
{
    enum { TRACE = 1, JSON, DB, SYSTEM, ONLY, SEED, SYSTEMS, QUIET, COLOR, HELP };
    static const struct option long_options[] = {
        {"trace", no_argument, NULL, TRACE},
        {"json", no_argument, NULL, JSON},
        {"db", required_argument, NULL, DB},
        {"system", required_argument, NULL, SYSTEM},
        {"only", required_argument, NULL, ONLY},
        {"seed", required_argument, NULL, SEED},
        {"quiet", no_argument, NULL, QUIET},
        {"color", required_argument, NULL, COLOR},
        {"help", no_argument, NULL, HELP},
        {"systems", required_argument, NULL, SYSTEMS},
        {NULL, 0, NULL, 0},
    };
    const char *color = "auto";
    opterr = 0;
    optind = 1;
    for (int option = 0; (option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1;) {
        switch (option) {
        case TRACE: options->trace = true; break;
        case JSON: options->json = true; break;
        case DB: options->db = optarg; break;
        case SYSTEM: files->system = optarg; break;
        case ONLY: files->only = optarg; break;
        case SYSTEMS: files->systems_directory = optarg; break;
        case QUIET: options->quiet = true; break;
        case COLOR: color = optarg; break;
        case SEED:
            options->run.sampled = true;
            if (!cli_number(optarg, &options->run.seed)) {
                return cli_usage("run", "--seed needs a whole number from 0 to 18446744073709551615, not '%s'", optarg);
            }
            break;
        case 'h':
        case HELP: (void)fputs(help, stdout); return -1;
        default: return cli_bad_option("run", option, argv, long_options);
        }
    }
    const int wanted = cli_color(color, STDOUT_FILENO);
    if (wanted < 0) {
        return cli_usage("run", "--color is auto, always or never, not '%s'", color);
    }
    options->color = wanted == 1;
    files->color_errors = cli_color(color, STDERR_FILENO) == 1;
    options->run.interrupted = &cli_interrupted;
    if (optind == argc) {
        return cli_usage("run", "which scenarios? Name files or directories");
    }
    if (options->quiet && (options->trace || options->json)) {
        return cli_usage("run", "--quiet does not go with --trace or --json");
    }
    return EXIT_AS_EXPECTED;
}

static const char *check_title(const struct run_session *session, const struct scenario *scenario,
                               const struct scenario_case *of)
{
    if (!session->options.run.sampled) {
        return arena_printf(session->files.arena, "%s: scenario '%s' on system '%s'", scenario->path, scenario->name,
                            of->system_name);
    }
    return arena_printf(session->files.arena, "%s: scenario '%s' on system '%s', --seed %" PRIu64, scenario->path,
                        scenario->name, of->system_name, session->options.run.seed);
}

/* What is wrong with a scenario and shows only when it runs. */
static void report_problem(struct run_session *session, const struct case_result *result)
{
    const struct run_result *run = &result->run;
    const struct plan *plan = result->of->plan;
    const char *actor = plan->actors.items[run->actor].name;
    struct mark mark = result->scenario->mark;
    struct text message = {0};
    enum diag_code code = DIAG_BAD_TIME;
    if (run->problem == RUN_STUCK) {
        const struct step *held = run->step;
        const struct actor *other = &plan->actors.items[held->hold_actor];
        code = DIAG_DEADLOCK;
        mark = result->of->marks[held->hold_source];
        text_printf(&message,
                    "on system '%s', '%s' waits before %s for '%s%s%s', which never happens; wait for "
                    "something that does, or remove the hold",
                    result->of->system_name, actor, held->name, other->name, held->hold_step == MODEL_NONE ? "" : ".",
                    held->hold_step == MODEL_NONE ? "" : other->program.steps[held->hold_step].name);
    } else if (run->problem == RUN_PIN_PAST) {
        mark = result->of->marks[run->step->pin_source];
        text_printf(&message, "on system '%s', %s of '%s' is pinned to ", result->of->system_name, run->step->name,
                    actor);
        words_time(plan, run->step->pin_us, &message);
        text_puts(&message, ", but the step before it happens at ");
        words_time(plan, run->earliest_us, &message);
        text_puts(&message, "; pin it later");
    } else {
        check(run->problem == RUN_TOO_LATE);
        text_printf(&message,
                    "on system '%s', %s of '%s' would happen after the year 2300; shorten latencies or repetitions",
                    result->of->system_name, run->step->name, actor);
    }
    diag_error(&session->files.diags, mark, code, "%s", text_string(&message));
    text_free(&message);
    session_print_diags(&session->files); /* Right before the line that says so. */
    session->files.diags.count = 0;
}

static void print_case(const struct run_session *session, const struct case_result *result)
{
    if (session->options.json || (session->options.quiet && result->status == CASE_OK)) {
        return;
    }
    struct text out = {0};
    report_text_case(result, session->options.color, &out);
    (void)fwrite(out.data, 1, out.length, stdout);
    text_free(&out);
}

static void observe(struct collector *collector, struct observer observer)
{
    check(collector->other_count < OBSERVERS_MAX);
    collector->others[collector->other_count++] = observer;
}

static void run_case(struct run_session *session, const struct scenario *scenario, const struct scenario_case *of)
{
    const struct options *options = &session->options;
    struct arena *arena = arena_new();
    struct collector *collector = collector_new(of->plan, arena);
    struct trace *trace = NULL;
    check_context(check_title(session, scenario, of));
    if (options->trace && !options->json) {
        (void)printf("%s on %s (%s): %s\n", scenario->name, of->system_name, of->alias, scenario->title);
        trace = report_trace_new(arena, of->plan, options->color, stdout);
        observe(collector, report_trace_observer(trace));
    }
    if (options->trace && options->json) {
        observe(collector, report_json_observer(session->json, of->plan));
    }
    if (session->db != NULL) {
        report_db_begin(session->db, scenario, of);
        observe(collector, report_db_observer(session->db));
    }
    struct case_result result = {.scenario = scenario, .of = of, .collector = collector};
    result.run = run_plan(of->plan, arena, collector_observer(collector), options->run);
    if (trace != NULL) {
        report_trace_end(trace);
    }
    if (result.run.problem == RUN_INTERRUPTED) {
        arena_free(arena);
        return;
    }
    if (result.run.problem == RUN_FINE) {
        result.violations = expectations_judge(arena, &of->expectations, of->plan, &result.run, collector);
        result.status = result.violations.count == 0 ? CASE_OK : CASE_FAILED;
    } else {
        result.status = CASE_ERROR;
        report_problem(session, &result);
    }
    session->tally.ok += result.status == CASE_OK;
    session->tally.failed += result.status == CASE_FAILED;
    session->tally.errors += result.status == CASE_ERROR;
    print_case(session, &result);
    if (session->json != NULL) {
        report_json_case(session->json, &result);
    }
    if (session->db != NULL) {
        report_db_case(session->db, &result);
    }
    arena_free(arena);
}

/* False: it was interrupted, or nobody can read what comes out. */
static bool goes_on(void)
{
    return cli_interrupted == 0 && ferror(stdout) == 0;
}

static void run_all(struct run_session *session)
{
    for (size_t i = 0; i < session->files.scenarios.count && goes_on(); i++) {
        const struct scenario *scenario = session->files.scenarios.items[i];
        if (!session_wants(&session->files, scenario)) {
            continue;
        }
        session->tally.scenarios++;
        for (size_t c = 0; c < scenario->case_count && goes_on(); c++) {
            run_case(session, scenario, &scenario->cases[c]);
        }
    }
}

/* Ends the reports; the worst that happened is the exit code. */
static int finish(struct run_session *session)
{
    const struct run_tally *tally = &session->tally;
    if (session->json != NULL) {
        report_json_end(session->json, tally, stdout);
        session->json = NULL;
    } else if (!session->options.quiet) {
        struct text out = {0};
        report_text_summary(tally, session->options.color, &out);
        (void)fwrite(out.data, 1, out.length, stdout);
        text_free(&out);
    }
    if (session->db != NULL) {
        const char *problem = report_db_commit(session->db, session->files.arena);
        session->db = NULL;
        if (problem != NULL) {
            (void)fprintf(stderr, "slotrace: %s\n", problem);
            return EXIT_INTERNAL;
        }
    }
    if (cli_flush_stdout() != EXIT_AS_EXPECTED) {
        return EXIT_INTERNAL;
    }
    return tally->errors > 0 ? EXIT_INVALID : tally->failed > 0 ? EXIT_VIOLATED : EXIT_AS_EXPECTED;
}

static int run_session(struct run_session *session, int count, char **paths)
{
    const struct options *options = &session->options;
    const int code = session_load(&session->files, count, paths);
    if (code != EXIT_AS_EXPECTED) {
        return code;
    }
    if (options->db != NULL) {
        const char *problem = NULL;
        session->db = report_db_open(session->files.arena, options->db, &problem);
        if (session->db == NULL) {
            (void)fprintf(stderr, "slotrace: --db: %s\n", problem);
            return EXIT_USAGE;
        }
    }
    session->json = options->json ? report_json_new() : NULL;
    run_all(session);
    if (goes_on()) {
        return finish(session);
    }
    if (session->json != NULL) {
        report_json_discard(session->json);
    }
    if (session->db != NULL) {
        report_db_discard(session->db);
    }
    if (cli_flush_stdout() != EXIT_AS_EXPECTED) {
        return EXIT_INTERNAL;
    }
    (void)fprintf(stderr, "slotrace: interrupted after %" PRIu32 " runs; %s\n",
                  session->tally.ok + session->tally.failed + session->tally.errors,
                  options->db == NULL ? "the rest was not run" : "the rest was not run and no database was written");
    return EXIT_INTERRUPTED;
}

int cmd_run(int argc, char **argv)
{
    struct run_session session = {0};
    const int parsed = parse_options(argc, argv, &session.options, &session.files);
    if (parsed != EXIT_AS_EXPECTED) {
        return parsed < 0 ? cli_flush_stdout() : parsed;
    }
    cli_catch_interrupts();
    session_open(&session.files);
    const int code = run_session(&session, argc - optind, argv + optind);
    session_close(&session.files);
    return code;
}
