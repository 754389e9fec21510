/* For promela.c: what each actor does, step by step. */
#include "base/check.h"
#include "engine/promela_tables.h"

#include <inttypes.h>
#include <string.h>

#include "base/poison.h"

enum { LISTED_MAX = 6 };

/* One actor's process: a place for every step, and for every iteration of a deletion loop, that somebody can see. */
struct process {
    struct promela *model;
    uint32_t actor;
    struct place {
        uint32_t step, iteration;
    } * items;
    size_t count, capacity;
    size_t here;
    struct text body; /* Of the option under way: statements, a line each. */
};

static const struct actor *actor_of(const struct process *process)
{
    return &process->model->plan->actors.items[process->actor];
}

static const struct step *step_at(const struct process *process, size_t place)
{
    return &actor_of(process)->program.steps[process->items[place].step];
}

/* What a value that is held at a place is still for. */
static struct promela_ahead ahead_at(const struct process *process, size_t place)
{
    return place < process->count ? process->model->ahead[process->actor][process->items[place].step]
                                  : (struct promela_ahead){.slots = 0};
}

static size_t place_of(const struct process *process, uint32_t step)
{
    size_t place = 0;
    while (place < process->count && process->items[place].step < step) {
        place++;
    }
    return place;
}

static const char *label(const struct process *process, size_t place)
{
    if (place == process->count) {
        return "end_of_it";
    }
    /* A message may never be sent: SPIN takes only labels that begin with "end" for places to end at. */
    const struct step *step = step_at(process, place);
    char *text =
        arena_printf(process->model->arena, "%s_%zu_%s", step->kind == STEP_RECEIVE ? "end" : "at", place, step->name);
    for (char *c = text; *c != '\0'; c++) {
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9'))) {
            *c = '_';
        }
    }
    return text;
}

static bool has(const struct process *process, enum step_kind kind)
{
    const struct program *program = &actor_of(process)->program;
    for (uint32_t i = 0; i < program->count; i++) {
        if (program->steps[i].kind == kind) {
            return true;
        }
    }
    return false;
}

static bool wants_slot(const struct process *process)
{
    return has(process, STEP_CHOOSE) || (has(process, STEP_ANSWER) && actor_of(process)->slot != MODEL_NONE);
}

/* A statement. */
#define SAY(process, ...)                                                                                              \
    (text_puts(&(process)->body, "           "), text_printf(&(process)->body, __VA_ARGS__),                           \
     text_puts(&(process)->body, ";\n"))

static void option_to(struct process *process, const char *guard, const char *extra, const char *more, size_t to)
{
    struct text *out = process->model->out;
    const char *and = *guard != '\0' && *extra != '\0' ? " && " : "";
    const bool guarded = *guard != '\0' || *extra != '\0';
    text_printf(out, "    :: d_step {\n%s%s%s%s%s%s%s    }%s%s\n", guarded ? "           " : "", guard, and, extra,
                guarded ? " ->\n" : "", text_string(&process->body), more, to == process->here + 1 ? "" : " goto ",
                to == process->here + 1 ? "" : label(process, to));
}

/* What the body says happens if `guard` holds (empty: always), then it goes on at `to`. Takes the body. */
static void option(struct process *process, const char *guard, size_t to)
{
    const uint32_t repeat_count = actor_of(process)->repeat_count;
    if (process->body.length == 0) {
        SAY(process, "skip");
    }
    if (to < process->count || repeat_count == 1) {
        option_to(process, guard, "", "", to);
    } else {
        const char *again = arena_printf(process->model->arena, "runs < %" PRIu32, repeat_count - 1);
        option_to(process, guard, again,
                  wants_slot(process) ? "           runs++; offered = 0;\n" : "           runs++;\n", 0);
        again = arena_printf(process->model->arena, "runs == %" PRIu32, repeat_count - 1);
        option_to(process, guard, again, "           runs = 0;\n", to);
    }
    text_clear(&process->body);
}

static void say_acknowledge(struct process *process, uint32_t writer)
{
    const struct promela *model = process->model;
    const uint32_t commits = model->commits_of[writer];
    for (size_t i = 0; i < model->slots.count; i++) {
        if ((model->slot_commits[i] & commits) != 0 && !promela_changes_once(model, i)) {
            SAY(process, "acknowledge_%zu(%" PRIu32 ")", i, commits);
        }
    }
    if (commits != 0) {
        SAY(process, "acknowledged = acknowledged | (%" PRIu32 " & %s)", commits,
            promela_changed_on(model, model->slots_of[writer]));
    }
}

