/* The canonical name of a state: all that can matter later, and nothing else.
 *
 * What has happened matters only as far as it can still be told apart by a verdict, so history is kept as sets of
 * writers, never as numbers that depend on the order of things that commute. */
#include "engine/space.h"

#include "base/check.h"

#include <string.h>

#include "base/poison.h"

/* Values are fewer than 2^24 - 1: so many answers of the upstream do not fit into memory. */
enum { RECORD_MAX = 64, VALUE_BYTES = 3, VALUE_NONE = 0xFFFFFF };

struct record {
    uint8_t bytes[RECORD_MAX];
    uint32_t length;
};

static void add(struct record *record, uint64_t number, uint32_t bytes)
{
    check(record->length + bytes <= RECORD_MAX);
    for (uint32_t i = 0; i < bytes; i++) {
        record->bytes[record->length++] = (uint8_t)(number >> (8 * i));
    }
}

/* The number of the commit that made a version. */
static uint32_t commit_of(const struct space *space, const struct version *version)
{
    const struct step *steps = space->plan->actors.items[version->actor].program.steps;
    uint32_t number = space->writer_of[version->actor];
    for (const struct step *step = steps; step < version->step; step++) {
        number += step->kind == STEP_COMMIT;
    }
    return number;
}

/* Sets of commits, as bits by number. Those behind a value matter on the days that it will be judged on: `days`, and
 * those that it speaks of. */
static uint32_t commits_seen(const struct space *space, const struct bits *days, uint32_t value, uint32_t seen)
{
    const struct plan *plan = space->plan;
    const struct truth *truth = &space->machine->truth;
    const struct range *range = &plan->ranges.items[plan_value(plan, value)->range];
    uint32_t commits = 0;
    for (size_t i = 0; i < truth->changes.count && truth->changes.items[i].version <= seen; i++) {
        const struct change *change = &truth->changes.items[i];
        const int32_t day = plan->slots[change->slot].day;
        const uint32_t bit = space->slot_bit[change->slot];
        if ((range->day_from <= day && day <= range->day_to) || (days->words[bit / 64] >> (bit % 64) & 1U) != 0) {
            commits |= UINT32_C(1) << commit_of(space, &truth->versions.items[change->version]);
        }
    }
    return commits;
}

static uint32_t commits_acknowledged(const struct space *space, uint64_t before)
{
    const struct truth *truth = &space->machine->truth;
    uint32_t commits = 0;
    for (size_t i = 1; i < truth->versions.count; i++) {
        if (truth->versions.items[i].acknowledged < before) {
            commits |= UINT32_C(1) << commit_of(space, &truth->versions.items[i]);
        }
    }
    return commits;
}

static bool has_acknowledged(const struct space *space, uint32_t writer, uint64_t before)
{
    const struct truth *truth = &space->machine->truth;
    for (size_t i = 1; i < truth->versions.count; i++) {
        if (truth->versions.items[i].actor == writer && truth->versions.items[i].acknowledged < before) {
            return true;
        }
    }
    return false;
}

/* Whose deletions of the key that served a read had been done when it was hit? Asked only of writes that can be missed:
 * a refused one has skipped its deletions. */
static uint32_t deletions_done(const struct space *space, const struct actor_state *reader)
{
    uint32_t writers = 0;
    for (size_t i = 0; i < space->coverings.count; i++) {
        const struct covering *covering = &space->coverings.items[i];
        const struct step *step = &space->plan->actors.items[covering->actor].program.steps[covering->step];
        if (covering->key == reader->served_key && step->layer == reader->served_layer &&
            has_acknowledged(space, covering->writer, reader->invoked) &&
            cause_deleted(space->machine, covering->actor, covering->step, covering->iteration, covering->key,
                          reader->served_at)) {
            writers |= UINT32_C(1) << space->writer_of[covering->writer];
        }
    }
    return writers;
}

/* The commits that a value and its last inner hit come after, as far as `relevant`. */
static void add_origin(const struct space *space, const struct bits *days, const struct cache_entry *entry,
                       uint32_t relevant, struct record *record)
{
    const uint32_t width = (space->writer_count + 7) / 8;
    add(record, SABOTAGED(NAME_SEEN) ? 0 : relevant & commits_seen(space, days, entry->value, entry->seen), width);
    add(record, SABOTAGED(NAME_HIT_SEEN) ? 0 : relevant & commits_seen(space, days, entry->value, entry->hit_seen),
        width);
}

/* A read under way: what it holds, and what served it. */
static void describe_read(const struct space *space, uint32_t actor, struct record *record)
{
    const struct actor_state *state = &space->machine->actors[actor];
    const struct ahead *ahead = &space->ahead[actor][state->pc];
    const uint32_t width = (space->writer_count + 7) / 8;
    const uint32_t acknowledged = commits_acknowledged(space, state->invoked);
    add(record, SABOTAGED(NAME_INVOKED) ? 0 : acknowledged, width);
    if (state->value != CACHE_NOTHING) {
        add(record, state->value, VALUE_BYTES);
        if (ahead->fills) {
            const struct cache_entry held = {.value = state->value, .seen = state->seen, .hit_seen = state->hit_seen};
            add_origin(space, &ahead->days, &held, UINT32_MAX, record);
        }
    }
    if (state->served_layer != MODEL_NONE) {
        add(record, SABOTAGED(NAME_LAYER) ? 0 : state->served_layer, 1);
        add(record, space->key_bit[state->served_key], 2);
        add_origin(space, &ahead->days, &state->served, acknowledged, record);
        add(record, SABOTAGED(NAME_DELETIONS) ? 0 : deletions_done(space, state), width);
    }
}

