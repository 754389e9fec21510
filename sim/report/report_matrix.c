#include "report/report_matrix.h"

#include "base/check.h"
#include "report/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

enum { WIDTH = 120, GAP = 2, NAMES_INDENT = 2 };

static const char *name_of(const struct matrix *matrix, uint32_t routine)
{
    return matrix->system->routines[routine].name;
}

static const char *layer_name(const struct matrix *matrix, uint32_t layer)
{
    return layer == MODEL_NONE ? "upstream" : matrix->system->layers[layer].name;
}

static const struct matrix_cell *cell_at(const struct matrix *matrix, size_t path, size_t column)
{
    return &matrix->cells[path * matrix->columns.count + column];
}

void report_matrix_count(const struct matrix *matrix, struct matrix_tally *tally)
{
    for (size_t i = 0; i < matrix->paths.count * matrix->columns.count; i++) {
        const enum explore_verdict verdict = matrix->cells[i].verdict;
        tally->cells++;
        tally->proved += verdict == EXPLORE_PROVED;
        tally->refuted += verdict == EXPLORE_REFUTED;
        tally->bounded += verdict == EXPLORE_BOUNDED;
        tally->vacuous += verdict == EXPLORE_VACUOUS;
    }
}

/* --- the table --- */

/* A handler stands for the customer's action that it hears of; several actions of one handler are told apart. */
static void add_row_title(const struct matrix *matrix, size_t number, struct text *out)
{
    const struct matrix_path *path = &matrix->paths.items[number];
    const struct routine *routines = matrix->system->routines;
    const bool customer = routines[path->routine].kind == ROUTINE_CUSTOMER_ACTION;
    if (!customer || path->handlers.count == 0) {
        text_puts(out, routines[path->routine].title);
        return;
    }
    uint32_t same = 0;
    for (size_t i = 0; i < matrix->paths.count; i++) {
        const struct matrix_path *other = &matrix->paths.items[i];
        same += other->handlers.count > 0 && other->handlers.items[0] == path->handlers.items[0] &&
                routines[other->routine].kind == ROUTINE_CUSTOMER_ACTION;
    }
    text_puts(out, routines[path->handlers.items[0]].title);
    if (same > 1) {
        text_printf(out, " <- %s", routines[path->routine].name);
    }
}

static void add_column_title(const struct matrix *matrix, size_t number, struct text *out)
{
    const struct matrix_column *column = &matrix->columns.items[number];
    text_printf(out, "%s (%s)", name_of(matrix, column->reader), layer_name(matrix, column->layer));
}

static uint32_t causes_beside_worst(const struct matrix_cell *cell)
{
    uint32_t causes = 0;
    for (size_t i = 0; i < cell->stale.count; i++) {
        causes |= UINT32_C(1) << cell->stale.items[i].cause;
    }
    return (uint32_t)__builtin_popcount(causes) - 1;
}

static void add_cell(const struct matrix_cell *cell, struct text *out)
{
    if (cell->stale.count == 0) {
        text_puts(out, explore_verdict_name(cell->verdict));
        text_puts(out, cell->timed && cell->verdict == EXPLORE_PROVED ? "*" : "");
        return;
    }
    const struct matrix_stale *worst = &cell->stale.items[0];
    text_puts(out, cell->verdict == EXPLORE_BOUNDED ? ">= " : "");
    if (worst->age_us == AGE_NEVER_TRUE) {
        text_puts(out, "never true,");
    } else {
        text_duration(out, worst->age_us);
    }
    text_printf(out, " %s", cause_name(worst->cause));
    const uint32_t more = causes_beside_worst(cell);
    if (more > 0) {
        text_printf(out, " +%" PRIu32, more);
    }
}

static size_t wider(size_t width, struct text *text)
{
    const size_t columns = text_columns(text_string(text), text->length);
    text_clear(text);
    return columns > width ? columns : width;
}

