#include "engine/oracle.h"

#include "base/check.h"
#include "engine/machine.h"

#include "base/poison.h"

void oracle_init(struct machine *machine)
{
    struct truth *truth = &machine->truth;
    const struct plan *plan = machine->plan;
    ARENA_PUSH(machine->arena, &truth->versions) = (struct version){.oldest_open = 1};
    truth->last_change = ARENA_ARRAY(machine->arena, uint32_t, plan->slot_count + 1);
    for (uint32_t i = 0; i < plan->slot_count; i++) {
        truth->last_change[i] = MODEL_NONE;
    }
    truth->initial = store_free_slots(plan->store, machine->state);
}

static bool bit(const uint64_t *bits, uint32_t i)
{
    return (bits[i / 64] >> (i % 64) & 1U) != 0;
}

/* Keeps oracle_acknowledge() from looking at every version that there ever was: the mark only moves forward, and it is
 * part of the versions, so that it goes back when they do. */
static uint32_t oldest_open(const struct truth *truth)
{
    uint32_t oldest = truth->versions.items[truth->versions.count - 1].oldest_open;
    while (oldest < truth->versions.count && truth->versions.items[oldest].acknowledged != NOT_ACKNOWLEDGED) {
        oldest++;
    }
    return oldest;
}

uint32_t oracle_committed(struct machine *machine, uint32_t actor, uint32_t before, uint32_t after)
{
    struct truth *truth = &machine->truth;
    const struct plan *plan = machine->plan;
    const uint64_t *old_free = store_free_slots(plan->store, before);
    const uint64_t *new_free = store_free_slots(plan->store, after);
    const uint32_t version = (uint32_t)truth->versions.count;
    bool changed = false;
    for (uint32_t i = 0; i < plan->slot_count; i++) {
        if (bit(old_free, i) != bit(new_free, i)) {
            ARENA_PUSH(machine->arena, &truth->changes) = (struct change){
                .slot = i, .version = version, .previous = truth->last_change[i], .free_slot = bit(new_free, i)};
            truth->last_change[i] = (uint32_t)truth->changes.count - 1;
            changed = true;
        }
    }
    if (!changed) {
        return 0;
    }
    const uint32_t oldest = oldest_open(truth);
    ARENA_PUSH(machine->arena, &truth->versions) = (struct version){.time_us = machine->record.time_us,
                                                                    .sequence = machine->sequence,
                                                                    .actor = actor,
                                                                    .step = machine->record.step,
                                                                    .acknowledged = NOT_ACKNOWLEDGED,
                                                                    .oldest_open = oldest};
    return version;
}

void oracle_acknowledge(struct machine *machine, uint32_t actor, uint64_t before)
{
    struct truth *truth = &machine->truth;
    const uint32_t oldest = truth->versions.items[truth->versions.count - 1].oldest_open;
    for (size_t i = truth->versions.count; i-- > oldest;) {
        struct version *version = &truth->versions.items[i];
        if (version->actor == actor && version->acknowledged == NOT_ACKNOWLEDGED && version->sequence < before) {
            version->acknowledged = machine->sequence;
            version->acknowledged_us = machine->record.time_us;
        }
    }
}

/* Did an acknowledged write to one of the slots asked about come before the read? Else nothing was put to the test. */
static bool meets_write(const struct machine *machine, const struct actor_state *reader, const struct range *asked)
{
    const struct truth *truth = &machine->truth;
    for (size_t i = 0; i < truth->changes.count; i++) {
        const struct change *change = &truth->changes.items[i];
        if (change->slot >= asked->first && change->slot - asked->first < asked->count &&
            truth->versions.items[change->version].acknowledged < reader->invoked) {
            return true;
        }
    }
    return false;
}

/* One slot of one read. */
struct judgement {
    struct machine *machine;
    const struct actor_state *reader;
    uint32_t slot;
    bool reported_free;
};

/* Has any version in [lo, hi] the value that was reported? Walks from hi back to lo. */
static bool admissible(const struct judgement *judgement)
{
    const struct truth *truth = &judgement->machine->truth;
    uint32_t at = truth->last_change[judgement->slot];
    while (at != MODEL_NONE) {
        const struct change *change = &truth->changes.items[at];
        if (change->free_slot == judgement->reported_free) {
            return true;
        }
        if (truth->versions.items[change->version].acknowledged < judgement->reader->invoked) {
            return false;
        }
        at = change->previous;
    }
    return bit(truth->initial, judgement->slot) == judgement->reported_free;
}

