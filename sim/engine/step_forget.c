/* FORGET, LIST and FORGET_LISTED: deletions. */
#include "base/check.h"
#include "engine/step.h"

#include "base/poison.h"

int32_t step_first_day(const struct machine *machine, uint32_t actor, const struct forget_spec *spec, int64_t now_us)
{
    const struct plan *plan = machine->plan;
    const struct actor *who = &plan->actors.items[actor];
    if (spec->from == FROM_SLOT && who->slot != MODEL_NONE) {
        return plan->slots[who->slot].day;
    }
    if (spec->from == FROM_OLD_SLOT && who->old_slot != MODEL_NONE) {
        return plan->slots[who->old_slot].day;
    }
    return zone_day(plan->system->zone, now_us);
}

static const struct forget_plan *forget_of(const struct machine *machine, const struct step *step)
{
    return &machine->plan->forgets.items[step->forget];
}

void step_FORGET_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                           struct footprint *out)
{
    const struct forget_spec *spec = forget_of(machine, step)->spec;
    if (spec->atomic) {
        footprint_add(out, RESOURCE_KEY, RESOURCE_ALL_LOW, RESOURCE_ALL_HIGH, true);
        return;
    }
    const struct actor_state *state = &machine->actors[actor];
    const int32_t day = state->loop == 0 ? step_first_day(machine, actor, spec, now_us) : state->base_day;
    const uint32_t key = plan_forget_key(machine->plan, step, state->loop, day);
    footprint_add(out, RESOURCE_KEY, key, key, true);
}

struct listing {
    struct machine *machine;
    const char *pattern;
    struct text keys; /* Key numbers, 4 bytes each. */
};

static void add_if_matching(void *context, uint32_t key)
{
    struct listing *listing = context;
    if (text_matches_glob(listing->pattern, interned_string(&listing->machine->plan->keys, key))) {
        text_add(&listing->keys, (const char *)&key, sizeof key);
    }
}

static struct text matching_keys(struct machine *machine, const char *pattern, int64_t now_us)
{
    struct listing listing = {.machine = machine, .pattern = pattern};
    cache_each(&machine->cache, machine_cache_us(machine, now_us), add_if_matching, &listing);
    return listing.keys;
}

static void forget_matching(struct machine *machine, const char *pattern, int64_t now_us)
{
    struct text keys = matching_keys(machine, pattern, now_us);
    const uint32_t *numbers = (const uint32_t *)(const void *)keys.data;
    machine->record.count = (uint32_t)(keys.length / sizeof *numbers);
    for (uint32_t i = 0; i < machine->record.count; i++) {
        (void)cache_forget(&machine->cache, numbers[i], machine_cache_us(machine, now_us));
    }
    text_free(&keys);
}

static void forget_all(struct machine *machine, const struct step *step, int32_t day, int64_t now_us)
{
    step_touch(machine, RESOURCE_KEY, RESOURCE_ALL_LOW, true);
    const struct forget_plan *forget = forget_of(machine, step);
    if (forget->spec->pattern) {
        forget_matching(machine, forget->pattern, now_us);
        machine->listed_at[step->forget] = machine->sequence;
        return;
    }
    for (uint32_t i = 0; i < step->repeat; i++) {
        const uint32_t key = plan_forget_key(machine->plan, step, i, day);
        machine->record.count += cache_forget(&machine->cache, key, machine_cache_us(machine, now_us));
        machine->forgotten_at[step->forget][i] = machine->sequence;
    }
}

void step_FORGET_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    struct actor_state *state = &machine->actors[actor];
    const struct forget_spec *spec = forget_of(machine, step)->spec;
    if (state->loop == 0) {
        state->base_day = step_first_day(machine, actor, spec, now_us);
        machine->forgotten_from[step->forget] = state->base_day;
    }
    if (spec->atomic) {
        forget_all(machine, step, state->base_day, now_us);
        step_next(state);
        return;
    }
    const uint32_t key = plan_forget_key(machine->plan, step, state->loop, state->base_day);
    step_touch(machine, RESOURCE_KEY, key, true);
    machine->record.key = key;
    machine->record.outcome =
        cache_forget(&machine->cache, key, machine_cache_us(machine, now_us)) ? OUTCOME_DONE : OUTCOME_ABSENT;
    machine->forgotten_at[step->forget][state->loop] = machine->sequence;
    state->loop++;
    if (state->loop == step->repeat) {
        step_next(state);
    }
}

void step_LIST_footprint(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                         struct footprint *out)
{
    (void)machine;
    (void)actor;
    (void)step;
    (void)now_us;
    footprint_add(out, RESOURCE_KEY, RESOURCE_ALL_LOW, RESOURCE_ALL_HIGH, false);
}

void step_LIST_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    step_touch(machine, RESOURCE_KEY, RESOURCE_ALL_LOW, false);
    struct actor_state *state = &machine->actors[actor];
    struct text keys = matching_keys(machine, forget_of(machine, step)->pattern, now_us);
    machine->record.count = (uint32_t)(keys.length / sizeof(uint32_t));
    state->listed = intern(&machine->lists, text_string(&keys), keys.length);
    machine->listed_at[step->forget] = machine->sequence;
    machine->listed[step->forget] = state->listed;
    text_free(&keys);
    step_next(state);
    if (machine->record.count == 0) {
        machine->record.outcome = OUTCOME_SKIPPED;
        step_next(state);
    }
}

static uint32_t listed_count(const struct machine *machine, uint32_t listed)
{
    return (uint32_t)(machine->lists.items[listed].length / sizeof(uint32_t));
}

static uint32_t listed_key(const struct machine *machine, uint32_t listed, uint32_t index)
{
    check(index < listed_count(machine, listed));
    return ((const uint32_t *)machine->lists.items[listed].bytes)[index];
}

void step_FORGET_LISTED_footprint(const struct machine *machine, uint32_t actor, const struct step *step,
                                  int64_t now_us, struct footprint *out)
{
    (void)step;
    (void)now_us;
    const struct actor_state *state = &machine->actors[actor];
    const uint32_t key = listed_key(machine, state->listed, state->loop);
    footprint_add(out, RESOURCE_KEY, key, key, true);
}

void step_FORGET_LISTED_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us)
{
    struct actor_state *state = &machine->actors[actor];
    const uint32_t key = listed_key(machine, state->listed, state->loop);
    step_touch(machine, RESOURCE_KEY, key, true);
    machine->record.key = key;
    machine->record.outcome =
        cache_forget(&machine->cache, key, machine_cache_us(machine, now_us)) ? OUTCOME_DONE : OUTCOME_ABSENT;
    machine->forgotten_at[step->forget][key] = machine->sequence;
    state->loop++;
    if (state->loop == listed_count(machine, state->listed)) {
        step_next(state);
    }
}
