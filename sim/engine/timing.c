#include "engine/timing.h"

#include "base/check.h"
#include "engine/difference.h"
#include "engine/reduction.h"

#include <stdlib.h>
#include <string.h>

#include "base/poison.h"

enum {
    ORIGIN = 0,
    STOP_EVERY = 256,
    EVENTS_AT_FIRST = 64,
    NODES_PER_STEP_MAX = 3 /* The step, a request before it, a restart after it. */
};

/* An executed step that others can see. */
struct event {
    struct transition transition;
    const struct step *step;
    struct touched touched;
    uint32_t node;
};

/* Where an actor stands in time: the node of its last visible step, and what passes before its next request. */
struct standing {
    uint32_t node;
    struct latency passes;
    uint32_t request; /* Node; of the reply to come. */
    uint32_t invoked; /* Node of the first step of its read. */
};

/* A stale read on the path. */
struct sighting {
    struct finding finding;
    uint32_t commit, invoked; /* Nodes; commit MODEL_NONE: never true. */
};

/* Everything that a step adds to and that going back takes away. */
struct level {
    struct difference times;
    struct standing *actors;
    uint32_t *put;     /* By key: node of the put, */
    int64_t *ttl_us;   /* and its TTL. */
    uint32_t *version; /* By version: node of the commit. */
    uint32_t event_count, sighting_count;
};

struct timed_search {
    struct space *space;
    struct arena *arena;
    struct arena *stack;
    const struct explore_options *options;
    struct timing_result *result;
    uint64_t transitions_max;
    uint32_t version_max;
    struct event *events; /* Of the path. */
    size_t event_capacity;
    struct sighting *sightings;
    uint32_t sighting_max;
    struct level *now;
    bool contradiction;
    bool stopped;
};

/* Small: there is one for every step of the path, and memory comes zeroed. */
static struct level *level_new(struct timed_search *search, uint32_t nodes_max)
{
    struct arena *stack = search->stack;
    struct level *level = ARENA_NEW(stack, struct level);
    void *memory = arena_alloc(stack, 1, difference_size_bytes(nodes_max));
    difference_init(&level->times, memory, nodes_max);
    level->actors = ARENA_ARRAY(stack, struct standing, search->space->actor_count);
    level->put = ARENA_ARRAY(stack, uint32_t, search->space->key_count + 1);
    level->ttl_us = ARENA_ARRAY(stack, int64_t, search->space->key_count + 1);
    level->version = ARENA_ARRAY(stack, uint32_t, search->version_max);
    return level;
}

static struct level *level_copy(struct timed_search *search, const struct level *from)
{
    struct level *to = level_new(search, from->times.count + NODES_PER_STEP_MAX);
    difference_copy(&to->times, &from->times);
    memcpy(to->actors, from->actors, search->space->actor_count * sizeof *to->actors);
    memcpy(to->put, from->put, search->space->key_count * sizeof *to->put);
    memcpy(to->ttl_us, from->ttl_us, search->space->key_count * sizeof *to->ttl_us);
    memcpy(to->version, from->version, search->version_max * sizeof *to->version);
    to->event_count = from->event_count;
    to->sighting_count = from->sighting_count;
    return to;
}

static void require(struct timed_search *search, bool possible)
{
    search->contradiction = search->contradiction || !possible;
}

static uint32_t new_node(struct timed_search *search)
{
    const uint32_t node = difference_variable(&search->now->times);
    require(search, difference_between(&search->now->times, ORIGIN, node, 0, TIMING_HORIZON_US));
    return node;
}

static struct latency sum(struct latency a, struct latency b)
{
    return (struct latency){a.low_us + b.low_us, a.high_us + b.high_us, 0};
}

static void pass(struct timed_search *search, uint32_t from, uint32_t to, struct latency passes)
{
    require(search, difference_between(&search->now->times, from, to, passes.low_us, passes.high_us));
}

