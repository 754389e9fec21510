/* The shortest counterexample: breadth first by steps, and within a layer by switches between actors.
 *
 * A node is a canonical state together with the actor that moved last (switches depend on it). States are not kept:
 * a node is reached again by executing its path, which is short. */
#include "base/check.h"
#include "engine/explore.h"
#include "engine/visited.h"

#include "base/poison.h"

struct node {
    uint32_t parent;
    uint32_t switches;
    struct transition taken;
};

struct nodes {
    struct node *items;
    size_t count, capacity;
};

struct breadth {
    struct space *space;
    struct arena *arena;
    struct snapshot *start;
    struct nodes nodes;   /* [0] is the start. */
    struct visited names; /* Of all layers: what was reached in fewer steps is not looked at again. */
    struct text name;
    size_t layer_start; /* Nodes from here on are of the layer that is being made. */
    uint32_t best;      /* Node whose last step is a stale answer, with the fewest switches; 0: none yet. */
    bool stale;         /* The step just executed was one. */
};

enum { PATH_MAX = 4096 };

static void on_step(void *context, const struct step_record *record)
{
    struct breadth *breadth = context;
    const struct read_record *read = &breadth->space->machine->read;
    breadth->stale = breadth->stale || (read->number != 0 && read->stale_count > 0);
    (void)record;
}

static uint32_t path_of(const struct breadth *breadth, uint32_t node, struct transition *path)
{
    uint32_t length = 0;
    for (uint32_t at = node; at != 0; at = breadth->nodes.items[at].parent) {
        length++;
    }
    check(length < PATH_MAX);
    uint32_t i = length;
    for (uint32_t at = node; at != 0; at = breadth->nodes.items[at].parent) {
        path[--i] = breadth->nodes.items[at].taken;
    }
    return length;
}

static void go_to(struct breadth *breadth, const struct transition *path, uint32_t length)
{
    machine_restore(breadth->space->machine, breadth->start);
    for (uint32_t i = 0; i < length; i++) {
        space_apply(breadth->space, path[i], NULL, NULL);
    }
}

/* The node that one more step leads to: a new one, or the one of the same state if it switches less. */
static void reach(struct breadth *breadth, uint32_t from, struct transition taken)
{
    const struct node *parent = &breadth->nodes.items[from];
    const bool switches = from != 0 && parent->taken.actor != taken.actor;
    const struct node node = {.parent = from, .switches = parent->switches + switches, .taken = taken};
    if (breadth->stale) {
        if (breadth->best == 0 || node.switches < breadth->nodes.items[breadth->best].switches) {
            ARENA_PUSH(breadth->arena, &breadth->nodes) = node;
            breadth->best = (uint32_t)breadth->nodes.count - 1;
        }
        return;
    }
    uint8_t order[SPACE_ACTORS_MAX];
    space_name(breadth->space, 0, &breadth->name, order);
    uint8_t last = 0;
    while (order[last] != taken.actor) {
        last++;
    }
    text_add(&breadth->name, (const char *)&last, 1);
    bool fresh = false;
    struct visited_entry *entry = visited_find(&breadth->names, breadth->name.data, breadth->name.length, &fresh);
    if (fresh) {
        ARENA_PUSH(breadth->arena, &breadth->nodes) = node;
        entry->sleep = breadth->nodes.count - 1;
    } else if (entry->sleep >= breadth->layer_start && node.switches < breadth->nodes.items[entry->sleep].switches) {
        breadth->nodes.items[entry->sleep] = node;
    }
}

static void expand(struct breadth *breadth, uint32_t node)
{
    struct transition path[PATH_MAX];
    const uint32_t length = path_of(breadth, node, path);
    struct transitions all = {0};
    struct arena *scratch = arena_new();
    go_to(breadth, path, length);
    struct snapshot *here = arena_alloc(scratch, 1, snapshot_size_bytes(breadth->space->machine));
    machine_save(breadth->space->machine, here);
    space_transitions(breadth->space, scratch, &all);
    for (size_t i = 0; i < all.count; i++) {
        machine_restore(breadth->space->machine, here);
        breadth->stale = false;
        space_apply(breadth->space, all.items[i], on_step, breadth);
        reach(breadth, node, all.items[i]);
    }
    arena_free(scratch);
}

struct transitions explore_shortest(struct plan *plan, struct arena *arena, const struct explore_options *options)
{
    struct transitions result = {0};
    struct breadth breadth = {.arena = arena};
    breadth.space = space_new(plan, arena, !options->no_expiry, !options->no_symmetry);
    if (breadth.space->problem != NULL) {
        return result;
    }
    breadth.start = arena_alloc(arena, 1, snapshot_size_bytes(breadth.space->machine));
    machine_save(breadth.space->machine, breadth.start);
    ARENA_PUSH(arena, &breadth.nodes) = (struct node){0};
    for (size_t from = 0, to = 1; from < to && breadth.best == 0 && breadth.nodes.count < options->states_max;) {
        breadth.layer_start = to;
        for (size_t node = from; node < to && breadth.nodes.count < options->states_max; node++) {
            expand(&breadth, (uint32_t)node);
        }
        from = to;
        to = breadth.nodes.count;
    }
    if (breadth.best != 0) {
        struct transition path[PATH_MAX];
        const uint32_t length = path_of(&breadth, breadth.best, path);
        for (uint32_t i = 0; i < length; i++) {
            ARENA_PUSH(arena, &result) = path[i];
        }
    }
    visited_free(&breadth.names);
    text_free(&breadth.name);
    return result;
}
