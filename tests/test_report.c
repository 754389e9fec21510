/* The machine-readable reports of a small run whose every number is known. */
#include "base/check.h"
#include "report/report.h"

#include "cmocka_all.h"

#include <jansson.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char system_before[] =
    "slotrace: 1\nsystem: before\ntitle: Deletes today's key, whatever day was booked\nzone: Europe/Berlin\n"
    "latency: {upstream: 1s, booking: 1s, cache: 1ms, delete: 1ms, db: 1ms, webhook: 1s, receive: 1ms}\n"
    "layers:\n"
    "  L1: {title: Slots, key: 'slots:{event_type}:{from:%Y-%m-%d}', ttl: 300s, source: upstream}\n"
    "readers:\n"
    "  look: {title: Look, read: L1}\n"
    "entry_points:\n"
    "  book:\n"
    "    title: Book\n"
    "    steps: [{upstream: create}, {forget: {layer: L1, from: today, days: 2}}, {appointment: insert}]\n";

static const char system_after[] =
    "slotrace: 1\nsystem: after\ntitle: Lists all keys and deletes them\nextends: before\n"
    "entry_points:\n"
    "  book:\n"
    "    steps: [{upstream: create}, {forget: {layer: L1, match: 'slots:*'}}, {appointment: insert}]\n";

/* Three slots at 08:00, 08:30, 09:00. Of `after` it expects what does not happen. */
static const char scenario_text[] = "slotrace: 1\n"
                                    "scenario: small\n"
                                    "title: Käthe bucht\n"
                                    "clock: 2025-10-11T18:36:00+02:00\n"
                                    "systems: {before: before, after: after}\n"
                                    "calendar:\n"
                                    "  - {event_type: 7, day: 2025-10-13, slots: 08:00..09:30 every 30m}\n"
                                    "actors:\n"
                                    "  first: {does: look, days: 2025-10-13}\n"
                                    "  writer: {does: book, slot: 2025-10-13T08:30, at: +10s}\n"
                                    "  second: {does: look, days: 2025-10-13, at: +60s}\n"
                                    "expect:\n"
                                    "  before: {stale_reads: 1, second: {cause: key missed}}\n"
                                    "  after: {stale_reads: 1}\n";

struct fixture {
    struct arena *arena;
    char directory[64];
    struct diags diags;
    struct loader loader;
};

static struct fixture fixture;

static const char *path_of(const char *name)
{
    return arena_printf(fixture.arena, "%s/%s", fixture.directory, name);
}

