/* The truth in SQLite, asked once per distinct question.
 *
 * A database state is a number: two states are equal iff every row of every mutable table is. store_apply() maps
 * (state, call) to (state, outcome) and remembers it; store_free_slots() maps a state to its free slots and remembers
 * it. SQLite is asked only on the first time, and moves to the state asked about by itself. Nothing outside the SQL
 * in fixtures/sql/ knows the rules of availability and conflict.
 *
 * Cost: remembered, a hash lookup (tens of ns); new, some tens of us. Memory: a few hundred bytes per distinct state.
 * Order of calls: store_open, store_add_slot* (all slots), store_operation / store_call / store_apply ..., store_close.
 * An SQL error is a bug: it aborts. */
#ifndef SLOTRACE_WORLD_STORE_H
#define SLOTRACE_WORLD_STORE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_NONE UINT32_MAX

struct store;
struct sqlite3;

/* `schema_sql` and `operations_sql`: the texts of fixtures/sql/ (embedded in the binary). */
struct store *store_open(const char *schema_sql, const char *operations_sql);
void store_close(struct store *store); /* NULL is allowed. */

/* Slots are numbered 0, 1, 2, ... in the order in which they are added. Instants in us since 1970 UTC. */
uint32_t store_add_slot(struct store *store, const char *event_type, int64_t starts_us, int64_t ends_us);
void store_add_host(struct store *store, uint32_t slot, const char *host);
uint32_t store_slot_count(const struct store *store);

/* The number of the operation `name` of operations.sql ("upstream.create"), or STORE_NONE. */
uint32_t store_operation(const struct store *store, const char *name);
uint32_t store_operation_count(const struct store *store);
const char *store_operation_name(const struct store *store, uint32_t operation);

/* An operation with its arguments, as a number; equal calls have equal numbers. Every parameter of operations.sql is
 * a field; NULL is SQL's NULL. slot STORE_NONE binds :starts_at and :ends_at to NULL. */
struct store_call {
    uint32_t operation;
    uint32_t slot;
    int64_t appointment_id;
    const char *actor, *recipient, *booking, *source, *event_type, *company, *branch, *service, *host;
};
uint32_t store_call(struct store *store, const struct store_call *call);

uint32_t store_initial_state(struct store *store);

struct store_step {
    uint32_t state;   /* Afterwards. Equal to the one before when nothing changed. */
    uint32_t changed; /* Rows changed by the operation's first statement: 0 = refused, missing. */
};
struct store_step store_apply(struct store *store, uint32_t state, uint32_t call);

/* One bit per slot, set = free; (store_slot_count + 63) / 64 words that live as long as the store. */
const uint64_t *store_free_slots(struct store *store, uint32_t state);

struct store_consequences {
    uint32_t double_bookings;    /* Rows of the view double_bookings, */
    uint32_t mirror_differences; /* and of mirror_differences. */
};
struct store_consequences store_consequences(struct store *store, uint32_t state);

/* The rows of a state, in SQLite, for a copy or a query; valid until the next call on the store. */
struct sqlite3 *store_database(struct store *store, uint32_t state);

/* How often SQLite was really asked; for tests and benchmarks. */
uint64_t store_question_count(const struct store *store);

#endif