/* The node of a step that is about to be executed, tied to the actor's last one. */
static uint32_t node_of_step(struct timed_search *search, uint32_t actor, const struct step *step)
{
    struct standing *standing = &search->now->actors[actor];
    const struct program *program = &search->space->plan->actors.items[actor].program;
    const uint32_t index = (uint32_t)(step - program->steps);
    const uint32_t node = new_node(search);
    if (step->since_request) {
        pass(search, standing->request, node, step->lead);
        require(search, difference_add(&search->now->times, node, standing->node, 0));
    } else if (index + 1 < program->count && program->steps[index + 1].since_request) {
        standing->request = new_node(search);
        pass(search, standing->node, standing->request, standing->passes);
        pass(search, standing->request, node, step->lead);
    } else {
        pass(search, standing->node, node, sum(standing->passes, step->lead));
    }
    standing->node = node;
    standing->passes = step->cost;
    return node;
}

/* Steps that nobody sees take their time, too. */
static void pass_unseen(struct timed_search *search, const struct step_record *record)
{
    struct standing *standing = &search->now->actors[record->actor];
    standing->passes = sum(standing->passes, sum(record->step->lead, record->step->cost));
}

static void alive(struct timed_search *search, uint32_t key, uint32_t node, bool expired)
{
    const struct level *level = search->now;
    if (expired) {
        require(search, difference_add(&search->now->times, node, level->put[key], -(level->ttl_us[key] + 1)));
    } else {
        require(search, difference_add(&search->now->times, level->put[key], node, level->ttl_us[key]));
    }
}

/* What a look at the cache says about time: before the step is executed. */
static void look(struct timed_search *search, struct transition transition, const struct step *step, uint32_t node)
{
    const struct space *space = search->space;
    const struct cache *cache = &space->machine->cache;
    if (step->kind == STEP_GET && cache->entries[step->key].value != CACHE_NOTHING) {
        alive(search, step->key, node, transition.choice != 0);
    }
    if (step->kind != STEP_LIST) {
        return;
    }
    uint32_t choice = transition.choice;
    for (uint32_t key = 0; key < space->key_count; key++) {
        if (space_lists(space, step, key)) {
            alive(search, key, node, (choice & 1U) != 0);
            choice >>= 1U;
        }
    }
}

/* Will the next step of another actor depend on this event, whatever happens until then? A look at the cache may find
 * its entry or not by then: only the key itself and the beginning of a read are sure to be touched. */
static bool will_depend(const struct timed_search *search, const struct enabled *enabled, uint32_t i,
                        const struct event *event)
{
    struct touched sure = enabled->touched[i];
    const struct step *next = machine_next(search->space->machine, enabled->items[i].actor);
    if (next->kind == STEP_GET || next->kind == STEP_LIST) {
        sure = (struct touched){.reads = space_sure_reads(search->space, enabled->items[i].actor)};
    }
    return touched_conflict(&sure, &event->touched);
}

/* Dependent steps keep their order. A next step of somebody else that is sure to depend on this one can only come
 * later: if it had to be earlier, this order is impossible already. */
static void keep_order(struct timed_search *search, const struct event *event, const struct enabled *enabled)
{
    struct level *level = search->now;
    for (uint32_t i = level->event_count; i-- > 0 && !search->contradiction;) {
        const struct event *earlier = &search->events[i];
        if (earlier->transition.actor != event->transition.actor &&
            touched_conflict(&earlier->touched, &event->touched)) {
            require(search, difference_add(&level->times, event->node, earlier->node, 0));
        }
    }
    const struct machine *machine = search->space->machine;
    for (uint32_t i = 0; i < enabled->count && !search->contradiction; i++) {
        const uint32_t other = enabled->items[i].actor;
        if (other == event->transition.actor || !will_depend(search, enabled, i, event)) {
            continue;
        }
        const struct step *next = machine_next(machine, other);
        const struct standing *standing = &level->actors[other];
        const uint32_t base = next->since_request ? standing->request : standing->node;
        const int64_t passes_us = next->lead.high_us + (next->since_request ? 0 : standing->passes.high_us);
        const int64_t latest_us = difference_bound(&level->times, ORIGIN, base) + passes_us;
        const int64_t earliest_us = -difference_bound(&level->times, event->node, ORIGIN);
        require(search, latest_us >= earliest_us);
    }
}

static void start_actor(struct timed_search *search, uint32_t actor, uint32_t node)
{
    search->now->actors[actor] = (struct standing){.node = node, .invoked = MODEL_NONE};
}