static const char *write_file(const char *name, const char *text)
{
    const char *path = path_of(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static char *read_whole(const char *path, size_t *size_bytes)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    struct text text = {0};
    char chunk[4096];
    for (size_t got = 0; (got = fread(chunk, 1, sizeof chunk, file)) > 0;) {
        text_add(&text, chunk, got);
    }
    assert_int_equal(fclose(file), 0);
    char *copy = arena_copy_text(fixture.arena, text_string(&text), text.length);
    *size_bytes = text.length;
    text_free(&text);
    return copy;
}

static int set_up(void **state)
{
    (void)state;
    fixture = (struct fixture){.arena = arena_new(), .directory = "/tmp/slotrace-report-XXXXXX"};
    assert_non_null(mkdtemp(fixture.directory));
    fixture.diags.arena = fixture.arena;
    fixture.loader = loader_new(fixture.arena, &fixture.diags, fixture.directory);
    (void)write_file("before.yaml", system_before);
    (void)write_file("after.yaml", system_after);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    loader_free(&fixture.loader);
    const char *command = arena_printf(fixture.arena, "rm -rf '%s'", fixture.directory);
    assert_int_equal(system(command), 0); /* NOLINT(concurrency-mt-unsafe,cert-env33-c): the directory is our own. */
    arena_free(fixture.arena);
    return 0;
}

static struct scenario *load(const char *name, const char *text)
{
    struct scenario *scenario = scenario_load(&fixture.loader, write_file(name, text), NULL);
    if (scenario == NULL) {
        struct text out = {0};
        diag_print(&fixture.diags, &out, false);
        print_error("%s", text_string(&out));
        text_free(&out);
    }
    assert_non_null(scenario);
    return scenario;
}

/* As sim/cli/cmd_run.c does it. */
static void run_case(const struct scenario *scenario, const struct scenario_case *of, struct json_report *json,
                     bool trace, struct db_report *db, struct run_tally *tally)
{
    struct arena *arena = arena_new();
    struct collector *collector = collector_new(of->plan, arena);
    if (trace) {
        collector->others[collector->other_count++] = report_json_observer(json, of->plan);
    }
    if (db != NULL) {
        report_db_begin(db, scenario, of);
        collector->others[collector->other_count++] = report_db_observer(db);
    }
    struct case_result result = {.scenario = scenario, .of = of, .collector = collector};
    result.run = run_plan(of->plan, arena, collector_observer(collector), (struct run_options){0});
    result.status = CASE_ERROR;
    if (result.run.problem == RUN_FINE) {
        result.violations = expectations_judge(arena, &of->expectations, of->plan, &result.run, collector);
        result.status = result.violations.count == 0 ? CASE_OK : CASE_FAILED;
    }
    tally->ok += result.status == CASE_OK;
    tally->failed += result.status == CASE_FAILED;
    tally->errors += result.status == CASE_ERROR;
    if (json != NULL) {
        report_json_case(json, &result);
    }
    if (db != NULL) {
        report_db_case(db, &result);
    }
    arena_free(arena);
}

/* The document as bytes. */
static char *json_of(const struct scenario *scenario, bool trace)
{
    struct json_report *report = report_json_new();
    struct run_tally tally = {.scenarios = 1};
    for (size_t i = 0; i < scenario->case_count; i++) {
        run_case(scenario, &scenario->cases[i], report, trace, NULL, &tally);
    }
    const char *path = path_of("out.json");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    report_json_end(report, &tally, file);
    assert_int_equal(fclose(file), 0);
    size_t size_bytes = 0;
    return read_whole(path, &size_bytes);
}

static json_t *parse(const char *bytes)
{
    json_error_t error;
    json_t *root = json_loads(bytes, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        fail_msg("line %d: %s", error.line, error.text);
    }
    return root;
}

/* The value at a path such as "runs.0.reads". */
static const json_t *at(const json_t *root, const char *path)
{
    const json_t *value = root;
    char part[64];
    while (*path != '\0' && value != NULL) {
        const size_t length = strcspn(path, ".");
        assert_true(length < sizeof part);
        memcpy(part, path, length);
        part[length] = '\0';
        value = json_is_array(value) ? json_array_get(value, (size_t)strtoul(part, NULL, 10))
                                     : json_object_get(value, part);
        path += length + (path[length] == '.');
    }
    if (value == NULL) {
        fail_msg("no such value: ... %s", part);
    }
    return value;
}

static void assert_text(const json_t *root, const char *path, const char *expected)
{
    assert_true(json_is_string(at(root, path)));
    assert_string_equal(json_string_value(at(root, path)), expected);
}

static void assert_number(const json_t *root, const char *path, int64_t expected)
{
    assert_true(json_is_integer(at(root, path)));
    assert_int_equal(json_integer_value(at(root, path)), expected);
}

static void assert_nothing(const json_t *root, const char *path)
{
    assert_true(json_is_null(at(root, path)));
}

#define CLOCK_US INT64_C(1760200560000000)

static void test_json_run(void **state)
{
    (void)state;
    struct scenario *scenario = load("small.yaml", scenario_text);
    const char *bytes = json_of(scenario, false);
    assert_int_equal(bytes[strlen(bytes) - 1], '\n');
    json_t *root = parse(bytes);
    assert_text(root, "slotrace.format", "run");
    assert_number(root, "slotrace.version", 1);
    assert_int_equal(json_array_size(at(root, "runs")), 2);
    assert_text(root, "runs.0.title", "Käthe bucht");
    assert_text(root, "runs.0.file", scenario->path);
    assert_text(root, "runs.0.alias", "before");
    assert_text(root, "runs.0.status", "ok");
    assert_nothing(root, "runs.0.problem");
    assert_text(root, "runs.0.clock", "2025-10-11T18:36:00.000000+02:00");
    assert_number(root, "runs.0.clock_us", CLOCK_US);
    assert_number(root, "runs.0.reads", 2);
    assert_number(root, "runs.0.stale_reads", 1);
    assert_number(root, "runs.0.phantom_free", 1);
    assert_number(root, "runs.0.causes.key missed", 1);
    assert_number(root, "runs.0.causes.not yet", 0);
    assert_number(root, "runs.0.stale_left_out", 0);
    assert_null(json_object_get(at(root, "runs.0"), "trace"));
    assert_text(root, "runs.1.status", "failed");
    assert_number(root, "runs.1.stale_reads", 0);
    assert_text(root, "runs.1.violations.0.file", scenario->path);
    assert_number(root, "runs.1.violations.0.line", 14);
    assert_number(root, "runs.1.violations.0.column", 11);
    assert_number(root, "summary.scenarios", 1);
    assert_number(root, "summary.runs", 2);
    assert_number(root, "summary.ok", 1);
    assert_number(root, "summary.failed", 1);
    json_decref(root);
    scenario_close(scenario);
}

static void test_json_stale_read(void **state)
{
    (void)state;
    struct scenario *scenario = load("small.yaml", scenario_text);
    json_t *root = parse(json_of(scenario, false));
    const json_t *read = at(root, "runs.0.stale.0");
    assert_number(read, "read", 2);
    assert_text(read, "actor", "second");
    assert_number(read, "invoked_us", CLOCK_US + 60 * US_PER_SECOND);
    assert_text(read, "invoked", "2025-10-11T18:37:00.000000+02:00");
    assert_text(read, "question.event_type", "7");
    assert_text(read, "served_by", "L1");
    assert_text(read, "key", "slots:7:2025-10-13");
    assert_true(json_is_false(at(read, "collision")));
    assert_int_equal(json_array_size(at(read, "slots")), 1);
    const json_t *slot = at(read, "slots.0");
    assert_text(slot, "slot", "2025-10-13T08:30:00+02:00");
    assert_text(slot, "phantom", "phantom-free");
    assert_text(slot, "cause", "key missed");
    assert_text(slot, "missed_write.actor", "writer");
    assert_text(slot, "missed_write.step", "create");
    assert_number(slot, "missed_write.version", 1);
    const int64_t committed_us = json_integer_value(at(slot, "missed_write.committed_us"));
    assert_true(committed_us >= CLOCK_US + 10 * US_PER_SECOND);
    assert_number(slot, "age_us", CLOCK_US + 60 * US_PER_SECOND - committed_us);
    assert_true(json_integer_value(at(slot, "missed_write.acknowledged_us")) > committed_us);
    assert_text(slot, "deleted_key", "slots:7:2025-10-11");
    assert_nothing(slot, "deleted_pattern");
    assert_text(slot, "differs_in", "from");
    assert_int_equal(json_array_size(at(read, "chain")), 2);
    assert_text(read, "chain.0.layer", "L1");
    assert_text(read, "chain.0.put_by", "first");
    assert_text(read, "chain.1.snapshot_by", "first");
    assert_true(json_integer_value(at(read, "chain.1.snapshot_us")) < json_integer_value(at(read, "chain.0.put_us")));
    json_decref(root);
    scenario_close(scenario);
}

static const json_t *step_of_kind(const json_t *trace, const char *kind)
{
    for (size_t i = 0; i < json_array_size(trace); i++) {
        const json_t *step = json_array_get(trace, i);
        if (strcmp(json_string_value(at(step, "kind")), kind) == 0) {
            return step;
        }
    }
    fail_msg("no step %s", kind);
    return NULL;
}

static void test_json_trace(void **state)
{
    (void)state;
    struct scenario *scenario = load("small.yaml", scenario_text);
    const char *bytes = json_of(scenario, true);
    assert_string_equal(bytes, json_of(scenario, true));
    json_t *root = parse(bytes);
    const json_t *trace = at(root, "runs.0.trace");
    assert_number(root, "runs.0.steps", (int64_t)json_array_size(trace));
    for (size_t i = 0; i < json_array_size(trace); i++) {
        assert_number(json_array_get(trace, i), "sequence", (int64_t)i + 1);
    }
    assert_text(trace, "0.step", "L1.get");
    assert_text(trace, "0.outcome", "miss");
    const json_t *put = step_of_kind(trace, "put");
    assert_number(put, "ttl_us", 300 * US_PER_SECOND);
    assert_number(put, "value.of", 3);
    assert_text(put, "value.free.2", "2025-10-13T09:00:00+02:00");
    assert_number(step_of_kind(trace, "commit"), "version", 1);
    assert_number(step_of_kind(trace, "forget"), "iteration", 1);
    assert_text(step_of_kind(trace, "forget"), "outcome", "absent");
    const json_t *list = step_of_kind(at(root, "runs.1.trace"), "list");
    assert_text(list, "pattern", "slots:*");
    assert_number(list, "keys", 1);
    assert_text(step_of_kind(at(root, "runs.1.trace"), "forget"), "key", "slots:7:2025-10-13");
    json_decref(root);
    scenario_close(scenario);
}

/* Paths are bytes; the document is UTF-8 all the same. */
static void test_json_path(void **state)
{
    (void)state;
    struct scenario *scenario = load("caf\xE9.yaml", scenario_text);
    json_t *root = parse(json_of(scenario, false));
    const char *file = json_string_value(at(root, "runs.0.file"));
    assert_non_null(strstr(file, "/caf\xEF\xBF\xBD.yaml"));
    json_decref(root);
    scenario_close(scenario);
}

static struct db_report *open_db(const char *path)
{
    const char *problem = NULL;
    struct db_report *report = report_db_open(fixture.arena, path, &problem);
    if (report == NULL) {
        fail_msg("%s", problem);
    }
    return report;
}

static const char *db_of(const struct scenario *scenario, const char *path)
{
    struct db_report *report = open_db(path);
    struct run_tally tally = {0};
    for (size_t i = 0; i < scenario->case_count; i++) {
        run_case(scenario, &scenario->cases[i], NULL, false, report, &tally);
    }
    return report_db_commit(report, fixture.arena);
}

/* An answer that is to come before its question can have been answered. */
static void test_error_run(void **state)
{
    (void)state;
    const char *first = strstr(scenario_text, ", days: 2025-10-13}");
    assert_non_null(first);
    const char *pinned =
        arena_printf(fixture.arena, "%.*s, pin: {answer: +1us}%s", (int)(first - scenario_text), scenario_text, first);
    struct scenario *scenario = load("pinned.yaml", pinned);
    json_t *root = parse(json_of(scenario, false));
    assert_text(root, "runs.0.status", "error");
    assert_text(root, "runs.0.problem.kind", "pinned to the past");
    assert_text(root, "runs.0.problem.step", "answer");
    assert_number(root, "summary.errors", 2);
    json_decref(root);
    assert_null(db_of(scenario, path_of("run.db")));
    scenario_close(scenario);
}

/* The only value that a query gives, as text; "NULL". */
static void assert_query(sqlite3 *db, const char *sql, const char *expected)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    struct text got = {0};
    while (sqlite3_step(statement) == SQLITE_ROW) {
        text_puts(&got, got.length == 0 ? "" : "; ");
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *column = (const char *)sqlite3_column_text(statement, i);
            text_printf(&got, "%s%s", i == 0 ? "" : " ", column == NULL ? "NULL" : column);
        }
    }
    sqlite3_finalize(statement);
    assert_string_equal(text_string(&got), expected);
    text_free(&got);
}

