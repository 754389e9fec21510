/* The smallest scenarios: one event type, one host, two slots a day; one writer and a few readers that may begin at any
 * time.
 *
 *   Monday 12:00    the clock
 *   Tuesday 10:00   is booked; or is moved from; or is cancelled
 *           11:00   is moved to
 *   in places of two days, a week later
 *   Tuesday 10:00   is moved to
 *           11:00
 *   readers ask for 10:00 to 12:00 of a day, or wish for 10:00 */
#include "base/check.h"
#include "engine/matrix.h"

#include "embedded_sql.h"

#include <string.h>

#include "base/poison.h"

enum {
    MONDAY = 20374, /* 2025-10-13 */
    CLOCK_HOUR = 12,
    FIRST_HOUR = 10,
    SLOTS_A_DAY = 2,
    DAYS_MAX = 2,
    DAYS_BETWEEN = 7
};

const char *matrix_place_name(enum matrix_place place)
{
    static const char *const names[] = {
#define X(name, text, doc) text,
        MATRIX_PLACES(X)
#undef X
    };
    return names[place];
}

static const char event_type[] = "1";
static const char booking[] = "booking";

/* What a routine does, with all that it calls. */
struct doings {
    bool writes;          /* At the upstream; */
    bool creates, moves;  /* a new booking, or one that is there, */
    bool cancels;         /* which it then no longer is. */
    bool mirrors_another; /* It starts from a message: nobody does that by himself. */
};

static struct doings doings_of(const struct system *system, uint32_t routine)
{
    struct doings doings = {.writes = false};
    for (uint32_t i = 0; i < system->routines[routine].action_count; i++) {
        const struct action *action = &system->routines[routine].actions[i];
        if (action->kind == ACTION_UPSTREAM) {
            doings.creates |= strcmp(action->operation, "upstream.create") == 0;
            doings.moves |= strcmp(action->operation, "upstream.reschedule") == 0;
            doings.cancels |= strcmp(action->operation, "upstream.cancel") == 0;
            doings.writes = true;
        } else if (action->kind == ACTION_APPOINTMENT) {
            doings.mirrors_another |= !doings.writes;
        } else if (action->kind == ACTION_CALL) {
            const struct doings more = doings_of(system, action->routine);
            doings.mirrors_another |= more.mirrors_another && !doings.writes;
            doings.creates |= more.creates;
            doings.moves |= more.moves;
            doings.cancels |= more.cancels;
            doings.writes |= more.writes;
        }
    }
    return doings;
}

static void add_handlers(const struct system *system, uint32_t routine, struct arena *arena, struct matrix_path *path)
{
    for (uint32_t i = 0; i < system->routines[routine].action_count; i++) {
        const struct action *action = &system->routines[routine].actions[i];
        if (action->kind == ACTION_SEND_WEBHOOK) {
            ARENA_PUSH(arena, &path->handlers) = action->routine;
        } else if (action->kind == ACTION_CALL) {
            add_handlers(system, action->routine, arena, path);
        }
    }
}

/* The entry point that a path is about: a handler, or where the writer starts. */
static bool is_about(const struct matrix_path *path, uint32_t routine)
{
    bool about = path->routine == routine;
    for (size_t i = 0; i < path->handlers.count; i++) {
        about = about || path->handlers.items[i] == routine;
    }
    return about;
}

static void find_path(struct matrix *matrix, struct arena *arena, uint32_t routine)
{
    const struct doings doings = doings_of(matrix->system, routine);
    if (matrix->system->routines[routine].kind == ROUTINE_PROCEDURE || !doings.writes || doings.mirrors_another) {
        return;
    }
    struct matrix_path path = {.routine = routine, .moves = doings.moves};
    add_handlers(matrix->system, routine, arena, &path);
    ARENA_PUSH(arena, &matrix->paths) = path;
}

