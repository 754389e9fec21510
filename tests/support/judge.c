#include "support/judge.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

void judge_init(struct judge *judge, struct random_case *it, struct arena *arena)
{
    *judge = (struct judge){.it = it, .arena = arena, .truth = it->initial, .version_count = 1};
    judge->versions[0] = (struct judge_version){.free_slots = reference_free_slots(&it->initial, &it->calendar)};
    assert_true(it->build.plan->actors.count <= JUDGE_ACTORS_MAX);
}

static const struct plan *plan_of(const struct judge *judge)
{
    return judge->it->build.plan;
}

/* Bits of the slots of a type on some days. */
static uint64_t slots_of(const struct judge *judge, uint32_t event_type, int32_t day_from, int32_t day_to)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < judge->it->calendar.slot_count; i++) {
        const struct reference_slot *slot = &judge->it->calendar.slots[i];
        const int32_t day = zone_day(judge->it->build.zone, slot->starts_us);
        bits |= (uint64_t)(slot->event_type == event_type && day_from <= day && day <= day_to) << i;
    }
    return bits;
}

/* The writes of a webhook's sender are acknowledged by its handler. A customer who waits for a webhook acknowledges
 * nothing by going home. */
static uint32_t writer_acknowledged_by(const struct judge *judge, const struct step_record *record)
{
    const struct plan *plan = plan_of(judge);
    const struct actor *who = &plan->actors.items[record->actor];
    if (who->parent != MODEL_NONE) {
        return who->parent;
    }
    if (record->step->kind == STEP_RETURN &&
        plan->system->routines[record->step->routine].kind == ROUTINE_CUSTOMER_ACTION) {
        for (uint32_t i = 0; i < who->program.count; i++) {
            if (who->program.steps[i].kind == STEP_SEND) {
                return MODEL_NONE;
            }
        }
    }
    return record->actor;
}

static void acknowledge(struct judge *judge, const struct step_record *record)
{
    const uint32_t writer = writer_acknowledged_by(judge, record);
    for (uint32_t i = 1; i < judge->version_count; i++) {
        struct judge_version *version = &judge->versions[i];
        if (version->actor == writer && version->acknowledged == UINT64_MAX) {
            version->acknowledged = record->sequence;
        }
    }
}

/* The call that a step makes, for the reference. */
static struct reference_call call_of(const struct judge *judge, const struct step_record *record)
{
    const struct actor *who = &plan_of(judge)->actors.items[record->actor];
    struct reference_call call = {.recipient = record->step->kind == STEP_SEND ? record->step->child : record->actor,
                                  .slot = who->slot};
    const uint32_t booking = intern_find(&judge->it->bookings, who->booking, strlen(who->booking));
    assert_int_not_equal(booking, MAP_NONE);
    call.booking = booking;
    char name[64];
    const size_t length = strcspn(record->step->name, "#");
    (void)snprintf(name, sizeof name, "%s%.*s", record->step->kind == STEP_COMMIT ? "upstream." : "", (int)length,
                   record->step->name);
    if (record->step->kind == STEP_SEND || record->step->kind == STEP_RECEIVE) {
        call.operation = record->step->kind == STEP_SEND ? REFERENCE_SEND : REFERENCE_RECEIVE;
        return call;
    }
    for (int i = 0; i < REFERENCE_OPERATION_COUNT; i++) {
        if (strcmp(name, reference_operation_name((enum reference_operation)i)) == 0) {
            call.operation = (enum reference_operation)i;
            return call;
        }
    }
    fail_msg("no operation '%s'", name);
    return call;
}

