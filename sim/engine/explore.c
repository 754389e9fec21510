#include "engine/explore.h"

#include "base/check.h"
#include "engine/reduction.h"
#include "engine/visited.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/poison.h"

enum { DEPTH_MAX = 1 << 16, STOP_EVERY = 4096 };

/* A state on the path from the start to here. */
struct frame {
    struct snapshot *before; /* The state itself. */
    struct enabled enabled;
    uint32_t next;          /* Of the enabled, to be tried. */
    uint64_t explore;       /* Transitions to be tried: by sleep bit. */
    uint64_t sleep;         /* Asleep, by sleep bit; grows as transitions are done. */
    struct arena_mark mark; /* What the frame took. */
    double share;           /* Of the whole space, for the estimate. */
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

struct finding finding_of(const struct space *space, uint32_t actor, const struct step *answer,
                          const struct stale_slot *stale)
{
    const struct truth *truth = &space->machine->truth;
    struct finding finding;
    memset(&finding, 0, sizeof finding); /* Compared as bytes. */
    finding.actor = space->class_of[actor];
    finding.answer = (uint32_t)(answer - space->plan->actors.items[actor].program.steps);
    finding.slot = stale->slot;
    finding.phantom = stale->phantom;
    finding.cause = stale->cause;
    finding.writer = stale->version == MODEL_NONE ? MODEL_NONE : truth->versions.items[stale->version].actor;
    return finding;
}

static void on_step(void *context, const struct step_record *record)
{
    struct search *search = context;
    const struct read_record *read = &search->space->machine->read;
    for (uint32_t i = 0; read->number != 0 && i < read->stale_count; i++) {
        const struct finding finding = finding_of(search->space, record->actor, record->step, &read->stale[i]);
        add_finding(search, &finding);
    }
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
    frame.enabled = reduction_enabled(search->space, search->stack);
    uint8_t order[SPACE_ACTORS_MAX];
    space_name(search->space, sleep, &search->name, order);
    const uint32_t actors = search->space->actor_count;
    if (frame.enabled.count == 0) {
        count_final(search);
    }
    uint64_t awake = ~sleep;
    bool fresh = true;
    if (!search->options->no_visited) {
        struct visited_entry *entry = visited_find(&search->visited, search->name.data, search->name.length, &fresh);
        const uint64_t here = to_positions(sleep, order, actors);
        if (!fresh) {
            awake = SABOTAGED(SLEEP_ONCE) ? 0 : to_actors(entry->sleep & ~here, order, actors);
        }
        entry->sleep = fresh ? here : entry->sleep & here;
    }
    search->result->states += fresh;
    if (frame.enabled.count == 0 || (!fresh && awake == 0)) {
        search->done += share;
        arena_rewind(search->stack, mark);
        return;
    }
    const bool all = !fresh || search->options->no_persistent;
    const uint32_t actors_to_try = all ? UINT32_MAX : reduction_persistent(search->space, &frame.enabled);
    for (uint32_t i = 0; i < frame.enabled.count; i++) {
        if ((actors_to_try >> frame.enabled.items[i].actor & 1U) != 0) {
            frame.explore |= sleep_bit(frame.enabled.items[i]) & awake;
        }
    }
    frame.before = arena_alloc(search->stack, 1, snapshot_size_bytes(search->space->machine));
    machine_save(search->space->machine, frame.before);
    ARENA_PUSH(search->arena, &search->frames) = frame;
    if (search->frames.count > search->result->depth_max) {
        search->result->depth_max = (uint32_t)search->frames.count;
    }
}

static uint32_t to_try(const struct frame *frame)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < frame->enabled.count; i++) {
        count += (frame->explore & sleep_bit(frame->enabled.items[i])) != 0;
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
    while (frame->next < frame->enabled.count && (frame->explore & sleep_bit(frame->enabled.items[frame->next])) == 0) {
        frame->next++;
    }
    if (frame->next == frame->enabled.count) {
        arena_rewind(search->stack, frame->mark);
        search->frames.count--;
        if (search->frames.count > 0) {
            search->path.count--;
        }
        return;
    }
    const uint32_t taken = frame->next++;
    const bool no_sleep = search->options->no_sleep || search->options->no_visited;
    const uint64_t asleep = no_sleep ? 0 : reduction_still_asleep(&frame->enabled, frame->sleep, taken);
    const struct transition transition = frame->enabled.items[taken];
    const double share = frame->share / to_try(frame);
    /* The last of its sleep number done: from here on it sleeps. */
    if (frame->next == frame->enabled.count || sleep_bit(frame->enabled.items[frame->next]) != sleep_bit(transition)) {
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
    while (search.frames.count > 0 && !out_of_budget(&search) &&
           !(options->stop_at_first && result.findings.count > 0)) {
        advance(&search);
    }
    if (result.findings.count > 0) {
        qsort(result.findings.items, result.findings.count, sizeof *result.findings.items, compare_findings);
    }
    result.explored = result.problem == NULL ? 1.0 : search.done;
    result.memory_bytes = visited_size_bytes(&search.visited);
    result.verdict = verdict_of(&search);
    visited_free(&search.visited);
    visited_free(&search.finals);
    text_free(&search.name);
    arena_free(search.stack);
    return result;
}
