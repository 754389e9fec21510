#include "scenario/load_system.h"

#include "base/check.h"
#include "scenario/scalar.h"

#include <string.h>

static const struct {
    const char *section;
    enum routine_kind kind;
} sections[] = {
    {"readers", ROUTINE_READER},
    {"procedures", ROUTINE_PROCEDURE},
    {"entry_points", ROUTINE_ENTRY_POINT},
    {"customer_actions", ROUTINE_CUSTOMER_ACTION},
};
enum {
    SECTION_COUNT = 4,
    DELETIONS_MAX = 100000, /* Of one step; */
    KEYS_MAX = 200000,      /* of a routine with all that it calls. */
    ROUTINES_MAX = 1000,
    QUESTIONS_MAX = 400, /* Of a reader. */
    STEPS_MAX = 5000,    /* Of a routine with all that it calls and the handlers of the webhooks that it sends. */
    WEBHOOKS_MAX = 100,  /* The same. */
};

static int64_t number_of(const struct node *node)
{
    int64_t number = 0;
    check(scalar_integer(node->text, &number) == NULL);
    return number;
}

static void read_question_window(const struct node *node, struct read_spec *read)
{
    struct daily_window daily;
    struct span span;
    if (strchr(node->text, ':') != NULL) {
        check(scalar_daily_window(node->text, &daily) == NULL);
        read->window = WINDOW_DAILY;
        read->from_minute = daily.from_minute;
        read->to_minute = daily.to_minute;
    } else {
        check(scalar_duration_span(node->text, &span) == NULL);
        read->window = WINDOW_AROUND;
        read->from_us = span.low;
        read->to_us = span.high;
    }
}

static void read_question(struct loading *loading, const struct node *node, struct read_spec *read)
{
    read->layer = layer_read(loading, node_get(node, "read"), true);
    read_question_window(node_get(node, "window"), read);
    const struct node *days = node_get(node, "days_later");
    const struct node *workdays = node_get(node, "on_workday");
    if (days != NULL && workdays != NULL) {
        diag_error(loading->diags, node_key(node, "on_workday")->mark, DIAG_CONFLICT,
                   "'days_later' and 'on_workday' both say which day; keep one of them");
    }
    const struct node *which = workdays == NULL ? days : workdays;
    struct span span = {0, 0};
    if (which != NULL) {
        check(scalar_integer_span(which->text, &span) == NULL);
    }
    read->on = workdays == NULL ? ON_DAYS : ON_WORKDAYS;
    read->day_first = (int32_t)span.low;
    read->day_last = (int32_t)span.high;
    read->until_free = node_get(node, "until") != NULL;
}

static void read_reader(struct loading *loading, const struct node *node, struct routine *routine)
{
    const struct node *reads = node_get(node, "reads");
    if (reads == NULL) {
        routine->reads = ARENA_NEW(loading->arena, struct read_spec);
        routine->read_count = 1;
        routine->reads[0] =
            (struct read_spec){.layer = layer_read(loading, node_get(node, "read"), true), .window = WINDOW_ASKED};
        return;
    }
    routine->wishes = true;
    routine->reads = ARENA_ARRAY(loading->arena, struct read_spec, reads->count);
    routine->read_count = (uint32_t)reads->count;
    int64_t questions = 0;
    for (size_t i = 0; i < reads->count; i++) {
        read_question(loading, reads->items[i], &routine->reads[i]);
        questions += routine->reads[i].day_last - routine->reads[i].day_first + 1;
    }
    if (questions > QUESTIONS_MAX) {
        diag_error(loading->diags, node_key(node, "reads")->mark, DIAG_TOO_LARGE, "'%s' asks more than %d questions",
                   routine->name, QUESTIONS_MAX);
    }
}

/* The operation `prefix.name` of operations.sql. */
static const char *read_operation(struct loading *loading, const struct node *node, const char *prefix)
{
    const char *operation = arena_printf(loading->arena, "%s.%s", prefix, node->text);
    if (store_operation(loading->operations, operation) != STORE_NONE) {
        return operation;
    }
    const uint32_t known = store_operation_count(loading->operations);
    const char **names = ARENA_ARRAY(loading->arena, const char *, known);
    uint32_t count = 0;
    const size_t length = strlen(prefix);
    for (uint32_t i = 0; i < known; i++) {
        const char *name = store_operation_name(loading->operations, i);
        if (strncmp(name, prefix, length) == 0 && name[length] == '.') {
            names[count++] = name + length + 1;
        }
    }
    diag_unknown(loading->diags, node->mark, DIAG_UNKNOWN_NAME, arena_printf(loading->arena, "%s operation", prefix),
                 node->text, names, count);
    return operation;
}

