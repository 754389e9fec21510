/* Causes, worked out from the steps that happened: who deleted which key when, and who put what from which source. */
#include "support/judge.h"

#include "cmocka_all.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fields and the window that a key is made of. */
struct subject {
    const char *fields[4];
    struct civil from, to;
};

static long long cast(const char *value)
{
    return value == NULL ? 0 : strtoll(value, NULL, 10);
}

static const char *text_of(const char *value)
{
    return value == NULL ? "" : value;
}

/* The keys of random_case.c: "1:b:15:9:..." by the letter after the layer's number. */
static void write_key(const char *written, const struct subject *subject, char out[200])
{
    const char *const *fields = subject->fields;
    const struct civil *from = &subject->from;
    const struct civil *to = &subject->to;
    const char layer = written[0];
    const bool uncast = strstr(written, "{branch}") != NULL;
    char branch[40];
    (void)snprintf(branch, sizeof branch, "%lld", cast(fields[2]));
    const char *hours_branch = uncast ? text_of(fields[2]) : branch;
    switch (written[2]) {
    case 'a':
        (void)snprintf(out, 200, "%c:a:%s:%04d-%02d-%02d:%04d-%02d-%02d", layer, text_of(fields[0]), from->year,
                       from->month, from->day, to->year, to->month, to->day);
        return;
    case 'b':
        (void)snprintf(out, 200, "%c:b:%lld:%s:%s:%04d-%02d-%02d-%02d:%04d-%02d-%02d-%02d", layer, cast(fields[1]),
                       hours_branch, text_of(fields[0]), from->year, from->month, from->day, from->hour, to->year,
                       to->month, to->day, to->hour);
        return;
    case 'w': {
        struct civil monday = *from;
        while (civil_weekday(civil_day(&monday)) != 1) {
            monday = civil_from_day(civil_day(&monday) - 1);
        }
        (void)snprintf(out, 200, "%c:w:%s:%04d-%02d-%02d", layer, text_of(fields[0]), monday.year, monday.month,
                       monday.day);
        return;
    }
    case 'c':
        (void)snprintf(out, 200, "%c:c:%s:%04d-%02d-%02d", layer, text_of(fields[1]), from->year, from->month,
                       from->day);
        return;
    default: fail_msg("unknown key '%s'", written);
    }
}

static const char *wire_key(const struct judge *judge, uint32_t key)
{
    return interned_string(&judge->it->build.plan->keys, key);
}