static uint32_t acknowledged_by(const struct process *process)
{
    return actor_of(process)->parent == MODEL_NONE ? process->actor : actor_of(process)->parent;
}

static bool begins_read(const struct process *process)
{
    const uint32_t index = process->items[process->here].step;
    return index == 0 || actor_of(process)->program.steps[index - 1].kind == STEP_ANSWER;
}

static void say_begin(struct process *process)
{
    if (begins_read(process)) {
        SAY(process, "known = acknowledged");
    }
}

/* A value goes on its way: what is not needed there is forgotten. */
static void say_go_on(struct process *process, size_t to)
{
    const struct promela *model = process->model;
    const struct promela_ahead now = ahead_at(process, process->here);
    const struct promela_ahead then = ahead_at(process, to);
    const bool narrow = promela_needs_narrowing(model, now.slots, then.slots);
    if (now.fills && !then.fills) {
        SAY(process, "seen = 0; hit_seen = 0");
    } else if (narrow && now.fills) {
        SAY(process, "seen = seen%s", promela_narrowing(model, "value", now.slots, then.slots));
        SAY(process, "hit_seen = hit_seen%s", promela_narrowing(model, "value", now.slots, then.slots));
    }
    if (narrow && has(process, STEP_GET)) {
        SAY(process, "by_seen = by_seen%s", promela_narrowing(model, "value", now.slots, then.slots));
        SAY(process, "by_hit = by_hit%s", promela_narrowing(model, "value", now.slots, then.slots));
    }
}

/* Pairs of layer and key that can serve a read are numbered within the program. */
static uint32_t way_in(const struct process *process)
{
    const struct program *program = &actor_of(process)->program;
    const struct step *step = step_at(process, process->here);
    uint32_t number = 1;
    for (uint32_t i = 0; i < program->count; i++) {
        const struct step *other = &program->steps[i];
        if (other->kind == STEP_GET && other->key == step->key && other->layer == step->layer) {
            return number;
        }
        number += other->kind == STEP_GET;
    }
    return number;
}

static void forget(struct process *process, uint32_t key)
{
    SAY(process, "key_%" PRIu32 " = 0; seen_%" PRIu32 " = 0; hit_%" PRIu32 " = 0", key, key, key);
}

static void write_GET(struct process *process, const struct step *step)
{
    const struct promela *model = process->model;
    const uint32_t key = step->key;
    const size_t to = place_of(process, step->target);
    if (!model->putable[key]) {
        say_begin(process);
        option(process, "", process->here + 1);
        return;
    }
    say_begin(process);
    option(process, arena_printf(model->arena, "key_%" PRIu32 " == 0", key), process->here + 1);
    const char *hit = arena_printf(model->arena, "key_%" PRIu32 " != 0", key);
    if (model->expiry) {
        forget(process, key);
        say_begin(process);
        option(process, hit, process->here + 1);
    }
    const struct promela_ahead ahead = ahead_at(process, to);
    const char *narrow = promela_narrowing(model, "value", model->key_slots[key], ahead.slots);
    say_begin(process);
    SAY(process, "value = key_%" PRIu32, key);
    if (ahead.fills) {
        SAY(process, "seen = seen_%" PRIu32 "%s", key, narrow);
        SAY(process, "hit_seen = %s", promela_changed_for(model, "value", ahead.slots));
    }
    SAY(process, "by = %" PRIu32, way_in(process));
    SAY(process, "by_seen = seen_%" PRIu32 " & known%s", key, narrow);
    SAY(process, "by_hit = hit_%" PRIu32 " & known%s", key, narrow);
    SAY(process, "by_gone = gone_%" PRIu32 "_%" PRIu32 " & %s", key, step->layer, promela_writers_known(model));
    option(process, hit, to);
}

static void write_SNAPSHOT(struct process *process, const struct step *step)
{
    const struct promela *model = process->model;
    const uint32_t range = promela_range(model, model->plan->questions.items[step->question].range);
    const struct promela_ahead ahead = ahead_at(process, process->here + 1);
    say_begin(process);
    SAY(process, "value = answer_%" PRIu32 "[db]", range);
    if (ahead.fills) {
        SAY(process, "seen = %s",
            promela_changed_on(model, promela_relevant(model, &model->ranges.items[range], ahead.slots)));
    }
    option(process, "", process->here + 1);
}

