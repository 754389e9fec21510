#include "engine/collect.h"

#include "base/check.h"

#include <string.h>

#include "base/poison.h"

struct collector *collector_new(struct plan *plan, struct arena *arena)
{
    struct collector *collector = ARENA_NEW(arena, struct collector);
    *collector = (struct collector){.plan = plan, .arena = arena};
    collector->actors = ARENA_ARRAY(arena, struct actor_summary, plan->actors.count + 1);
    for (size_t i = 0; i < plan->actors.count; i++) {
        collector->actors[i].offers = ARENA_ARRAY(arena, uint64_t, (plan->slot_count + 63) / 64 + 1);
    }
    return collector;
}

static void on_step(void *context, const struct step_record *record)
{
    struct collector *collector = context;
    if (record->step->kind == STEP_COMMIT) {
        collector->actors[record->actor].booking = record->outcome == OUTCOME_REFUSED ? BOOKING_REFUSED : BOOKING_DONE;
    }
    for (uint32_t i = 0; i < collector->other_count; i++) {
        if (collector->others[i].on_step != NULL) {
            collector->others[i].on_step(collector->others[i].context, record);
        }
    }
}

/* The slots of the event type asked for that the value reports as free, wherever the value is from. */
static void add_offers(const struct plan *plan, const struct read_record *read, uint64_t *offers)
{
    const struct value *value = plan_value(plan, read->value);
    const uint32_t event_type = plan->questions.items[read->question].event_type;
    const struct range *range = &plan->ranges.items[value->range];
    for (uint32_t i = range->first; i < range->first + range->count; i++) {
        uint32_t slot = i;
        if (range->event_type != event_type && event_type != MODEL_NONE) {
            slot = plan_slot(plan, interned_string(&plan->event_types, event_type), plan->slots[i].starts_us);
        }
        if (value_is_free(value, range, i) && slot != MODEL_NONE) {
            offers[slot / 64] |= UINT64_C(1) << (slot % 64);
        }
    }
}

static void keep(struct collector *collector, const struct read_record *read)
{
    struct read_record copy = *read;
    struct stale_slot *stale = ARENA_ARRAY(collector->arena, struct stale_slot, read->stale_count);
    memcpy(stale, read->stale, read->stale_count * sizeof *stale);
    copy.stale = stale;
    check(read->served != NULL);
    struct evidence *served = ARENA_NEW(collector->arena, struct evidence);
    *served = *read->served;
    copy.served = served;
    ARENA_PUSH(collector->arena, &collector->stale_reads) = copy;
}

static void on_read(void *context, const struct read_record *read)
{
    struct collector *collector = context;
    struct actor_summary *actor = &collector->actors[read->actor];
    actor->reads++;
    actor->stale_reads += read->stale_count > 0;
    actor->served |= UINT32_C(1) << (read->layer == MODEL_NONE ? (uint32_t)LAYERS_MAX : read->layer);
    add_offers(collector->plan, read, actor->offers);
    for (uint32_t i = 0; i < read->stale_count; i++) {
        const struct stale_slot *stale = &read->stale[i];
        actor->causes |= UINT32_C(1) << stale->cause;
        actor->phantoms |= UINT32_C(1) << stale->phantom;
        actor->age_us = stale->age_us > actor->age_us ? stale->age_us : actor->age_us;
    }
    if (read->stale_count > 0 && collector->stale_reads.count < STALE_READS_KEPT) {
        keep(collector, read);
    }
    for (uint32_t i = 0; i < collector->other_count; i++) {
        if (collector->others[i].on_read != NULL) {
            collector->others[i].on_read(collector->others[i].context, read);
        }
    }
}

struct observer collector_observer(struct collector *collector)
{
    return (struct observer){.context = collector, .on_step = on_step, .on_read = on_read};
}