static void note_stale(struct timed_search *search, const struct step_record *record)
{
    const struct machine *machine = search->space->machine;
    for (uint32_t i = 0; i < machine->read.stale_count; i++) {
        const struct stale_slot *stale = &machine->read.stale[i];
        check(search->now->sighting_count < search->sighting_max);
        search->sightings[search->now->sighting_count++] = (struct sighting){
            .finding = finding_of(search->space, record->actor, record->step, stale),
            .commit = stale->wrong_since == MODEL_NONE ? MODEL_NONE : search->now->version[stale->wrong_since],
            .invoked = search->now->actors[record->actor].invoked,
        };
    }
}

struct applying {
    struct timed_search *search;
    const struct event *event; /* The visible step; NULL once it is behind. */
};

/* After each step of a transition: the visible one first, then those that nobody sees. */
static void on_step(void *context, const struct step_record *record)
{
    struct applying *applying = context;
    struct timed_search *search = applying->search;
    struct level *level = search->now;
    if (applying->event == NULL) {
        pass_unseen(search, record);
        return;
    }
    const uint32_t node = applying->event->node;
    applying->event = NULL;
    if (record->step->kind == STEP_PUT) {
        level->put[record->key] = node;
        level->ttl_us[record->key] = record->ttl_us;
    }
    if (record->version != 0) {
        check(record->version < search->version_max);
        level->version[record->version] = node;
    }
    if (record->child != MODEL_NONE) {
        start_actor(search, record->child, node);
    }
    if (search->space->machine->read.number != 0) {
        note_stale(search, record);
    }
}

/* A repeated reader begins again, not before it was to and not before it has ended. */
static void restart(struct timed_search *search, uint32_t actor, uint32_t runs_before)
{
    const struct actor *who = &search->space->plan->actors.items[actor];
    const struct actor_state *state = &search->space->machine->actors[actor];
    if (state->runs == runs_before || state->status != ACTOR_READY) {
        return;
    }
    const uint32_t ended = search->now->actors[actor].node;
    const uint32_t node = new_node(search);
    require(search, difference_add(&search->now->times, node, ended, 0));
    if (who->at_given) {
        require(search, difference_add(&search->now->times, node, ORIGIN,
                                       -(who->at_us - search->space->plan->clock_us + who->every_us * state->runs)));
    }
    start_actor(search, actor, node);
}

static void take(struct timed_search *search, const struct enabled *enabled, uint32_t taken)
{
    const struct machine *machine = search->space->machine;
    const struct transition transition = enabled->items[taken];
    const struct step *step = machine_next(machine, transition.actor);
    const uint32_t runs = machine->actors[transition.actor].runs;
    const bool begins = !machine->actors[transition.actor].reading;
    search->events = arena_grow(search->arena, search->events, search->now->event_count, &search->event_capacity,
                                sizeof *search->events);
    struct event *event = &search->events[search->now->event_count];
    *event = (struct event){.transition = transition, .step = step, .touched = enabled->touched[taken]};
    event->node = node_of_step(search, transition.actor, step);
    if (begins && (step->kind == STEP_GET || step->kind == STEP_SNAPSHOT)) {
        search->now->actors[transition.actor].invoked = event->node;
    }
    look(search, transition, step, event->node);
    keep_order(search, event, enabled);
    if (search->contradiction) {
        return;
    }
    search->now->event_count++;
    struct applying applying = {search, event};
    space_apply(search->space, transition, on_step, &applying);
    restart(search, transition.actor, runs);
}

static int compare_times(const void *a, const void *b)
{
    const struct scheduled *x = a;
    const struct scheduled *y = b;
    return x->time_us < y->time_us ? -1 : x->time_us > y->time_us;
}

/* The earliest solution in which the read is as old as it can be. */
static void make_witness(struct timed_search *search, const struct sighting *sighting, int64_t age_us,
                         struct schedule *out)
{
    struct level *level = level_copy(search, search->now);
    if (sighting->commit != MODEL_NONE) {
        check(difference_add(&level->times, sighting->invoked, sighting->commit, -age_us));
    }
    out->count = 0;
    for (uint32_t i = 0; i < level->event_count; i++) {
        const struct event *event = &search->events[i];
        ARENA_PUSH(search->arena, out) = (struct scheduled){
            .actor = event->transition.actor,
            .step = event->step->name,
            .choice = event->transition.choice,
            .time_us = search->space->plan->clock_us - difference_bound(&level->times, event->node, ORIGIN),
        };
    }
    /* Equal times keep their order: the order of dependent steps is kept in any case. */
    for (size_t i = 1; i < out->count; i++) {
        for (size_t at = i; at > 0 && compare_times(&out->items[at - 1], &out->items[at]) > 0; at--) {
            const struct scheduled swap = out->items[at];
            out->items[at] = out->items[at - 1];
            out->items[at - 1] = swap;
        }
    }
}