static void write_RESPONSE(struct process *process, const struct step *step)
{
    (void)step;
    say_go_on(process, process->here + 1);
    option(process, "", process->here + 1);
}

static void write_PUT(struct process *process, const struct step *step)
{
    const struct promela *model = process->model;
    const uint64_t held = ahead_at(process, process->here).slots;
    const char *narrow = promela_narrowing(model, "value", held, model->key_slots[step->key]);
    SAY(process, "key_%" PRIu32 " = value", step->key);
    SAY(process, "seen_%" PRIu32 " = seen%s", step->key, narrow);
    SAY(process, "hit_%" PRIu32 " = hit_seen%s", step->key, narrow);
    say_go_on(process, process->here + 1);
    option(process, "", process->here + 1);
}

static void say_answer(struct process *process, uint32_t tables)
{
    const struct promela *model = process->model;
    SAY(process, "stale_read = wrong_%" PRIu32 "[value]", tables);
    for (size_t i = 0; i < model->slots.count; i++) {
        SAY(process, "judge_%zu(says_%" PRIu32 "_%zu[value])", i, tables, i);
    }
    SAY(process, "assert(!stale_read)");
    if (wants_slot(process)) {
        SAY(process, "offered = offered | offers_%" PRIu32 "[value]", tables);
    }
    SAY(process, "known = 0; value = 0%s%s", has(process, STEP_PUT) ? "; seen = 0; hit_seen = 0" : "",
        has(process, STEP_GET) ? "; by = 0; by_seen = 0; by_hit = 0; by_gone = 0" : "");
}

static uint32_t answer_tables(const struct process *process)
{
    uint32_t number = 0;
    for (uint32_t a = 0; a <= process->actor; a++) {
        const struct program *program = &process->model->plan->actors.items[a].program;
        const uint32_t end = a == process->actor ? process->items[process->here].step : program->count;
        for (uint32_t i = 0; i < end; i++) {
            number += program->steps[i].kind == STEP_ANSWER;
        }
    }
    return number;
}

static void write_ANSWER(struct process *process, const struct step *step)
{
    const uint32_t tables = answer_tables(process);
    if (step->target == MODEL_NONE) {
        say_answer(process, tables);
        option(process, "", process->here + 1);
        return;
    }
    say_answer(process, tables);
    option(process, arena_printf(process->model->arena, "any_free_%" PRIu32 "[value]", tables),
           place_of(process, step->target));
    say_answer(process, tables);
    option(process, arena_printf(process->model->arena, "!any_free_%" PRIu32 "[value]", tables), process->here + 1);
}

static void write_CHOOSE(struct process *process, const struct step *step)
{
    option(process, "offered", process->here + 1);
    option(process, "!offered", place_of(process, step->target));
}

static size_t call_number(const struct process *process, const struct step *step)
{
    return (size_t)(promela_call(process->model, step->call) - process->model->calls.items);
}

static void write_COMMIT(struct process *process, const struct step *step)
{
    const struct promela *model = process->model;
    const struct place *place = &process->items[process->here];
    const uint32_t commit = model->commit[process->actor][place->step];
    const size_t call = call_number(process, step);
    SAY(process, "refused = 0; db_after = next_%zu[db]", call);
    for (size_t i = 0; i < model->slots.count; i++) {
        if ((model->calls.items[call].slots >> i & 1U) != 0) {
            SAY(process, "change_%zu(%" PRIu32 ")", i, commit);
        }
    }
    SAY(process, "db = db_after");
    if (model->plan->oracle == ORACLE_UPSTREAM) {
        say_acknowledge(process, process->actor);
    }
    option(process, arena_printf(model->arena, "done_%zu[db]", call), process->here + 1);
    SAY(process, "refused = 1");
    if (step->target != MODEL_NONE) {
        SAY(process, "skipped = %" PRIu32, place->step + 1);
    }
    option(process, arena_printf(model->arena, "!done_%zu[db]", call),
           step->target == MODEL_NONE ? process->here + 1 : place_of(process, step->target));
}

