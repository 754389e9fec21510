#include "support/every_time.h"

#include "base/check.h"
#include "engine/visited.h"

#include <stdlib.h>
#include <string.h>

/* Where an actor stands: since `base_us` (its last step; its sending) `passes` must pass before its next request. */
struct clocked {
    int64_t base_us;
    struct latency passes;
    int64_t request_us; /* Of the reply that it waits for. */
};

struct walk {
    struct plan *plan;
    struct arena *arena;
    struct arena *stack;
    struct space *space; /* For findings and for what is never seen; the machine is another one. */
    struct machine *machine;
    uint32_t actor_count;
    struct clocked *actors;
    int64_t now_us;
    uint64_t steps_max;
    struct text path;       /* Who did what: the state of the machine but for times. */
    struct text name;       /* And with them. */
    struct visited visited; /* Equal states have equal futures. */
    struct every_time *result;
    const struct schedule *only; /* If not NULL: nothing else. */
    size_t followed;
    bool reached;
};

static void add_finding(struct walk *walk, const struct finding *finding, int64_t age_us)
{
    struct every_time *result = walk->result;
    size_t i = 0;
    while (i < result->findings.count && memcmp(&result->findings.items[i].finding, finding, sizeof *finding) != 0) {
        i++;
    }
    if (i == result->findings.count) {
        ARENA_PUSH(walk->arena, &result->findings) = (struct every_finding){.finding = *finding, .age_us = age_us};
    } else if (age_us > result->findings.items[i].age_us) {
        result->findings.items[i].age_us = age_us;
    }
}

static void note_findings(struct walk *walk)
{
    const struct read_record *read = &walk->machine->read;
    for (uint32_t i = 0; read->number != 0 && i < read->stale_count; i++) {
        const struct finding finding = finding_of(walk->space, read->actor, read->step, &read->stale[i]);
        add_finding(walk, &finding, read->stale[i].age_us);
    }
}

static bool is_ready(const struct walk *walk, uint32_t actor)
{
    return walk->machine->actors[actor].status == ACTOR_READY;
}

/* Is the step that follows in the program the reply to this one? */
static bool is_request(const struct walk *walk, uint32_t actor, const struct step *step)
{
    const struct program *program = &walk->plan->actors.items[actor].program;
    const size_t next = (size_t)(step - program->steps) + 1;
    return next < program->count && program->steps[next].since_request;
}

static int64_t latest_us(const struct walk *walk, uint32_t actor)
{
    const struct step *step = machine_next(walk->machine, actor);
    const struct clocked *clocked = &walk->actors[actor];
    return step->since_request ? clocked->request_us + step->lead.high_us
                               : clocked->base_us + clocked->passes.high_us + step->lead.high_us;
}

static void name_number(struct text *text, int64_t number)
{
    text_add(text, (const char *)&number, sizeof number);
}

static void name_state(struct walk *walk)
{
    const struct machine *machine = walk->machine;
    text_clear(&walk->name);
    text_add(&walk->name, walk->path.data, walk->path.length);
    name_number(&walk->name, walk->now_us);
    for (uint32_t a = 0; a < walk->actor_count; a++) {
        if (is_ready(walk, a)) {
            name_number(&walk->name, walk->actors[a].base_us);
            name_number(&walk->name, machine_next(machine, a)->since_request ? walk->actors[a].request_us : 0);
            name_number(&walk->name, machine->actors[a].reading ? machine->actors[a].invoked_us : 0);
        }
    }
    for (size_t key = 0; key < machine->cache.capacity; key++) {
        if (machine->cache.entries[key].value != CACHE_NOTHING) {
            name_number(&walk->name, machine->cache.entries[key].expires_us);
        }
    }
    for (size_t version = 1; version < machine->truth.versions.count; version++) {
        name_number(&walk->name, machine->truth.versions.items[version].time_us);
    }
}

/* A deletion of a key that nobody puts: schedules leave it out. */
static bool is_unseen(const struct walk *walk, const struct step_record *record)
{
    return record->step->kind == STEP_FORGET && record->key != MODEL_NONE &&
           (record->key >= walk->space->key_count || !walk->space->putable[record->key]);
}

/* Does the schedule say so, too? What it does not mention may happen at any time. */
static bool follows(struct walk *walk, const struct step_record *record)
{
    if (walk->only == NULL || is_unseen(walk, record)) {
        return true;
    }
    if (walk->followed == walk->only->count) {
        return false;
    }
    const struct scheduled *item = &walk->only->items[walk->followed++];
    return item->actor == record->actor && strcmp(item->step, record->step->name) == 0 &&
           item->time_us == record->time_us;
}

static void visit(struct walk *walk);

