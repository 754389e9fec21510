#include "engine/machine.h"

#include "base/check.h"
#include "engine/step.h"

#include <string.h>

#include "base/poison.h"

/* When was which key deleted by whom? For causes. */
static void init_deletions(struct machine *machine)
{
    struct plan *plan = machine->plan;
    machine->forgotten_from = ARENA_ARRAY(machine->arena, int32_t, plan->forgets.count + 1);
    machine->listed_at = ARENA_ARRAY(machine->arena, uint64_t, plan->forgets.count + 1);
    machine->listed = ARENA_ARRAY(machine->arena, uint32_t, plan->forgets.count + 1);
    machine->forgotten_at = ARENA_ARRAY(machine->arena, uint64_t *, plan->forgets.count + 1);
    for (size_t a = 0; a < plan->actors.count; a++) {
        const struct program *program = &plan->actors.items[a].program;
        for (uint32_t i = 0; i < program->count; i++) {
            const struct step *step = &program->steps[i];
            if (step->forget != MODEL_NONE && machine->forgotten_at[step->forget] == NULL) {
                const bool pattern = plan->forgets.items[step->forget].spec->pattern;
                /* Only keys that are put can be listed, and all of these are known by now. */
                machine->forgotten_at[step->forget] =
                    ARENA_ARRAY(machine->arena, uint64_t, (pattern ? plan->keys.count : step->repeat) + 1);
            }
        }
    }
}

struct machine *machine_new(struct plan *plan, struct arena *arena, struct observer observer)
{
    struct machine *machine = ARENA_NEW(arena, struct machine);
    *machine = (struct machine){.plan = plan, .arena = arena, .observer = observer, .state = plan->initial_state};
    (void)store_initial_state(plan->store);
    cache_init(&machine->cache, arena);
    interner_init(&machine->lists, arena);
    machine->actors = ARENA_ARRAY(arena, struct actor_state, plan->actors.count);
    machine->executed = ARENA_ARRAY(arena, uint8_t *, plan->actors.count);
    for (size_t i = 0; i < plan->actors.count; i++) {
        machine->executed[i] = ARENA_ARRAY(arena, uint8_t, plan->actors.items[i].program.count);
    }
    machine->carried = ARENA_ARRAY(arena, struct evidence, plan->actors.count);
    machine->served = ARENA_ARRAY(arena, struct evidence, plan->actors.count);
    init_deletions(machine);
    oracle_init(machine);
    return machine;
}

void machine_start(struct machine *machine, uint32_t actor)
{
    struct actor_state *state = &machine->actors[actor];
    check(state->status != ACTOR_READY);
    const uint32_t runs = state->runs;
    *state =
        (struct actor_state){.status = ACTOR_READY, .value = CACHE_NOTHING, .runs = runs, .started = machine->sequence};
    if (machine->plan->actors.items[actor].program.count == 0) {
        state->status = ACTOR_ENDED;
    }
}

const struct step *machine_next(const struct machine *machine, uint32_t actor)
{
    const struct actor_state *state = &machine->actors[actor];
    const struct program *program = &machine->plan->actors.items[actor].program;
    check(state->status == ACTOR_READY && state->pc < program->count);
    return &program->steps[state->pc];
}

const struct step_record *machine_step(struct machine *machine, uint32_t actor, int64_t now_us)
{
    const struct step *step = machine_next(machine, actor);
    struct actor_state *state = &machine->actors[actor];
    check(machine->timeless || machine->record.time_us <= now_us);
    machine->record = (struct step_record){
        .sequence = ++machine->sequence,
        .time_us = now_us,
        .actor = actor,
        .step = step,
        .iteration = state->loop,
        .key = MODEL_NONE,
        .value = MODEL_NONE,
        .child = MODEL_NONE,
    };
    machine->read.number = 0;
    machine->totals.steps++;
    machine->executed[actor][state->pc] = 1;
#ifdef SLOTRACE_DEBUG
    const struct footprint footprint = step_footprint(machine, actor, now_us);
    machine->footprint = &footprint;
#endif
    step_rules[step->kind].execute(machine, actor, step, now_us);
    machine->footprint = NULL;
    if (state->pc >= machine->plan->actors.items[actor].program.count) {
        state->status = ACTOR_ENDED;
        state->runs++;
    }
    if (machine->observer.on_step != NULL) {
        machine->observer.on_step(machine->observer.context, &machine->record);
    }
    if (machine->read.number != 0 && machine->observer.on_read != NULL) {
        machine->observer.on_read(machine->observer.context, &machine->read);
    }
    return &machine->record;
}

/* Versions are as many as there are commits in the plan, at most. */
static size_t version_count_max(const struct plan *plan)
{
    size_t count = 1;
    for (size_t a = 0; a < plan->actors.count; a++) {
        for (uint32_t i = 0; i < plan->actors.items[a].program.count; i++) {
            count += plan->actors.items[a].program.steps[i].kind == STEP_COMMIT;
        }
    }
    return count;
}

size_t snapshot_size_bytes(const struct machine *machine)
{
    const struct plan *plan = machine->plan;
    return sizeof(struct snapshot) + plan->actors.count * sizeof(struct actor_state) +
           machine->cache.capacity * sizeof(struct cache_entry) + version_count_max(plan) * sizeof(struct version);
}

void machine_save(const struct machine *machine, struct snapshot *out)
{
    const struct truth *truth = &machine->truth;
    out->sequence = machine->sequence;
    out->state = machine->state;
    out->version_count = (uint32_t)truth->versions.count;
    out->change_count = (uint32_t)truth->changes.count;
    const size_t actors = machine->plan->actors.count * sizeof(struct actor_state);
    const size_t entries = machine->cache.capacity * sizeof(struct cache_entry);
    memcpy(out->rest, machine->actors, actors);
    if (entries > 0) {
        memcpy(out->rest + actors, machine->cache.entries, entries);
    }
    memcpy(out->rest + actors + entries, truth->versions.items, truth->versions.count * sizeof(struct version));
}

void machine_restore(struct machine *machine, const struct snapshot *snapshot)
{
    struct truth *truth = &machine->truth;
    check(snapshot->change_count <= truth->changes.count);
    machine->sequence = snapshot->sequence;
    machine->state = snapshot->state;
    const size_t actors = machine->plan->actors.count * sizeof(struct actor_state);
    const size_t entries = machine->cache.capacity * sizeof(struct cache_entry);
    memcpy(machine->actors, snapshot->rest, actors);
    if (entries > 0) {
        memcpy(machine->cache.entries, snapshot->rest + actors, entries);
    }
    truth->versions.count = snapshot->version_count;
    memcpy(truth->versions.items, snapshot->rest + actors + entries, truth->versions.count * sizeof(struct version));
    while (truth->changes.count > snapshot->change_count) {
        const struct change *change = &truth->changes.items[--truth->changes.count];
        truth->last_change[change->slot] = change->previous;
    }
}