/* Does any day and window of a loop, with these fields, give the key? */
static bool loop_names(const struct judge *judge, const struct forget_spec *spec, struct subject *subject,
                       int32_t base_day, const char *key)
{
    const char *prefix = judge->it->build.system->prefix;
    const uint32_t windows = spec->window_count == 0 ? 1 : spec->window_count;
    for (int32_t day = base_day; day < base_day + spec->days; day++) {
        for (uint32_t w = 0; w < windows; w++) {
            subject->from = civil_from_day(day);
            subject->to = subject->from;
            if (spec->window_count > 0) {
                const int to_minute = spec->windows[w].to_minute;
                subject->from.hour = spec->windows[w].from_minute / 60;
                subject->to = civil_from_day(to_minute < 1440 ? day : day + 1);
                subject->to.hour = to_minute / 60 - (to_minute < 1440 ? 0 : 24);
            }
            char written[200];
            write_key(spec->key.written, subject, written);
            if (strncmp(key, prefix, strlen(prefix)) == 0 && strcmp(key + strlen(prefix), written) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Patterns have at most one variable, the event type. */
static bool pattern_names(const struct forget_spec *spec, const char *event_type, const char *key)
{
    char pattern[200];
    const char *variable = strstr(spec->key.written, "{event_type}");
    if (variable == NULL) {
        (void)snprintf(pattern, sizeof pattern, "%s", spec->key.written);
    } else {
        (void)snprintf(pattern, sizeof pattern, "%.*s%s%s", (int)(variable - spec->key.written), spec->key.written,
                       text_of(event_type), variable + strlen("{event_type}"));
    }
    return fnmatch(pattern, key, FNM_NOESCAPE) == 0;
}

/* Does a deletion step of `actor` name the key, when its loop begins on `base_day`? */
static bool names(const struct judge *judge, uint32_t actor, const struct step *step, int32_t base_day, uint32_t key)
{
    const struct plan *plan = judge->it->build.plan;
    const struct forget_spec *spec = plan->forgets.items[step->forget].spec;
    const struct actor *who = &plan->actors.items[actor];
    if (spec->pattern) {
        return pattern_names(spec, who->fields[0], wire_key(judge, key));
    }
    if (spec->from == FROM_SLOT && who->slot != MODEL_NONE) {
        base_day = plan->slots[who->slot].day;
    } else if (spec->from == FROM_OLD_SLOT && who->old_slot != MODEL_NONE) {
        base_day = plan->slots[who->old_slot].day;
    }
    /* Fields 1 and 2 can have values of their own; a list of one NULL stands for the actor's. */
    struct subject subject = {.fields = {who->fields[0], who->fields[1], who->fields[2], NULL}};
    const struct forget_field *first = spec->field_count > 0 ? &spec->fields[0] : NULL;
    const struct forget_field *second = spec->field_count > 1 ? &spec->fields[1] : NULL;
    for (uint32_t i = 0; i < (first == NULL ? 1 : first->value_count); i++) {
        for (uint32_t j = 0; j < (second == NULL ? 1 : second->value_count); j++) {
            if (first != NULL) {
                subject.fields[first->field] = first->values[i];
            }
            if (second != NULL) {
                subject.fields[second->field] = second->values[j];
            }
            if (loop_names(judge, spec, &subject, base_day, wire_key(judge, key))) {
                return true;
            }
        }
    }
    return false;
}

bool judge_names(const struct judge *judge, const struct judge_deletion *deletion, uint32_t key)
{
    return key < judge->it->build.plan->keys.count &&
           names(judge, deletion->actor, deletion->step, deletion->base_day, key);
}

static bool listed_key_deleted(const struct judge *judge, const struct judge_deletion *listing, uint32_t key,
                               uint64_t before)
{
    for (size_t i = 0; i < judge->deletions.count; i++) {
        const struct judge_deletion *deletion = &judge->deletions.items[i];
        if (deletion->actor == listing->actor && deletion->step == listing->step + 1 && deletion->key == key &&
            deletion->sequence < before) {
            return true;
        }
    }
    return false;
}

/* Had `actor` by its `step` done away with the key, when the entry was hit? */
static bool was_deleted(const struct judge *judge, uint32_t actor, const struct step *step, uint32_t key,
                        uint64_t before)
{
    for (size_t i = 0; i < judge->deletions.count; i++) {
        const struct judge_deletion *deletion = &judge->deletions.items[i];
        if (deletion->actor != actor || deletion->step != step || deletion->sequence >= before) {
            continue;
        }
        if (step->kind == STEP_LIST) {
            if (judge_names(judge, deletion, key) &&
                (!deletion->found[key] || listed_key_deleted(judge, deletion, key, before))) {
                return true;
            }
        } else if (deletion->key == key || (deletion->key == MODEL_NONE && judge_names(judge, deletion, key))) {
            return true;
        }
    }
    return false;
}

/* The day on which the loop of a step began, or would begin now. */
static int32_t day_of_loop(const struct judge *judge, uint32_t actor, const struct step *step, int64_t now_us)
{
    for (size_t i = 0; i < judge->deletions.count; i++) {
        const struct judge_deletion *deletion = &judge->deletions.items[i];
        if (deletion->actor == actor && deletion->step == step) {
            return deletion->base_day;
        }
    }
    return zone_day(judge->it->build.zone, now_us);
}

enum cause judge_cause(const struct judge *judge, uint32_t actor, uint32_t version, int64_t now_us)
{
    const struct judge_actor *reader = &judge->actors[actor];
    if (version == MODEL_NONE) {
        return CAUSE_COLLISION;
    }
    const struct plan *plan = judge->it->build.plan;
    const uint32_t writer = judge->versions[version].actor;
    bool deletes = false;
    bool covers = false;
    bool done = false;
    for (uint32_t a = 0; a < plan->actors.count; a++) {
        const struct program *program = &plan->actors.items[a].program;
        const bool family = a == writer || plan->actors.items[a].parent == writer;
        for (uint32_t i = 0; i < program->count && family; i++) {
            const struct step *step = &program->steps[i];
            if ((step->kind == STEP_FORGET || step->kind == STEP_LIST) && step->layer == reader->served_layer) {
                deletes = true;
                const int32_t day = day_of_loop(judge, a, step, now_us);
                covers = covers || names(judge, a, step, day, reader->served_key);
                done = done || was_deleted(judge, a, step, reader->served_key, reader->served_at);
            }
        }
    }
    if (!deletes || !covers) {
        return deletes ? CAUSE_KEY_MISSED : CAUSE_NEVER_INVALIDATED;
    }
    if (!done) {
        return CAUSE_NOT_YET;
    }
    return reader->served.hit >= version ? CAUSE_REFILLED : CAUSE_LATE_FILL;
}
