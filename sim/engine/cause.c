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
    struct coverage *coverage;
    uint32_t nearest_prefix;
};

static void found(struct search *search, bool done)
{
    /* A deletion that has been done explains more than one that is still to come. */
    search->coverage->covers = true;
    search->coverage->done = search->coverage->done || done;
}

static void consider_keys(struct search *search, uint32_t index, const struct step *step)
{
    struct plan *plan = search->machine->plan;
    const struct actor_state *state = &search->machine->actors[search->actor];
    const struct forget_spec *spec = plan->forgets.items[step->forget].spec;
    const bool begun = state->pc > index || (state->pc == index && state->loop > 0);
    const struct actor *who = &plan->actors.items[search->actor];
    int32_t day = zone_day(plan->system->zone, search->machine->record.time_us);
    if (spec->from == FROM_SLOT && who->slot != MODEL_NONE) {
        day = plan->slots[who->slot].day;
    } else if (spec->from == FROM_OLD_SLOT && who->old_slot != MODEL_NONE) {
        day = plan->slots[who->old_slot].day;
    } else if (begun) {
        day = search->machine->forgotten_from[step->forget];
    }
    const char *key = interned_string(&plan->keys, search->key);
    for (uint32_t i = 0; i < step->repeat; i++) {
        const uint32_t deleted = plan_forget_key(plan, step, i, day);
        if (deleted == search->key) {
            found(search, state->pc > index || (state->pc == index && state->loop > i));
        }
        const uint32_t prefix = common_prefix(interned_string(&plan->keys, deleted), key) + 1;
        if (prefix > search->nearest_prefix) {
            search->nearest_prefix = prefix;
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

/* A pattern covers what matches it; it is done once the key cannot be in the list any more. */
static void consider_pattern(struct search *search, uint32_t index, const struct step *step)
{
    const struct machine *machine = search->machine;
    const struct forget_plan *forget = &machine->plan->forgets.items[step->forget];
    const struct actor_state *state = &machine->actors[search->actor];
    if (search->coverage->nearest == NULL) {
        search->coverage->nearest = step;
    }
    if (!text_matches_glob(forget->pattern, interned_string(&machine->plan->keys, search->key))) {
        return;
    }
    bool done = state->pc > index;
    if (step->kind == STEP_LIST && state->status == ACTOR_READY && state->pc == index + 1) {
        const struct interned *list = &machine->lists.items[state->listed];
        for (size_t i = state->loop; i < list->length / sizeof(uint32_t); i++) {
            done = done && ((const uint32_t *)list->bytes)[i] != search->key;
        }
    }
    found(search, done);
}

struct coverage cause_coverage(struct machine *machine, uint32_t writer, uint32_t layer, uint32_t key,
                               uint32_t question)
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
            struct search search = {machine, a, layer, key, question, &coverage, 0};
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
