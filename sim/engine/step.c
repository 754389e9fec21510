#include "engine/step.h"

#include "base/check.h"

#include "base/poison.h"

const struct step_rule step_rules[STEP_KIND_COUNT] = {
#define X(name, text, doc) [STEP_##name] = {step_##name##_execute, step_##name##_footprint},
    STEP_KINDS(X)
#undef X
};

void footprint_add(struct footprint *footprint, enum resource resource, uint32_t low, uint32_t high, bool write)
{
    check(footprint->count < FOOTPRINT_MAX);
    check(low <= high);
    footprint->items[footprint->count++] =
        (struct access){.resource = resource, .low = low, .high = high, .write = write};
}

bool footprint_conflicts(const struct footprint *a, const struct footprint *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t j = 0; j < b->count; j++) {
            const struct access *x = &a->items[i];
            const struct access *y = &b->items[j];
            if (x->resource == y->resource && (x->write || y->write) && x->low <= y->high && y->low <= x->high) {
                return true;
            }
        }
    }
    return false;
}

struct footprint step_footprint(const struct machine *machine, uint32_t actor, int64_t now_us)
{
    const struct step *step = machine_next(machine, actor);
    struct footprint footprint = {.count = 0};
    /* Whoever begins to read looks at everything that is acknowledged. */
    if ((step->kind == STEP_GET || step->kind == STEP_SNAPSHOT) && !machine->actors[actor].reading) {
        footprint_add(&footprint, RESOURCE_ACK, RESOURCE_ALL_LOW, RESOURCE_ALL_HIGH, false);
    }
    step_rules[step->kind].footprint(machine, actor, step, now_us, &footprint);
    return footprint;
}

#ifdef SLOTRACE_DEBUG
void step_touch(const struct machine *machine, enum resource resource, uint32_t number, bool write)
{
    check(machine->footprint != NULL);
    for (uint32_t i = 0; i < machine->footprint->count; i++) {
        const struct access *declared = &machine->footprint->items[i];
        if (declared->resource == resource && declared->low <= number && number <= declared->high &&
            (declared->write || !write)) {
            return;
        }
    }
    check(!"a step touched something outside its footprint");
}
#endif

void step_begin_read(struct machine *machine, uint32_t actor, int64_t now_us)
{
    struct actor_state *state = &machine->actors[actor];
    if (!state->reading) {
        step_touch(machine, RESOURCE_ACK, RESOURCE_ALL_LOW, false);
        state->reading = true;
        state->invoked = machine->sequence;
        state->invoked_us = now_us;
        state->value = CACHE_NOTHING;
        state->served_layer = MODEL_NONE;
        state->served_key = MODEL_NONE;
    }
}
