#include "world/store.h"

#include "base/check.h"
#include "base/map.h"
#include "base/text.h"
#include "base/zone.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/poison.h"

/* The tables that operations may change, in the order in which a state lists their rows. */
static const char *const mutable_tables[] = {"upstream_bookings", "inbox", "appointments"};
enum { MUTABLE_TABLE_COUNT = 3, STATEMENTS_MAX = 4, COLUMNS_MAX = 16 };

struct operation {
    const char *name;
    sqlite3_stmt *statements[STATEMENTS_MAX];
    int statement_count;
};

struct state {
    const uint64_t *free_slots; /* NULL: not asked yet. */
    struct store_consequences consequences;
    bool consequences_known;
};

struct store {
    struct arena *arena;
    sqlite3 *db;
    struct {
        struct operation *items;
        size_t count, capacity;
    } operations;
    struct interner calls; /* Serialised arguments, see pack_call(). */
    struct {
        struct store_call *items;
        size_t count, capacity;
    } call_list;
    struct interner states; /* Canonical dumps, see dump_state(). */
    struct {
        struct state *items;
        size_t count, capacity;
    } state_list;
    struct map steps; /* (state, call) -> index in outcomes */
    struct {
        struct store_step *items;
        size_t count, capacity;
    } outcomes;
    sqlite3_stmt *begin, *select[MUTABLE_TABLE_COUNT], *erase[MUTABLE_TABLE_COUNT], *insert[MUTABLE_TABLE_COUNT];
    sqlite3_stmt *commit, *free_slots, *consequences, *add_slot, *add_host;
    uint32_t current; /* The state that SQLite holds; STORE_NONE before the first dump. */
    uint32_t slot_count;
    struct {
        int64_t *items; /* starts, ends */
        size_t count, capacity;
    } slot_times;
    uint64_t questions;
    struct text dump; /* Scratch. */
};

static void sql_check(struct store *store, int code, const char *what)
{
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        (void)fprintf(stderr, "slotrace: SQLite: %s: %s\n", what, sqlite3_errmsg(store->db));
        check(!"SQLite failed");
    }
}

static sqlite3_stmt *prepare(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    sql_check(store, sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), sql);
    check(statement != NULL);
    return statement;
}

/* Runs a statement that returns no rows. */
static void execute(struct store *store, sqlite3_stmt *statement)
{
    const int code = sqlite3_step(statement);
    sql_check(store, code, sqlite3_sql(statement));
    sqlite3_reset(statement);
}

/* operations.sql: sections that start with "-- name: NAME", each up to STATEMENTS_MAX statements. */
static void read_operations(struct store *store, const char *sql)
{
    static const char label[] = "-- name: ";
    const char *at = strstr(sql, label);
    while (at != NULL) {
        at += sizeof label - 1;
        const size_t name_length = strcspn(at, "\n");
        struct operation operation = {.name = arena_copy_text(store->arena, at, name_length)};
        at += name_length;
        const char *next = strstr(at, label);
        const char *end = next == NULL ? at + strlen(at) : next;
        for (const char *rest = at; rest < end;) {
            sqlite3_stmt *statement = NULL;
            sql_check(
                store,
                sqlite3_prepare_v3(store->db, rest, (int)(end - rest), SQLITE_PREPARE_PERSISTENT, &statement, &rest),
                operation.name);
            if (statement != NULL) {
                check(operation.statement_count < STATEMENTS_MAX);
                operation.statements[operation.statement_count++] = statement;
            }
        }
        check(operation.statement_count > 0);
        ARENA_PUSH(store->arena, &store->operations) = operation;
        at = next;
    }
}

/* Statements that copy a mutable table out of and back into SQLite; the first column is the primary key. */
static void prepare_table(struct store *store, int table)
{
    const char *name = mutable_tables[table];
    char sql[256];
    (void)snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1", name);
    store->select[table] = prepare(store, sql);
    (void)snprintf(sql, sizeof sql, "DELETE FROM %s", name);
    store->erase[table] = prepare(store, sql);
    const int columns = sqlite3_column_count(store->select[table]);
    check(columns > 0 && columns <= COLUMNS_MAX);
    int length = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", name);
    for (int i = 1; i < columns; i++) {
        length += snprintf(sql + length, sizeof sql - (size_t)length, ", ?");
    }
    (void)snprintf(sql + length, sizeof sql - (size_t)length, ")");
    store->insert[table] = prepare(store, sql);
}