static sqlite3 *query_db(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    return db;
}

static void test_db_run(void **state)
{
    (void)state;
    struct scenario *scenario = load("small.yaml", scenario_text);
    assert_null(db_of(scenario, path_of("run.db")));
    sqlite3 *db = query_db(path_of("run.db"));
    assert_query(db, "PRAGMA integrity_check", "ok");
    assert_query(db, "PRAGMA user_version", "1");
    assert_query(db, "SELECT run, alias, status, reads, stale_reads, phantom_free FROM runs ORDER BY run",
                 "1 before ok 2 1 1; 2 after failed 2 0 0");
    assert_query(db, "SELECT run, violation, line, column FROM violations", "2 1 14 11");
    assert_query(db, "SELECT slot, event_type, starts_at, ends_at, starts_local FROM slots WHERE run = 2 AND slot < 2",
                 "0 7 2025-10-13T06:00:00Z 2025-10-13T06:30:00Z 2025-10-13T08:00:00+02:00; "
                 "1 7 2025-10-13T06:30:00Z 2025-10-13T07:00:00Z 2025-10-13T08:30:00+02:00");
    assert_query(db, "SELECT run, count(*) = steps FROM runs JOIN steps AS step USING (run) GROUP BY run ORDER BY run",
                 "1 1; 2 1");
    assert_query(db,
                 "SELECT actor, step, iteration, outcome, key FROM cache_operations WHERE run = 1 AND kind = 'forget'",
                 "writer L1.forget 1 absent slots:7:2025-10-11; writer L1.forget 2 absent slots:7:2025-10-12");
    assert_query(db,
                 "SELECT step, kind, layer, key, keys FROM steps WHERE run = 2 AND actor = 'writer' AND layer = 'L1'",
                 "L1.list list L1 slots:* 1; L1.forget forget L1 slots:7:2025-10-13 NULL");
    assert_query(db, "SELECT version FROM steps WHERE run = 1 AND kind = 'commit'", "1");
    sqlite3_close(db);
    scenario_close(scenario);
}

