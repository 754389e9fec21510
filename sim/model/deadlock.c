/* Holds that wait for each other, found before anything runs.
 *
 * A hold before step i of actor a waits for step j of actor b. Before b comes to j it passes every hold of its own up
 * to j, and if b is a webhook's delivery, every hold of its sender up to the sending. A circle in this relation can
 * never be released. */
#include "base/check.h"
#include "model/plan.h"

#include "base/poison.h"

struct hold {
    uint32_t actor, step;
};

struct holds {
    struct hold *items;
    size_t count, capacity;
};

static struct holds list_holds(const struct plan *plan)
{
    struct holds holds = {0};
    for (uint32_t a = 0; a < plan->actors.count; a++) {
        const struct program *program = &plan->actors.items[a].program;
        for (uint32_t i = 0; i < program->count; i++) {
            if (program->steps[i].hold_actor != MODEL_NONE) {
                ARENA_PUSH(plan->arena, &holds) = (struct hold){a, i};
            }
        }
    }
    return holds;
}

/* Must `actor` pass `hold` before it has done its step `until`? */
static bool passes(const struct plan *plan, uint32_t actor, uint32_t until, const struct hold *hold)
{
    for (;;) {
        if (hold->actor == actor && hold->step <= until) {
            return true;
        }
        const uint32_t parent = plan->actors.items[actor].parent;
        if (parent == MODEL_NONE) {
            return false;
        }
        const struct program *program = &plan->actors.items[parent].program;
        until = 0;
        while (until < program->count && program->steps[until].child != actor) {
            until++;
        }
        check(until < program->count);
        actor = parent;
    }
}

static const struct step *held_step(const struct plan *plan, const struct hold *hold)
{
    return &plan->actors.items[hold->actor].program.steps[hold->step];
}

/* Depth first; `color`: 0 = new, 1 = on the way, 2 = done. */
static bool visit(const struct plan *plan, const struct holds *holds, size_t at, uint8_t *color, size_t *from,
                  size_t *to)
{
    color[at] = 1;
    const struct step *step = held_step(plan, &holds->items[at]);
    const uint32_t until = step->hold_step; /* MODEL_NONE (the end) is larger than every step. */
    for (size_t next = 0; next < holds->count; next++) {
        if (!passes(plan, step->hold_actor, until, &holds->items[next])) {
            continue;
        }
        if (color[next] == 1) {
            *from = at;
            *to = next;
            return true;
        }
        if (color[next] == 0 && visit(plan, holds, next, color, from, to)) {
            return true;
        }
    }
    color[at] = 2;
    return false;
}

bool plan_deadlock(const struct plan *plan, uint32_t *first, uint32_t *second, uint32_t *hold_source)
{
    const struct holds holds = list_holds(plan);
    uint8_t *color = ARENA_ARRAY(plan->arena, uint8_t, holds.count + 1);
    for (size_t i = 0; i < holds.count; i++) {
        size_t from = 0;
        size_t to = 0;
        if (color[i] == 0 && visit(plan, &holds, i, color, &from, &to)) {
            *first = holds.items[to].actor;
            *second = holds.items[from].actor;
            *hold_source = held_step(plan, &holds.items[to])->hold_source;
            return true;
        }
    }
    return false;
}
