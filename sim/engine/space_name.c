/* The canonical name of a state: all that can matter later, and nothing else.
 *
 * What has happened matters only as far as it can still be told apart by a verdict, so history is kept as sets of
 * writers, never as numbers that depend on the order of things that commute. */
#include "engine/space.h"

#include "base/check.h"

#include <string.h>

#include "base/poison.h"

enum { RECORD_MAX = 64 };

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

/* The writers of versions 1 .. `seen` that changed something in the range of a value. */
static uint32_t writers_seen(const struct space *space, uint32_t value_number, uint32_t seen)
{
    const struct plan *plan = space->plan;
    const struct truth *truth = &space->machine->truth;
    const struct range *range = &plan->ranges.items[plan_value(plan, value_number)->range];
    uint32_t writers = 0;
    for (size_t i = 0; i < truth->changes.count; i++) {
        const struct change *change = &truth->changes.items[i];
        if (change->version <= seen && change->slot >= range->first && change->slot - range->first < range->count) {
            writers |= UINT32_C(1) << space->writer_of[truth->versions.items[change->version].actor];
        }
    }
    return writers;
}

static uint32_t writers_acknowledged(const struct space *space, uint64_t before)
{
    const struct truth *truth = &space->machine->truth;
    uint32_t writers = 0;
    for (size_t i = 1; i < truth->versions.count; i++) {
        if (truth->versions.items[i].acknowledged < before) {
            writers |= UINT32_C(1) << space->writer_of[truth->versions.items[i].actor];
        }
    }
    return writers;
}

/* Which deletions of a key had been done when its entry was hit? */
static uint32_t deletions_done(const struct space *space, uint32_t key, uint64_t hit)
{
    const struct machine *machine = space->machine;
    uint32_t writers = 0;
    for (size_t i = 0; i < space->coverings.count; i++) {
        const struct covering *covering = &space->coverings.items[i];
        if (covering->key != key) {
            continue;
        }
        if (cause_deleted(machine, covering->actor, covering->step, covering->iteration, key, hit)) {
            writers |= UINT32_C(1) << covering->writer;
        }
    }
    return writers;
}

/* A value with the writers that it goes back to. */
static void add_entry(const struct space *space, uint32_t value, uint32_t seen, uint32_t hit_seen,
                      struct record *record)
{
    const uint32_t width = (space->writer_count + 7) / 8;
    add(record, value, 2);
    add(record, writers_seen(space, value, seen), width);
    add(record, writers_seen(space, value, hit_seen), width);
}

static void describe_actor(const struct space *space, uint32_t actor, struct record *record)
{
    const struct machine *machine = space->machine;
    const struct actor_state *state = &machine->actors[actor];
    const struct actor *who = &space->plan->actors.items[actor];
    const uint32_t width = (space->writer_count + 7) / 8;
    record->length = 0;
    add(record, (uint64_t)state->status | (state->refused ? 4U : 0U) | (state->offered ? 8U : 0U) |
                    (state->reading ? 16U : 0U) | (state->reading && state->value != CACHE_NOTHING ? 32U : 0U) |
                    (state->reading && state->served_layer != MODEL_NONE ? 64U : 0U),
        1);
    if (state->status != ACTOR_READY) {
        return;
    }
    const struct step *step = machine_next(machine, actor);
    add(record, state->pc, 2);
    if (step->repeat > 1) {
        add(record, state->loop, 2);
    }
    if (who->repeat_count > 1) {
        add(record, state->runs, 4);
    }
    if (step->kind == STEP_FORGET_LISTED) {
        add(record, state->loop, 2);
        add(record, state->listed, 4);
    }
    if (!state->reading) {
        return;
    }
    add(record, writers_acknowledged(space, state->invoked), width);
    if (state->value != CACHE_NOTHING) {
        add_entry(space, state->value, state->seen, state->hit_seen, record);
    }
    if (state->served_layer != MODEL_NONE) {
        add(record, state->served_key, 2);
        add_entry(space, state->served.value, state->served.seen, state->served.hit_seen, record);
        add(record, deletions_done(space, state->served_key, state->served_at), width);
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
            add(&record, UINT16_MAX, 2);
        } else {
            add_entry(space, entry->value, entry->seen, entry->hit_seen, &record);
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
            add(&record, (uint64_t)space->writer_of[version->actor] + 1, 1);
            add(&record, rank, 1);
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
            const bool swap = by_state > 0 || (by_state == 0 && (sleeping >> (2 * x) & 3U) > (sleeping >> (2 * y) & 3U));
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