static void test_db_reads_and_truth(void **state)
{
    (void)state;
    struct scenario *scenario = load("small.yaml", scenario_text);
    assert_null(db_of(scenario, path_of("run.db")));
    sqlite3 *db = query_db(path_of("run.db"));
    assert_query(db,
                 "SELECT run, read, actor, served_by, key, collision, free, of, stale FROM reads ORDER BY run, read",
                 "1 1 first upstream NULL 0 3 3 0; 1 2 second L1 slots:7:2025-10-13 0 3 3 1; "
                 "2 1 first upstream NULL 0 3 3 0; 2 2 second upstream NULL 0 2 3 0");
    assert_query(db, "SELECT slot FROM offers WHERE run = 2 AND read = 2 ORDER BY slot", "0; 2");
    assert_query(db, "SELECT answer, free, of FROM answers WHERE run = 2 ORDER BY answer", "1 3 3; 2 2 3");
    assert_query(db,
                 "SELECT run, read, slot, phantom, cause, missed_actor, missed_step, missed_version, deleted_key,"
                 " deleted_pattern, differs_in FROM stale_slots",
                 "1 2 1 phantom-free key missed writer create 1 slots:7:2025-10-11 NULL from");
    assert_query(db, "SELECT age_us = invoked_us - missed_committed_us FROM stale_slots JOIN reads USING (run, read)",
                 "1");
    assert_query(db,
                 "SELECT booking.run, booking, starts_local, booking.status, appointments.status"
                 " FROM upstream_bookings AS booking JOIN slots USING (run, starts_at)"
                 " JOIN appointments ON appointments.run = booking.run AND calcom_v2_booking_id = booking ORDER BY 1",
                 "1 writer 2025-10-13T08:30:00+02:00 accepted scheduled; "
                 "2 writer 2025-10-13T08:30:00+02:00 accepted scheduled");
    assert_query(db, "SELECT run, recipient, message FROM inbox ORDER BY run", "1 writer reply; 2 writer reply");
    sqlite3_close(db);
    scenario_close(scenario);
}

