/* GET and PUT: the way through a layer. */
#include "base/check.h"
#include "engine/step.h"

#include <string.h>

#include "base/poison.h"

void step_GET_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                        struct footprint *out)
{
    footprint_add(out, RESOURCE_KEY, step->key, step->key, false);
    /* A hit that goes on into an outer layer notes which commits it comes after. */
    const struct plan *plan = machine->plan;
    struct cache cache = machine->cache;
    const struct cache_entry *entry = cache_get(&cache, step->key, machine_cache_us(machine, now_us));
    if (entry != NULL && plan->actors.items[actor].program.steps[step->target].kind == STEP_PUT) {
        const struct range *range = &plan->ranges.items[plan_value(plan, entry->value)->range];
        footprint_add(out, RESOURCE_TRUTH, step_day(range->day_from), step_day(range->day_to), false);
    }
}

void step_GET_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    step_begin_read(machine, actor, now_us);
    step_touch(machine, RESOURCE_KEY, step->key, false);
    struct actor_state *state = &machine->actors[actor];
    machine->record.key = step->key;
    const struct cache_entry *entry = cache_get(&machine->cache, step->key, machine_cache_us(machine, now_us));
    if (entry == NULL) {
        machine->record.outcome = OUTCOME_MISS;
        step_next(state);
        return;
    }
    machine->record.outcome = OUTCOME_HIT;
    machine->record.value = entry->value;
    state->value = entry->value;
    state->seen = entry->seen;
    state->hit_seen = (uint32_t)machine->truth.versions.count - 1;
    state->served = *entry;
    state->served_at = machine->sequence;
    if (!machine->quiet) {
        check(step->key < machine->evidence_capacity);
        machine->carried[actor] = machine->evidence[step->key];
        machine->served[actor] = machine->carried[actor];
    }
    state->served_layer = step->layer;
    state->served_key = step->key;
    step_jump(state, step->target);
}

void step_PUT_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                        struct footprint *out)
{
    (void)machine;
    (void)actor;
    (void)now_us;
    footprint_add(out, RESOURCE_KEY, step->key, step->key, true);
}

static struct evidence *evidence_of(struct machine *machine, uint32_t key)
{
    if (key >= machine->evidence_capacity) {
        size_t capacity = machine->evidence_capacity == 0 ? 64 : machine->evidence_capacity;
        while (capacity <= key) {
            capacity *= 2;
        }
        struct evidence *wider = ARENA_ARRAY(machine->arena, struct evidence, capacity);
        if (machine->evidence_capacity > 0) {
            memcpy(wider, machine->evidence, machine->evidence_capacity * sizeof *wider);
        }
        machine->evidence = wider;
        machine->evidence_capacity = capacity;
    }
    return &machine->evidence[key];
}

void step_PUT_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    step_touch(machine, RESOURCE_KEY, step->key, true);
    struct actor_state *state = &machine->actors[actor];
    const struct layer *layer = &machine->plan->system->layers[step->layer];
    check(state->value != CACHE_NOTHING);
    const bool empty = plan_value(machine->plan, state->value)->free_count == 0;
    const int64_t ttl_us = empty ? layer->ttl_empty_us : layer->ttl_us;
    const struct cache_entry entry = {.value = state->value, .seen = state->seen, .hit_seen = state->hit_seen};
    cache_put(&machine->cache, step->key, entry, machine_cache_us(machine, now_us), ttl_us);
    if (!machine->quiet) {
        struct evidence *evidence = evidence_of(machine, step->key);
        *evidence = machine->carried[actor];
        check(evidence->hop_count < LAYERS_MAX);
        evidence->hops[evidence->hop_count++] =
            (struct hop){.layer = step->layer, .key = step->key, .actor = actor, .put_us = now_us};
        machine->carried[actor] = *evidence;
    }
    machine->record.key = step->key;
    machine->record.value = state->value;
    machine->record.ttl_us = ttl_us;
    step_next(state);
}