static uint32_t read_routine_name(struct loading *loading, const struct node *node, bool entry_points_only)
{
    const struct system *system = loading->system;
    const char **names = ARENA_ARRAY(loading->arena, const char *, system->routine_count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < system->routine_count; i++) {
        const enum routine_kind kind = system->routines[i].kind;
        if (kind == ROUTINE_ENTRY_POINT || (kind == ROUTINE_PROCEDURE && !entry_points_only)) {
            if (strcmp(system->routines[i].name, node->text) == 0) {
                return i;
            }
            names[count++] = system->routines[i].name;
        }
    }
    diag_error(loading->diags, node->mark, DIAG_UNKNOWN_NAME, "unknown entry point%s '%s'%s",
               entry_points_only ? "" : " or procedure", node->text,
               count == 0
                   ? "; none is defined"
                   : diag_suggest(loading->arena, entry_points_only ? "entry points" : "entry points and procedures",
                                  node->text, names, count));
    return MODEL_NONE;
}

static const char *value_or_missing(const struct node *node)
{
    return !node->quoted && strcmp(node->text, "none") == 0 ? NULL : node->text;
}

static void read_forget_fields(struct loading *loading, const struct node *node, struct forget_spec *forget)
{
    const struct system *system = loading->system;
    forget->fields = ARENA_ARRAY(loading->arena, struct forget_field, node->count);
    for (size_t i = 0; i < node->count; i++) {
        struct forget_field *field = &forget->fields[forget->field_count];
        field->field = system_field(system, node->keys[i]->text);
        if (field->field == MODEL_NONE) {
            diag_unknown(loading->diags, node->keys[i]->mark, DIAG_UNKNOWN_NAME, "field", node->keys[i]->text,
                         system->fields, system->field_count);
            continue;
        }
        const struct node *values = node->items[i];
        const size_t count = values->kind == NODE_SEQUENCE ? values->count : 1;
        field->values = ARENA_ARRAY(loading->arena, const char *, count);
        field->value_count = (uint32_t)count;
        for (size_t v = 0; v < count; v++) {
            field->values[v] = value_or_missing(values->kind == NODE_SEQUENCE ? values->items[v] : values);
        }
        forget->field_count++;
    }
}

static void read_forget_windows(struct loading *loading, const struct node *node, struct forget_spec *forget)
{
    struct daily_grid grid;
    check(scalar_daily_grid(node->text, &grid) == NULL);
    const int32_t count = (grid.window.to_minute - grid.window.from_minute) / grid.every_minutes;
    forget->windows = arena_alloc(loading->arena, (size_t)count + 1, sizeof *forget->windows);
    for (int32_t i = 0; i < count; i++) {
        forget->windows[i].from_minute = grid.window.from_minute + i * grid.every_minutes;
        forget->windows[i].to_minute = forget->windows[i].from_minute + grid.every_minutes;
    }
    forget->window_count = (uint32_t)count;
}

static void check_deletion_count(struct loading *loading, const struct node *node, const struct forget_spec *forget)
{
    uint64_t count = (uint64_t)forget->days * (forget->window_count == 0 ? 1 : forget->window_count);
    for (uint32_t i = 0; i < forget->field_count; i++) {
        count *= forget->fields[i].value_count;
        if (count > DELETIONS_MAX) {
            break;
        }
    }
    if (count > DELETIONS_MAX) {
        diag_error(loading->diags, node->mark, DIAG_TOO_LARGE,
                   "this deletes more than %d keys; delete fewer, or use a pattern (match)", DELETIONS_MAX);
    }
}

static void read_forget(struct loading *loading, const struct node *node, struct forget_spec *forget)
{
    forget->layer = layer_read(loading, node_get(node, "layer"), false);
    const struct node *match = node_get(node, "match");
    const struct node *key = node_get(node, "key");
    forget->pattern = match != NULL;
    if (match != NULL || key != NULL) {
        template_read(loading, match != NULL ? match : key, &forget->key);
    } else if (forget->layer != MODEL_NONE) {
        forget->key = loading->system->layers[forget->layer].key;
    }
    const struct node *from = node_get(node, "from");
    forget->from = from == NULL || strcmp(from->text, "today") == 0 ? FROM_TODAY
                   : strcmp(from->text, "slot") == 0                ? FROM_SLOT
                                                                    : FROM_OLD_SLOT;
    const struct node *days = node_get(node, "days");
    forget->days = days == NULL ? 1 : (int32_t)number_of(days);
    if (node_get(node, "windows") != NULL) {
        read_forget_windows(loading, node_get(node, "windows"), forget);
    }
    if (node_get(node, "fields") != NULL) {
        read_forget_fields(loading, node_get(node, "fields"), forget);
    }
    const struct node *atomic = node_get(node, "atomic");
    if (atomic != NULL) {
        check(scalar_boolean(atomic->text, &forget->atomic) == NULL);
    }
    static const char *const lists[] = {"key", "from", "days", "windows"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && match != NULL; i++) {
        if (node_key(node, lists[i]) != NULL) {
            diag_error(loading->diags, node_key(node, lists[i])->mark, DIAG_CONFLICT,
                       "'%s' names single keys, and 'match' finds whatever keys are there; keep one of them", lists[i]);
        }
    }
    check_deletion_count(loading, node, forget);
}

