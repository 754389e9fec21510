#include "engine/matrix.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/poison.h"

/* --- trials --- */

/* The readers of a trial, in the order of the system; equal sets are one trial. */
struct reader_sets {
    struct reader_set {
        uint32_t readers[MATRIX_READERS_MAX];
        uint32_t count;
    } * items;
    size_t count, capacity;
};

static void set_add(struct reader_set *set, uint32_t reader)
{
    check(set->count < MATRIX_READERS_MAX);
    uint32_t at = set->count++;
    for (; at > 0 && set->readers[at - 1] > reader; at--) {
        set->readers[at] = set->readers[at - 1];
    }
    set->readers[at] = reader;
}

static void sets_add(struct reader_sets *sets, struct arena *arena, const struct reader_set *set)
{
    for (size_t i = 0; i < sets->count; i++) {
        const struct reader_set *known = &sets->items[i];
        if (known->count == set->count &&
            memcmp(known->readers, set->readers, set->count * sizeof set->readers[0]) == 0) {
            return;
        }
    }
    ARENA_PUSH(arena, sets) = *set;
}

/* Who fills `layer` for a column? At its own layer the column's own reader; but readers that ask around a wished time
 * have many steps, so that others fill for them, where there are others. */
static uint32_t filler_of(const struct matrix *matrix, uint32_t layer, const struct matrix_column *column)
{
    const struct routine *routines = matrix->system->routines;
    if (layer == column->layer && !routines[column->reader].wishes) {
        return column->reader;
    }
    for (size_t i = 0; i < matrix->columns.count; i++) {
        const struct matrix_column *other = &matrix->columns.items[i];
        if (other->layer == layer && !routines[other->reader].wishes) {
            return other->reader;
        }
    }
    return column->reader;
}

static void add_sets(const struct matrix *matrix, struct arena *arena, const struct matrix_column *column,
                     struct reader_sets *sets)
{
    struct reader_set cold = {.count = 0};
    set_add(&cold, column->reader);
    sets_add(sets, arena, &cold);
    struct reader_set ladder = cold;
    for (uint32_t layer = column->layer; layer != MODEL_NONE; layer = matrix->system->layers[layer].source) {
        const uint32_t filler = filler_of(matrix, layer, column);
        struct reader_set beside = cold;
        set_add(&beside, filler);
        sets_add(sets, arena, &beside);
        set_add(&ladder, filler);
    }
    sets_add(sets, arena, &ladder);
}

/* Small ones first. */
static int compare_sets(const void *a, const void *b)
{
    const struct reader_set *x = a;
    const struct reader_set *y = b;
    if (x->count != y->count) {
        return x->count < y->count ? -1 : 1;
    }
    for (uint32_t i = 0; i < x->count; i++) {
        if (x->readers[i] != y->readers[i]) {
            return x->readers[i] < y->readers[i] ? -1 : 1;
        }
    }
    return 0;
}

static struct reader_sets find_sets(const struct matrix *matrix, struct arena *arena)
{
    struct reader_sets sets = {.count = 0};
    for (size_t i = 0; i < matrix->columns.count; i++) {
        add_sets(matrix, arena, &matrix->columns.items[i], &sets);
    }
    if (sets.count > 0) {
        qsort(sets.items, sets.count, sizeof *sets.items, compare_sets);
    }
    return sets;
}

static void note_deletions(struct matrix_path *path, const struct plan *plan)
{
    for (size_t a = 0; a < plan->actors.count; a++) {
        const struct program *program = &plan->actors.items[a].program;
        for (uint32_t i = 0; i < program->count; i++) {
            if (program->steps[i].forget != MODEL_NONE) {
                path->deletes[program->steps[i].layer] = true;
            }
        }
    }
}

/* Results outlive the memory of the search. */
#define KEEP(arena, list)                                                                                              \
    do {                                                                                                               \
        void *copy = arena_alloc((arena), (list)->count + 1, sizeof *(list)->items);                                   \
        if ((list)->count > 0) {                                                                                       \
            memcpy(copy, (list)->items, (list)->count * sizeof *(list)->items);                                        \
        }                                                                                                              \
        (list)->items = copy;                                                                                          \
        (list)->capacity = (list)->count;                                                                              \
    } while (false)

static void run_trial(struct matrix *matrix, struct arena *arena, struct matrix_trial *trial)
{
    const struct matrix_options *options = &matrix->options;
    struct store *store = matrix_store_new();
    struct arena *scratch = arena_new();
    trial->plan = matrix_plan(matrix, trial, arena, store);
    check_context(trial->plan->title);
    note_deletions(&matrix->paths.items[trial->path], trial->plan);
    trial->explored = explore(trial->plan, scratch, &options->explore);
    KEEP(arena, &trial->explored.findings);
    KEEP(arena, &trial->explored.counterexample);
    trial->timed = trial->explored.findings.count > 0;
    if (trial->timed) {
        trial->timing = timing_explore(trial->plan, scratch, &options->explore, options->transitions_max);
        KEEP(arena, &trial->timing.findings);
        for (size_t i = 0; i < trial->timing.findings.count; i++) {
            KEEP(arena, &trial->timing.findings.items[i].witness);
        }
    }
    trial->plan->store = NULL;
    arena_free(scratch);
    store_close(store);
}

/* --- cells --- */

static bool has_reader(const struct matrix_trial *trial, uint32_t reader)
{
    bool has = false;
    for (uint32_t i = 0; i < trial->reader_count; i++) {
        has = has || trial->readers[i] == reader;
    }
    return has;
}

