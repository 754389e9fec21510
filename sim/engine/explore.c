#include "engine/explore.h"

#include "base/check.h"
#include "engine/visited.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/poison.h"

enum { DEPTH_MAX = 1 << 16, STOP_EVERY = 4096 };

/* A state on the path from the start to here. */
struct frame {
    struct snapshot *before;   /* The state itself. */
    struct transition *all;    /* Enabled here. */
    struct touched *touched;   /* By transition. */
    uint32_t count;
    uint32_t next;             /* Of `all`, to be tried. */
    uint64_t explore;          /* Transitions to be tried: by sleep number. */
    uint64_t sleep;            /* Asleep, by sleep number; grows as transitions are done. */
    struct arena_mark mark;    /* What the frame took. */
    double share;              /* Of the whole space, for the estimate. */
};

struct search {
    struct space *space;
    struct arena *arena;
    struct arena *stack; /* Of frames' contents. */
    const struct explore_options *options;
    struct explore_result *result;
    struct visited visited;
    struct visited finals;
    struct text name;
    struct {
        struct frame *items;
        size_t count, capacity;
    } frames;
    struct {
        struct transition *items;
        size_t count, capacity;
    } path;
    double done; /* Share of the space behind us. */
    bool stopped;
};

/* Transitions sleep by actor, a live look and an expired one apart; all expired choices of a listing together. */
static uint32_t sleep_number(struct transition transition)
{
    return 2 * transition.actor + (transition.choice != 0);
}

static uint64_t sleep_bit(struct transition transition)
{
    return UINT64_C(1) << sleep_number(transition);
}

/* A set of sleeping transitions, from actors to positions in the canonical order, and back. */
static uint64_t to_positions(uint64_t sleep, const uint8_t *order, uint32_t count)
{
    uint64_t out = 0;
    for (uint32_t i = 0; i < count; i++) {
        out |= (sleep >> (2 * order[i]) & 3U) << (2 * i);
    }
    return out;
}

static uint64_t to_actors(uint64_t sleep, const uint8_t *order, uint32_t count)
{
    uint64_t out = 0;
    for (uint32_t i = 0; i < count; i++) {
        out |= (sleep >> (2 * i) & 3U) << (2 * order[i]);
    }
    return out;
}

static int compare_findings(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct finding));
}

static void add_finding(struct search *search, const struct finding *finding)
{
    struct explore_result *result = search->result;
    for (size_t i = 0; i < result->findings.count; i++) {
        if (compare_findings(&result->findings.items[i], finding) == 0) {
            return;
        }
    }
    ARENA_PUSH(search->arena, &result->findings) = *finding;
    if (result->counterexample.count == 0) {
        for (size_t i = 0; i < search->path.count; i++) {
            ARENA_PUSH(search->arena, &result->counterexample) = search->path.items[i];
        }
    }
}

static void on_step(void *context, const struct step_record *record)
{
    struct search *search = context;
    const struct machine *machine = search->space->machine;
    const struct read_record *read = &machine->read;
    if (read->number == 0) {
        return;
    }
    for (uint32_t i = 0; i < read->stale_count; i++) {
        const struct stale_slot *stale = &read->stale[i];
        struct finding finding;
        memset(&finding, 0, sizeof finding);
        finding.actor = search->space->class_of[record->actor];
        finding.answer = (uint32_t)(record->step - search->space->plan->actors.items[record->actor].program.steps);
        finding.slot = stale->slot;
        finding.phantom = stale->phantom;
        finding.cause = stale->cause;
        finding.writer =
            stale->version == MODEL_NONE ? MODEL_NONE : machine->truth.versions.items[stale->version].actor;
        add_finding(search, &finding);
    }
}

/* The smallest persistent set that starts from one actor: all actors whose future conflicts with a next step in it,
 * again and again. Returns actors as bits. */
static uint32_t persistent_from(const struct search *search, const struct frame *frame, const struct touched *next,
                                uint32_t enabled, uint32_t seed)
{
    const struct space *space = search->space;
    uint32_t chosen = UINT32_C(1) << seed;
    uint32_t pending = chosen;
    (void)frame;
    while (pending != 0) {
        uint32_t actor = 0;
        while ((pending >> actor & 1U) == 0) {
            actor++;
        }
        pending &= pending - 1;
        for (uint32_t other = 0; other < space->actor_count; other++) {
            const uint32_t bit = UINT32_C(1) << other;
            if ((enabled & bit) == 0 || (chosen & bit) != 0) {
                continue;
            }
            const uint32_t pc = space->machine->actors[other].pc;
            if (touched_conflict(&next[actor], &space->future[other][pc])) {
                chosen |= bit;
                pending |= bit;
            }
        }
    }
    return chosen;
}

