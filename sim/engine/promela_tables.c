#include "engine/promela_tables.h"

#include "base/check.h"

#include "base/poison.h"

static const struct program *program_of(const struct promela *model, uint32_t actor)
{
    return &model->plan->actors.items[actor].program;
}

/* States and calls: whatever can follow from whatever, in any order. Programs allow less. */
static void add_call(struct promela *model, uint32_t call)
{
    for (size_t i = 0; i < model->calls.count; i++) {
        if (model->calls.items[i].call == call) {
            return;
        }
    }
    ARENA_PUSH(model->arena, &model->calls) = (struct promela_call){
        .call = call,
        .next = ARENA_ARRAY(model->arena, uint32_t, PROMELA_STATES_MAX),
        .changed = ARENA_ARRAY(model->arena, uint8_t, PROMELA_STATES_MAX),
    };
}

static uint32_t add_state(struct promela *model, uint32_t state)
{
    const uint32_t known = map_get(&model->state_number, state);
    if (known != MAP_NONE) {
        return known;
    }
    if (model->states.count == PROMELA_STATES_MAX) {
        model->problem = "the database can be in more than 4,000 states";
        return 0;
    }
    const uint32_t number = (uint32_t)model->states.count;
    ARENA_PUSH(model->arena, &model->states) = state;
    map_put(&model->state_number, state, number);
    return number;
}

static void find_states(struct promela *model)
{
    const struct plan *plan = model->plan;
    for (uint32_t a = 0; a < plan->actors.count; a++) {
        for (uint32_t i = 0; i < program_of(model, a)->count; i++) {
            if (program_of(model, a)->steps[i].call != MODEL_NONE) {
                add_call(model, program_of(model, a)->steps[i].call);
            }
        }
    }
    map_init(&model->state_number, model->arena);
    (void)add_state(model, plan->initial_state);
    for (size_t s = 0; s < model->states.count && model->problem == NULL; s++) {
        for (size_t c = 0; c < model->calls.count; c++) {
            struct promela_call *call = &model->calls.items[c];
            const struct store_step step = store_apply(plan->store, model->states.items[s], call->call);
            call->changed[s] = step.changed != 0;
            call->next[s] = add_state(model, step.state);
        }
    }
}

const struct promela_call *promela_call(const struct promela *model, uint32_t call)
{
    for (size_t i = 0; i < model->calls.count; i++) {
        if (model->calls.items[i].call == call) {
            return &model->calls.items[i];
        }
    }
    check(!"a call that no step makes");
    return NULL;
}

bool promela_is_free(const struct promela *model, uint32_t state, uint32_t slot)
{
    const uint64_t *free_slots = store_free_slots(model->plan->store, model->states.items[state]);
    return (free_slots[slot / 64] >> (slot % 64) & 1U) != 0;
}

/* Commits, and the slots that each can open or close. */
static void add_flipped(struct promela *model, struct promela_call *call)
{
    for (uint32_t slot = 0; slot < model->plan->slot_count; slot++) {
        bool flips = false;
        for (uint32_t s = 0; s < model->states.count && !flips; s++) {
            flips = promela_is_free(model, s, slot) != promela_is_free(model, call->next[s], slot);
        }
        if (!flips) {
            continue;
        }
        size_t number = 0;
        while (number < model->slots.count && model->slots.items[number] != slot) {
            number++;
        }
        if (number == PROMELA_SLOTS_MAX) {
            model->problem = "more than 64 slots change";
            return;
        }
        if (number == model->slots.count) {
            ARENA_PUSH(model->arena, &model->slots) = slot;
        }
        call->slots |= UINT64_C(1) << number;
    }
}

static void number_commit(struct promela *model, uint32_t actor, uint32_t index)
{
    if (model->commit_count == PROMELA_COMMITS_MAX) {
        model->problem = "more than 15 commits";
        return;
    }
    if (model->plan->actors.items[actor].repeat_count > 1) {
        model->problem = "an actor that writes and repeats itself";
        return;
    }
    const uint32_t number = model->commit_count++;
    const struct step *step = &program_of(model, actor)->steps[index];
    struct promela_call *call = &model->calls.items[promela_call(model, step->call) - model->calls.items];
    add_flipped(model, call);
    model->commit[actor][index] = number;
    model->commits_of[actor] |= UINT32_C(1) << number;
    model->slots_of[actor] |= call->slots;
    for (uint32_t slot = 0; slot < model->slots.count; slot++) {
        if ((call->slots >> slot & 1U) != 0) {
            model->slot_commits[slot] |= UINT32_C(1) << number;
        }
    }
}

