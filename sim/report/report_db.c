/* The database of a run, schema in fixtures/sql/report.sql.
 *
 *   open: PATH.partial is made, exclusively -> begin, steps and reads, case; again ... -> commit: PATH.partial becomes
 * PATH
 *
 * The bytes are a function of what ran (and of SQLite's version, which SQLite puts into the header): rows are inserted
 * in order, nothing is deleted, and nothing is a time of day. The first error is kept, and what comes after it passes
 * without effect, until commit tells it. */
#include "report/report.h"

#include "base/check.h"

#include "embedded_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x736c6f74, /* "slot" */
    APPLICATION_ID_OFFSET = 68,  /* Of SQLite's file header, */
    HEADER_BYTES = 100,          /* which begins with: */
};
static const char sqlite_magic[16] = "SQLite format 3";

#define TABLES(X)                                                                                                      \
    X(runs)                                                                                                            \
    X(violations)                                                                                                      \
    X(slots)                                                                                                           \
    X(steps)                                                                                                           \
    X(answers)                                                                                                         \
    X(answer_slots)                                                                                                    \
    X(reads)                                                                                                           \
    X(stale_slots)                                                                                                     \
    X(upstream_bookings)                                                                                               \
    X(appointments)                                                                                                    \
    X(inbox)

enum table {
#define X(name) TABLE_##name,
    TABLES(X)
#undef X
        TABLE_COUNT
};

static const char *const table_names[TABLE_COUNT] = {
#define X(name) #name,
    TABLES(X)
#undef X
};

struct db_report {
    struct arena *arena;
    const char *path, *partial;
    sqlite3 *db;
    sqlite3_stmt *inserts[TABLE_COUNT];
    const char *problem; /* NULL: none so far. */
    int64_t run;         /* Under way: its number, */
    const struct scenario_case *of;
    struct arena *run_arena;
    struct map answers; /* and its values by the plan's numbers, as numbered here. */
    struct text text;   /* Scratch. */
};

static const char *quote(struct arena *arena, const char *path)
{
    return diag_quote(arena, path, strlen(path), SIZE_MAX);
}

static void fail(struct db_report *report)
{
    if (report->problem == NULL) {
        report->problem = arena_printf(report->arena, "'%s' cannot be written: %s", quote(report->arena, report->path),
                                       sqlite3_errmsg(report->db));
    }
}

