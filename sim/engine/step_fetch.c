/* SNAPSHOT and RESPONSE: an answer of the upstream. The race lives between the two. */
#include "engine/step.h"

#include "base/poison.h"

void step_SNAPSHOT_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                             struct footprint *out)
{
    (void)actor;
    (void)now_us;
    const struct question *question = &machine->plan->questions.items[step->question];
    footprint_add(out, RESOURCE_TRUTH, step_day(question->day_from), step_day(question->day_to), false);
}

void step_SNAPSHOT_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    step_begin_read(machine, actor, now_us);
    struct actor_state *state = &machine->actors[actor];
    const struct question *question = &machine->plan->questions.items[step->question];
    step_touch(machine, RESOURCE_TRUTH, step_day(question->day_from), false);
    step_touch(machine, RESOURCE_TRUTH, step_day(question->day_to), false);
    state->value = plan_value_at(machine->plan, machine->state, question->range);
    state->seen = (uint32_t)machine->truth.versions.count - 1;
    state->hit_seen = 0;
    if (!machine->quiet) {
        machine->carried[actor] = (struct evidence){.snapshot_actor = actor, .snapshot_us = now_us};
    }
    machine->record.value = state->value;
    step_next(state);
}

void step_RESPONSE_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                             struct footprint *out)
{
    (void)machine;
    (void)actor;
    (void)step;
    (void)now_us;
    (void)out;
}

void step_RESPONSE_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    (void)step;
    (void)now_us;
    machine->record.value = machine->actors[actor].value;
    step_next(&machine->actors[actor]);
}