static bool is_of_column(const struct matrix_trial *trial, const struct finding *finding,
                         const struct matrix_column *column)
{
    const struct actor *actor = &trial->plan->actors.items[finding->actor];
    return actor->routine == column->reader && actor->program.steps[finding->answer].layer == column->layer;
}

static void add_stale(struct arena *arena, struct matrix_cell *cell, uint32_t number, const struct timed_finding *timed)
{
    struct matrix_stale *stale = NULL;
    for (size_t i = 0; i < cell->stale.count && stale == NULL; i++) {
        struct matrix_stale *known = &cell->stale.items[i];
        stale = known->phantom == timed->finding.phantom && known->cause == timed->finding.cause ? known : NULL;
    }
    if (stale == NULL) {
        stale = &ARENA_PUSH(arena, &cell->stale);
        *stale = (struct matrix_stale){.phantom = timed->finding.phantom, .cause = timed->finding.cause, .age_us = -1};
    }
    if (timed->age_us > stale->age_us) {
        stale->age_us = timed->age_us;
        stale->trial = number;
        stale->witness = timed->witness;
    }
}

/* What one trial says about a cell. */
static void judge_trial(struct matrix *matrix, struct arena *arena, uint32_t number, const struct matrix_column *column,
                        struct matrix_cell *cell)
{
    const struct matrix_trial *trial = &matrix->trials.items[number];
    bool suspected = false;
    for (size_t i = 0; i < trial->explored.findings.count; i++) {
        suspected = suspected || is_of_column(trial, &trial->explored.findings.items[i], column);
    }
    for (size_t i = 0; i < trial->timing.findings.count; i++) {
        if (is_of_column(trial, &trial->timing.findings.items[i].finding, column)) {
            add_stale(arena, cell, number, &trial->timing.findings.items[i]);
        }
    }
    cell->timed = cell->timed || suspected;
    const bool complete = trial->timed && trial->timing.complete;
    if (!complete && (suspected || trial->explored.problem != NULL)) {
        cell->verdict = EXPLORE_BOUNDED;
        cell->problem = trial->explored.problem != NULL ? trial->explored.problem : trial->timing.problem;
    }
}

static bool is_met(const struct matrix_trial *trial)
{
    return trial->explored.verdict == EXPLORE_PROVED || trial->timing.met;
}

static int compare_stale(const void *a, const void *b)
{
    const struct matrix_stale *x = a;
    const struct matrix_stale *y = b;
    if (x->age_us != y->age_us) {
        return x->age_us > y->age_us ? -1 : 1;
    }
    if (x->phantom != y->phantom) {
        return x->phantom < y->phantom ? -1 : 1;
    }
    return x->cause < y->cause ? -1 : x->cause > y->cause;
}

static void judge_cell(struct matrix *matrix, struct arena *arena, uint32_t path, uint32_t column_number)
{
    const struct matrix_column *column = &matrix->columns.items[column_number];
    struct matrix_cell *cell = &matrix->cells[path * matrix->columns.count + column_number];
    cell->verdict = EXPLORE_VACUOUS;
    for (uint32_t i = 0; i < matrix->trials.count; i++) {
        const struct matrix_trial *trial = &matrix->trials.items[i];
        if (trial->path != path || !has_reader(trial, column->reader)) {
            continue;
        }
        if (cell->verdict == EXPLORE_VACUOUS && is_met(trial)) {
            cell->verdict = EXPLORE_PROVED;
        }
        judge_trial(matrix, arena, i, column, cell);
    }
    if (cell->stale.count > 0) {
        qsort(cell->stale.items, cell->stale.count, sizeof *cell->stale.items, compare_stale);
        cell->verdict = cell->verdict == EXPLORE_BOUNDED ? EXPLORE_BOUNDED : EXPLORE_REFUTED;
    }
}

static bool is_interrupted(const struct matrix_options *options)
{
    const struct explore_progress progress = {.states = 0};
    return options->explore.stop != NULL && options->explore.stop(options->explore.context, &progress);
}

/* All trials of a path, small ones first. */
static void try_path(struct matrix *matrix, struct arena *arena, uint32_t path, const struct reader_sets *sets)
{
    const int places = matrix->paths.items[path].moves ? MATRIX_PLACE_COUNT : 1;
    for (size_t i = 0; i < sets->count; i++) {
        for (int place = 0; place < places && !matrix->interrupted; place++) {
            struct matrix_trial trial = {
                .path = path, .place = (enum matrix_place)place, .reader_count = sets->items[i].count};
            memcpy(trial.readers, sets->items[i].readers, sizeof trial.readers);
            run_trial(matrix, arena, &trial);
            ARENA_PUSH(arena, &matrix->trials) = trial;
            matrix->interrupted = is_interrupted(&matrix->options);
        }
    }
}

struct matrix *matrix_explore(const struct system *system, struct arena *arena, const struct matrix_options *options)
{
    struct matrix *matrix = ARENA_NEW(arena, struct matrix);
    *matrix = (struct matrix){.system = system, .options = *options};
    matrix_lay_out(matrix, arena);
    const struct reader_sets sets = find_sets(matrix, arena);
    for (uint32_t path = 0; path < matrix->paths.count; path++) {
        try_path(matrix, arena, path, &sets);
    }
    if (matrix->interrupted) {
        return matrix;
    }
    matrix->cells = ARENA_ARRAY(arena, struct matrix_cell, matrix->paths.count * matrix->columns.count + 1);
    for (uint32_t path = 0; path < matrix->paths.count; path++) {
        for (uint32_t column = 0; column < matrix->columns.count; column++) {
            judge_cell(matrix, arena, path, column);
        }
    }
    return matrix;
}