static void find_commits(struct promela *model)
{
    const size_t actors = model->plan->actors.count;
    model->commit = ARENA_ARRAY(model->arena, uint32_t *, actors + 1);
    model->commits_of = ARENA_ARRAY(model->arena, uint32_t, actors + 1);
    model->slots_of = ARENA_ARRAY(model->arena, uint64_t, actors + 1);
    for (uint32_t a = 0; a < actors; a++) {
        const struct program *program = program_of(model, a);
        model->commit[a] = ARENA_ARRAY(model->arena, uint32_t, program->count + 1);
        for (uint32_t i = 0; i < program->count && model->problem == NULL; i++) {
            model->commit[a][i] = MODEL_NONE;
            if (program->steps[i].kind == STEP_COMMIT) {
                number_commit(model, a, i);
            }
        }
    }
}

/* Values by range, so that a comparison tells of which range a value is. */
static uint32_t add_value(struct promela *model, size_t first, uint32_t value)
{
    for (size_t i = first; i < model->values.count; i++) {
        if (model->values.items[i] == value) {
            return (uint32_t)i + 1;
        }
    }
    ARENA_PUSH(model->arena, &model->values) = value;
    return (uint32_t)model->values.count;
}

static bool is_known(const struct promela *model, uint32_t range)
{
    for (size_t i = 0; i < model->ranges.count; i++) {
        if (model->ranges.items[i].range == range) {
            return true;
        }
    }
    return false;
}

static void find_values(struct promela *model)
{
    struct plan *plan = model->plan;
    for (uint32_t a = 0; a < plan->actors.count; a++) {
        for (uint32_t i = 0; i < program_of(model, a)->count; i++) {
            const struct step *step = &program_of(model, a)->steps[i];
            if (step->kind != STEP_SNAPSHOT || is_known(model, plan->questions.items[step->question].range)) {
                continue;
            }
            struct promela_range range = {.range = plan->questions.items[step->question].range};
            range.value_at = ARENA_ARRAY(model->arena, uint32_t, model->states.count);
            const size_t first = model->values.count;
            for (size_t s = 0; s < model->states.count; s++) {
                const uint32_t value = plan_value_at(plan, model->states.items[s], range.range);
                range.value_at[s] = add_value(model, first, value);
            }
            range.last = (uint32_t)model->values.count;
            ARENA_PUSH(model->arena, &model->ranges) = range;
        }
    }
}

uint32_t promela_range(const struct promela *model, uint32_t range)
{
    uint32_t i = 0;
    while (model->ranges.items[i].range != range) {
        i++;
    }
    return i;
}

uint64_t promela_slots_on(const struct promela *model, int32_t from, int32_t to)
{
    uint64_t slots = 0;
    for (uint32_t i = 0; i < model->slots.count; i++) {
        const int32_t day = model->plan->slots[model->slots.items[i]].day;
        slots |= (uint64_t)(from <= day && day <= to) << i;
    }
    return slots;
}

uint64_t promela_relevant(const struct promela *model, const struct promela_range *range, uint64_t slots)
{
    const struct range *days = &model->plan->ranges.items[range->range];
    return slots | promela_slots_on(model, days->day_from, days->day_to);
}

/* From each answer backwards to all that can lead to it: puts into keys that others find. */
static bool look_ahead(struct promela *model, uint32_t actor)
{
    const struct program *program = program_of(model, actor);
    bool grown = false;
    for (uint32_t i = program->count; i-- > 0;) {
        const struct step *step = &program->steps[i];
        struct promela_ahead ahead = model->ahead[actor][i + 1];
        if (step->kind == STEP_ANSWER) {
            const struct question *question = &model->plan->questions.items[step->question];
            ahead.fills = false;
            ahead.slots = promela_slots_on(model, question->day_from, question->day_to);
        } else if (step->kind == STEP_PUT) {
            ahead.fills = true;
            ahead.slots |= model->key_slots[step->key];
        } else if (step->kind == STEP_GET) {
            const uint64_t before = model->key_slots[step->key];
            model->key_slots[step->key] |= model->ahead[actor][step->target].slots;
            grown = grown || model->key_slots[step->key] != before;
        }
        model->ahead[actor][i] = ahead;
    }
    return grown;
}

static void find_keys(struct promela *model)
{
    const struct plan *plan = model->plan;
    model->key_count = (uint32_t)plan->keys.count;
    model->putable = ARENA_ARRAY(model->arena, bool, model->key_count + 1);
    model->key_slots = ARENA_ARRAY(model->arena, uint64_t, model->key_count + 1);
    model->ahead = ARENA_ARRAY(model->arena, struct promela_ahead *, plan->actors.count + 1);
    for (uint32_t a = 0; a < plan->actors.count; a++) {
        const struct program *program = program_of(model, a);
        model->ahead[a] = ARENA_ARRAY(model->arena, struct promela_ahead, program->count + 1);
        for (uint32_t i = 0; i < program->count; i++) {
            if (program->steps[i].kind == STEP_PUT) {
                model->putable[program->steps[i].key] = true;
            }
        }
    }
    for (bool grown = true; grown;) {
        grown = false;
        for (uint32_t a = 0; a < plan->actors.count; a++) {
            grown = look_ahead(model, a) || grown;
        }
    }
}