static struct timed_finding *find_known(struct timed_search *search, const struct finding *finding)
{
    struct timing_result *result = search->result;
    for (size_t i = 0; i < result->findings.count; i++) {
        if (memcmp(&result->findings.items[i].finding, finding, sizeof *finding) == 0) {
            return &result->findings.items[i];
        }
    }
    ARENA_PUSH(search->arena, &result->findings) = (struct timed_finding){.finding = *finding, .age_us = -1};
    return &result->findings.items[result->findings.count - 1];
}

/* A whole order that is possible: how old is what was seen on its way, at the worst? */
static void end_of_order(struct timed_search *search)
{
    search->result->orders++;
    search->result->met = search->result->met || search->space->machine->met;
    for (uint32_t i = 0; i < search->now->sighting_count; i++) {
        const struct sighting *sighting = &search->sightings[i];
        const int64_t age_us = sighting->commit == MODEL_NONE
                                   ? AGE_NEVER_TRUE
                                   : difference_bound(&search->now->times, sighting->commit, sighting->invoked);
        struct timed_finding *known = find_known(search, &sighting->finding);
        if (age_us > known->age_us) {
            known->age_us = age_us;
            const struct arena_mark mark = arena_mark(search->stack);
            make_witness(search, sighting, age_us, &known->witness);
            arena_rewind(search->stack, mark);
        }
    }
}

static bool out_of_budget(struct timed_search *search)
{
    struct timing_result *result = search->result;
    if (search->transitions_max != 0 && result->transitions >= search->transitions_max) {
        result->problem = "the budget of transitions ran out";
    } else if (search->options->stop != NULL && result->transitions % STOP_EVERY == 0) {
        const struct explore_progress progress = {.transitions = result->transitions};
        if (search->options->stop(search->options->context, &progress)) {
            result->problem = "the time ran out, or it was interrupted";
        }
    }
    return result->problem != NULL;
}

static void visit(struct timed_search *search, uint64_t sleep)
{
    const struct arena_mark mark = arena_mark(search->stack);
    struct space *space = search->space;
    const struct enabled enabled = reduction_enabled(space, search->stack);
    if (enabled.count == 0) {
        end_of_order(search);
        arena_rewind(search->stack, mark);
        return;
    }
    const uint32_t actors = search->options->no_persistent ? UINT32_MAX : reduction_persistent(space, &enabled);
    struct snapshot *before = arena_alloc(search->stack, 1, snapshot_size_bytes(space->machine));
    machine_save(space->machine, before);
    struct level *here = search->now;
    const bool met = space->machine->met;
    for (uint32_t i = 0; i < enabled.count && !out_of_budget(search); i++) {
        const uint64_t bit = sleep_bit(enabled.items[i]);
        if ((actors >> enabled.items[i].actor & 1U) == 0 || (sleep & bit) != 0) {
            continue;
        }
        const struct arena_mark branch = arena_mark(search->stack);
        search->now = level_copy(search, here);
        search->contradiction = false;
        search->result->transitions++;
        take(search, &enabled, i);
        if (search->contradiction) {
            search->result->contradictions++;
        } else {
            visit(search, search->options->no_sleep ? 0 : reduction_still_asleep(&enabled, sleep, i));
        }
        search->now = here;
        space->machine->met = met;
        machine_restore(space->machine, before);
        arena_rewind(search->stack, branch);
        const bool last = i + 1 == enabled.count || sleep_bit(enabled.items[i + 1]) != bit;
        sleep |= last ? bit : 0;
    }
    arena_rewind(search->stack, mark);
}

