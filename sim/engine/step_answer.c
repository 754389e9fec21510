/* ANSWER and CHOOSE: what the caller is told, and what the caller does with it. */
#include "base/check.h"
#include "engine/step.h"

#include "base/poison.h"

void step_ANSWER_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                           struct footprint *out)
{
    (void)now_us;
    /* The whole dates that were asked about, and those that the value speaks of. */
    const struct plan *plan = machine->plan;
    const struct question *question = &plan->questions.items[step->question];
    int32_t from = question->day_from;
    int32_t to = question->day_to;
    if (machine->actors[actor].value != CACHE_NOTHING) {
        const struct range *range = &plan->ranges.items[plan_value(plan, machine->actors[actor].value)->range];
        from = range->day_from < from ? range->day_from : from;
        to = range->day_to > to ? range->day_to : to;
    }
    footprint_add(out, RESOURCE_TRUTH, step_day(from), step_day(to), false);
}

/* Is something free in the window asked for (not only on its dates)? */
static bool free_in_window(const struct machine *machine, const struct question *question, uint32_t value_number)
{
    const struct plan *plan = machine->plan;
    const struct value *value = plan_value(plan, value_number);
    const struct range *asked = &plan->ranges.items[question->range];
    for (uint32_t i = asked->first; i < asked->first + asked->count; i++) {
        const struct slot *slot = &plan->slots[i];
        if (value_reports_free(plan, value, i) && slot->starts_us >= question->from_us &&
            slot->starts_us <= question->to_us) {
            return true;
        }
    }
    return false;
}

void step_ANSWER_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    (void)now_us;
    struct actor_state *state = &machine->actors[actor];
    const struct question *question = &machine->plan->questions.items[step->question];
    check(state->reading && state->value != CACHE_NOTHING);
    const struct value *value = plan_value(machine->plan, state->value);
    step_touch(machine, RESOURCE_TRUTH, step_day(question->day_from), false);
    step_touch(machine, RESOURCE_TRUTH, step_day(question->day_to), false);
    machine->record.value = state->value;
    const uint32_t wanted = machine->plan->actors.items[actor].slot;
    state->offered = state->offered || (wanted != MODEL_NONE && value_reports_free(machine->plan, value, wanted));
    oracle_judge(machine, actor, step);
    state->reading = false;
    if (step->target != MODEL_NONE && free_in_window(machine, question, state->value)) {
        step_jump(state, step->target);
    } else {
        step_next(state);
    }
}

void step_CHOOSE_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                           struct footprint *out)
{
    (void)machine;
    (void)actor;
    (void)step;
    (void)now_us;
    (void)out;
}

void step_CHOOSE_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    (void)now_us;
    struct actor_state *state = &machine->actors[actor];
    if (state->offered) {
        step_next(state);
    } else {
        machine->record.outcome = OUTCOME_SKIPPED;
        step_jump(state, step->target);
    }
}