static void commit(struct judge *judge, const struct step_record *record)
{
    const struct reference_call call = call_of(judge, record);
    const bool changed = reference_apply(&judge->truth, &judge->it->calendar, &call);
    assert_int_equal(record->outcome, changed ? OUTCOME_DONE : OUTCOME_REFUSED);
    judge->totals.refused_offers += !changed && judge->actors[record->actor].offered;
    const uint64_t free_slots = reference_free_slots(&judge->truth, &judge->it->calendar);
    if (free_slots == judge->versions[judge->version_count - 1].free_slots) {
        assert_int_equal(record->version, 0);
        return;
    }
    assert_int_equal(record->version, judge->version_count);
    assert_true(judge->version_count < JUDGE_VERSIONS_MAX);
    judge->versions[judge->version_count++] = (struct judge_version){.free_slots = free_slots,
                                                                     .sequence = record->sequence,
                                                                     .acknowledged = UINT64_MAX,
                                                                     .time_us = record->time_us,
                                                                     .actor = record->actor};
    if (plan_of(judge)->oracle == ORACLE_UPSTREAM) {
        acknowledge(judge, record);
    }
}

static void mirror(struct judge *judge, const struct step_record *record)
{
    const struct reference_call call = call_of(judge, record);
    const uint32_t before = reference_double_bookings(&judge->truth);
    const bool changed = reference_apply(&judge->truth, &judge->it->calendar, &call);
    assert_int_equal(record->outcome, changed ? OUTCOME_DONE : OUTCOME_REFUSED);
    const uint32_t after = reference_double_bookings(&judge->truth);
    judge->totals.double_bookings += after > before ? after - before : 0;
    if (plan_of(judge)->oracle == ORACLE_COMMITTED) {
        acknowledge(judge, record);
    }
}

static bool is_there(const struct judge *judge, uint32_t key, int64_t time_us)
{
    return judge->entries[key].there && time_us <= judge->entries[key].last_us;
}

static void begin_read(struct judge *judge, const struct step_record *record)
{
    struct judge_actor *actor = &judge->actors[record->actor];
    if (!actor->reading) {
        actor->reading = true;
        actor->invoked = record->sequence;
        actor->invoked_us = record->time_us;
        actor->served_layer = MODEL_NONE;
    }
}

static void get(struct judge *judge, const struct step_record *record)
{
    begin_read(judge, record);
    struct judge_actor *actor = &judge->actors[record->actor];
    const uint32_t key = record->step->key;
    assert_true(key < JUDGE_KEYS_MAX);
    const bool hit = is_there(judge, key, record->time_us);
    assert_int_equal(record->outcome, hit ? OUTCOME_HIT : OUTCOME_MISS);
    if (hit) {
        actor->served = judge->entries[key];
        actor->served_at = record->sequence;
        actor->served_layer = record->step->layer;
        actor->served_key = key;
        actor->held = actor->served;
        actor->held.hit = judge->version_count - 1;
    }
}

static void snapshot(struct judge *judge, const struct step_record *record)
{
    begin_read(judge, record);
    const struct question *question = &plan_of(judge)->questions.items[record->step->question];
    const uint64_t slots = slots_of(judge, question->event_type, question->day_from, question->day_to);
    judge->actors[record->actor].held = (struct judge_entry){
        .answer = {.event_type = question->event_type,
                   .day_from = question->day_from,
                   .day_to = question->day_to,
                   .free_slots = slots & reference_free_slots(&judge->truth, &judge->it->calendar)},
        .snapshot = judge->version_count - 1,
    };
}

static void put(struct judge *judge, const struct step_record *record)
{
    const struct layer *layer = &judge->it->build.system->layers[record->step->layer];
    struct judge_entry entry = judge->actors[record->actor].held;
    const int64_t ttl_us = entry.answer.free_slots == 0 ? layer->ttl_empty_us : layer->ttl_us;
    entry.there = true;
    entry.last_us = record->time_us + ttl_us;
    assert_int_equal(record->ttl_us, ttl_us);
    assert_true(record->step->key < JUDGE_KEYS_MAX);
    judge->entries[record->step->key] = entry;
}

static int32_t base_day(const struct judge *judge, const struct step_record *record)
{
    for (size_t i = judge->deletions.count; i-- > 0 && record->iteration > 0;) {
        const struct judge_deletion *earlier = &judge->deletions.items[i];
        if (earlier->actor == record->actor && earlier->step == record->step) {
            return earlier->base_day;
        }
    }
    return zone_day(judge->it->build.zone, record->time_us);
}