static void execute(struct walk *walk, uint32_t actor, int64_t request_us, int64_t time_us)
{
    const struct clocked before = walk->actors[actor];
    const size_t followed = walk->followed;
    const size_t path_length = walk->path.length;
    const int64_t now_us = walk->now_us;
    walk->machine->record.time_us = now_us;
    const struct step_record record = *machine_step(walk->machine, actor, time_us);
    walk->result->steps++;
    walk->now_us = time_us;
    walk->actors[actor] = (struct clocked){time_us, record.step->cost, request_us};
    if (record.child != MODEL_NONE) {
        walk->actors[record.child] = (struct clocked){.base_us = time_us};
    }
    const uint32_t done[] = {actor, (uint32_t)record.outcome, walk->machine->actors[actor].listed};
    text_add(&walk->path, (const char *)done, sizeof done);
    note_findings(walk);
    if (follows(walk, &record)) {
        visit(walk);
    }
    walk->path.length = path_length;
    walk->followed = followed;
    walk->actors[actor] = before;
    walk->now_us = now_us;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* With a schedule: an actor that is not due stays where it is, one that is due goes on at the time given. Deletions go
 * on at any time, for those that nobody sees are not in it. */
static bool narrow(const struct walk *walk, uint32_t actor, const struct step *step, int64_t *from_us, int64_t *to_us)
{
    if (walk->only == NULL || step->kind == STEP_FORGET) {
        return true;
    }
    const struct scheduled *due = &walk->only->items[walk->followed];
    if (due->actor != actor || strcmp(due->step, step->name) != 0) {
        return false;
    }
    *from_us = larger(*from_us, due->time_us);
    *to_us = smaller(*to_us, due->time_us);
    return *from_us <= *to_us;
}

/* Every instant of an actor's next step from now to `to_us`, and every instant of its request. */
static void each_time(struct walk *walk, const struct snapshot *here, uint32_t actor, int64_t to_us)
{
    const struct step *step = machine_next(walk->machine, actor);
    const struct clocked at = walk->actors[actor];
    const bool request = is_request(walk, actor, step);
    int64_t from_us = larger(walk->now_us, at.base_us);
    if (!narrow(walk, actor, step, &from_us, &to_us)) {
        return;
    }
    int64_t low_us = at.request_us;
    int64_t high_us = at.request_us;
    struct latency takes = step->lead;
    if (!step->since_request) {
        low_us = at.base_us + at.passes.low_us;
        high_us = request ? at.base_us + at.passes.high_us : low_us;
        /* Without a request, only the sum counts. */
        takes.high_us += request ? 0 : at.passes.high_us - at.passes.low_us;
    }
    /* Requests that cannot lead there need no try. */
    low_us = larger(low_us, from_us - takes.high_us);
    high_us = smaller(high_us, to_us - takes.low_us);
    for (int64_t request_us = low_us; request_us <= high_us; request_us++) {
        const int64_t first_us = larger(from_us, request_us + takes.low_us);
        const int64_t last_us = smaller(to_us, request_us + takes.high_us);
        for (int64_t time_us = first_us; time_us <= last_us; time_us++) {
            execute(walk, actor, request_us, time_us);
            machine_restore(walk->machine, here);
        }
    }
}

static void visit(struct walk *walk)
{
    walk->reached = walk->reached || (walk->only != NULL && walk->followed == walk->only->count);
    if (walk->reached || walk->result->steps > walk->steps_max) {
        return;
    }
    bool fresh = true;
    name_state(walk);
    (void)visited_find(&walk->visited, walk->name.data, walk->name.length, &fresh);
    if (!fresh) {
        return;
    }
    /* Nobody may be kept from doing the next step in time. */
    int64_t limit_us = INT64_MAX;
    for (uint32_t a = 0; a < walk->actor_count; a++) {
        if (is_ready(walk, a) && latest_us(walk, a) < limit_us) {
            limit_us = latest_us(walk, a);
        }
    }
    const struct arena_mark mark = arena_mark(walk->stack);
    struct snapshot *here = arena_alloc(walk->stack, 1, snapshot_size_bytes(walk->machine));
    machine_save(walk->machine, here);
    for (uint32_t a = 0; a < walk->actor_count; a++) {
        if (is_ready(walk, a)) {
            each_time(walk, here, a, limit_us);
        }
    }
    arena_rewind(walk->stack, mark);
}

static int compare_findings(const void *a, const void *b)
{
    return memcmp(&((const struct every_finding *)a)->finding, &((const struct every_finding *)b)->finding,
                  sizeof(struct finding));
}

static void walk_all(struct walk *walk)
{
    struct plan *plan = walk->plan;
    walk->stack = arena_new();
    walk->space = space_new(plan, walk->arena, true, false);
    check(walk->space->problem == NULL);
    walk->machine = machine_new(plan, walk->arena, (struct observer){0});
    walk->machine->quiet = true;
    cache_reserve(&walk->machine->cache, (uint32_t)plan->keys.count + 1);
    walk->space->machine = walk->machine;
    walk->actor_count = (uint32_t)plan->actors.count;
    walk->actors = ARENA_ARRAY(walk->arena, struct clocked, walk->actor_count + 1);
    walk->now_us = plan->clock_us;
    for (uint32_t a = 0; a < walk->actor_count; a++) {
        const struct actor *actor = &plan->actors.items[a];
        check(actor->repeat_count == 1);
        if (actor->parent == MODEL_NONE) {
            check(actor->at_given && actor->at_us >= plan->clock_us);
            machine_start(walk->machine, a);
            /* It begins at some instant of its interval: that may pass before its first step. */
            walk->actors[a].base_us = actor->at_us;
            walk->actors[a].passes.high_us = actor->at_high_us - actor->at_us;
        }
    }
    visit(walk);
    visited_free(&walk->visited);
    text_free(&walk->path);
    text_free(&walk->name);
    arena_free(walk->stack);
}

struct every_time every_time(struct plan *plan, struct arena *arena, uint64_t steps_max)
{
    struct every_time result = {.steps = 0};
    struct walk walk = {.plan = plan, .arena = arena, .steps_max = steps_max, .result = &result};
    walk_all(&walk);
    result.met = walk.machine->met;
    result.complete = result.steps <= steps_max;
    if (result.findings.count > 0) {
        qsort(result.findings.items, result.findings.count, sizeof *result.findings.items, compare_findings);
    }
    return result;
}

bool every_time_has(struct plan *plan, struct arena *arena, const struct schedule *schedule)
{
    struct every_time result = {.steps = 0};
    struct walk walk = {.plan = plan, .arena = arena, .steps_max = UINT64_MAX, .result = &result, .only = schedule};
    walk_all(&walk);
    return walk.reached;
}
