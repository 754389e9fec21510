#include "engine/schedule.h"

#include "base/check.h"

#include <string.h>

#include "base/poison.h"

void schedule_format(const struct plan *plan, const struct schedule *schedule, struct text *out)
{
    for (size_t i = 0; i < schedule->count; i++) {
        const struct scheduled *item = &schedule->items[i];
        text_printf(out, "%s%s.%s", i == 0 ? "" : "; ", plan->actors.items[item->actor].name, item->step);
        if (item->choice == 1) {
            text_puts(out, "!");
        } else if (item->choice > 1) {
            text_printf(out, "!%u", item->choice);
        }
        if (item->time_us != TIME_NONE) {
            struct text duration = {0};
            text_printf(&duration, "%lldus", (long long)(item->time_us - plan->clock_us));
            text_printf(out, "@+%s", text_string(&duration));
            text_free(&duration);
        }
    }
}

struct schedule schedule_of_path(struct plan *plan, struct arena *arena, const struct transitions *path)
{
    struct schedule schedule = {0};
    struct space *space = space_new(plan, arena, true, false);
    for (size_t i = 0; i < path->count; i++) {
        const struct step *step = machine_next(space->machine, path->items[i].actor);
        ARENA_PUSH(arena, &schedule) = (struct scheduled){
            .actor = path->items[i].actor, .step = step->name, .choice = path->items[i].choice, .time_us = TIME_NONE};
        space_apply(space, path->items[i], NULL, NULL);
    }
    return schedule;
}

struct following {
    struct observer observer;
    struct machine *machine;
};

static void on_step(void *context, const struct step_record *record)
{
    const struct following *following = context;
    if (following->observer.on_step != NULL) {
        following->observer.on_step(following->observer.context, record);
    }
    if (following->machine->read.number != 0 && following->observer.on_read != NULL) {
        following->observer.on_read(following->observer.context, &following->machine->read);
    }
}

/* Why can this step not happen now? NULL: it can. */
static const char *obstacle(const struct space *space, struct arena *arena, const struct scheduled *item, bool timed)
{
    const struct machine *machine = space->machine;
    const struct actor *actor = &space->plan->actors.items[item->actor];
    const struct actor_state *state = &machine->actors[item->actor];
    if (state->status == ACTOR_IDLE) {
        return arena_printf(arena, "'%s' has not begun: its webhook has not been sent", actor->name);
    }
    if (state->status == ACTOR_ENDED) {
        return arena_printf(arena, "'%s' has ended", actor->name);
    }
    const struct step *next = machine_next(machine, item->actor);
    if (strcmp(next->name, item->step) != 0) {
        return arena_printf(arena, "the next step of '%s' is %s", actor->name, next->name);
    }
    if (timed && item->time_us < machine->record.time_us) {
        return "it is before the step ahead of it";
    }
    if (next->kind != STEP_GET) {
        return NULL;
    }
    const struct cache_entry *entry = &machine->cache.entries[next->key];
    const char *key = interned_string(&space->plan->keys, next->key);
    if (item->choice != 0 && entry->value == CACHE_NOTHING) {
        return arena_printf(arena, "there is no entry %s that could have expired", key);
    }
    if (timed && entry->value != CACHE_NOTHING && (item->time_us > entry->expires_us) != (item->choice != 0)) {
        return arena_printf(
            arena, item->choice != 0 ? "the entry %s has not expired by then" : "the entry %s has expired by then",
            key);
    }
    return NULL;
}

struct divergence schedule_run(struct plan *plan, struct arena *arena, const struct schedule *schedule,
                               struct observer observer, struct machine **machine)
{
    struct space *space = space_new(plan, arena, true, false);
    struct following following = {observer, space->machine};
    bool timed = schedule->count > 0;
    for (size_t i = 0; i < schedule->count; i++) {
        timed = timed && schedule->items[i].time_us != TIME_NONE;
    }
    space->machine->timeless = !timed;
    space->machine->record.time_us = TIME_NONE; /* Of a deletion at the start of a program that nobody sees. */
    space->machine->quiet = false;
    if (machine != NULL) {
        *machine = space->machine;
    }
    for (size_t i = 0; i < schedule->count; i++) {
        const struct scheduled *item = &schedule->items[i];
        const char *why = obstacle(space, arena, item, timed);
        if (why != NULL) {
            return (struct divergence){.index = i, .why = why};
        }
        space->now_us = timed ? item->time_us : TIME_NONE;
        space_apply(space, (struct transition){.actor = item->actor, .choice = item->choice}, on_step, &following);
    }
    return (struct divergence){.index = schedule->count};
}
