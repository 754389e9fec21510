/* The gap matrix of a system: every way in which a booking changes, against every kind of reader and the layer at which
 * it enters. No scenario is needed: each cell builds its own, the smallest that can show what there is to see.
 *
 *   path     an entry point that goes to the upstream itself, or a customer action with the webhook's handlers behind
 * it column   a reader, and a layer through which it asks trial    one writer on a path, and a few readers: one plan,
 * explored without time and, where that refutes it, with cell     what its trials say of the reads of its column
 *
 * Trials of a column, small to large: one reader; two readers, the other of which fills a layer on the way; and the
 * ladder: one reader for each layer on the way, then one more, so that every layer can be filled from the end of an
 * entry's life in the layer behind it. A trial with more readers can do all that one with fewer can; the small ones
 * make for short witnesses, and are what is left when a budget ends. */
#ifndef SLOTRACE_ENGINE_MATRIX_H
#define SLOTRACE_ENGINE_MATRIX_H

#include "engine/timing.h"

enum { MATRIX_READERS_MAX = LAYERS_MAX + 1 };

/* Where the slots are, and which day readers ask about. */
#define MATRIX_PLACES(X)                                                                                               \
    X(ONE_DAY, "the day", "All slots are on one day, and readers ask about it.")                                       \
    X(OLD_DAY, "the old day", "The booking moves by a week, and readers ask about the day that it leaves.")            \
    X(NEW_DAY, "the new day", "The booking moves by a week, and readers ask about the day that it goes to.")

enum matrix_place {
#define X(name, text, doc) MATRIX_##name,
    MATRIX_PLACES(X)
#undef X
        MATRIX_PLACE_COUNT
};

const char *matrix_place_name(enum matrix_place place);

struct matrix_options {
    struct explore_options explore; /* Of each trial; its states_max, for one. */
    uint64_t transitions_max;       /* Of each trial with time; 0: no limit. */
    bool all;                       /* Readers that ask around a wished time, too. */
};

struct matrix_path {
    uint32_t routine; /* What the writer does. */
    struct {
        uint32_t *items; /* A customer action: the handlers that it sends webhooks to. */
        size_t count, capacity;
    } handlers;
    bool moves;               /* A booking that is there: its trials are in every place. */
    bool deletes[LAYERS_MAX]; /* It, or a handler, has a deletion for the layer. */
};

struct matrix_column {
    uint32_t reader;
    uint32_t layer; /* MODEL_NONE: the upstream. */
};

struct matrix_trial {
    uint32_t path;
    enum matrix_place place;
    uint32_t readers[MATRIX_READERS_MAX]; /* Routines, in the order of their actors. */
    uint32_t reader_count;
    struct plan *plan; /* Its store is closed: good for names only. */
    struct explore_result explored;
    bool timed; /* It was explored with time, too. */
    struct timing_result timing;
};

/* A kind of stale read, at its worst. */
struct matrix_stale {
    enum phantom phantom;
    enum cause cause;
    int64_t age_us;          /* AGE_NEVER_TRUE */
    uint32_t trial;          /* The smallest that attains it, */
    struct schedule witness; /* and how. */
};

struct matrix_cell {
    enum explore_verdict verdict; /* BOUNDED with something stale: ages may be larger. */
    bool timed;                   /* PROVED or VACUOUS because the system's latencies and TTLs are what they are. */
    const char *problem;          /* BOUNDED, ERROR: why. */
    struct {
        struct matrix_stale *items; /* Oldest first. */
        size_t count, capacity;
    } stale;
};

struct matrix {
    const struct system *system;
    struct matrix_options options;
    int64_t clock_us;
    int32_t day; /* Of the first slots. */
    const char *const *fields;
    struct {
        struct matrix_path *items;
        size_t count, capacity;
    } paths;
    struct {
        struct matrix_column *items;
        size_t count, capacity;
    } columns;
    struct {
        struct matrix_trial *items;
        size_t count, capacity;
    } trials;
    struct {
        uint32_t *items; /* Entry points that nothing leads to: no row. */
        size_t count, capacity;
    } unreached;
    struct {
        uint32_t *items; /* Readers that were left out: no column. */
        size_t count, capacity;
    } left_out;
    struct matrix_cell *cells; /* path * columns.count + column */
    bool interrupted;          /* options.explore.stop said so: there are no cells. */
};

/* Everything lives in `arena`. Time: seconds for two nested layers; it grows steeply with every further one. */
struct matrix *matrix_explore(const struct system *system, struct arena *arena, const struct matrix_options *options);

/* The plan of a trial, on an open store of its own: matrix_store_new(). */
struct store *matrix_store_new(void);
struct plan *matrix_plan(const struct matrix *matrix, const struct matrix_trial *trial, struct arena *arena,
                         struct store *store);

/* matrix_plan.c: rows, columns, and the calendar that all plans share. Fills everything but trials and cells. */
void matrix_lay_out(struct matrix *matrix, struct arena *arena);

#endif
