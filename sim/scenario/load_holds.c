/* What actors wait for (hold) and when their steps happen (pin), by the names of steps. */
#include "scenario/load_scenario.h"

#include "base/check.h"

#include <string.h>

/* "widget-b.create" is a step of an actor, "widget-b.webhook" an actor: the longest actor's name that fits. */
static bool find_point(struct compiling *compiling, const struct node *node, uint32_t *actor, uint32_t *step)
{
    const struct plan *plan = compiling->plan;
    size_t longest = 0;
    *actor = MODEL_NONE;
    *step = MODEL_NONE;
    for (uint32_t i = 0; i < plan->actors.count; i++) {
        const char *name = plan->actors.items[i].name;
        const size_t length = strlen(name);
        if (length > longest && strncmp(node->text, name, length) == 0 &&
            (node->text[length] == '\0' || node->text[length] == '.')) {
            longest = length;
            *actor = i;
        }
    }
    if (*actor == MODEL_NONE) {
        const char **names = ARENA_ARRAY(compiling->resolver.arena, const char *, plan->actors.count);
        for (uint32_t i = 0; i < plan->actors.count; i++) {
            names[i] = plan->actors.items[i].name;
        }
        const char *dot = strchr(node->text, '.');
        const size_t length = dot == NULL ? strlen(node->text) : (size_t)(dot - node->text);
        struct mark mark = node->mark;
        mark.length = !node->quoted && length < mark.length ? (uint32_t)length : mark.length;
        diag_unknown(compiling->resolver.diags, mark, DIAG_UNKNOWN_NAME, "actor",
                     arena_copy_text(compiling->resolver.arena, node->text, length), names, plan->actors.count);
        return false;
    }
    if (node->text[longest] == '\0') {
        return true;
    }
    *step = plan_step(plan, *actor, node->text + longest + 1);
    return *step != MODEL_NONE;
}

/* `name`: the end of the node's text. */
static void unknown_step(struct compiling *compiling, const struct node *node, uint32_t actor, const char *name)
{
    struct arena *arena = compiling->resolver.arena;
    const struct program *program = &compiling->plan->actors.items[actor].program;
    const char **names = ARENA_ARRAY(arena, const char *, program->count + 1);
    for (uint32_t i = 0; i < program->count; i++) {
        names[i] = program->steps[i].name;
    }
    struct mark mark = node->mark;
    const uint32_t before = (uint32_t)(name - node->text); /* Of names, and so of ASCII. */
    if (!node->quoted && before < mark.length) {
        mark.column += before;
        mark.length -= before;
    }
    diag_error(compiling->resolver.diags, mark, DIAG_UNKNOWN_NAME, "'%s' has no step '%s'%s",
               compiling->plan->actors.items[actor].name, name,
               program->count == 0 ? "; it has no steps"
                                   : diag_suggest(arena, "its steps", name, names, program->count));
}

static void read_hold(struct compiling *compiling, uint32_t actor, const struct node *node)
{
    const struct node *before = node_get(node, "before");
    const struct node *until = node_get(node, "until");
    struct plan *plan = compiling->plan;
    const uint32_t step = plan_step(plan, actor, before->text);
    uint32_t other = MODEL_NONE;
    uint32_t other_step = MODEL_NONE;
    if (step == MODEL_NONE) {
        unknown_step(compiling, before, actor, before->text);
        return;
    }
    if (!find_point(compiling, until, &other, &other_step)) {
        if (other != MODEL_NONE) {
            unknown_step(compiling, until, other, until->text + strlen(plan->actors.items[other].name) + 1);
        }
        return;
    }
    struct step *held = &plan->actors.items[actor].program.steps[step];
    if (held->hold_actor != MODEL_NONE) {
        diag_error(compiling->resolver.diags, before->mark, DIAG_CONFLICT,
                   "'%s' is held twice; keep one of the two holds", before->text);
        return;
    }
    held->hold_actor = other;
    held->hold_step = other_step;
    held->hold_source = (uint32_t)compiling->marks.count;
    ARENA_PUSH(compiling->resolver.arena, &compiling->marks) = until->mark;
}

void holds_read(struct compiling *compiling, uint32_t actor, const struct node *node)
{
    const struct node *hold = node_get(node, "hold");
    if (hold != NULL && hold->kind == NODE_MAPPING) {
        read_hold(compiling, actor, hold);
    }
    for (size_t i = 0; hold != NULL && hold->kind == NODE_SEQUENCE && i < hold->count; i++) {
        read_hold(compiling, actor, hold->items[i]);
    }
}

/* Pins name the actor's own steps, or with "webhook." those of the delivery that it sends. */
void pins_read(struct compiling *compiling, uint32_t actor, const struct node *node)
{
    static const char delivery[] = "webhook.";
    const struct node *pins = node_get(node, "pin");
    struct plan *plan = compiling->plan;
    for (size_t i = 0; pins != NULL && i < pins->count; i++) {
        const char *name = pins->keys[i]->text;
        uint32_t whose = actor;
        if (strncmp(name, delivery, sizeof delivery - 1) == 0) {
            const uint32_t child =
                plan_actor(plan, arena_printf(compiling->resolver.arena, "%s.webhook", plan->actors.items[actor].name));
            if (child != MODEL_NONE) {
                whose = child;
                name += sizeof delivery - 1;
            }
        }
        const uint32_t step = plan_step(plan, whose, name);
        if (step == MODEL_NONE) {
            unknown_step(compiling, pins->keys[i], whose, name);
            continue;
        }
        struct step *pinned = &plan->actors.items[whose].program.steps[step];
        pinned->pin_source = (uint32_t)compiling->marks.count;
        ARENA_PUSH(compiling->resolver.arena, &compiling->marks) = pins->items[i]->mark;
        (void)resolve_node(&compiling->resolver, pins->items[i], &pinned->pin_us);
    }
}
