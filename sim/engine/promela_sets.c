/* For promela.c: sets of commits, as expressions. */
#include "engine/promela_tables.h"

#include <inttypes.h>

#include "base/poison.h"

bool promela_changes_once(const struct promela *model, size_t slot)
{
    return __builtin_popcount(model->slot_commits[slot]) <= 1;
}

bool promela_is_got(const struct promela *model, uint32_t layer, uint32_t key)
{
    bool got = false;
    for (size_t a = 0; a < model->plan->actors.count; a++) {
        const struct program *program = &model->plan->actors.items[a].program;
        for (uint32_t i = 0; i < program->count; i++) {
            const struct step *step = &program->steps[i];
            got = got || (step->kind == STEP_GET && step->layer == layer && step->key == key);
        }
    }
    return got;
}

const char *promela_changed_on(const struct promela *model, uint64_t slots)
{
    const char *text = NULL;
    for (size_t i = 0; i < model->slots.count; i++) {
        if ((slots >> i & 1U) != 0) {
            text = text == NULL ? arena_printf(model->arena, "who_%zu", i)
                                : arena_printf(model->arena, "%s | who_%zu", text, i);
        }
    }
    return text == NULL ? "0" : arena_printf(model->arena, "(%s)", text);
}

const char *promela_changed_for(const struct promela *model, const char *value, uint64_t slots)
{
    const char *text = NULL;
    uint64_t last = 0;
    for (size_t i = model->ranges.count; i-- > 0;) {
        const uint64_t relevant = promela_relevant(model, &model->ranges.items[i], slots);
        if (text == NULL) {
            text = promela_changed_on(model, relevant);
        } else if (relevant != last) {
            text = arena_printf(model->arena, "(%s <= %" PRIu32 " -> %s : %s)", value, model->ranges.items[i].last,
                                promela_changed_on(model, relevant), text);
        }
        last = relevant;
    }
    return text == NULL ? "0" : text;
}

bool promela_needs_narrowing(const struct promela *model, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < model->ranges.count; i++) {
        if (promela_relevant(model, &model->ranges.items[i], from) !=
            promela_relevant(model, &model->ranges.items[i], to)) {
            return true;
        }
    }
    return false;
}

const char *promela_narrowing(const struct promela *model, const char *value, uint64_t from, uint64_t to)
{
    return promela_needs_narrowing(model, from, to)
               ? arena_printf(model->arena, " & %s", promela_changed_for(model, value, to))
               : "";
}

static uint32_t writer_bit(const struct promela *model, uint32_t actor)
{
    const uint32_t commits = model->commits_of[actor];
    return commits & ~(commits - 1);
}

uint32_t promela_family_bits(const struct promela *model, uint32_t actor)
{
    const uint32_t parent = model->plan->actors.items[actor].parent;
    return writer_bit(model, actor) | (parent == MODEL_NONE ? 0 : writer_bit(model, parent));
}

const char *promela_writers_known(const struct promela *model)
{
    const char *text = "known";
    for (uint32_t a = 0; a < model->plan->actors.count; a++) {
        const uint32_t first = writer_bit(model, a);
        if (model->commits_of[a] != first) {
            text = arena_printf(model->arena, "(%s | (known & %" PRIu32 " -> %" PRIu32 " : 0))", text,
                                model->commits_of[a], first);
        }
    }
    return text;
}