static void read_action(struct loading *loading, const struct node *node, struct action *action)
{
    const struct node *value = NULL;
    if ((value = node_get(node, "upstream")) != NULL) {
        action->kind = ACTION_UPSTREAM;
        action->operation = read_operation(loading, value, "upstream");
    } else if ((value = node_get(node, "appointment")) != NULL) {
        action->kind = ACTION_APPOINTMENT;
        action->operation = read_operation(loading, value, "appointment");
    } else if ((value = node_get(node, "forget")) != NULL) {
        action->kind = ACTION_FORGET;
        read_forget(loading, value, &action->forget);
    } else if ((value = node_get(node, "send_webhook")) != NULL) {
        action->kind = ACTION_SEND_WEBHOOK;
        action->routine = read_routine_name(loading, value, true);
    } else {
        action->kind = ACTION_CALL;
        action->routine = read_routine_name(loading, node_get(node, "call"), false);
    }
    const struct node *when = node_get(node, "when");
    action->when_passed = when == NULL ? NULL : node_get(when, "passed")->text;
}

static void read_steps(struct loading *loading, const struct node *node, struct routine *routine)
{
    const struct node *steps = node_get(node, "steps");
    const struct node *passes = node_get(node, "passes");
    routine->actions = ARENA_ARRAY(loading->arena, struct action, steps->count + 1);
    routine->action_count = (uint32_t)steps->count;
    for (size_t i = 0; i < steps->count; i++) {
        read_action(loading, steps->items[i], &routine->actions[i]);
    }
    routine->pass_count = passes == NULL ? 0 : (uint32_t)passes->count;
    routine->passes = ARENA_ARRAY(loading->arena, const char *, routine->pass_count + 1);
    for (uint32_t i = 0; i < routine->pass_count; i++) {
        routine->passes[i] = passes->items[i]->text;
    }
}

/* Calls (and webhooks, which could send webhooks) must come to an end. */
static bool calls_itself(const struct system *system, uint32_t routine, uint32_t goal, uint8_t *visited)
{
    if (visited[routine] != 0) {
        return false;
    }
    visited[routine] = 1;
    for (uint32_t i = 0; i < system->routines[routine].action_count; i++) {
        const struct action *action = &system->routines[routine].actions[i];
        const bool goes_on = action->kind == ACTION_CALL || action->kind == ACTION_SEND_WEBHOOK;
        if (goes_on && action->routine != MODEL_NONE &&
            (action->routine == goal || calls_itself(system, action->routine, goal, visited))) {
            return true;
        }
    }
    return false;
}

static bool check_calls(struct loading *loading, const struct node *const *keys)
{
    const struct system *system = loading->system;
    bool fine = true;
    for (uint32_t i = 0; i < system->routine_count; i++) {
        uint8_t *visited = ARENA_ARRAY(loading->arena, uint8_t, system->routine_count);
        if (calls_itself(system, i, i, visited)) {
            diag_error(loading->diags, keys[i]->mark, DIAG_CYCLE,
                       "'%s' calls itself, directly or through others, so it would never end",
                       system->routines[i].name);
            fine = false;
        }
    }
    return fine;
}

/* What a routine comes to once its calls are written out: calls that call twice each double it. */
struct weight {
    uint64_t steps, keys, webhooks;
    bool known;
};

static bool is_too_heavy(const struct weight *weight)
{
    return weight->steps > STEPS_MAX || weight->keys > KEYS_MAX || weight->webhooks > WEBHOOKS_MAX;
}

static uint64_t keys_of(const struct forget_spec *forget)
{
    uint64_t keys = (uint64_t)forget->days * (forget->window_count == 0 ? 1 : forget->window_count);
    for (uint32_t i = 0; i < forget->field_count && keys <= KEYS_MAX; i++) {
        keys *= forget->fields[i].value_count;
    }
    return keys;
}