static uint32_t bit_count(uint32_t bits)
{
    return (uint32_t)__builtin_popcount(bits);
}

/* The actors that must be tried here; the others may wait. */
static uint32_t persistent_set(const struct search *search, const struct frame *frame)
{
    struct touched next[SPACE_ACTORS_MAX];
    uint32_t enabled = 0;
    for (uint32_t i = 0; i < frame->count; i++) {
        const uint32_t actor = frame->all[i].actor;
        if ((enabled >> actor & 1U) == 0) {
            next[actor] = frame->touched[i];
            enabled |= UINT32_C(1) << actor;
        } else {
            for (int w = 0; w < SPACE_WORDS; w++) {
                next[actor].reads.words[w] |= frame->touched[i].reads.words[w];
                next[actor].writes.words[w] |= frame->touched[i].writes.words[w];
            }
        }
    }
    if (search->options->no_persistent) {
        return enabled;
    }
    uint32_t best = enabled;
    for (uint32_t seed = 0; seed < search->space->actor_count; seed++) {
        if ((enabled >> seed & 1U) != 0) {
            const uint32_t chosen = persistent_from(search, frame, next, enabled, seed);
            if (bit_count(chosen) < bit_count(best)) {
                best = chosen;
            }
        }
    }
    return best;
}

static void count_final(struct search *search)
{
    bool fresh = false;
    (void)visited_find(&search->finals, search->name.data, search->name.length, &fresh);
    if (fresh) {
        search->result->final_states++;
        search->result->final_digest += XXH3_64bits(search->name.data, search->name.length);
    }
}

/* Enters the present state with a sleep set; pushes a frame unless there is nothing (more) to explore. */
static void enter(struct search *search, uint64_t sleep, double share)
{
    const struct arena_mark mark = arena_mark(search->stack);
    struct frame frame = {.mark = mark, .sleep = sleep, .share = share};
    struct transitions all = {0};
    space_transitions(search->space, search->stack, &all);
    frame.all = all.items;
    frame.count = (uint32_t)all.count;
    uint8_t order[SPACE_ACTORS_MAX];
    space_name(search->space, sleep, &search->name, order);
    const uint32_t actors = search->space->actor_count;
    if (frame.count == 0) {
        count_final(search);
    }
    uint64_t awake = ~sleep;
    bool fresh = true;
    if (!search->options->no_visited) {
        struct visited_entry *entry =
            visited_find(&search->visited, search->name.data, search->name.length, &fresh);
        const uint64_t here = to_positions(sleep, order, actors);
        if (!fresh) {
            awake = to_actors(entry->sleep & ~here, order, actors);
        }
        entry->sleep = fresh ? here : entry->sleep & here;
    }
    search->result->states += fresh;
    if (frame.count == 0 || (!fresh && awake == 0)) {
        search->done += share;
        arena_rewind(search->stack, mark);
        return;
    }
    frame.touched = ARENA_ARRAY(search->stack, struct touched, frame.count);
    for (uint32_t i = 0; i < frame.count; i++) {
        frame.touched[i] = space_touched(search->space, frame.all[i]);
    }
    const uint32_t actors_to_try = fresh ? persistent_set(search, &frame) : UINT32_MAX;
    for (uint32_t i = 0; i < frame.count; i++) {
        if ((actors_to_try >> frame.all[i].actor & 1U) != 0) {
            frame.explore |= sleep_bit(frame.all[i]) & awake;
        }
    }
    frame.before = arena_alloc(search->stack, 1, snapshot_size_bytes(search->space->machine));
    machine_save(search->space->machine, frame.before);
    ARENA_PUSH(search->arena, &search->frames) = frame;
    if (search->frames.count > search->result->depth_max) {
        search->result->depth_max = (uint32_t)search->frames.count;
    }
}

