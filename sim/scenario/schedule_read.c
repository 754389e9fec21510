#include "scenario/schedule_read.h"

#include "scenario/scalar.h"

#include <string.h>

/* The actor with the longest name that `text` begins with, before a '.'. */
static uint32_t find_actor(const struct plan *plan, const char *text)
{
    uint32_t found = MODEL_NONE;
    size_t longest = 0;
    for (uint32_t i = 0; i < plan->actors.count; i++) {
        const size_t length = strlen(plan->actors.items[i].name);
        if (length > longest && strncmp(text, plan->actors.items[i].name, length) == 0 && text[length] == '.') {
            longest = length;
            found = i;
        }
    }
    return found;
}

static const char *unknown_actor(const struct plan *plan, struct arena *arena, const char *text)
{
    const char *dot = strchr(text, '.');
    const char *name = arena_copy_text(arena, text, dot == NULL ? strlen(text) : (size_t)(dot - text));
    const char **names = ARENA_ARRAY(arena, const char *, plan->actors.count + 1);
    for (uint32_t i = 0; i < plan->actors.count; i++) {
        names[i] = plan->actors.items[i].name;
    }
    const char *nearest = text_nearest(name, names, plan->actors.count);
    return nearest == NULL ? arena_printf(arena, "there is no actor '%s'", name)
                           : arena_printf(arena, "there is no actor '%s'; did you mean '%s'?", name, nearest);
}

static const char *read_time(const struct plan *plan, struct arena *arena, const char *at, int64_t *time_us)
{
    int64_t offset_us = 0;
    const char *problem = scalar_duration(at, &offset_us);
    if (problem != NULL || offset_us < 0) {
        return arena_printf(arena, "cannot read '%s' as a time after the clock, as in @+40ms%s%s", at,
                            problem == NULL ? "" : ": ", problem == NULL ? "" : problem);
    }
    *time_us = plan->clock_us + offset_us;
    return NULL;
}

/* "!" or "!3" behind the step's name. */
static const char *read_choice(struct arena *arena, char *mark, uint32_t *choice)
{
    int64_t number = 1;
    if (mark[1] != '\0' && (scalar_integer(mark + 1, &number) != NULL || number < 1 || number > UINT32_MAX)) {
        return arena_printf(arena, "cannot read '%s': ! or !N says which entries have expired", mark);
    }
    *choice = (uint32_t)number;
    *mark = '\0';
    return NULL;
}

static const char *read_step(const struct plan *plan, struct arena *arena, char *text, struct scheduled *out)
{
    char *at = strchr(text, '@');
    *out = (struct scheduled){.time_us = TIME_NONE};
    if (at != NULL) {
        *at = '\0';
        const char *problem = read_time(plan, arena, at + 1, &out->time_us);
        if (problem != NULL) {
            return problem;
        }
    }
    char *mark = strchr(text, '!');
    const char *problem = mark == NULL ? NULL : read_choice(arena, mark, &out->choice);
    if (problem != NULL) {
        return problem;
    }
    out->actor = find_actor(plan, text);
    if (out->actor == MODEL_NONE) {
        return unknown_actor(plan, arena, text);
    }
    const char *actor = plan->actors.items[out->actor].name;
    out->step = text + strlen(actor) + 1;
    if (plan_step(plan, out->actor, out->step) == MODEL_NONE) {
        return arena_printf(arena, "'%s' has no step '%s'", actor, out->step);
    }
    return NULL;
}

const char *schedule_read(const struct plan *plan, struct arena *arena, const char *text, struct schedule *out)
{
    size_t number = 0;
    for (const char *at = text; *at != '\0';) {
        if (*at == '#') {
            at += strcspn(at, "\n");
            continue;
        }
        size_t length = strcspn(at, ";\n#");
        const char *next = at + length + (at[length] == ';' || at[length] == '\n');
        while (length > 0 && strchr(" \t\r", *at) != NULL) {
            at++;
            length--;
        }
        while (length > 0 && strchr(" \t\r", at[length - 1]) != NULL) {
            length--;
        }
        if (length > 0) {
            number++;
            struct scheduled step;
            const char *problem = read_step(plan, arena, arena_copy_text(arena, at, length), &step);
            if (problem != NULL) {
                return arena_printf(arena, "step %zu, '%s': %s", number, arena_copy_text(arena, at, length), problem);
            }
            ARENA_PUSH(arena, out) = step;
        }
        at = next;
    }
    return out->count == 0 ? "the schedule is empty" : NULL;
}