void promela_tabulate(struct promela *model)
{
    find_states(model);
    if (model->problem == NULL) {
        find_commits(model);
    }
    if (model->problem == NULL) {
        find_values(model);
        find_keys(model);
    }
}

uint32_t promela_forgotten_key(const struct promela *model, uint32_t actor, const struct step *step, uint32_t iteration)
{
    const struct plan *plan = model->plan;
    const struct forget_spec *spec = plan->forgets.items[step->forget].spec;
    const struct actor *who = &plan->actors.items[actor];
    const struct actor *root = who;
    while (root->parent != MODEL_NONE) {
        root = &plan->actors.items[root->parent];
    }
    int32_t day = zone_day(plan->system->zone, root->at_us);
    if (spec->from == FROM_SLOT && who->slot != MODEL_NONE) {
        day = plan->slots[who->slot].day;
    } else if (spec->from == FROM_OLD_SLOT && who->old_slot != MODEL_NONE) {
        day = plan->slots[who->old_slot].day;
    }
    return plan_forget_key(model->plan, step, iteration, day);
}

/* A question as a whole is judged on its dates; through a layer that knows only the week of its first date, on these.
 */
static int32_t last_day(const struct plan *plan, const struct step *answer)
{
    const struct question *question = &plan->questions.items[answer->question];
    const int32_t week_ends = question->day_from - civil_weekday(question->day_from) + 7;
    for (uint32_t layer = answer->layer; layer != MODEL_NONE; layer = plan->system->layers[layer].source) {
        if (plan->system->layers[layer].covers == COVERS_WEEK && week_ends < question->day_to) {
            return week_ends;
        }
    }
    return question->day_to;
}

/* Is a slot of the right event type judged on, when that value answers that question? Its day was asked about, or the
 * value speaks of a slot at that time. */
static bool is_judged(const struct plan *plan, const struct question *question, int32_t last, const struct range *said,
                      uint32_t slot)
{
    const struct slot *it = &plan->slots[slot];
    if (it->event_type != question->event_type) {
        return false;
    }
    bool judged = question->day_from <= it->day && it->day <= last;
    for (uint32_t i = said->first; i < said->first + said->count; i++) {
        judged = judged || plan->slots[i].starts_us == it->starts_us;
    }
    return judged;
}

/* Does a value offer a time at which there is no such slot at all? */
static bool offers_nothing(const struct plan *plan, const struct question *question, const struct value *value)
{
    const struct range *said = &plan->ranges.items[value->range];
    for (uint32_t i = said->first; i < said->first + said->count; i++) {
        bool exists = false;
        for (uint32_t slot = 0; slot < plan->slot_count; slot++) {
            exists = exists || (plan->slots[slot].event_type == question->event_type &&
                                plan->slots[slot].starts_us == plan->slots[i].starts_us);
        }
        if (!exists && value_is_free(value, said, i)) {
            return true;
        }
    }
    return false;
}

static uint32_t slot_number(const struct promela *model, uint32_t slot)
{
    for (uint32_t i = 0; i < model->slots.count; i++) {
        if (model->slots.items[i] == slot) {
            return i;
        }
    }
    return MODEL_NONE;
}

struct promela_answer promela_answer(const struct promela *model, uint32_t actor, const struct step *answer)
{
    const struct plan *plan = model->plan;
    const struct question *question = &plan->questions.items[answer->question];
    const size_t count = model->values.count + 1;
    const int32_t last = last_day(plan, answer);
    const uint32_t wanted = plan->actors.items[actor].slot;
    struct promela_answer out = {.wrong = ARENA_ARRAY(model->arena, uint8_t, count),
                                 .any_free = ARENA_ARRAY(model->arena, uint8_t, count),
                                 .offers = ARENA_ARRAY(model->arena, uint8_t, count)};
    for (size_t i = 0; i < model->slots.count; i++) {
        out.says[i] = ARENA_ARRAY(model->arena, uint8_t, count);
        out.says[i][0] = 2;
    }
    for (size_t v = 1; v < count; v++) {
        const struct value *value = plan_value(plan, model->values.items[v - 1]);
        out.wrong[v] = offers_nothing(plan, question, value);
        out.offers[v] = wanted != MODEL_NONE && value_reports_free(plan, value, wanted);
        for (uint32_t slot = 0; slot < plan->slot_count; slot++) {
            const struct slot *it = &plan->slots[slot];
            const uint8_t says = value_reports_free(plan, value, slot);
            const bool judged = is_judged(plan, question, last, &plan->ranges.items[value->range], slot);
            const uint32_t number = slot_number(model, slot);
            if (number != MODEL_NONE) {
                out.says[number][v] = judged ? says : 2;
            } else if (judged && says != promela_is_free(model, 0, slot)) {
                out.wrong[v] = 1;
            }
            const bool in_window = it->event_type == question->event_type && question->from_us <= it->starts_us &&
                                   it->starts_us <= question->to_us;
            out.any_free[v] |= says & in_window;
        }
    }
    return out;
}