static void test_db_bytes(void **state)
{
    (void)state;
    struct scenario *scenario = load("small.yaml", scenario_text);
    const char *path = path_of("run.db");
    assert_null(db_of(scenario, path));
    assert_null(db_of(scenario, path_of("other.db")));
    size_t size_bytes = 0;
    size_t other_bytes = 0;
    const char *bytes = read_whole(path, &size_bytes);
    const char *other = read_whole(path_of("other.db"), &other_bytes);
    assert_int_equal(size_bytes, other_bytes);
    assert_memory_equal(bytes, other, size_bytes);
    assert_memory_equal(bytes + 68, "slot", 4);
    assert_null(db_of(scenario, path)); /* Its own may be replaced. */
    assert_memory_equal(read_whole(path, &size_bytes), other, other_bytes);
    assert_int_not_equal(access(path_of("run.db.partial"), F_OK), 0);
    scenario_close(scenario);
}

static void assert_refused(const char *path, const char *part)
{
    const char *problem = NULL;
    assert_null(report_db_open(fixture.arena, path, &problem));
    assert_non_null(problem);
    if (strstr(problem, part) == NULL) {
        fail_msg("%s", problem);
    }
    struct stat status;
    assert_int_not_equal(lstat(arena_printf(fixture.arena, "%s.partial", path), &status), 0);
}

