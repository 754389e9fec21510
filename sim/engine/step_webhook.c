/* SEND and RECEIVE: a webhook on its way. */
#include "base/check.h"
#include "engine/step.h"

#include "base/poison.h"

void step_SEND_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                         struct footprint *out)
{
    (void)machine;
    (void)actor;
    (void)now_us;
    footprint_add(out, RESOURCE_ACTOR, step->child, step->child, true);
    footprint_add(out, RESOURCE_INBOX, step->child, step->child, true);
    /* The message says what the booking is at this instant. */
    footprint_add(out, RESOURCE_TRUTH, RESOURCE_ALL_LOW, RESOURCE_ALL_HIGH, false);
}

void step_SEND_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    (void)now_us;
    step_touch(machine, RESOURCE_ACTOR, step->child, true);
    step_touch(machine, RESOURCE_INBOX, step->child, true);
    step_touch(machine, RESOURCE_TRUTH, RESOURCE_ALL_LOW, false);
    machine->state = store_apply(machine->plan->store, machine->state, step->call).state;
    machine->record.child = step->child;
    machine_start(machine, step->child);
    step_next(&machine->actors[actor]);
}

void step_RECEIVE_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                            struct footprint *out)
{
    (void)machine;
    (void)step;
    (void)now_us;
    footprint_add(out, RESOURCE_INBOX, actor, actor, true);
}

void step_RECEIVE_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    (void)now_us;
    step_touch(machine, RESOURCE_INBOX, actor, true);
    machine->state = store_apply(machine->plan->store, machine->state, step->call).state;
    step_next(&machine->actors[actor]);
}
