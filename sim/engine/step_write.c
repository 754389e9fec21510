/* COMMIT, REPLY and MIRROR: bookings at the upstream, and the gateway's own copy of them. */
#include "base/check.h"
#include "engine/step.h"

#include "base/poison.h"

void step_add_written_days(const struct machine *machine, uint32_t actor, enum resource resource, struct footprint *out)
{
    const struct actor *who = &machine->plan->actors.items[actor];
    if (who->old_slot == MODEL_NONE && who->slot != MODEL_NONE) {
        int32_t from = 0;
        int32_t to = 0;
        plan_overlapped_days(machine->plan, who->slot, &from, &to);
        footprint_add(out, resource, step_day(from), step_day(to), true);
    } else {
        /* Another actor may have moved the booking: its old day is not known beforehand. */
        footprint_add(out, resource, RESOURCE_ALL_LOW, RESOURCE_ALL_HIGH, true);
    }
}

/* The writer whose versions an actor's doing acknowledges: a webhook's handler speaks for the sender. */
static uint32_t writer_of(const struct machine *machine, uint32_t actor)
{
    const uint32_t parent = machine->plan->actors.items[actor].parent;
    return parent == MODEL_NONE ? actor : parent;
}

void step_acknowledge(struct machine *machine, uint32_t actor)
{
    const uint32_t writer = writer_of(machine, actor);
    const struct actor *who = &machine->plan->actors.items[writer];
    /* A webhook's handler knows of what had been committed when the webhook was sent, and of nothing later. */
    const uint64_t before = writer == actor ? UINT64_MAX : machine->actors[actor].started;
    if (who->slot != MODEL_NONE) {
        step_touch(machine, RESOURCE_ACK, step_day(machine->plan->slots[who->slot].day), true);
    }
    oracle_acknowledge(machine, writer, before);
}

void step_COMMIT_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                           struct footprint *out)
{
    (void)now_us;
    (void)step;
    step_add_written_days(machine, actor, RESOURCE_TRUTH, out);
    if (machine->plan->oracle == ORACLE_UPSTREAM) {
        step_add_written_days(machine, actor, RESOURCE_ACK, out);
    }
}

static void touch_changed_slots(struct machine *machine, uint32_t before, uint32_t after)
{
    const struct plan *plan = machine->plan;
    const uint64_t *old_free = store_free_slots(plan->store, before);
    const uint64_t *new_free = store_free_slots(plan->store, after);
    for (uint32_t i = 0; i < plan->slot_count; i++) {
        if (((old_free[i / 64] ^ new_free[i / 64]) >> (i % 64) & 1U) != 0) {
            step_touch(machine, RESOURCE_TRUTH, step_day(plan->slots[i].day), true);
        }
    }
}

/* A refusal ends the routine: what it leaves out was never done (see cause_deleted). */
static void skip_to(struct actor_state *state, uint32_t target)
{
    state->skipped_from = state->pc + 1;
    step_jump(state, target);
}

void step_COMMIT_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    (void)now_us;
    struct actor_state *state = &machine->actors[actor];
    const uint32_t before = machine->state;
    const struct store_step result = store_apply(machine->plan->store, before, step->call);
    state->refused = result.changed == 0;
    machine->state = result.state;
    touch_changed_slots(machine, before, result.state);
    if (state->refused) {
        machine->record.outcome = OUTCOME_REFUSED;
        machine->totals.refused_offers += state->offered;
        if (step->target != MODEL_NONE) {
            skip_to(state, step->target);
            return;
        }
    } else {
        machine->record.version = oracle_committed(machine, actor, before, result.state);
        if (machine->plan->oracle == ORACLE_UPSTREAM) {
            step_acknowledge(machine, actor);
        }
    }
    step_next(state);
}

void step_REPLY_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                          struct footprint *out)
{
    (void)machine;
    (void)actor;
    (void)step;
    (void)now_us;
    (void)out;
}

void step_REPLY_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    (void)now_us;
    struct actor_state *state = &machine->actors[actor];
    if (state->refused) {
        machine->record.outcome = OUTCOME_REFUSED;
        skip_to(state, step->target);
    } else {
        step_next(state);
    }
}

void step_MIRROR_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                           struct footprint *out)
{
    (void)step;
    (void)now_us;
    const uint32_t booking = machine->plan->actors.items[actor].booking_number;
    footprint_add(out, RESOURCE_MIRROR, booking, booking, true);
    footprint_add(out, RESOURCE_INBOX, actor, actor, false);
    if (machine->plan->oracle == ORACLE_COMMITTED) {
        step_add_written_days(machine, writer_of(machine, actor), RESOURCE_ACK, out);
    }
}

void step_MIRROR_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    (void)now_us;
    struct plan *plan = machine->plan;
    step_touch(machine, RESOURCE_MIRROR, plan->actors.items[actor].booking_number, true);
    step_touch(machine, RESOURCE_INBOX, actor, false);
    const uint32_t before = store_consequences(plan->store, machine->state).double_bookings;
    const struct store_step result = store_apply(plan->store, machine->state, step->call);
    machine->state = result.state;
    machine->record.outcome = result.changed == 0 ? OUTCOME_REFUSED : OUTCOME_DONE;
    const uint32_t after = store_consequences(plan->store, machine->state).double_bookings;
    machine->totals.double_bookings += after > before ? after - before : 0;
    if (plan->oracle == ORACLE_COMMITTED) {
        step_acknowledge(machine, actor);
    }
    step_next(&machine->actors[actor]);
}

void step_RETURN_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                           struct footprint *out)
{
    (void)step;
    (void)now_us;
    if (machine->plan->actors.items[actor].acknowledges) {
        step_add_written_days(machine, writer_of(machine, actor), RESOURCE_ACK, out);
    }
}

void step_RETURN_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    (void)step;
    (void)now_us;
    if (machine->plan->actors.items[actor].acknowledges) {
        step_acknowledge(machine, actor);
    }
    step_next(&machine->actors[actor]);
}