/* Rows in the order of the system's entry points: a customer action comes where its first handler stands. */
static void find_paths(struct matrix *matrix, struct arena *arena)
{
    const struct system *system = matrix->system;
    struct matrix all = {.system = system};
    for (uint32_t i = 0; i < system->routine_count; i++) {
        find_path(&all, arena, i);
    }
    bool *done = ARENA_ARRAY(arena, bool, all.paths.count + 1);
    for (uint32_t i = 0; i < system->routine_count; i++) {
        bool reached = false;
        for (size_t p = 0; p < all.paths.count; p++) {
            if (!is_about(&all.paths.items[p], i)) {
                continue;
            }
            reached = true;
            const bool customer = system->routines[all.paths.items[p].routine].kind == ROUTINE_CUSTOMER_ACTION;
            if (!done[p] && (customer || all.paths.items[p].routine == i)) {
                done[p] = true;
                ARENA_PUSH(arena, &matrix->paths) = all.paths.items[p];
            }
        }
        if (!reached && system->routines[i].kind == ROUTINE_ENTRY_POINT) {
            ARENA_PUSH(arena, &matrix->unreached) = i;
        }
    }
}

static void find_columns(struct matrix *matrix, struct arena *arena)
{
    for (uint32_t i = 0; i < matrix->system->routine_count; i++) {
        const struct routine *routine = &matrix->system->routines[i];
        if (routine->kind != ROUTINE_READER) {
            continue;
        }
        if (routine->wishes && !matrix->options.all) {
            ARENA_PUSH(arena, &matrix->left_out) = i;
            continue;
        }
        for (uint32_t r = 0; r < routine->read_count; r++) {
            bool known = false;
            for (uint32_t before = 0; before < r && !known; before++) {
                known = routine->reads[before].layer == routine->reads[r].layer;
            }
            if (!known) {
                ARENA_PUSH(arena, &matrix->columns) =
                    (struct matrix_column){.reader = i, .layer = routine->reads[r].layer};
            }
        }
    }
}

/* How the templates of a system write a field. */
struct uses {
    bool integer, text;
    const char *named; /* A value that a deletion names itself. */
};

static void add_uses(const struct template *template, uint32_t field, struct uses *uses)
{
    for (size_t i = 0; i < template->count; i++) {
        const struct template_part *part = &template->parts[i];
        if (part->kind == TEMPLATE_FIELD && part->field == field) {
            uses->integer = uses->integer || part->integer;
            uses->text = uses->text || !part->integer;
        }
    }
}

static struct uses uses_of(const struct system *system, uint32_t field)
{
    struct uses uses = {.named = NULL};
    for (uint32_t i = 0; i < system->layer_count; i++) {
        add_uses(&system->layers[i].key, field, &uses);
    }
    for (uint32_t r = 0; r < system->routine_count; r++) {
        const struct routine *routine = &system->routines[r];
        for (uint32_t i = 0; i < routine->action_count; i++) {
            const struct forget_spec *forget = &routine->actions[i].forget;
            if (routine->actions[i].kind != ACTION_FORGET) {
                continue;
            }
            add_uses(&forget->key, field, &uses);
            for (uint32_t f = 0; f < forget->field_count; f++) {
                for (uint32_t v = 0; v < forget->fields[f].value_count && forget->fields[f].field == field; v++) {
                    uses.named = uses.named == NULL ? forget->fields[f].values[v] : uses.named;
                }
            }
        }
    }
    return uses;
}

/* Small numbers; but what a deletion names is what it is made for, and where one side casts a field to an integer and
 * the other does not, it is worth a value for which that makes a difference. */
static const char *const *choose_fields(const struct system *system, struct arena *arena)
{
    const char **fields = ARENA_ARRAY(arena, const char *, system->field_count);
    fields[0] = event_type;
    for (uint32_t i = 1; i < system->field_count; i++) {
        const struct uses uses = uses_of(system, i);
        fields[i] =
            uses.named != NULL ? uses.named : arena_printf(arena, "%u%s", i + 1, uses.integer && uses.text ? "a" : "");
    }
    return fields;
}

static int64_t at_hour(const struct matrix *matrix, int32_t day, int hour)
{
    struct civil civil = civil_from_day(day);
    civil.hour = hour;
    int64_t first_us = 0;
    int64_t second_us = 0;
    (void)zone_instant(matrix->system->zone, &civil, &first_us, &second_us);
    return first_us;
}