static void test_db_refusals(void **state)
{
    (void)state;
    const char *notes = write_file("notes.txt", "not a database, but long enough to be mistaken for one: "
                                                "........................................................");
    assert_refused(notes, "not a database that slotrace made");
    size_t size_bytes = 0;
    assert_memory_equal(read_whole(notes, &size_bytes), "not a database", 14);
    sqlite3 *foreign = NULL;
    assert_int_equal(sqlite3_open(path_of("foreign.db"), &foreign), SQLITE_OK);
    assert_int_equal(sqlite3_exec(foreign, "CREATE TABLE t (x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(foreign);
    assert_refused(path_of("foreign.db"), "not a database that slotrace made");
    assert_refused(write_file("empty.db", ""), "not a database that slotrace made");
    assert_refused(fixture.directory, "is a directory");
    assert_refused(path_of("nowhere/run.db"), "there is no such directory");
    assert_refused("", "a file name");
    assert_int_equal(symlink("notes.txt", path_of("link.db")), 0);
    assert_refused(path_of("link.db"), "symbolic link");
    if (geteuid() != 0) { /* root may write anywhere. */
        assert_int_equal(mkdir(path_of("locked"), 0500), 0);
        assert_refused(path_of("locked/run.db"), "not writable");
    }
}

static void test_db_partial(void **state)
{
    (void)state;
    const char *path = path_of("run.db");
    struct db_report *report = open_db(path);
    const char *problem = NULL;
    assert_null(report_db_open(fixture.arena, path, &problem));
    assert_non_null(strstr(problem, "another run is writing it"));
    report_db_discard(report);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_not_equal(access(path_of("run.db.partial"), F_OK), 0);
    report_db_discard(open_db(path));
    /* What came to stand at the path meanwhile is not replaced, either. */
    report = open_db(path);
    (void)write_file("run.db", "mine");
    problem = report_db_commit(report, fixture.arena);
    assert_non_null(problem);
    assert_non_null(strstr(problem, "not a database that slotrace made"));
    assert_int_not_equal(access(path_of("run.db.partial"), F_OK), 0);
}

/* A limit on the size of files stands in for a full disk. */
static void test_db_full_disk(void **state)
{
    (void)state;
    struct scenario *scenario = load("small.yaml", scenario_text);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 16384, .rlim_max = before.rlim_max};
    void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const char *path = path_of("run.db");
    const char *problem = db_of(scenario, path);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    assert_non_null(problem);
    assert_non_null(strstr(problem, "cannot be written: "));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_not_equal(access(path_of("run.db.partial"), F_OK), 0);
    scenario_close(scenario);
}

/* "file:" is a name like any other. */
static void test_db_relative(void **state)
{
    (void)state;
    struct scenario *scenario = load("small.yaml", scenario_text);
    char *home = getcwd(NULL, 0);
    assert_non_null(home);
    assert_int_equal(chdir(fixture.directory), 0);
    const char *problem = db_of(scenario, "file:run.db?mode=memory");
    assert_int_equal(chdir(home), 0);
    free(home);
    assert_null(problem);
    assert_int_equal(access(path_of("file:run.db?mode=memory"), F_OK), 0);
    scenario_close(scenario);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_json_run),    TEST(test_json_stale_read), TEST(test_json_trace),         TEST(test_json_path),
        TEST(test_error_run),   TEST(test_db_run),          TEST(test_db_reads_and_truth), TEST(test_db_bytes),
        TEST(test_db_refusals), TEST(test_db_partial),      TEST(test_db_full_disk),       TEST(test_db_relative)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
