#include "base/check.h"
#include "engine/machine.h"
#include "engine/step.h"

#include <string.h>

#include "base/poison.h"

static const struct {
    const char *name;
    const char *doc;
    bool (*applies)(const struct missed *missed);
} causes[CAUSE_COUNT] = {
#define X(name, text, function, doc) {text, doc, cause_##function},
    CAUSES(X)
#undef X
};

const char *cause_name(enum cause cause)
{
    return causes[cause].name;
}

const char *cause_doc(enum cause cause)
{
    return causes[cause].doc;
}

enum cause cause_find(const struct missed *missed)
{
    check(missed->layer != MODEL_NONE);
    for (int i = 0; i < CAUSE_COUNT; i++) {
        if (causes[i].applies(missed)) {
            return (enum cause)i;
        }
    }
    check(!"every stale read has a cause");
    return CAUSE_COLLISION;
}

/* The family of a write: its actor, and the webhooks that it sent. */
static bool in_family(const struct plan *plan, uint32_t actor, uint32_t writer)
{
    return actor == writer || plan->actors.items[actor].parent == writer;
}

static uint32_t common_prefix(const char *a, const char *b)
{
    uint32_t length = 0;
    while (a[length] != '\0' && a[length] == b[length]) {
        length++;
    }
    return length;
}

struct search {
    struct machine *machine;
    uint32_t actor;
    uint32_t layer, key, question;
    uint64_t hit;
    struct coverage *coverage;
};

static void found(struct search *search, bool done)
{
    /* A deletion that has been done explains more than one that is still to come. */
    search->coverage->covers = true;
    search->coverage->done = search->coverage->done || done;
}

/* Is an actor past a step, and has done it? Several bookings in one routine: the first may be made and the second
 * refused, which leaves out the rest. */
static bool is_past(const struct actor_state *state, uint32_t index)
{
    return state->pc > index && (state->skipped_from == 0 || index < state->skipped_from);
}

/* Had a deletion done its work on a key when the key's entry was hit? What was on a pattern's list is deleted in its
 * turn; what was not there when the keys were listed needed no deletion then. */
bool cause_deleted(const struct machine *machine, uint32_t actor, uint32_t index, uint32_t iteration, uint32_t key,
                   uint64_t hit)
{
    const struct step *step = &machine->plan->actors.items[actor].program.steps[index];
    const struct actor_state *state = &machine->actors[actor];
    const uint64_t *forgotten_at = machine->forgotten_at[step->forget];
    if (!machine->plan->forgets.items[step->forget].spec->pattern) {
        const bool by_now = is_past(state, index) || (state->pc == index && state->loop > iteration);
        return by_now && forgotten_at[iteration] < hit;
    }
    if (!is_past(state, index) || machine->listed_at[step->forget] >= hit) {
        return false;
    }
    if (step->kind == STEP_FORGET) {
        return true; /* Listed and deleted in one step. */
    }
    const struct interned *list = &machine->lists.items[machine->listed[step->forget]];
    for (size_t i = 0; i < list->length / sizeof(uint32_t); i++) {
        if (((const uint32_t *)list->bytes)[i] == key) {
            return (state->pc > index + 1 || state->loop > i) && forgotten_at[key] < hit;
        }
    }
    return true;
}

static void consider_keys(struct search *search, uint32_t index, const struct step *step)
{
    struct plan *plan = search->machine->plan;
    const struct actor_state *state = &search->machine->actors[search->actor];
    const struct forget_spec *spec = plan->forgets.items[step->forget].spec;
    const bool begun = is_past(state, index) || (state->pc == index && state->loop > 0);
    const int32_t day = begun ? search->machine->forgotten_from[step->forget]
                              : step_first_day(search->machine, search->actor, spec, search->machine->record.time_us);
    const char *key = interned_string(&plan->keys, search->key);
    for (uint32_t i = 0; i < step->repeat; i++) {
        const uint32_t deleted = plan_forget_key(plan, step, i, day);
        if (deleted == search->key) {
            found(search, cause_deleted(search->machine, search->actor, index, i, search->key, search->hit));
        }
        const uint32_t prefix = common_prefix(interned_string(&plan->keys, deleted), key) + 1;
        if (prefix > search->coverage->nearest_prefix) {
            search->coverage->nearest_prefix = prefix;
            search->coverage->nearest = step;
            search->coverage->nearest_key = deleted;
            const struct template_values of_deletion = plan_forget_values(plan, step, i, day);
            const struct template_values of_reader =
                plan_question_values(plan, &plan->questions.items[search->question]);
            search->coverage->difference =
                template_difference(&plan->system->layers[search->layer].key, &of_deletion, &of_reader);
        }
    }
}

static void consider_pattern(struct search *search, uint32_t index, const struct step *step)
{
    const struct machine *machine = search->machine;
    const struct forget_plan *forget = &machine->plan->forgets.items[step->forget];
    if (search->coverage->nearest == NULL) {
        search->coverage->nearest = step;
    }
    if (text_matches_glob(forget->pattern, interned_string(&machine->plan->keys, search->key))) {
        found(search, cause_deleted(machine, search->actor, index, 0, search->key, search->hit));
    }
}

struct coverage cause_coverage(struct machine *machine, uint32_t writer, uint32_t layer, uint32_t key,
                               uint32_t question, uint64_t hit)
{
    struct coverage coverage = {.nearest_key = MODEL_NONE};
    const struct plan *plan = machine->plan;
    for (uint32_t a = 0; a < plan->actors.count; a++) {
        const struct program *program = &plan->actors.items[a].program;
        for (uint32_t i = 0; in_family(plan, a, writer) && i < program->count; i++) {
            const struct step *step = &program->steps[i];
            if ((step->kind != STEP_FORGET && step->kind != STEP_LIST) || step->layer != layer) {
                continue;
            }
            struct search search = {machine, a, layer, key, question, hit, &coverage};
            coverage.deletes_in_layer = true;
            if (plan->forgets.items[step->forget].spec->pattern) {
                consider_pattern(&search, i, step);
            } else {
                consider_keys(&search, i, step);
            }
        }
    }
    return coverage;
}