static void write_REPLY(struct process *process, const struct step *step)
{
    option(process, "!refused", process->here + 1);
    SAY(process, "skipped = %" PRIu32, process->items[process->here].step + 1);
    option(process, "refused", place_of(process, step->target));
}

static void write_MIRROR(struct process *process, const struct step *step)
{
    SAY(process, "db = next_%zu[db]", call_number(process, step));
    if (process->model->plan->oracle == ORACLE_COMMITTED) {
        say_acknowledge(process, acknowledged_by(process));
    }
    option(process, "", process->here + 1);
}

static bool matches(const struct promela *model, const struct step *step, uint32_t key)
{
    return model->putable[key] && text_matches_glob(model->plan->forgets.items[step->forget].pattern,
                                                    interned_string(&model->plan->keys, key));
}

/* A deletion explains what is found later through its own layer only. */
static void say_gone(struct process *process, const struct step *step, uint32_t key, const char *when)
{
    if (promela_is_got(process->model, step->layer, key)) {
        SAY(process, "%sgone_%" PRIu32 "_%" PRIu32 " = gone_%" PRIu32 "_%" PRIu32 " | %" PRIu32 "%s", when, key,
            step->layer, key, step->layer, promela_family_bits(process->model, process->actor),
            *when == '\0' ? "" : " :: else fi");
    }
}

static void say_deleted(struct process *process, const struct step *step, uint32_t key)
{
    forget(process, key);
    say_gone(process, step, key, "");
}

static void write_FORGET(struct process *process, const struct step *step)
{
    const struct promela *model = process->model;
    const struct forget_spec *spec = model->plan->forgets.items[step->forget].spec;
    const uint32_t iteration = process->items[process->here].iteration;
    if (spec->pattern) {
        for (uint32_t key = 0; key < model->key_count; key++) {
            if (matches(model, step, key)) {
                say_deleted(process, step, key);
            }
        }
    } else {
        for (uint32_t i = spec->atomic ? 0 : iteration; i < (spec->atomic ? step->repeat : iteration + 1); i++) {
            const uint32_t key = promela_forgotten_key(model, process->actor, step, i);
            if (key < model->key_count && model->putable[key]) {
                say_deleted(process, step, key);
            }
        }
    }
    option(process, "", process->here + 1);
}

static uint32_t listed_keys(const struct process *process, const struct step *step, uint32_t keys[LISTED_MAX])
{
    const struct promela *model = process->model;
    uint32_t count = 0;
    for (uint32_t key = 0; key < model->key_count; key++) {
        if (matches(model, step, key)) {
            if (count == LISTED_MAX) {
                process->model->problem = "a pattern that finds more than 6 keys";
                return 0;
            }
            keys[count++] = key;
        }
    }
    return count;
}

/* A listing that finds the keys of `expired` expired, and some of the others or none. */
static void write_listing(struct process *process, const struct step *step, const uint32_t *keys, uint32_t count,
                          uint32_t expired, bool found)
{
    const struct promela *model = process->model;
    const char *there = "1";
    const char *none = "1";
    for (uint32_t i = 0; i < count; i++) {
        const bool gone = (expired >> i & 1U) != 0;
        const char **guard = gone ? &there : &none;
        *guard = arena_printf(model->arena, "%s && key_%" PRIu32 " %s 0", *guard, keys[i], gone ? "!=" : "==");
    }
    for (uint32_t i = 0; i < count; i++) {
        if ((expired >> i & 1U) != 0 || !found) {
            say_deleted(process, step, keys[i]);
        } else {
            SAY(process, "list(%" PRIu32 ", key_%" PRIu32 ")", 1U << i, keys[i]);
            say_gone(process, step, keys[i], arena_printf(model->arena, "if :: key_%" PRIu32 " == 0 -> ", keys[i]));
        }
    }
    SAY(process, "left = listed");
    option(process, arena_printf(model->arena, "%s && %s(%s)", there, found ? "!" : "", none),
           process->here + (found ? 1 : 2));
}

/* An option for each set of keys that are found expired, and for finding none of the others or some. */
static void write_LIST(struct process *process, const struct step *step)
{
    uint32_t keys[LISTED_MAX];
    const uint32_t count = listed_keys(process, step, keys);
    const uint32_t sets = process->model->expiry ? UINT32_C(1) << count : 1;
    for (uint32_t expired = 0; expired < sets; expired++) {
        write_listing(process, step, keys, count, expired, false);
        write_listing(process, step, keys, count, expired, true);
    }
}