void matrix_lay_out(struct matrix *matrix, struct arena *arena)
{
    matrix->clock_us = at_hour(matrix, MONDAY, CLOCK_HOUR);
    matrix->day = MONDAY + 1;
    matrix->fields = choose_fields(matrix->system, arena);
    find_paths(matrix, arena);
    find_columns(matrix, arena);
}

struct store *matrix_store_new(void)
{
    return store_open(embedded_schema_sql, embedded_operations_sql);
}

static void add_writer(const struct matrix *matrix, const struct matrix_trial *trial, struct plan *plan)
{
    const uint32_t routine = matrix->paths.items[trial->path].routine;
    const struct doings doings = doings_of(matrix->system, routine);
    const bool needs_booking = doings.moves || doings.cancels;
    const uint32_t moved_to = trial->place == MATRIX_ONE_DAY ? 1 : SLOTS_A_DAY;
    const struct actor_spec spec = {.name = matrix->system->routines[routine].name,
                                    .routine = routine,
                                    .fields = matrix->fields,
                                    .slot = doings.moves ? moved_to : 0,
                                    .old_slot = needs_booking ? 0 : MODEL_NONE,
                                    .booking = needs_booking ? booking : NULL,
                                    .appointment_id = 2,
                                    .at_us = matrix->clock_us,
                                    .at_high_us = matrix->clock_us,
                                    .latencies = matrix->system->latencies,
                                    .then_routine = MODEL_NONE};
    if (needs_booking) {
        const struct booking_spec there = {.name = booking, .fields = matrix->fields, .slot = 0, .appointment_id = 1};
        check(plan_add_booking(plan, &there));
    }
    (void)plan_add_actor(plan, &spec);
}

static void add_reader(const struct matrix *matrix, const struct matrix_trial *trial, uint32_t number,
                       struct plan *plan)
{
    const uint32_t routine = trial->readers[number];
    const char *name = matrix->system->routines[routine].name;
    uint32_t same = 1;
    for (uint32_t before = 0; before < number; before++) {
        same += trial->readers[before] == routine;
    }
    const uint32_t first = trial->place == MATRIX_NEW_DAY ? SLOTS_A_DAY : 0;
    const struct actor_spec spec = {.name = same == 1 ? name : arena_printf(plan->arena, "%s-%u", name, same),
                                    .routine = routine,
                                    .fields = matrix->fields,
                                    .from_us = plan->slots[first].starts_us,
                                    .to_us = plan->slots[first + SLOTS_A_DAY - 1].ends_us,
                                    .wish_us = plan->slots[first].starts_us,
                                    .slot = MODEL_NONE,
                                    .old_slot = MODEL_NONE,
                                    .at_us = matrix->clock_us,
                                    .at_high_us = matrix->clock_us,
                                    .latencies = matrix->system->latencies,
                                    .then_routine = MODEL_NONE};
    (void)plan_add_actor(plan, &spec);
}

struct plan *matrix_plan(const struct matrix *matrix, const struct matrix_trial *trial, struct arena *arena,
                         struct store *store)
{
    struct calendar_slot calendar[SLOTS_A_DAY * DAYS_MAX];
    const int slot_count = trial->place == MATRIX_ONE_DAY ? SLOTS_A_DAY : SLOTS_A_DAY * DAYS_MAX;
    for (int i = 0; i < slot_count; i++) {
        const int32_t day = matrix->day + i / SLOTS_A_DAY * DAYS_BETWEEN;
        const int hour = FIRST_HOUR + i % SLOTS_A_DAY;
        calendar[i] = (struct calendar_slot){.event_type = event_type,
                                             .host = "host",
                                             .starts_us = at_hour(matrix, day, hour),
                                             .ends_us = at_hour(matrix, day, hour + 1)};
    }
    struct plan *plan = plan_new(arena, matrix->system, store, matrix->clock_us, calendar, (size_t)slot_count);
    plan->title = arena_printf(arena, "the matrix of system '%s': %s, %s, %u readers", matrix->system->name,
                               matrix->system->routines[matrix->paths.items[trial->path].routine].name,
                               matrix_place_name(trial->place), trial->reader_count);
    add_writer(matrix, trial, plan);
    for (uint32_t i = 0; i < trial->reader_count; i++) {
        add_reader(matrix, trial, i, plan);
    }
    return plan;
}