static void describe_actor(const struct space *space, uint32_t actor, struct record *record)
{
    const struct machine *machine = space->machine;
    const struct actor_state *state = &machine->actors[actor];
    const struct actor *who = &space->plan->actors.items[actor];
    record->length = 0;
    add(record,
        (uint64_t)state->status | (state->refused ? 4U : 0U) | (state->offered ? 8U : 0U) |
            (state->reading ? 16U : 0U) | (state->reading && state->value != CACHE_NOTHING ? 32U : 0U) |
            (state->reading && state->served_layer != MODEL_NONE ? 64U : 0U),
        1);
    if (state->refused) {
        add(record, state->skipped_from, 2);
    }
    if (state->status != ACTOR_READY) {
        return;
    }
    const struct step *step = machine_next(machine, actor);
    add(record, state->pc, 2);
    if (step->repeat > 1 && !SABOTAGED(NAME_LOOP)) {
        add(record, state->loop, 3);
    }
    if (who->repeat_count > 1 && !SABOTAGED(NAME_RUNS)) {
        add(record, state->runs, 4);
    }
    if (step->kind == STEP_FORGET_LISTED) {
        add(record, state->loop, 2);
        add(record, state->listed, 4);
    }
    if (state->reading) {
        describe_read(space, actor, record);
    }
}

static void describe_cache(const struct space *space, struct text *out)
{
    const struct cache *cache = &space->machine->cache;
    for (uint32_t key = 0; key < space->key_count; key++) {
        const struct cache_entry *entry = &cache->entries[key];
        if (!space->putable[key]) {
            continue;
        }
        struct record record = {.length = 0};
        if (entry->value == CACHE_NOTHING) {
            add(&record, VALUE_NONE, VALUE_BYTES);
        } else {
            add(&record, entry->value, VALUE_BYTES);
            add_origin(space, &space->key_days[key], entry, UINT32_MAX, &record);
        }
        text_add(out, (const char *)record.bytes, record.length);
    }
}

/* Per slot: who changed it, in order, and in which order these were acknowledged. */
static void describe_truth(const struct space *space, struct text *out)
{
    const struct truth *truth = &space->machine->truth;
    for (uint32_t i = 0; i < space->written_count; i++) {
        struct record record = {.length = 0};
        for (uint32_t at = truth->last_change[space->written_slots[i]]; at != MODEL_NONE;
             at = truth->changes.items[at].previous) {
            const struct version *version = &truth->versions.items[truth->changes.items[at].version];
            uint32_t rank = 0;
            for (uint32_t other = truth->last_change[space->written_slots[i]];
                 other != MODEL_NONE && version->acknowledged != NOT_ACKNOWLEDGED;
                 other = truth->changes.items[other].previous) {
                const struct version *earlier = &truth->versions.items[truth->changes.items[other].version];
                rank += earlier->acknowledged <= version->acknowledged;
            }
            add(&record, (uint64_t)commit_of(space, version) + 1, 1);
            add(&record, SABOTAGED(NAME_RANKS) ? rank != 0 : rank, 1);
        }
        add(&record, 0, 1);
        text_add(out, (const char *)record.bytes, record.length);
    }
}

static int compare_records(const struct record *a, const struct record *b)
{
    const uint32_t shorter = a->length < b->length ? a->length : b->length;
    const int order = memcmp(a->bytes, b->bytes, shorter);
    return order != 0 ? order : (int)a->length - (int)b->length;
}

void space_name(struct space *space, uint64_t sleeping, struct text *out, uint8_t order[SPACE_ACTORS_MAX])
{
    struct record records[SPACE_ACTORS_MAX];
    text_clear(out);
    text_add(out, (const char *)&space->machine->state, sizeof space->machine->state);
    describe_cache(space, out);
    describe_truth(space, out);
    for (uint32_t a = 0; a < space->actor_count; a++) {
        describe_actor(space, a, &records[a]);
        order[a] = (uint8_t)a;
    }
    /* Sort each class among its own places: insertion, stable, few. */
    for (uint32_t i = 1; i < space->actor_count && space->symmetry; i++) {
        for (uint32_t at = i; at > 0;) {
            uint32_t before = at;
            while (before-- > 0 && space->class_of[before] != space->class_of[at]) {
            }
            if (before == UINT32_MAX) {
                break;
            }
            const uint8_t x = order[before];
            const uint8_t y = order[at];
            const int by_state = compare_records(&records[x], &records[y]);
            const bool swap =
                by_state > 0 || (by_state == 0 && (sleeping >> (2 * x) & 3U) > (sleeping >> (2 * y) & 3U));
            if (!swap) {
                break;
            }
            order[before] = y;
            order[at] = x;
            at = before;
        }
    }
    for (uint32_t i = 0; i < space->actor_count; i++) {
        const struct record *record = &records[order[i]];
        const uint8_t length = (uint8_t)record->length;
        text_add(out, (const char *)&length, 1);
        text_add(out, (const char *)record->bytes, record->length);
    }
}