static void write_FORGET_LISTED(struct process *process, const struct step *step)
{
    const struct promela *model = process->model;
    uint32_t keys[LISTED_MAX];
    const uint32_t count = listed_keys(process, step, keys);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t bit = UINT32_C(1) << i;
        say_deleted(process, step, keys[i]);
        SAY(process, "left = left - %" PRIu32, bit);
        option(process,
               arena_printf(model->arena, "(left & %" PRIu32 ") == %" PRIu32 " && left != %" PRIu32, 2 * bit - 1, bit,
                            bit),
               process->here);
        say_deleted(process, step, keys[i]);
        SAY(process, "left = 0; listed = 0");
        option(process, arena_printf(model->arena, "left == %" PRIu32, bit), process->here + 1);
    }
    if (count == 0) {
        option(process, "0", process->here + 1);
    }
}

static void write_SEND(struct process *process, const struct step *step)
{
    SAY(process, "db = next_%zu[db]; sent_%" PRIu32 " = 1", call_number(process, step), step->child);
    option(process, "", process->here + 1);
}

static void write_RECEIVE(struct process *process, const struct step *step)
{
    SAY(process, "db = next_%zu[db]", call_number(process, step));
    option(process, arena_printf(process->model->arena, "sent_%" PRIu32, process->actor), process->here + 1);
}

static void write_RETURN(struct process *process, const struct step *step)
{
    (void)step;
    if (actor_of(process)->acknowledges) {
        say_acknowledge(process, acknowledged_by(process));
    }
    option(process, "", process->here + 1);
}

static void (*const writers[STEP_KIND_COUNT])(struct process *process, const struct step *step) = {
#define X(name, text, doc) [STEP_##name] = write_##name,
    STEP_KINDS(X)
#undef X
};

/* A deletion of a key that nobody ever puts is seen by nobody. */
static void find_places(struct process *process)
{
    const struct promela *model = process->model;
    const struct program *program = &actor_of(process)->program;
    for (uint32_t i = 0; i < program->count; i++) {
        const struct step *step = &program->steps[i];
        const bool loop = step->kind == STEP_FORGET && !model->plan->forgets.items[step->forget].spec->atomic;
        for (uint32_t n = 0; n < (loop ? step->repeat : 1); n++) {
            const uint32_t key = loop ? promela_forgotten_key(model, process->actor, step, n) : 0;
            if (!loop || (key < model->key_count && model->putable[key])) {
                ARENA_PUSH(model->arena, process) = (struct place){.step = i, .iteration = n};
            }
        }
    }
}

/* Only what the program uses: every byte is part of every state. */
static void declare(const struct process *process)
{
    struct text *out = process->model->out;
    const uint32_t last = actor_of(process)->program.count;
    if (has(process, STEP_ANSWER)) {
        text_puts(out, "    SET known;\n    VALUE value;\n");
    }
    if (has(process, STEP_PUT)) {
        text_puts(out, "    SET seen, hit_seen;\n");
    }
    if (has(process, STEP_GET)) {
        text_puts(out, "    byte by;\n    SET by_seen, by_hit, by_gone;\n");
    }
    if (has(process, STEP_COMMIT)) {
        text_printf(out, "    bit refused;\n    %s skipped;\n", last < UINT8_MAX ? "byte" : "short");
    }
    if (wants_slot(process)) {
        text_puts(out, "    bit offered;\n");
    }
    if (has(process, STEP_LIST)) {
        text_puts(out, "    byte listed, left;\n");
    }
    if (actor_of(process)->repeat_count > 1) {
        text_puts(out, "    short runs;\n");
    }
}

void promela_write_process(struct promela *model, uint32_t actor)
{
    struct process process = {.model = model, .actor = actor};
    struct text *out = model->out;
    find_places(&process);
    text_printf(out, "\nactive proctype actor_%" PRIu32 "() /* %s */\n{\n", actor, actor_of(&process)->name);
    declare(&process);
    for (size_t place = 0; place < process.count; place++) {
        const struct step *step = step_at(&process, place);
        process.here = place;
        text_printf(out, "%s:\n    if\n", label(&process, place));
        writers[step->kind](&process, step);
        text_puts(out, "    fi;\n");
    }
    text_puts(out, "end_of_it:\n    false\n}\n");
    text_free(&process.body);
}