struct store *store_open(const char *schema_sql, const char *operations_sql)
{
    struct arena *arena = arena_new();
    struct store *store = ARENA_NEW(arena, struct store);
    store->arena = arena;
    store->current = STORE_NONE;
    interner_init(&store->calls, arena);
    interner_init(&store->states, arena);
    map_init(&store->steps, arena);
    check(sqlite3_open_v2(":memory:", &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                          NULL) == SQLITE_OK);
    sql_check(store, sqlite3_exec(store->db, "PRAGMA journal_mode = OFF; PRAGMA foreign_keys = OFF", NULL, NULL, NULL),
              "pragma");
    sql_check(store, sqlite3_exec(store->db, schema_sql, NULL, NULL, NULL), "schema.sql");
    for (int table = 0; table < MUTABLE_TABLE_COUNT; table++) {
        prepare_table(store, table);
    }
    store->free_slots = prepare(store, "SELECT slot_id FROM free_slots ORDER BY slot_id");
    store->consequences = prepare(store, "SELECT (SELECT count(*) FROM double_bookings),"
                                         " (SELECT count(*) FROM mirror_differences)");
    store->add_slot = prepare(store, "INSERT INTO slots VALUES (?, ?, ?, ?)");
    store->add_host = prepare(store, "INSERT OR IGNORE INTO slot_hosts VALUES (?, ?)");
    read_operations(store, operations_sql);
    return store;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    for (sqlite3_stmt *statement = sqlite3_next_stmt(store->db, NULL); statement != NULL;
         statement = sqlite3_next_stmt(store->db, NULL)) {
        sqlite3_finalize(statement);
    }
    check(sqlite3_close(store->db) == SQLITE_OK);
    text_free(&store->dump);
    arena_free(store->arena);
}

/* "2025-10-13T06:00:00Z" */
static void format_utc(int64_t instant_us, char out[32])
{
    const int64_t second = instant_us / US_PER_SECOND;
    const struct civil date = civil_from_day((int32_t)(second / 86400));
    (void)snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", date.year, date.month, date.day,
                   (int)(second % 86400 / 3600), (int)(second % 3600 / 60), (int)(second % 60));
}