/* Since when is the reported value wrong? The version that ended the last time at which it was true. */
static uint32_t wrong_since(const struct judgement *judgement)
{
    const struct truth *truth = &judgement->machine->truth;
    uint32_t newer = MODEL_NONE;
    uint32_t at = truth->last_change[judgement->slot];
    while (at != MODEL_NONE && truth->changes.items[at].free_slot != judgement->reported_free) {
        newer = at;
        at = truth->changes.items[at].previous;
    }
    const bool was_true = at != MODEL_NONE || bit(truth->initial, judgement->slot) == judgement->reported_free;
    return newer == MODEL_NONE || !was_true ? MODEL_NONE : truth->changes.items[newer].version;
}

/* The write that the value misses: of those after its snapshot, the one acknowledged first. */
static uint32_t missed_version(const struct judgement *judgement)
{
    const struct truth *truth = &judgement->machine->truth;
    uint32_t missed = MODEL_NONE;
    for (uint32_t at = truth->last_change[judgement->slot]; at != MODEL_NONE; at = truth->changes.items[at].previous) {
        const uint32_t number = truth->changes.items[at].version;
        const struct version *version = &truth->versions.items[number];
        if (number <= judgement->reader->served.seen) {
            break;
        }
        if (version->acknowledged < judgement->reader->invoked &&
            (missed == MODEL_NONE || version->acknowledged < truth->versions.items[missed].acknowledged)) {
            missed = number;
        }
    }
    return missed;
}

static struct stale_slot explain(const struct judgement *judgement)
{
    struct machine *machine = judgement->machine;
    const struct actor_state *reader = judgement->reader;
    struct stale_slot stale = {
        .slot = judgement->slot,
        .phantom = judgement->reported_free ? PHANTOM_FREE : PHANTOM_BUSY,
        .age_us = AGE_NEVER_TRUE,
        .wrong_since = wrong_since(judgement),
        .version = missed_version(judgement),
        .missed_actor = MODEL_NONE,
        .deleted_key = MODEL_NONE,
    };
    if (stale.wrong_since != MODEL_NONE) {
        stale.age_us = reader->invoked_us - machine->truth.versions.items[stale.wrong_since].time_us;
    }
    struct missed missed = {
        .machine = machine,
        .layer = reader->served_layer,
        .key = reader->served_key,
        .entry = &reader->served,
        .version = stale.version,
    };
    if (stale.version != MODEL_NONE) {
        const struct version *version = &machine->truth.versions.items[stale.version];
        check(version->acknowledged != NOT_ACKNOWLEDGED);
        stale.missed_actor = version->actor;
        stale.missed_step = version->step;
        stale.committed_us = version->time_us;
        stale.acknowledged_us = version->acknowledged_us;
        missed.coverage = cause_coverage(machine, version->actor, missed.layer, missed.key, machine->read.question,
                                         reader->served_at);
    }
    stale.cause = cause_find(&missed);
    if (stale.cause == CAUSE_KEY_MISSED) {
        stale.deletion = missed.coverage.nearest;
        stale.deleted_key = missed.coverage.nearest_key;
        stale.difference = missed.coverage.difference;
    }
    return stale;
}

static void judge_slot(struct machine *machine, const struct actor_state *reader, uint32_t slot, bool reported_free)
{
    const struct judgement judgement = {machine, reader, slot, reported_free};
    if (admissible(&judgement)) {
        return;
    }
    /* What the upstream itself answered during the read is a version between lo and hi. */
    check(reader->served_layer != MODEL_NONE);
    const struct stale_slot stale = explain(&judgement);
    ARENA_PUSH(machine->arena, &machine->stale) = stale;
    struct totals *totals = &machine->totals;
    totals->causes[stale.cause]++;
    if (stale.age_us != AGE_NEVER_TRUE && stale.age_us > machine->read.stale_age_us) {
        machine->read.stale_age_us = stale.age_us;
    }
}

/* The last date asked about that an answer can speak of: a weekly layer on its way knows only the first date's week. */
static int32_t last_day(const struct plan *plan, const struct step *answer)
{
    const struct question *question = &plan->questions.items[answer->question];
    const int32_t sunday = question->day_from + 7 - civil_weekday(question->day_from);
    int32_t last = question->day_to;
    for (uint32_t layer = answer->layer; layer != MODEL_NONE; layer = plan->system->layers[layer].source) {
        last = plan->system->layers[layer].covers == COVERS_WEEK && sunday < last ? sunday : last;
    }
    return last;
}