/* FORGET, LIST and FORGET_LISTED. Which keys a step names is judge_cause.c's business; which it removed is checked. */
static void delete_keys(struct judge *judge, const struct step_record *record)
{
    const struct plan *plan = plan_of(judge);
    struct judge_deletion deletion = {.step = record->step,
                                      .actor = record->actor,
                                      .sequence = record->sequence,
                                      .key = record->key,
                                      .base_day = base_day(judge, record)};
    const struct forget_spec *spec = plan->forgets.items[record->step->forget].spec;
    if (record->key != MODEL_NONE) {
        const bool there = record->key < JUDGE_KEYS_MAX && is_there(judge, record->key, record->time_us);
        assert_int_equal(record->outcome, there ? OUTCOME_DONE : OUTCOME_ABSENT);
        assert_true(record->step->kind == STEP_FORGET_LISTED || judge_names(judge, &deletion, record->key));
        if (there) {
            judge->entries[record->key].there = false;
        }
    } else if (record->step->kind == STEP_LIST || spec->atomic) {
        bool *found = ARENA_ARRAY(judge->arena, bool, JUDGE_KEYS_MAX);
        deletion.found = found;
        uint32_t count = 0;
        for (uint32_t key = 0; key < JUDGE_KEYS_MAX; key++) {
            found[key] = is_there(judge, key, record->time_us) && judge_names(judge, &deletion, key);
            count += found[key];
            judge->entries[key].there = judge->entries[key].there && !(found[key] && spec->atomic);
        }
        assert_int_equal(record->count, count);
    }
    ARENA_PUSH(judge->arena, &judge->deletions) = deletion;
}

/* Is slot `x` free, as the caller reads the answer? An answer about another type is read by its times. */
static bool reported_free(const struct judge *judge, const struct judge_answer *answer, uint32_t x)
{
    const struct reference_calendar *calendar = &judge->it->calendar;
    for (uint32_t i = 0; i < calendar->slot_count; i++) {
        if ((answer->free_slots >> i & 1U) != 0 && calendar->slots[i].starts_us == calendar->slots[x].starts_us) {
            return true; /* Slots of one answer are of one type, so their times differ. */
        }
    }
    return false;
}

static bool value_in(const struct judge *judge, uint32_t version, uint32_t x)
{
    return (judge->versions[version].free_slots >> x & 1U) != 0;
}

static bool changes(const struct judge *judge, uint32_t version, uint32_t x)
{
    return version > 0 && value_in(judge, version, x) != value_in(judge, version - 1, x);
}

static bool is_stale(const struct judge *judge, const struct judge_actor *actor, uint32_t x, bool reported)
{
    uint32_t low = 0;
    for (uint32_t i = 1; i < judge->version_count; i++) {
        low = changes(judge, i, x) && judge->versions[i].acknowledged < actor->invoked ? i : low;
    }
    for (uint32_t i = low; i < judge->version_count; i++) {
        if (value_in(judge, i, x) == reported) {
            return false;
        }
    }
    return true;
}

/* A version lasts from its commit to that of the next. */
static int64_t age_us(const struct judge *judge, const struct judge_actor *actor, uint32_t x, bool reported)
{
    int64_t age = AGE_NEVER_TRUE;
    for (uint32_t i = 0; i + 1 < judge->version_count; i++) {
        if (value_in(judge, i, x) == reported) {
            age = actor->invoked_us - judge->versions[i + 1].time_us;
        }
    }
    return age;
}

static uint32_t missed_version(struct judge *judge, const struct judge_actor *actor, uint32_t x)
{
    uint32_t missed = MODEL_NONE;
    for (uint32_t i = actor->served.snapshot + 1; i < judge->version_count; i++) {
        const uint64_t acknowledged = judge->versions[i].acknowledged;
        if (changes(judge, i, x) && acknowledged < actor->invoked) {
            judge->ties += missed != MODEL_NONE && acknowledged == judge->versions[missed].acknowledged;
            missed = missed == MODEL_NONE || acknowledged <= judge->versions[missed].acknowledged ? i : missed;
        }
    }
    return missed;
}