static size_t title_width(const struct matrix *matrix)
{
    struct text text = {0};
    size_t width = 0;
    for (size_t i = 0; i < matrix->paths.count; i++) {
        add_row_title(matrix, i, &text);
        width = wider(width, &text);
    }
    text_free(&text);
    return width;
}

static size_t column_width(const struct matrix *matrix, size_t column)
{
    struct text text = {0};
    add_column_title(matrix, column, &text);
    size_t width = wider(0, &text);
    for (size_t path = 0; path < matrix->paths.count; path++) {
        add_cell(cell_at(matrix, path, column), &text);
        width = wider(width, &text);
    }
    text_free(&text);
    return width;
}

/* Cells are padded before they are painted: colors take no columns. */
static void paint_padded(struct text *out, bool color, enum paint paint, struct text *text, size_t width)
{
    const size_t columns = text_columns(text_string(text), text->length);
    words_paint(out, color, paint, text_string(text));
    for (size_t i = columns; i < width; i++) {
        text_puts(out, " ");
    }
    text_clear(text);
}

static void trim_line(struct text *out)
{
    while (out->length > 0 && out->data[out->length - 1] == ' ') {
        out->data[--out->length] = '\0';
    }
    text_puts(out, "\n");
}

static void add_table(const struct matrix *matrix, size_t first, size_t end, size_t titles, bool color,
                      struct text *out)
{
    static const enum paint paints[] = {PAINT_GREEN, PAINT_RED, PAINT_YELLOW, PAINT_YELLOW, PAINT_RED};
    struct text text = {0};
    paint_padded(out, color, PAINT_NONE, &text, titles);
    for (size_t column = first; column < end; column++) {
        text_puts(out, "  ");
        add_column_title(matrix, column, &text);
        paint_padded(out, color, PAINT_BOLD, &text, column_width(matrix, column));
    }
    trim_line(out);
    for (size_t path = 0; path < matrix->paths.count; path++) {
        add_row_title(matrix, path, &text);
        paint_padded(out, color, PAINT_NONE, &text, titles);
        for (size_t column = first; column < end; column++) {
            const struct matrix_cell *cell = cell_at(matrix, path, column);
            text_puts(out, "  ");
            add_cell(cell, &text);
            paint_padded(out, color, paints[cell->verdict], &text, column_width(matrix, column));
        }
        trim_line(out);
    }
    text_free(&text);
}

static void add_tables(const struct matrix *matrix, bool color, struct text *out)
{
    const size_t titles = title_width(matrix);
    for (size_t first = 0; first < matrix->columns.count;) {
        size_t width = titles + GAP + column_width(matrix, first);
        size_t end = first + 1;
        while (end < matrix->columns.count && width + GAP + column_width(matrix, end) <= WIDTH) {
            width += GAP + column_width(matrix, end++);
        }
        add_table(matrix, first, end, titles, color, out);
        text_puts(out, "\n");
        first = end;
    }
}

/* --- what it means --- */

/* Adds words to a paragraph; its lines are cut between words. */
static void wrap(struct text *out, size_t *column, const char *word)
{
    const size_t columns = text_columns(word, strlen(word));
    if (*column > 0 && *column + 1 + columns > WIDTH) {
        text_puts(out, "\n  ");
        *column = NAMES_INDENT;
    } else if (*column > 0) {
        text_puts(out, " ");
        (*column)++;
    }
    text_puts(out, word);
    *column += columns;
}

static void wrap_text(struct text *out, const char *paragraph)
{
    struct text word = {0};
    size_t column = 0;
    for (const char *at = paragraph;; at++) {
        if (*at != ' ' && *at != '\0') {
            text_add(&word, at, 1);
            continue;
        }
        wrap(out, &column, text_string(&word));
        text_clear(&word);
        if (*at == '\0') {
            break;
        }
    }
    text_puts(out, "\n");
    text_free(&word);
}