/* Every slot of the dates asked about up to `last`, then those of the value's dates beyond them. */
static void judge_all(struct machine *machine, const struct actor_state *reader, const struct question *question,
                      const struct value *value, int32_t last)
{
    const struct plan *plan = machine->plan;
    struct range whole = plan->ranges.items[question->range];
    while (whole.count > 0 && plan->slots[whole.first + whole.count - 1].day > last) {
        whole.count--;
    }
    const struct range *asked = &whole;
    const struct range *answered = &plan->ranges.items[value->range];
    for (uint32_t i = 0; i < asked->count; i++) {
        judge_slot(machine, reader, asked->first + i, value_reports_free(plan, value, asked->first + i));
    }
    for (uint32_t i = 0; i < answered->count; i++) {
        uint32_t slot = answered->first + i;
        if (answered->event_type != question->event_type) {
            const char *type =
                question->event_type == MODEL_NONE ? NULL : interned_string(&plan->event_types, question->event_type);
            slot = plan_slot(plan, type, plan->slots[slot].starts_us);
            if (slot == MODEL_NONE && value_is_free(value, answered, answered->first + i)) {
                /* Offered, and not even a slot of what was asked for. */
                ARENA_PUSH(machine->arena, &machine->stale) = (struct stale_slot){.slot = answered->first + i,
                                                                                  .phantom = PHANTOM_FREE,
                                                                                  .age_us = AGE_NEVER_TRUE,
                                                                                  .wrong_since = MODEL_NONE,
                                                                                  .cause = CAUSE_COLLISION,
                                                                                  .version = MODEL_NONE,
                                                                                  .missed_actor = MODEL_NONE,
                                                                                  .deleted_key = MODEL_NONE};
                machine->totals.causes[CAUSE_COLLISION]++;
            }
        }
        const bool judged = slot == MODEL_NONE || (slot >= asked->first && slot - asked->first < asked->count);
        if (!judged) {
            judge_slot(machine, reader, slot, value_reports_free(plan, value, slot));
        }
    }
}

static void count_read(struct machine *machine)
{
    struct totals *totals = &machine->totals;
    struct read_record *read = &machine->read;
    bool phantom[2] = {false, false};
    for (size_t i = 0; i < machine->stale.count; i++) {
        phantom[machine->stale.items[i].phantom] = true;
    }
    totals->stale_reads += machine->stale.count > 0;
    totals->phantom_free += phantom[PHANTOM_FREE];
    totals->phantom_busy += phantom[PHANTOM_BUSY];
    if (read->stale_age_us > totals->stale_age_us) {
        totals->stale_age_us = read->stale_age_us;
    }
    read->stale = machine->stale.items;
    read->stale_count = (uint32_t)machine->stale.count;
}

void oracle_judge(struct machine *machine, uint32_t actor, const struct step *answer)
{
    struct plan *plan = machine->plan;
    const struct actor_state *reader = &machine->actors[actor];
    const struct question *question = &plan->questions.items[answer->question];
    const struct value *value = plan_value(plan, reader->value);
    const bool cached = reader->served_layer != MODEL_NONE;
    const struct range *answered = &plan->ranges.items[value->range];
    const int32_t last = last_day(plan, answer);
    machine->read = (struct read_record){
        .number = ++machine->totals.reads,
        .actor = actor,
        .step = answer,
        .question = answer->question,
        .value = reader->value,
        .invoked = reader->invoked,
        .returned = machine->sequence,
        .invoked_us = reader->invoked_us,
        .returned_us = machine->record.time_us,
        .layer = reader->served_layer,
        .key = reader->served_key,
        .served = cached ? &machine->served[actor] : NULL,
        .collision = answered->event_type != question->event_type || answered->day_from > question->day_from ||
                     answered->day_to < last,
    };
    machine->stale.count = 0;
    machine->met = machine->met || meets_write(machine, reader, &plan->ranges.items[question->range]);
    /* What the upstream would answer at this moment is always admissible. */
    const bool current = !machine->read.collision && reader->value == plan_value_at(plan, machine->state, value->range);
    if (!current) {
        judge_all(machine, reader, question, value, last);
    }
    count_read(machine);
}