/* Bounds of everything that a path can hold. */
static void size_up(struct timed_search *search)
{
    const struct plan *plan = search->space->plan;
    search->version_max = 1;
    for (uint32_t a = 0; a < search->space->actor_count; a++) {
        const struct actor *actor = &plan->actors.items[a];
        for (uint32_t i = 0; i < actor->program.count; i++) {
            const struct step *step = &actor->program.steps[i];
            search->version_max += step->kind == STEP_COMMIT;
            search->sighting_max += step->kind == STEP_ANSWER ? actor->repeat_count * plan->slot_count : 0;
        }
    }
    search->sightings = ARENA_ARRAY(search->arena, struct sighting, search->sighting_max + 1);
    search->event_capacity = EVENTS_AT_FIRST;
    search->events = ARENA_ARRAY(search->arena, struct event, search->event_capacity);
}

static int compare_findings(const void *a, const void *b)
{
    const struct timed_finding *x = a;
    const struct timed_finding *y = b;
    return memcmp(&x->finding, &y->finding, sizeof x->finding);
}

/* Deletions that nobody sees, at the start of a program, are already done: their time still has to pass. */
static struct latency passed_unseen(const struct timed_search *search, uint32_t actor)
{
    const struct actor_state *state = &search->space->machine->actors[actor];
    const struct program *program = &search->space->plan->actors.items[actor].program;
    struct latency passes = {0};
    for (uint32_t i = 0; i <= state->pc && i < program->count; i++) {
        const struct step *step = &program->steps[i];
        const int64_t times = i < state->pc ? step->repeat : state->loop;
        passes.low_us += times * (step->lead.low_us + step->cost.low_us);
        passes.high_us += times * (step->lead.high_us + step->cost.high_us);
    }
    return passes;
}

/* The start: a node for the beginning of each actor, in its interval or anywhere up to the horizon. */
static void begin(struct timed_search *search)
{
    const struct plan *plan = search->space->plan;
    size_up(search);
    search->now = level_new(search, search->space->actor_count + 1);
    (void)difference_variable(&search->now->times);
    for (uint32_t a = 0; a < search->space->actor_count; a++) {
        const struct actor *actor = &plan->actors.items[a];
        if (actor->parent != MODEL_NONE) {
            continue;
        }
        const uint32_t node = new_node(search);
        if (actor->at_given) {
            require(search, difference_between(&search->now->times, ORIGIN, node, actor->at_us - plan->clock_us,
                                               actor->at_high_us - plan->clock_us));
        }
        start_actor(search, a, node);
        search->now->actors[a].passes = passed_unseen(search, a);
    }
}

struct timing_result timing_explore(struct plan *plan, struct arena *arena, const struct explore_options *options,
                                    uint64_t transitions_max)
{
    struct timing_result result = {0};
    struct timed_search search = {.arena = arena,
                                  .stack = arena_new(),
                                  .options = options,
                                  .result = &result,
                                  .transitions_max = transitions_max};
    search.space = space_new(plan, arena, !options->no_expiry, false);
    result.problem = search.space->problem;
    if (result.problem == NULL) {
        begin(&search);
        visit(&search, 0);
    }
    if (result.findings.count > 0) {
        qsort(result.findings.items, result.findings.count, sizeof *result.findings.items, compare_findings);
    }
    result.complete = result.problem == NULL;
    arena_free(search.stack);
    return result;
}

bool timing_of_path(struct plan *plan, struct arena *arena, const struct transitions *path, struct timed_finding *out)
{
    const struct explore_options options = {0};
    struct timing_result result = {0};
    struct timed_search search = {.arena = arena, .stack = arena_new(), .options = &options, .result = &result};
    search.space = space_new(plan, arena, true, false);
    begin(&search);
    for (size_t i = 0; i < path->count && !search.contradiction; i++) {
        const struct enabled enabled = reduction_enabled(search.space, search.stack);
        uint32_t taken = 0;
        while (enabled.items[taken].actor != path->items[i].actor ||
               enabled.items[taken].choice != path->items[i].choice) {
            taken++;
            check(taken < enabled.count);
        }
        search.now = level_copy(&search, search.now);
        take(&search, &enabled, taken);
    }
    if (!search.contradiction) {
        end_of_order(&search);
    }
    for (size_t i = 0; i < result.findings.count; i++) {
        if (out->witness.count == 0 || result.findings.items[i].age_us > out->age_us) {
            *out = result.findings.items[i];
        }
    }
    arena_free(search.stack);
    return result.findings.count > 0;
}