static void add_meaning(const struct matrix *matrix, struct text *out)
{
    struct matrix_tally tally = {0};
    report_matrix_count(matrix, &tally);
    bool more = false;
    bool by_time = false;
    const char *problem = NULL;
    for (size_t i = 0; i < tally.cells; i++) {
        const struct matrix_cell *cell = &matrix->cells[i];
        more = more || (cell->stale.count > 0 && causes_beside_worst(cell) > 0);
        by_time = by_time || (cell->timed && cell->verdict == EXPLORE_PROVED);
        problem = problem == NULL ? cell->problem : problem;
    }
    struct text text = {0};
    text_puts(&text, "A cell is the age of the oldest wrong answer that a reader can get, and why it is wrong");
    text_puts(&text, more ? " (+1: there is one more cause, see --json)." : ".");
    if (tally.proved > 0) {
        text_puts(&text, " PROVED: no answer is wrong, in any order of steps");
        text_puts(&text, by_time ? "; PROVED*: at any timing that the system's latencies and TTLs allow." : ".");
    }
    if (tally.vacuous > 0) {
        text_puts(&text, " VACUOUS: no read can ever meet the write.");
    }
    if (tally.bounded > 0) {
        text_printf(&text, " BOUNDED, or >=: not everything was looked at, because %s; see --states and --transitions.",
                    problem);
    }
    wrap_text(out, text.data);
    text_free(&text);
}

static uint32_t readers_max(const struct matrix *matrix)
{
    uint32_t max = 0;
    for (size_t i = 0; i < matrix->trials.count; i++) {
        max = matrix->trials.items[i].reader_count > max ? matrix->trials.items[i].reader_count : max;
    }
    return max;
}

static void add_bounds(const struct matrix *matrix, struct text *out)
{
    struct text text = {0};
    const struct civil day = civil_from_day(matrix->day);
    const struct plan *plan = matrix->trials.items[0].plan;
    bool moves = false;
    for (size_t i = 0; i < matrix->paths.count; i++) {
        moves = moves || matrix->paths.items[i].moves;
    }
    text_printf(&text, "Bounds: 1 writer, 1 to %" PRIu32 " readers, each begins at any time in %d days from ",
                readers_max(matrix), (int)(TIMING_HORIZON_US / US_PER_DAY));
    words_instant(plan, matrix->clock_us, false, &text);
    text_puts(&text, " on; faults: 0; expiry: free; latencies and TTLs as in the system; 1 host; 2 slots, ");
    words_slot(plan, 0, false, &text);
    text_puts(&text, " and ");
    words_slot(plan, 1, false, &text);
    text_printf(&text, ", on %04d-%02d-%02d", day.year, day.month, day.day);
    if (moves) {
        text_puts(&text, " (and for a booking that moves also 7 days later)");
    }
    text_puts(&text, "; readers ask for both slots of a day");
    text_puts(&text, matrix->options.all ? ", or wish for the first one;" : ";");
    for (uint32_t i = 0; i < matrix->system->field_count; i++) {
        text_printf(&text, " %s %s%s", matrix->system->fields[i],
                    matrix->fields[i] == NULL ? "none" : matrix->fields[i],
                    i + 1 < matrix->system->field_count ? "," : ".");
    }
    wrap_text(out, text.data);
    text_free(&text);
}

/* "create_booking            L1" */
static void add_deletions(const struct matrix *matrix, struct text *out)
{
    size_t width = 0;
    for (size_t i = 0; i < matrix->paths.count; i++) {
        const size_t length = strlen(name_of(matrix, matrix->paths.items[i].routine));
        width = length > width ? length : width;
    }
    text_puts(out, "Who deletes anything in which layer:\n");
    for (size_t i = 0; i < matrix->paths.count; i++) {
        const struct matrix_path *path = &matrix->paths.items[i];
        text_puts(out, "  ");
        const size_t start = out->length;
        text_puts(out, name_of(matrix, path->routine));
        text_pad(out, start, width);
        bool any = false;
        for (uint32_t layer = 0; layer < matrix->system->layer_count; layer++) {
            if (path->deletes[layer]) {
                text_printf(out, "%s%s", any ? ", " : "  ", matrix->system->layers[layer].name);
                any = true;
            }
        }
        text_puts(out, any ? "" : "  none");
        for (size_t h = 0; h < path->handlers.count; h++) {
            text_printf(out, "%s%s", h == 0 ? "; its webhook goes to " : ", ",
                        name_of(matrix, path->handlers.items[h]));
        }
        text_puts(out, "\n");
    }
}