static void judge_slot(struct judge *judge, uint32_t who, uint32_t x, bool reported, int64_t now_us)
{
    const struct judge_actor *actor = &judge->actors[who];
    if (!is_stale(judge, actor, x, reported)) {
        return;
    }
    assert_int_not_equal(actor->served_layer, MODEL_NONE);
    const uint32_t version = missed_version(judge, actor, x);
    judge->stale[judge->stale_count++] = (struct judge_stale){.slot = x,
                                                              .phantom = reported ? PHANTOM_FREE : PHANTOM_BUSY,
                                                              .age_us = age_us(judge, actor, x, reported),
                                                              .version = version,
                                                              .cause = judge_cause(judge, who, version, now_us)};
}

/* The last day that an answer on this way can speak of: a weekly layer knows no other week than the first day's. */
static int32_t last_day(const struct judge *judge, const struct step *answer, const struct question *question)
{
    const struct system *system = judge->it->build.system;
    int32_t last = question->day_to;
    for (uint32_t layer = answer->layer; layer != MODEL_NONE; layer = system->layers[layer].source) {
        const int32_t sunday = question->day_from + 7 - civil_weekday(question->day_from);
        last = system->layers[layer].covers == COVERS_WEEK && sunday < last ? sunday : last;
    }
    return last;
}

/* What is judged: the slots asked for, those of that type beyond them that the answer speaks of, and offers at times
 * at which the type has no slot at all. */
static void judge_answer(struct judge *judge, const struct step_record *record)
{
    const struct judge_actor *actor = &judge->actors[record->actor];
    const struct judge_answer *answer = &actor->held.answer;
    const struct question *question = &plan_of(judge)->questions.items[record->step->question];
    const struct reference_calendar *calendar = &judge->it->calendar;
    const int32_t until = last_day(judge, record->step, question);
    const uint64_t asked = slots_of(judge, question->event_type, question->day_from, until);
    const uint64_t spoken = slots_of(judge, answer->event_type, answer->day_from, answer->day_to);
    judge->stale_count = 0;
    judge->collision =
        answer->event_type != question->event_type || answer->day_from > question->day_from || answer->day_to < until;
    judge->collisions += judge->collision;
    for (uint32_t x = 0; x < calendar->slot_count; x++) {
        bool judged = (asked >> x & 1U) != 0;
        bool exists = false;
        for (uint32_t i = 0; i < calendar->slot_count; i++) {
            const bool same_time = calendar->slots[i].starts_us == calendar->slots[x].starts_us;
            judged = judged ||
                     (calendar->slots[x].event_type == question->event_type && same_time && (spoken >> i & 1U) != 0);
            exists = exists || (same_time && calendar->slots[i].event_type == question->event_type);
        }
        if (judged) {
            judge_slot(judge, record->actor, x, reported_free(judge, answer, x), record->time_us);
        } else if ((answer->free_slots >> x & 1U) != 0 && !exists) {
            judge->stale[judge->stale_count++] = (struct judge_stale){.slot = x,
                                                                      .phantom = PHANTOM_FREE,
                                                                      .age_us = AGE_NEVER_TRUE,
                                                                      .version = MODEL_NONE,
                                                                      .cause = CAUSE_COLLISION};
        }
    }
}

static void answer(struct judge *judge, const struct step_record *record)
{
    const struct plan *plan = plan_of(judge);
    struct judge_actor *actor = &judge->actors[record->actor];
    const uint32_t slot = plan->actors.items[record->actor].slot;
    actor->offered = actor->offered || (slot != MODEL_NONE && reported_free(judge, &actor->held.answer, slot));
    judge_answer(judge, record);
    actor->reading = false;
}