/* Saturates at the first limit that is passed, so nothing overflows. Calls have no circles here. */
static struct weight weigh(const struct system *system, uint32_t routine, struct weight *weights)
{
    struct weight *weight = &weights[routine];
    for (uint32_t i = 0; i < system->routines[routine].action_count && !weight->known; i++) {
        const struct action *action = &system->routines[routine].actions[i];
        const bool goes_on = action->kind == ACTION_CALL || action->kind == ACTION_SEND_WEBHOOK;
        if (goes_on && action->routine != MODEL_NONE) {
            const struct weight more = weigh(system, action->routine, weights);
            weight->steps += more.steps;
            weight->keys += more.keys;
            weight->webhooks += more.webhooks;
        } else if (action->kind == ACTION_FORGET) {
            weight->keys += keys_of(&action->forget);
        }
        weight->webhooks += action->kind == ACTION_SEND_WEBHOOK;
        weight->steps++;
        weight->known = is_too_heavy(weight);
    }
    weight->known = true;
    return *weight;
}

/* Whoever calls a routine that is too heavy is too heavy, too, and needs no message. */
static bool calls_too_heavy(const struct routine *routine, const struct weight *weights)
{
    for (uint32_t i = 0; i < routine->action_count; i++) {
        const struct action *action = &routine->actions[i];
        const bool goes_on = action->kind == ACTION_CALL || action->kind == ACTION_SEND_WEBHOOK;
        if (goes_on && action->routine != MODEL_NONE && is_too_heavy(&weights[action->routine])) {
            return true;
        }
    }
    return false;
}

static void check_weights(struct loading *loading, const struct node *const *keys)
{
    const struct system *system = loading->system;
    struct weight *weights = ARENA_ARRAY(loading->arena, struct weight, system->routine_count);
    for (uint32_t i = 0; i < system->routine_count; i++) {
        const struct weight weight = weigh(system, i, weights);
        if (!is_too_heavy(&weight) || calls_too_heavy(&system->routines[i], weights)) {
            continue;
        }
        const char *what = "webhooks";
        int most = WEBHOOKS_MAX;
        if (weight.steps > STEPS_MAX) {
            what = "steps";
            most = STEPS_MAX;
        } else if (weight.keys > KEYS_MAX) {
            what = "keys to delete";
            most = KEYS_MAX;
        }
        diag_error(loading->diags, keys[i]->mark, DIAG_TOO_LARGE,
                   "'%s' comes to more than %d %s with all that it calls; call less", system->routines[i].name, most,
                   what);
    }
}

static const char *section_of(enum routine_kind kind)
{
    int s = 0;
    while (sections[s].kind != kind) {
        s++;
        check(s < SECTION_COUNT);
    }
    return sections[s].section;
}

static void check_unique(struct loading *loading, const struct node *const *keys)
{
    const struct system *system = loading->system;
    for (uint32_t i = 0; i < system->routine_count; i++) {
        const uint32_t first = system_routine(system, system->routines[i].name);
        if (first != i) {
            diag_error(loading->diags, keys[i]->mark, DIAG_DUPLICATE_KEY,
                       "'%s' is defined under %s, too; every reader, procedure, entry point and customer action "
                       "needs a name of its own",
                       system->routines[i].name, section_of(system->routines[first].kind));
        }
    }
}

void routines_read(struct loading *loading, const struct node *root)
{
    struct system *system = loading->system;
    const size_t before = loading->diags->count;
    size_t total = 0;
    for (int s = 0; s < SECTION_COUNT; s++) {
        const struct node *section = node_get(root, sections[s].section);
        total += section == NULL ? 0 : section->count;
    }
    if (total > ROUTINES_MAX) {
        diag_error(loading->diags, node_key(root, "readers")->mark, DIAG_TOO_LARGE,
                   "a system has at most %d readers, procedures, entry points and customer actions", ROUTINES_MAX);
        return;
    }
    system->routines = ARENA_ARRAY(loading->arena, struct routine, total + 1);
    const struct node **keys = ARENA_ARRAY(loading->arena, const struct node *, total + 1);
    const struct node **nodes = ARENA_ARRAY(loading->arena, const struct node *, total + 1);
    for (int s = 0; s < SECTION_COUNT; s++) {
        const struct node *section = node_get(root, sections[s].section);
        for (size_t i = 0; section != NULL && i < section->count; i++) {
            keys[system->routine_count] = section->keys[i];
            nodes[system->routine_count] = section->items[i];
            const struct node *title = node_get(section->items[i], "title");
            system->routines[system->routine_count++] =
                (struct routine){.name = section->keys[i]->text,
                                 .title = title == NULL ? section->keys[i]->text : title->text,
                                 .kind = sections[s].kind};
        }
    }
    for (uint32_t i = 0; i < system->routine_count; i++) {
        if (system->routines[i].kind == ROUTINE_READER) {
            read_reader(loading, nodes[i], &system->routines[i]);
        } else {
            read_steps(loading, nodes[i], &system->routines[i]);
        }
    }
    check_unique(loading, keys);
    if (check_calls(loading, keys) && loading->diags->count == before) {
        check_weights(loading, keys);
    }
}