static void add_left_out(const struct matrix *matrix, struct text *out)
{
    struct text text = {0};
    for (size_t i = 0; i < matrix->left_out.count; i++) {
        text_printf(&text, "%s%s", i == 0 ? "Not asked (--all): " : ", ", name_of(matrix, matrix->left_out.items[i]));
    }
    text_puts(&text, matrix->left_out.count > 0 ? ", around a wished time." : "");
    for (size_t i = 0; i < matrix->unreached.count; i++) {
        text_printf(&text, "%s%s",
                    i > 0             ? ", "
                    : text.length > 0 ? " No way leads to "
                                      : "No way leads to ",
                    name_of(matrix, matrix->unreached.items[i]));
    }
    text_puts(&text, matrix->unreached.count > 0
                         ? ": nothing changes at the upstream there, and no customer action sends a webhook."
                         : "");
    if (text.length > 0) {
        wrap_text(out, text.data);
    }
    text_free(&text);
}

void report_matrix_text(const struct matrix *matrix, bool color, struct text *out)
{
    check(!matrix->interrupted && matrix->trials.count > 0);
    words_paint(out, color, PAINT_BOLD, matrix->system->name);
    text_printf(out, ": %s\n\n", matrix->system->title);
    add_tables(matrix, color, out);
    add_meaning(matrix, out);
    add_bounds(matrix, out);
    add_deletions(matrix, out);
    add_left_out(matrix, out);
}

/* --- JSON: objects always have the same keys in the same order, null where there is nothing to say --- */

static void set(json_t *object, const char *key, json_t *value)
{
    check(value != NULL && json_object_set_new(object, key, value) == 0);
}

static void append(json_t *array, json_t *value)
{
    check(value != NULL && json_array_append_new(array, value) == 0);
}