uint32_t store_add_slot(struct store *store, const char *event_type, int64_t starts_us, int64_t ends_us)
{
    check(store->current == STORE_NONE);
    check(0 <= starts_us && starts_us < ends_us);
    char starts[32];
    char ends[32];
    format_utc(starts_us, starts);
    format_utc(ends_us, ends);
    sqlite3_bind_int64(store->add_slot, 1, store->slot_count);
    sqlite3_bind_text(store->add_slot, 2, event_type, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(store->add_slot, 3, starts, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(store->add_slot, 4, ends, -1, SQLITE_TRANSIENT);
    execute(store, store->add_slot);
    ARENA_PUSH(store->arena, &store->slot_times) = starts_us;
    ARENA_PUSH(store->arena, &store->slot_times) = ends_us;
    return store->slot_count++;
}

void store_add_host(struct store *store, uint32_t slot, const char *host)
{
    check(store->current == STORE_NONE && slot < store->slot_count);
    sqlite3_bind_int64(store->add_host, 1, slot);
    sqlite3_bind_text(store->add_host, 2, host, -1, SQLITE_TRANSIENT);
    execute(store, store->add_host);
}

uint32_t store_slot_count(const struct store *store)
{
    return store->slot_count;
}

uint32_t store_operation(const struct store *store, const char *name)
{
    for (size_t i = 0; i < store->operations.count; i++) {
        if (strcmp(store->operations.items[i].name, name) == 0) {
            return (uint32_t)i;
        }
    }
    return STORE_NONE;
}

uint32_t store_operation_count(const struct store *store)
{
    return (uint32_t)store->operations.count;
}

const char *store_operation_name(const struct store *store, uint32_t operation)
{
    check(operation < store->operations.count);
    return store->operations.items[operation].name;
}

/* The text parameters of a call, by the names that operations.sql uses. */
enum { PARAMETER_COUNT = 9 };
static const char *const parameter_names[PARAMETER_COUNT] = {
    ":actor", ":recipient", ":booking", ":source", ":event_type", ":company", ":branch", ":service", ":host",
};

static void list_parameters(const struct store_call *call, const char *values[PARAMETER_COUNT])
{
    const char *const list[PARAMETER_COUNT] = {call->actor,  call->recipient,  call->booking,
                                               call->source, call->event_type, call->company,
                                               call->branch, call->service,    call->host};
    memcpy(values, list, sizeof list);
}

uint32_t store_call(struct store *store, const struct store_call *call)
{
    check(call->operation < store->operations.count);
    check(call->slot == STORE_NONE || call->slot < store->slot_count);
    const char *values[PARAMETER_COUNT];
    list_parameters(call, values);
    struct text packed = {0};
    text_printf(&packed, "%" PRIu32 " %" PRIu32 " %" PRId64, call->operation, call->slot, call->appointment_id);
    for (int i = 0; i < PARAMETER_COUNT; i++) {
        text_puts(&packed, values[i] == NULL ? "\n-" : "\n+");
        text_puts(&packed, values[i] == NULL ? "" : values[i]);
    }
    const uint32_t number = intern(&store->calls, packed.data, packed.length);
    text_free(&packed);
    if (number == store->call_list.count) {
        for (int i = 0; i < PARAMETER_COUNT; i++) {
            values[i] = values[i] == NULL ? NULL : arena_copy_text(store->arena, values[i], strlen(values[i]));
        }
        ARENA_PUSH(store->arena, &store->call_list) = (struct store_call){.operation = call->operation,
                                                                          .slot = call->slot,
                                                                          .appointment_id = call->appointment_id,
                                                                          .actor = values[0],
                                                                          .recipient = values[1],
                                                                          .booking = values[2],
                                                                          .source = values[3],
                                                                          .event_type = values[4],
                                                                          .company = values[5],
                                                                          .branch = values[6],
                                                                          .service = values[7],
                                                                          .host = values[8]};
    }
    return number;
}

/* A state's canonical form: per table "T", per row "R", per column a tag, a length and the bytes. */
static void dump_column(struct text *dump, sqlite3_stmt *row, int column)
{
    const int type = sqlite3_column_type(row, column);
    check(type == SQLITE_NULL || type == SQLITE_TEXT || type == SQLITE_INTEGER);
    const unsigned char *bytes = sqlite3_column_text(row, column);
    const uint16_t length = (uint16_t)sqlite3_column_bytes(row, column);
    const char tag = type == SQLITE_NULL ? 'N' : (type == SQLITE_TEXT ? 'S' : 'I');
    text_add(dump, &tag, 1);
    text_add(dump, (const char *)&length, sizeof length);
    text_add(dump, (const char *)bytes, length);
}

static uint32_t dump_state(struct store *store)
{
    text_clear(&store->dump);
    for (int table = 0; table < MUTABLE_TABLE_COUNT; table++) {
        sqlite3_stmt *row = store->select[table];
        text_add(&store->dump, "T", 1);
        int code = sqlite3_step(row);
        for (; code == SQLITE_ROW; code = sqlite3_step(row)) {
            text_add(&store->dump, "R", 1);
            for (int i = 0; i < sqlite3_column_count(row); i++) {
                dump_column(&store->dump, row, i);
            }
        }
        sql_check(store, code, "dump");
        sqlite3_reset(row);
    }
    const uint32_t state = intern(&store->states, store->dump.data, store->dump.length);
    if (state == store->state_list.count) {
        ARENA_PUSH(store->arena, &store->state_list) = (struct state){0};
    }
    return state;
}

/* Reads one column of a dump into a parameter; returns the bytes behind it. */
static const char *bind_column(sqlite3_stmt *insert, int parameter, const char *at)
{
    const char tag = at[0];
    uint16_t length = 0;
    memcpy(&length, at + 1, sizeof length);
    const char *bytes = at + 1 + sizeof length;
    if (tag == 'N') {
        sqlite3_bind_null(insert, parameter);
    } else {
        /* Integers come back through the column's affinity. */
        sqlite3_bind_text(insert, parameter, bytes, length, SQLITE_STATIC);
    }
    return bytes + length;
}

/* Makes SQLite hold `state`. */
static void restore_state(struct store *store, uint32_t state)
{
    check(state < store->states.count);
    if (store->current == state) {
        return;
    }
    const char *at = store->states.items[state].bytes;
    const char *end = at + store->states.items[state].length;
    int table = -1;
    while (at < end) {
        if (*at == 'T') {
            table++;
            at++;
            execute(store, store->erase[table]);
            continue;
        }
        check(*at == 'R' && table >= 0 && table < MUTABLE_TABLE_COUNT);
        at++;
        const int columns = sqlite3_bind_parameter_count(store->insert[table]);
        for (int i = 1; i <= columns; i++) {
            at = bind_column(store->insert[table], i, at);
        }
        execute(store, store->insert[table]);
    }
    store->current = state;
}

uint32_t store_initial_state(struct store *store)
{
    if (store->states.count == 0) {
        store->current = dump_state(store);
    }
    return 0;
}

static void bind_call(struct store *store, sqlite3_stmt *statement, const struct store_call *call)
{
    const char *values[PARAMETER_COUNT];
    list_parameters(call, values);
    for (int i = 0; i < PARAMETER_COUNT; i++) {
        const int parameter = sqlite3_bind_parameter_index(statement, parameter_names[i]);
        if (parameter > 0) {
            sqlite3_bind_text(statement, parameter, values[i], -1, SQLITE_STATIC);
        }
    }
    int parameter = sqlite3_bind_parameter_index(statement, ":appointment_id");
    if (parameter > 0) {
        sqlite3_bind_int64(statement, parameter, call->appointment_id);
    }
    const char *const times[] = {":starts_at", ":ends_at"};
    for (size_t i = 0; i < 2; i++) {
        parameter = sqlite3_bind_parameter_index(statement, times[i]);
        if (parameter > 0 && call->slot == STORE_NONE) {
            sqlite3_bind_null(statement, parameter);
        } else if (parameter > 0) {
            char utc[32];
            format_utc(store->slot_times.items[(size_t)call->slot * 2 + i], utc);
            sqlite3_bind_text(statement, parameter, utc, -1, SQLITE_TRANSIENT);
        }
    }
}

static struct store_step ask_step(struct store *store, uint32_t state, uint32_t call_number)
{
    restore_state(store, state);
    store->questions++;
    const struct store_call *call = &store->call_list.items[call_number];
    const struct operation *operation = &store->operations.items[call->operation];
    uint32_t changed = 0;
    for (int i = 0; i < operation->statement_count; i++) {
        bind_call(store, operation->statements[i], call);
        execute(store, operation->statements[i]);
        if (i == 0) {
            changed = (uint32_t)sqlite3_changes(store->db);
            if (changed == 0) {
                break;
            }
        }
    }
    if (changed > 0) {
        store->current = dump_state(store);
    }
    return (struct store_step){.state = store->current, .changed = changed};
}

struct store_step store_apply(struct store *store, uint32_t state, uint32_t call)
{
    check(call < store->call_list.count);
    const uint64_t question = map_key(state, call);
    const uint32_t known = map_get(&store->steps, question);
    if (known != MAP_NONE) {
        return store->outcomes.items[known];
    }
    const struct store_step step = ask_step(store, state, call);
    map_put(&store->steps, question, (uint32_t)store->outcomes.count);
    ARENA_PUSH(store->arena, &store->outcomes) = step;
    return step;
}

const uint64_t *store_free_slots(struct store *store, uint32_t state)
{
    check(state < store->state_list.count);
    if (store->state_list.items[state].free_slots == NULL) {
        restore_state(store, state);
        store->questions++;
        uint64_t *bits = ARENA_ARRAY(store->arena, uint64_t, (store->slot_count + 63) / 64 + 1);
        int code = sqlite3_step(store->free_slots);
        for (; code == SQLITE_ROW; code = sqlite3_step(store->free_slots)) {
            const uint32_t slot = (uint32_t)sqlite3_column_int64(store->free_slots, 0);
            check(slot < store->slot_count);
            bits[slot / 64] |= UINT64_C(1) << (slot % 64);
        }
        sql_check(store, code, "free_slots");
        sqlite3_reset(store->free_slots);
        store->state_list.items[state].free_slots = bits;
    }
    return store->state_list.items[state].free_slots;
}

struct store_consequences store_consequences(struct store *store, uint32_t state)
{
    check(state < store->state_list.count);
    struct state *known = &store->state_list.items[state];
    if (!known->consequences_known) {
        restore_state(store, state);
        store->questions++;
        sql_check(store, sqlite3_step(store->consequences), "consequences");
        known->consequences.double_bookings = (uint32_t)sqlite3_column_int64(store->consequences, 0);
        known->consequences.mirror_differences = (uint32_t)sqlite3_column_int64(store->consequences, 1);
        known->consequences_known = true;
        sqlite3_reset(store->consequences);
    }
    return known->consequences;
}

struct sqlite3 *store_database(struct store *store, uint32_t state)
{
    restore_state(store, state);
    return store->db;
}

uint64_t store_question_count(const struct store *store)
{
    return store->questions;
}