static void on_step(void *context, const struct step_record *record)
{
    struct judge *judge = context;
    judge->totals.steps++;
    assert_int_equal(record->sequence, judge->totals.steps);
    switch (record->step->kind) {
    case STEP_GET: get(judge, record); break;
    case STEP_SNAPSHOT: snapshot(judge, record); break;
    case STEP_PUT: put(judge, record); break;
    case STEP_ANSWER: answer(judge, record); break;
    case STEP_COMMIT: commit(judge, record); break;
    case STEP_MIRROR: mirror(judge, record); break;
    case STEP_SEND:
    case STEP_RECEIVE: {
        const struct reference_call call = call_of(judge, record);
        (void)reference_apply(&judge->truth, &judge->it->calendar, &call);
        break;
    }
    case STEP_FORGET:
    case STEP_LIST:
    case STEP_FORGET_LISTED: delete_keys(judge, record); break;
    case STEP_RETURN: acknowledge(judge, record); break;
    case STEP_CHOOSE:
        assert_int_equal(record->outcome, judge->actors[record->actor].offered ? OUTCOME_DONE : OUTCOME_SKIPPED);
        break;
    default: break;
    }
}

static void assert_stale(const struct judge *judge, const struct judge_stale *expected, const struct read_record *read)
{
    for (uint32_t i = 0; i < read->stale_count; i++) {
        const struct stale_slot *stale = &read->stale[i];
        if (stale->slot == expected->slot) {
            assert_int_equal(stale->phantom, expected->phantom);
            assert_true(stale->age_us == expected->age_us);
            assert_int_equal(stale->version, expected->version);
            if (stale->cause != expected->cause) {
                fail_msg("read %u by %s, slot %u: %s, not %s", read->number,
                         plan_of(judge)->actors.items[read->actor].name, stale->slot, cause_name(stale->cause),
                         cause_name(expected->cause));
            }
            return;
        }
    }
    fail_msg("read %u by %s: slot %u is stale (%s)", read->number, plan_of(judge)->actors.items[read->actor].name,
             expected->slot, cause_name(expected->cause));
}

static void on_read(void *context, const struct read_record *read)
{
    struct judge *judge = context;
    const struct judge_actor *actor = &judge->actors[read->actor];
    struct totals *totals = &judge->totals;
    bool phantoms[2] = {false, false};
    int64_t oldest_us = 0;
    for (uint32_t i = 0; i < judge->stale_count; i++) {
        const struct judge_stale *expected = &judge->stale[i];
        assert_stale(judge, expected, read);
        totals->causes[expected->cause]++;
        phantoms[expected->phantom] = true;
        judge->never += expected->age_us == AGE_NEVER_TRUE;
        oldest_us = expected->age_us != AGE_NEVER_TRUE && expected->age_us > oldest_us ? expected->age_us : oldest_us;
    }
    assert_int_equal(read->stale_count, judge->stale_count);
    assert_int_equal(read->number, ++totals->reads);
    assert_int_equal(read->invoked, actor->invoked);
    assert_int_equal(read->invoked_us, actor->invoked_us);
    assert_int_equal(read->returned, totals->steps);
    assert_int_equal(read->layer, actor->served_layer);
    assert_int_equal(read->collision, judge->collision);
    assert_int_equal(read->stale_age_us, oldest_us);
    totals->stale_reads += judge->stale_count > 0;
    totals->phantom_free += phantoms[PHANTOM_FREE];
    totals->phantom_busy += phantoms[PHANTOM_BUSY];
    totals->stale_age_us = oldest_us > totals->stale_age_us ? oldest_us : totals->stale_age_us;
}

struct observer judge_observer(struct judge *judge)
{
    return (struct observer){.context = judge, .on_step = on_step, .on_read = on_read};
}

void judge_totals(struct judge *judge, const struct totals *totals)
{
    judge->totals.mirror_differences = reference_mirror_differences(&judge->truth);
    const struct totals *own = &judge->totals;
    assert_int_equal(totals->steps, own->steps);
    assert_int_equal(totals->reads, own->reads);
    assert_int_equal(totals->stale_reads, own->stale_reads);
    assert_int_equal(totals->phantom_free, own->phantom_free);
    assert_int_equal(totals->phantom_busy, own->phantom_busy);
    assert_int_equal(totals->stale_age_us, own->stale_age_us);
    assert_int_equal(totals->refused_offers, own->refused_offers);
    assert_int_equal(totals->double_bookings, own->double_bookings);
    assert_int_equal(totals->mirror_differences, own->mirror_differences);
    assert_memory_equal(totals->causes, own->causes, sizeof own->causes);
}