/* The sleep set behind a transition: whatever slept and does not conflict with it. */
static uint64_t still_asleep(const struct search *search, const struct frame *frame, uint32_t taken)
{
    if (search->options->no_sleep || search->options->no_visited) {
        return 0;
    }
    uint64_t asleep = 0;
    for (uint32_t i = 0; i < frame->count; i++) {
        if ((frame->sleep & sleep_bit(frame->all[i])) != 0 && frame->all[i].actor != frame->all[taken].actor &&
            !touched_conflict(&frame->touched[i], &frame->touched[taken])) {
            asleep |= sleep_bit(frame->all[i]);
        }
    }
    /* Of a listing's expired choices, all sleep or none. */
    for (uint32_t i = 0; i < frame->count; i++) {
        if (touched_conflict(&frame->touched[i], &frame->touched[taken])) {
            asleep &= ~sleep_bit(frame->all[i]);
        }
    }
    return asleep;
}

static uint32_t to_try(const struct frame *frame)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < frame->count; i++) {
        count += (frame->explore & sleep_bit(frame->all[i])) != 0;
    }
    return count;
}

static bool out_of_budget(struct search *search)
{
    struct explore_result *result = search->result;
    const struct explore_options *options = search->options;
    if (options->states_max != 0 && result->states > options->states_max) {
        result->problem = "the budget of states ran out";
    } else if (options->memory_max_bytes != 0 && result->transitions % STOP_EVERY == 0 &&
               visited_size_bytes(&search->visited) + arena_size_bytes(search->arena) > options->memory_max_bytes) {
        result->problem = "the budget of memory ran out";
    } else if (options->stop != NULL && result->transitions % STOP_EVERY == 0) {
        const struct explore_progress progress = {
            .states = result->states, .transitions = result->transitions, .explored = search->done};
        if (options->stop(options->context, &progress)) {
            result->problem = "the time ran out, or it was interrupted";
        }
    }
    return result->problem != NULL;
}

/* Takes the next transition of the top frame, or leaves it. */
static void advance(struct search *search)
{
    struct frame *frame = &search->frames.items[search->frames.count - 1];
    while (frame->next < frame->count && (frame->explore & sleep_bit(frame->all[frame->next])) == 0) {
        frame->next++;
    }
    if (frame->next == frame->count) {
        arena_rewind(search->stack, frame->mark);
        search->frames.count--;
        if (search->frames.count > 0) {
            search->path.count--;
        }
        return;
    }
    const uint32_t taken = frame->next++;
    const uint64_t asleep = still_asleep(search, frame, taken);
    const struct transition transition = frame->all[taken];
    const double share = frame->share / to_try(frame);
    /* The last of its sleep number done: from here on it sleeps. */
    if (frame->next == frame->count || sleep_number(frame->all[frame->next]) != sleep_number(transition)) {
        frame->sleep |= sleep_bit(transition);
    }
    ARENA_PUSH(search->arena, &search->path) = transition;
    machine_restore(search->space->machine, frame->before);
    space_apply(search->space, transition, on_step, search);
    search->result->transitions++;
    const size_t depth = search->frames.count;
    check(depth < DEPTH_MAX);
    enter(search, asleep, share);
    if (search->frames.count == depth) {
        search->path.count--;
    }
}

const char *explore_verdict_name(enum explore_verdict verdict)
{
    static const char *const names[] = {"PROVED", "REFUTED", "BOUNDED", "VACUOUS", "ERROR"};
    return names[verdict];
}

static enum explore_verdict verdict_of(const struct search *search)
{
    if (search->result->findings.count > 0) {
        return EXPLORE_REFUTED;
    }
    if (search->result->problem != NULL) {
        return EXPLORE_BOUNDED;
    }
    return search->space->machine->met ? EXPLORE_PROVED : EXPLORE_VACUOUS;
}

struct explore_result explore(struct plan *plan, struct arena *arena, const struct explore_options *options)
{
    struct explore_result result = {.verdict = EXPLORE_ERROR};
    struct search search = {.arena = arena, .stack = arena_new(), .options = options, .result = &result};
    search.space = space_new(plan, arena, !options->no_expiry, !options->no_symmetry);
    if (search.space->problem != NULL) {
        result.problem = search.space->problem;
        arena_free(search.stack);
        return result;
    }
    enter(&search, 0, 1.0);
    while (search.frames.count > 0 && !out_of_budget(&search)) {
        advance(&search);
    }
    qsort(result.findings.items, result.findings.count, sizeof *result.findings.items, compare_findings);
    result.explored = result.problem == NULL ? 1.0 : search.done;
    result.memory_bytes = visited_size_bytes(&search.visited);
    result.verdict = verdict_of(&search);
    visited_free(&search.visited);
    visited_free(&search.finals);
    text_free(&search.name);
    arena_free(search.stack);
    return result;
}
