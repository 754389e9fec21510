#include "engine/machine.h"

#include "base/check.h"
#include "engine/step.h"

#include "base/poison.h"

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
    machine->forgotten_from = ARENA_ARRAY(arena, int32_t, plan->forgets.count + 1);
    oracle_init(machine);
    return machine;
}

void machine_start(struct machine *machine, uint32_t actor)
{
    struct actor_state *state = &machine->actors[actor];
    check(state->status != ACTOR_READY);
    const uint32_t runs = state->runs;
    *state = (struct actor_state){.status = ACTOR_READY, .value = CACHE_NOTHING, .runs = runs};
    state->evidence.snapshot_actor = MODEL_NONE;
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
    check(machine->record.time_us <= now_us);
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