static json_t *string(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *age_json(int64_t age_us)
{
    return age_us == AGE_NEVER_TRUE ? json_null() : json_integer(age_us);
}

static json_t *stale_json(const struct matrix *matrix, const struct matrix_stale *stale)
{
    const struct matrix_trial *trial = &matrix->trials.items[stale->trial];
    json_t *readers = json_array();
    for (uint32_t i = 0; i < trial->reader_count; i++) {
        append(readers, string(name_of(matrix, trial->readers[i])));
    }
    struct text schedule = {0};
    schedule_format(trial->plan, &stale->witness, &schedule);
    json_t *object = json_object();
    set(object, "phantom", string(words_phantom(stale->phantom)));
    set(object, "cause", string(cause_name(stale->cause)));
    set(object, "age_us", age_json(stale->age_us));
    set(object, "never_true", json_boolean(stale->age_us == AGE_NEVER_TRUE));
    set(object, "readers", readers);
    set(object, "asks_about", string(matrix_place_name(trial->place)));
    set(object, "schedule", string(text_string(&schedule)));
    text_free(&schedule);
    return object;
}

static json_t *cell_json(const struct matrix *matrix, size_t path, size_t column_number)
{
    const struct matrix_cell *cell = cell_at(matrix, path, column_number);
    const struct matrix_column *column = &matrix->columns.items[column_number];
    const struct matrix_stale *worst = cell->stale.count > 0 ? &cell->stale.items[0] : NULL;
    json_t *stale = json_array();
    for (size_t i = 0; i < cell->stale.count; i++) {
        append(stale, stale_json(matrix, &cell->stale.items[i]));
    }
    json_t *object = json_object();
    set(object, "reader", string(name_of(matrix, column->reader)));
    set(object, "layer", string(column->layer == MODEL_NONE ? NULL : layer_name(matrix, column->layer)));
    set(object, "verdict", string(explore_verdict_name(cell->verdict)));
    set(object, "needs_time", json_boolean(cell->timed && cell->verdict == EXPLORE_PROVED));
    set(object, "problem", string(cell->problem));
    set(object, "age_us", worst == NULL ? json_null() : age_json(worst->age_us));
    set(object, "cause", string(worst == NULL ? NULL : cause_name(worst->cause)));
    set(object, "stale", stale);
    return object;
}

static json_t *row_json(const struct matrix *matrix, size_t row)
{
    const struct matrix_path *path = &matrix->paths.items[row];
    struct text title = {0};
    add_row_title(matrix, row, &title);
    json_t *handlers = json_array();
    for (size_t i = 0; i < path->handlers.count; i++) {
        append(handlers, string(name_of(matrix, path->handlers.items[i])));
    }
    json_t *deletes = json_object();
    for (uint32_t layer = 0; layer < matrix->system->layer_count; layer++) {
        set(deletes, layer_name(matrix, layer), json_boolean(path->deletes[layer]));
    }
    json_t *cells = json_array();
    for (size_t column = 0; column < matrix->columns.count; column++) {
        append(cells, cell_json(matrix, row, column));
    }
    json_t *object = json_object();
    set(object, "title", string(title.data));
    set(object, "writer", string(name_of(matrix, path->routine)));
    set(object, "handlers", handlers);
    set(object, "deletes", deletes);
    set(object, "cells", cells);
    text_free(&title);
    return object;
}

static json_t *bounds_json(const struct matrix *matrix)
{
    const struct civil day = civil_from_day(matrix->day);
    struct text clock = {0};
    struct text first_day = {0};
    words_instant(matrix->trials.items[0].plan, matrix->clock_us, false, &clock);
    text_printf(&first_day, "%04d-%02d-%02d", day.year, day.month, day.day);
    json_t *fields = json_object();
    for (uint32_t i = 0; i < matrix->system->field_count; i++) {
        set(fields, matrix->system->fields[i], string(matrix->fields[i]));
    }
    json_t *object = json_object();
    set(object, "clock", string(clock.data));
    set(object, "horizon_us", json_integer(TIMING_HORIZON_US));
    set(object, "day", string(first_day.data));
    set(object, "fields", fields);
    set(object, "writers", json_integer(1));
    set(object, "readers", json_integer(readers_max(matrix)));
    set(object, "faults", json_integer(0));
    set(object, "expiry", string("free"));
    set(object, "states", json_integer((json_int_t)matrix->options.explore.states_max));
    set(object, "transitions", json_integer((json_int_t)matrix->options.transitions_max));
    text_free(&first_day);
    text_free(&clock);
    return object;
}

static json_t *names_json(const struct matrix *matrix, const uint32_t *routines, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        append(array, string(name_of(matrix, routines[i])));
    }
    return array;
}

json_t *report_matrix_json(const struct matrix *matrix)
{
    check(!matrix->interrupted && matrix->trials.count > 0);
    json_t *rows = json_array();
    for (size_t i = 0; i < matrix->paths.count; i++) {
        append(rows, row_json(matrix, i));
    }
    json_t *object = json_object();
    set(object, "system", string(matrix->system->name));
    set(object, "title", string(matrix->system->title));
    set(object, "bounds", bounds_json(matrix));
    set(object, "rows", rows);
    set(object, "not_asked", names_json(matrix, matrix->left_out.items, matrix->left_out.count));
    set(object, "unreached", names_json(matrix, matrix->unreached.items, matrix->unreached.count));
    return object;
}