static void execute(struct db_report *report, const char *sql)
{
    if (report->problem == NULL && sqlite3_exec(report->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail(report);
    }
}

static sqlite3_stmt *prepare(struct db_report *report, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (report->problem == NULL && sqlite3_prepare_v2(report->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail(report);
    }
    return statement;
}

/* A row while it is filled, column by column from the left. */
struct row {
    struct db_report *report;
    sqlite3_stmt *insert; /* NULL after a problem. */
    int column;
    int code;
};

static void add(struct row *row, int code)
{
    row->code = row->code == SQLITE_OK ? code : row->code;
}

static void add_integer(struct row *row, int64_t number)
{
    row->column++;
    if (row->insert != NULL) {
        add(row, sqlite3_bind_int64(row->insert, row->column, number));
    }
}

static void add_string(struct row *row, const char *string) /* NULL: SQL's. */
{
    row->column++;
    if (row->insert != NULL) {
        add(row, sqlite3_bind_text(row->insert, row->column, string, -1, SQLITE_TRANSIENT));
    }
}

static void add_null(struct row *row)
{
    add_string(row, NULL);
}

static void add_instant(struct row *row, const struct plan *plan, int64_t instant_us, bool fraction)
{
    struct text *text = &row->report->text;
    text_clear(text);
    words_instant(plan, instant_us, fraction, text);
    add_string(row, text->data);
}

static struct row row_begin(struct db_report *report, enum table table)
{
    struct row row = {.report = report, .insert = report->problem == NULL ? report->inserts[table] : NULL};
    add_integer(&row, report->run);
    return row;
}

static void row_end(struct row *row)
{
    if (row->insert == NULL) {
        return;
    }
    check(row->column == sqlite3_bind_parameter_count(row->insert));
    if (row->code != SQLITE_OK || sqlite3_step(row->insert) != SQLITE_DONE) {
        fail(row->report);
    }
    (void)sqlite3_reset(row->insert);
}

/* What stands at `path` is a database that a run has left. */
static bool is_ours(const char *path)
{
    unsigned char header[HEADER_BYTES];
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return false;
    }
    const ssize_t got = read(descriptor, header, sizeof header);
    (void)close(descriptor);
    if (got != HEADER_BYTES || memcmp(header, sqlite_magic, sizeof sqlite_magic) != 0) {
        return false;
    }
    uint32_t application_id = 0;
    for (int i = 0; i < 4; i++) {
        application_id = application_id << 8U | header[APPLICATION_ID_OFFSET + i];
    }
    return application_id == APPLICATION_ID;
}

/* Why nothing may be put in the place of `path`, or NULL. */
static const char *refuse(struct arena *arena, const char *path)
{
    const char *quoted = quote(arena, path);
    struct stat status;
    if (path[0] == '\0') {
        return "a database needs a file name";
    }
    if (lstat(path, &status) != 0) {
        return NULL; /* Nothing there, or making the file will say why not. */
    }
    if (S_ISDIR(status.st_mode)) {
        return arena_printf(arena, "'%s' is a directory; name a file in it", quoted);
    }
    if (S_ISLNK(status.st_mode)) {
        return arena_printf(arena, "'%s' is a symbolic link; name the file itself", quoted);
    }
    if (!S_ISREG(status.st_mode) || !is_ours(path)) {
        return arena_printf(arena, "'%s' exists and is not a database that slotrace made; it is left as it is", quoted);
    }
    return NULL;
}

static const char *explain_creation(struct arena *arena, const char *path, const char *partial, int error)
{
    const char *quoted = quote(arena, path);
    switch (error) {
    case EEXIST:
        return arena_printf(arena,
                            "'%s' exists: another run is writing it, or one was killed while it did; if none is "
                            "running, remove it",
                            quote(arena, partial));
    case ENOENT: return arena_printf(arena, "'%s' cannot be made: there is no such directory", quoted);
    case EACCES:
    case EROFS: return arena_printf(arena, "'%s' cannot be made: its directory is not writable", quoted);
    default: return arena_printf(arena, "'%s' cannot be made: %s", quoted, strerror(error));
    }
}

static void close_database(struct db_report *report)
{
    for (int table = 0; table < TABLE_COUNT; table++) {
        sqlite3_finalize(report->inserts[table]);
    }
    const int closed = sqlite3_close(report->db);
    check(closed == SQLITE_OK);
    report->db = NULL;
    text_free(&report->text);
}

void report_db_discard(struct db_report *report)
{
    close_database(report);
    arena_free(report->run_arena);
    (void)unlink(report->partial);
}

static void prepare_insert(struct db_report *report, enum table table)
{
    struct text *sql = &report->text;
    text_clear(sql);
    text_printf(sql, "SELECT * FROM %s", table_names[table]);
    sqlite3_stmt *select = prepare(report, sql->data);
    const int columns = sqlite3_column_count(select);
    sqlite3_finalize(select);
    text_clear(sql);
    text_printf(sql, "INSERT INTO %s VALUES (?", table_names[table]);
    for (int i = 1; i < columns; i++) {
        text_puts(sql, ", ?");
    }
    text_puts(sql, ")");
    report->inserts[table] = prepare(report, sql->data);
}

static void make_tables(struct db_report *report)
{
    /* A run that fails leaves no file: there is nothing to roll back to. */
    execute(report, "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA auto_vacuum = NONE;"
                    "PRAGMA encoding = 'UTF-8'; PRAGMA user_version = 1; BEGIN");
    text_clear(&report->text);
    text_printf(&report->text, "PRAGMA application_id = %d", APPLICATION_ID);
    execute(report, report->text.data);
    execute(report, embedded_report_sql);
    for (int table = 0; table < TABLE_COUNT; table++) {
        prepare_insert(report, (enum table)table);
    }
}

struct db_report *report_db_open(struct arena *arena, const char *path, const char **problem)
{
    const char *partial = arena_printf(arena, "%s.partial", path);
    *problem = refuse(arena, path);
    if (*problem != NULL) {
        return NULL;
    }
    const int descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        *problem = explain_creation(arena, path, partial, errno);
        return NULL;
    }
    (void)close(descriptor);
    struct db_report *report = ARENA_NEW(arena, struct db_report);
    *report = (struct db_report){.arena = arena, .path = path, .partial = partial};
    /* With a directory before it, no name is special: "file:" would be a URI. */
    const char *name = path[0] == '/' ? partial : arena_printf(arena, "./%s", partial);
    if (sqlite3_open_v2(name, &report->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        fail(report);
    }
    make_tables(report);
    if (report->problem != NULL) {
        *problem = report->problem;
        report_db_discard(report);
        return NULL;
    }
    return report;
}

void report_db_begin(struct db_report *report, const struct scenario *scenario, const struct scenario_case *of)
{
    check(report->of == NULL && scenario != NULL);
    report->run++;
    report->of = of;
    report->run_arena = arena_new();
    map_init(&report->answers, report->run_arena);
}

/* The number of a value in this run, with rows for it if it is new. */
static uint32_t answer(struct db_report *report, uint32_t number)
{
    const uint32_t known = map_get(&report->answers, number);
    if (known != MAP_NONE) {
        return known;
    }
    const uint32_t own = (uint32_t)report->answers.count + 1;
    map_put(&report->answers, number, own);
    const struct plan *plan = report->of->plan;
    const struct value *value = plan_value(plan, number);
    const struct range *range = &plan->ranges.items[value->range];
    struct row row = row_begin(report, TABLE_answers);
    add_integer(&row, own);
    add_integer(&row, value->free_count);
    add_integer(&row, range->count);
    row_end(&row);
    for (uint32_t slot = range->first; slot < range->first + range->count; slot++) {
        if (value_is_free(value, range, slot)) {
            row = row_begin(report, TABLE_answer_slots);
            add_integer(&row, own);
            add_integer(&row, slot);
            row_end(&row);
        }
    }
    return own;
}

static void add_key(struct row *row, const struct plan *plan, uint32_t key)
{
    add_string(row, key == MODEL_NONE ? NULL : interned_string(&plan->keys, key));
}

/* Layer, key, number of keys. */
static void add_keys(struct row *row, const struct plan *plan, const struct step_record *record)
{
    const struct step *step = record->step;
    const bool of_layer = step->kind == STEP_GET || step->kind == STEP_PUT || step->kind == STEP_FORGET ||
                          step->kind == STEP_LIST || step->kind == STEP_FORGET_LISTED;
    add_string(row, of_layer ? plan->system->layers[step->layer].name : NULL);
    if (step->kind == STEP_LIST) {
        add_string(row, plan->forgets.items[step->forget].pattern);
    } else {
        add_key(row, plan, record->key);
    }
    if (step->kind == STEP_LIST || (step->kind == STEP_FORGET && record->key == MODEL_NONE)) {
        add_integer(row, record->count);
    } else {
        add_null(row);
    }
}

/* In words, and the answer's number. */
static void add_value(struct row *row, const struct plan *plan, uint32_t value, uint32_t answer_number)
{
    if (value == MODEL_NONE) {
        add_null(row);
        add_null(row);
        return;
    }
    struct text *text = &row->report->text;
    text_clear(text);
    words_value(plan, value, text);
    add_string(row, text->data);
    add_integer(row, answer_number);
}

static void add_positive(struct row *row, int64_t number) /* 0 is NULL. */
{
    if (number == 0) {
        add_null(row);
    } else {
        add_integer(row, number);
    }
}

static void on_step(void *context, const struct step_record *record)
{
    struct db_report *report = context;
    const struct plan *plan = report->of->plan;
    const uint32_t answer_number = record->value == MODEL_NONE ? 0 : answer(report, record->value);
    struct row row = row_begin(report, TABLE_steps);
    add_integer(&row, (int64_t)record->sequence);
    add_integer(&row, record->time_us);
    add_instant(&row, plan, record->time_us, true);
    add_string(&row, plan->actors.items[record->actor].name);
    add_string(&row, record->step->name);
    add_positive(&row, words_iteration(record));
    text_clear(&report->text);
    words_kind(record->step->kind, &report->text);
    add_string(&row, report->text.data);
    add_string(&row, words_outcome(record->outcome));
    add_keys(&row, plan, record);
    add_value(&row, plan, record->value, answer_number);
    add_positive(&row, record->ttl_us);
    add_positive(&row, record->version);
    row_end(&row);
}

static void add_missed(struct row *row, const struct plan *plan, const struct stale_slot *stale)
{
    if (stale->version == MODEL_NONE) {
        for (int i = 0; i < 5; i++) {
            add_null(row);
        }
        return;
    }
    add_string(row, plan->actors.items[stale->missed_actor].name);
    add_string(row, stale->missed_step->name);
    add_integer(row, stale->version);
    add_integer(row, stale->committed_us);
    add_integer(row, stale->acknowledged_us);
}

static void insert_stale(struct db_report *report, const struct read_record *read, const struct stale_slot *stale)
{
    const struct plan *plan = report->of->plan;
    const bool pattern = stale->deletion != NULL && stale->deleted_key == MODEL_NONE;
    struct row row = row_begin(report, TABLE_stale_slots);
    add_integer(&row, read->number);
    add_integer(&row, stale->slot);
    add_string(&row, words_phantom(stale->phantom));
    if (stale->age_us == AGE_NEVER_TRUE) {
        add_null(&row);
    } else {
        add_integer(&row, stale->age_us);
    }
    add_string(&row, cause_name(stale->cause));
    add_missed(&row, plan, stale);
    add_key(&row, plan, stale->deleted_key);
    add_string(&row, pattern ? plan->forgets.items[stale->deletion->forget].pattern : NULL);
    add_string(&row, stale->difference);
    row_end(&row);
}

static void on_read(void *context, const struct read_record *read)
{
    struct db_report *report = context;
    const struct plan *plan = report->of->plan;
    const struct question *question = &plan->questions.items[read->question];
    const struct value *value = plan_value(plan, read->value);
    const uint32_t answer_number = answer(report, read->value);
    struct row row = row_begin(report, TABLE_reads);
    add_integer(&row, read->number);
    add_string(&row, plan->actors.items[read->actor].name);
    add_integer(&row, read->invoked_us);
    add_integer(&row, read->returned_us);
    add_instant(&row, plan, read->invoked_us, true);
    add_instant(&row, plan, read->returned_us, true);
    add_string(&row, question->fields[0]);
    add_instant(&row, plan, question->from_us, false);
    add_instant(&row, plan, question->to_us, false);
    add_string(&row, words_served_by(plan, read->layer));
    add_key(&row, plan, read->key);
    add_integer(&row, read->collision);
    add_integer(&row, answer_number);
    add_integer(&row, value->free_count);
    add_integer(&row, plan->ranges.items[value->range].count);
    add_integer(&row, read->stale_count > 0);
    row_end(&row);
    for (uint32_t i = 0; i < read->stale_count; i++) {
        insert_stale(report, read, &read->stale[i]);
    }
}

struct observer report_db_observer(struct db_report *report)
{
    check(report->of != NULL);
    return (struct observer){.context = report, .on_step = on_step, .on_read = on_read};
}

/* Rows of the store's own database, each behind the run's number. */
static void copy_rows(struct db_report *report, sqlite3 *truth, const char *select_sql, enum table table)
{
    sqlite3_stmt *select = NULL;
    const int prepared = sqlite3_prepare_v2(truth, select_sql, -1, &select, NULL);
    check(prepared == SQLITE_OK);
    const struct plan *plan = report->of->plan;
    int code = sqlite3_step(select);
    for (; code == SQLITE_ROW && report->problem == NULL; code = sqlite3_step(select)) {
        struct row row = row_begin(report, table);
        for (int i = 0; i < sqlite3_column_count(select); i++) {
            add(&row, sqlite3_bind_value(row.insert, ++row.column, sqlite3_column_value(select, i)));
        }
        if (table == TABLE_slots) {
            add_instant(&row, plan, plan->slots[sqlite3_column_int64(select, 0)].starts_us, false);
        }
        row_end(&row);
    }
    check(code == SQLITE_DONE || report->problem != NULL);
    sqlite3_finalize(select);
}

static void insert_violations(struct db_report *report, const struct violations *violations)
{
    for (size_t i = 0; i < violations->count; i++) {
        const struct violation *violation = &violations->items[i];
        struct row row = row_begin(report, TABLE_violations);
        add_integer(&row, (int64_t)i + 1);
        add_string(&row, violation->mark.source->path);
        add_integer(&row, violation->mark.line);
        add_integer(&row, violation->mark.column);
        add_string(&row, violation->message);
        row_end(&row);
    }
}

static void insert_run(struct db_report *report, const struct case_result *result)
{
    const struct plan *plan = result->of->plan;
    const struct totals *totals = &result->run.totals;
    struct row row = row_begin(report, TABLE_runs);
    add_string(&row, result->scenario->name);
    add_string(&row, result->scenario->title);
    add_string(&row, result->scenario->path);
    add_string(&row, result->of->alias);
    add_string(&row, result->of->system_name);
    add_string(&row, words_status(result->status));
    add_instant(&row, plan, plan->clock_us, true);
    add_integer(&row, plan->clock_us);
    add_integer(&row, (int64_t)totals->steps);
    add_integer(&row, totals->reads);
    add_integer(&row, totals->stale_reads);
    add_integer(&row, totals->phantom_free);
    add_integer(&row, totals->phantom_busy);
    add_integer(&row, totals->stale_age_us);
    add_integer(&row, totals->refused_offers);
    add_integer(&row, totals->double_bookings);
    add_integer(&row, totals->mirror_differences);
    row_end(&row);
}

void report_db_case(struct db_report *report, const struct case_result *result)
{
    check(report->of == result->of);
    sqlite3 *truth = store_database(result->of->store, result->run.state);
    copy_rows(report, truth, "SELECT slot_id, event_type, starts_at, ends_at FROM slots ORDER BY slot_id", TABLE_slots);
    copy_rows(report, truth,
              "SELECT booking, event_type, host, starts_at, ends_at, status FROM upstream_bookings ORDER BY booking",
              TABLE_upstream_bookings);
    copy_rows(report, truth,
              "SELECT calcom_v2_booking_id, id, company_id, branch_id, service_id, staff_id, calcom_event_type_id,"
              " starts_at, ends_at, status, source FROM appointments ORDER BY calcom_v2_booking_id",
              TABLE_appointments);
    copy_rows(report, truth,
              "SELECT recipient, message, state, booking, event_type, host, starts_at, ends_at, status FROM inbox"
              " ORDER BY recipient",
              TABLE_inbox);
    insert_violations(report, &result->violations);
    insert_run(report, result);
    arena_free(report->run_arena);
    report->run_arena = NULL;
    report->of = NULL;
}

const char *report_db_commit(struct db_report *report, struct arena *arena)
{
    check(report->of == NULL);
    execute(report, "COMMIT");
    close_database(report);
    const char *problem = report->problem == NULL ? refuse(arena, report->path) : report->problem;
    if (problem == NULL && rename(report->partial, report->path) != 0) {
        problem = arena_printf(arena, "'%s' cannot be renamed: %s", quote(arena, report->partial), strerror(errno));
    }
    if (problem != NULL) {
        (void)unlink(report->partial);
    }
    return problem;
}
