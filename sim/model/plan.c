#include "model/plan.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/poison.h"

const char *step_kind_name(enum step_kind kind)
{
    static const char *const names[] = {
#define X(name, text, doc) #name,
        STEP_KINDS(X)
#undef X
    };
    return names[kind];
}

static int compare_calendar(const void *a, const void *b)
{
    const struct calendar_slot *x = *(const struct calendar_slot *const *)a;
    const struct calendar_slot *y = *(const struct calendar_slot *const *)b;
    const int by_event_type = strcmp(x->event_type, y->event_type);
    if (by_event_type != 0) {
        return by_event_type;
    }
    if (x->starts_us != y->starts_us) {
        return x->starts_us < y->starts_us ? -1 : 1;
    }
    return strcmp(x->host, y->host);
}

/* Numbers the slots by (event type, start); the same slot with several hosts is one. */
static void lay_out_calendar(struct plan *plan, const struct calendar_slot *calendar, size_t count)
{
    const struct calendar_slot **sorted = ARENA_ARRAY(plan->arena, const struct calendar_slot *, count);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &calendar[i];
    }
    qsort(sorted, count, sizeof *sorted, compare_calendar);
    struct slot *slots = ARENA_ARRAY(plan->arena, struct slot, count);
    plan->slots = slots;
    for (size_t i = 0; i < count; i++) {
        const uint32_t event_type = intern_string(&plan->event_types, sorted[i]->event_type);
        const struct slot *last = plan->slot_count == 0 ? NULL : &slots[plan->slot_count - 1];
        if (last == NULL || last->event_type != event_type || last->starts_us != sorted[i]->starts_us) {
            slots[plan->slot_count] = (struct slot){
                .event_type = event_type,
                .starts_us = sorted[i]->starts_us,
                .ends_us = sorted[i]->ends_us,
                .day = zone_day(plan->system->zone, sorted[i]->starts_us),
            };
            const uint32_t number =
                store_add_slot(plan->store, sorted[i]->event_type, sorted[i]->starts_us, sorted[i]->ends_us);
            check(number == plan->slot_count);
            plan->slot_count++;
        }
        store_add_host(plan->store, plan->slot_count - 1, sorted[i]->host);
    }
}

struct plan *plan_new(struct arena *arena, const struct system *system, struct store *store, int64_t clock_us,
                      const struct calendar_slot *calendar, size_t calendar_count)
{
    struct plan *plan = ARENA_NEW(arena, struct plan);
    *plan = (struct plan){.arena = arena, .system = system, .store = store, .clock_us = clock_us};
    interner_init(&plan->event_types, arena);
    interner_init(&plan->booking_names, arena);
    interner_init(&plan->keys, arena);
    interner_init(&plan->values, arena);
    map_init(&plan->range_values, arena);
    map_init(&plan->forget_keys, arena);
    lay_out_calendar(plan, calendar, calendar_count);
    return plan;
}

uint32_t plan_slot(const struct plan *plan, const char *event_type, int64_t starts_us)
{
    const uint32_t type =
        event_type == NULL ? MAP_NONE : intern_find(&plan->event_types, event_type, strlen(event_type));
    for (uint32_t low = 0, high = plan->slot_count; low < high && type != MAP_NONE;) {
        const uint32_t middle = low + (high - low) / 2;
        const struct slot *slot = &plan->slots[middle];
        if (slot->event_type == type && slot->starts_us == starts_us) {
            return middle;
        }
        if (slot->event_type < type || (slot->event_type == type && slot->starts_us < starts_us)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return MODEL_NONE;
}

void plan_overlapped_days(const struct plan *plan, uint32_t slot, int32_t *day_from, int32_t *day_to)
{
    const struct slot *booked = &plan->slots[slot];
    *day_from = booked->day;
    *day_to = booked->day;
    for (uint32_t i = 0; i < plan->slot_count; i++) {
        const struct slot *other = &plan->slots[i];
        if (other->starts_us < booked->ends_us && booked->starts_us < other->ends_us) {
            *day_from = other->day < *day_from ? other->day : *day_from;
            *day_to = other->day > *day_to ? other->day : *day_to;
        }
    }
}

uint32_t plan_actor(const struct plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->actors.count; i++) {
        if (strcmp(plan->actors.items[i].name, name) == 0) {
            return i;
        }
    }
    return MODEL_NONE;
}

uint32_t plan_step(const struct plan *plan, uint32_t actor, const char *name)
{
    const struct program *program = &plan->actors.items[actor].program;
    for (uint32_t i = 0; i < program->count; i++) {
        if (strcmp(program->steps[i].name, name) == 0) {
            return i;
        }
    }
    return MODEL_NONE;
}

static const char *field_or_null(const struct plan *plan, const char *const *fields, const char *name)
{
    const uint32_t field = system_field(plan->system, name);
    return field == MODEL_NONE ? NULL : fields[field];
}

/* The call of `operation` with the fields that both an actor and a booking have. */
struct store_call plan_call(const struct plan *plan, const char *operation, const char *const *fields, uint32_t slot)
{
    struct store_call call = {
        .operation = store_operation(plan->store, operation),
        .slot = slot,
        .event_type = fields[0],
        .company = field_or_null(plan, fields, "company"),
        .branch = field_or_null(plan, fields, "branch"),
        .service = field_or_null(plan, fields, "service"),
    };
    check(call.operation != STORE_NONE);
    return call;
}

bool plan_add_booking(struct plan *plan, const struct booking_spec *booking)
{
    check(plan->actors.count == 0 && booking->slot < plan->slot_count);
    struct store_call call = plan_call(plan, "seed.upstream", booking->fields, booking->slot);
    call.booking = booking->name;
    call.host = booking->host;
    call.appointment_id = booking->appointment_id;
    call.source = "cal.com";
    (void)store_initial_state(plan->store);
    struct store_call seed = call;
    if (!booking->upstream_only) {
        seed.operation = store_operation(plan->store, "seed.appointment");
    }
    const uint32_t before = plan->initial_state;
    const struct store_step made = store_apply(plan->store, before, store_call(plan->store, &call));
    if (made.changed == 0) {
        return false;
    }
    plan->initial_state = made.state;
    if (!booking->upstream_only) {
        plan->initial_state = store_apply(plan->store, made.state, store_call(plan->store, &seed)).state;
    }
    ARENA_PUSH(plan->arena, &plan->bookings) = booking->name;
    ARENA_PUSH(plan->arena, &plan->booking_slots) = booking->slot;
    return true;
}

/* The slots of `event_type` (MODEL_NONE: no slots) on the days of a question. */
static uint32_t range_of(struct plan *plan, uint32_t event_type, int32_t day_from, int32_t day_to)
{
    for (uint32_t i = 0; i < plan->ranges.count; i++) {
        const struct range *known = &plan->ranges.items[i];
        if (known->event_type == event_type && known->day_from == day_from && known->day_to == day_to) {
            return i;
        }
    }
    struct range range = {.event_type = event_type, .day_from = day_from, .day_to = day_to};
    for (uint32_t i = 0; i < plan->slot_count && event_type != MODEL_NONE; i++) {
        const struct slot *slot = &plan->slots[i];
        if (slot->event_type == event_type && slot->day >= day_from && slot->day <= day_to) {
            range.first = range.count == 0 ? i : range.first;
            range.count++;
        }
    }
    ARENA_PUSH(plan->arena, &plan->ranges) = range;
    return (uint32_t)plan->ranges.count - 1;
}

static uint32_t add_question(struct plan *plan, struct question question)
{
    const struct zone *zone = plan->system->zone;
    question.day_from = zone_day(zone, question.from_us);
    question.day_to = zone_day(zone, question.to_us);
    question.range = range_of(plan, question.event_type, question.day_from, question.day_to);
    ARENA_PUSH(plan->arena, &plan->questions) = question;
    return (uint32_t)plan->questions.count - 1;
}

uint32_t plan_add_question(struct plan *plan, const char *const *fields, int64_t from_us, int64_t to_us)
{
    check(from_us <= to_us);
    const uint32_t type = fields[0] == NULL ? MAP_NONE : intern_find(&plan->event_types, fields[0], strlen(fields[0]));
    return add_question(plan, (struct question){.fields = fields,
                                                .event_type = type == MAP_NONE ? MODEL_NONE : type,
                                                .from_us = from_us,
                                                .to_us = to_us});
}

static int64_t midnight(const struct zone *zone, int32_t day)
{
    const struct civil civil = civil_from_day(day);
    int64_t first_us = 0;
    int64_t second_us = 0;
    (void)zone_instant(zone, &civil, &first_us, &second_us);
    return first_us;
}

uint32_t plan_question_for_layer(struct plan *plan, uint32_t question, uint32_t layer)
{
    if (plan->system->layers[layer].covers == COVERS_DATES) {
        return question;
    }
    struct question wider = plan->questions.items[question];
    const int32_t monday = wider.day_from - (civil_weekday(wider.day_from) - 1);
    wider.from_us = midnight(plan->system->zone, monday);
    wider.to_us = midnight(plan->system->zone, monday + 6);
    return add_question(plan, wider);
}

struct template_values plan_question_values(const struct plan *plan, const struct question *question)
{
    return (struct template_values){.fields = question->fields,
                                    .from = zone_civil(plan->system->zone, question->from_us),
                                    .to = zone_civil(plan->system->zone, question->to_us)};
}

static uint32_t wire_key(struct plan *plan, const struct template *template, const struct template_values *values)
{
    struct text key = {0};
    text_puts(&key, plan->system->prefix);
    template_render(template, values, &key);
    const uint32_t number = intern(&plan->keys, key.data, key.length);
    text_free(&key);
    return number;
}

uint32_t plan_layer_key(struct plan *plan, uint32_t layer, uint32_t question)
{
    const struct template_values values = plan_question_values(plan, &plan->questions.items[question]);
    return wire_key(plan, &plan->system->layers[layer].key, &values);
}

struct template_values plan_forget_values(const struct plan *plan, const struct step *step, uint32_t index,
                                          int32_t base_day)
{
    const struct forget_plan *forget = &plan->forgets.items[step->forget];
    const struct forget_spec *spec = forget->spec;
    const uint32_t windows = spec->window_count == 0 ? 1 : spec->window_count;
    const uint32_t window = index % windows;
    const uint32_t day = index / windows % (uint32_t)spec->days;
    const uint32_t variant = index / windows / (uint32_t)spec->days;
    check(variant < forget->variant_count);
    struct template_values values = {.fields = forget->variants[variant],
                                     .from = civil_from_day(base_day + (int32_t)day)};
    values.to = values.from;
    if (spec->window_count > 0) {
        values.from.hour = spec->windows[window].from_minute / 60;
        values.from.minute = spec->windows[window].from_minute % 60;
        values.to = civil_from_day(base_day + (int32_t)day + spec->windows[window].to_minute / (24 * 60));
        values.to.hour = spec->windows[window].to_minute / 60 % 24;
        values.to.minute = spec->windows[window].to_minute % 60;
    }
    return values;
}

uint32_t plan_forget_key(struct plan *plan, const struct step *step, uint32_t index, int32_t base_day)
{
    /* 2^20 keys a step, days of about 1,800 years: see expand.c for the bound on keys. */
    const uint64_t place = ((uint64_t)step->forget << 40U) | ((uint64_t)(uint32_t)(base_day & 0xFFFFF) << 20U) | index;
    const uint32_t known = map_get(&plan->forget_keys, place);
    if (known != MAP_NONE) {
        return known;
    }
    const struct template_values values = plan_forget_values(plan, step, index, base_day);
    const uint32_t number = wire_key(plan, &plan->forgets.items[step->forget].spec->key, &values);
    map_put(&plan->forget_keys, place, number);
    return number;
}

const struct value *plan_value(const struct plan *plan, uint32_t value)
{
    check(value < plan->values.count);
    return plan->values.items[value].bytes;
}

bool value_is_free(const struct value *value, const struct range *range, uint32_t slot)
{
    check(slot >= range->first && slot - range->first < range->count);
    const uint32_t bit = slot - range->first;
    return (value->bits[bit / 64] >> (bit % 64) & 1U) != 0;
}

bool value_reports_free(const struct plan *plan, const struct value *value, uint32_t slot)
{
    const struct range *range = &plan->ranges.items[value->range];
    if (range->count == 0) {
        return false;
    }
    if (plan->slots[slot].event_type != range->event_type) {
        slot = plan_slot(plan, interned_string(&plan->event_types, range->event_type), plan->slots[slot].starts_us);
    }
    return slot != MODEL_NONE && slot >= range->first && slot - range->first < range->count &&
           value_is_free(value, range, slot);
}

uint32_t plan_value_at(struct plan *plan, uint32_t state, uint32_t range_number)
{
    const uint64_t question = map_key(state, range_number);
    const uint32_t known = map_get(&plan->range_values, question);
    if (known != MAP_NONE) {
        return known;
    }
    const struct range *range = &plan->ranges.items[range_number];
    const uint64_t *free_slots = store_free_slots(plan->store, state);
    const size_t words = (range->count + 63) / 64;
    const struct arena_mark scratch = arena_mark(plan->arena);
    struct value *value = arena_alloc(plan->arena, 1, sizeof *value + words * sizeof value->bits[0]);
    value->range = range_number;
    for (uint32_t i = 0; i < range->count; i++) {
        const uint32_t slot = range->first + i;
        const uint64_t free_slot = free_slots[slot / 64] >> (slot % 64) & 1U;
        value->bits[i / 64] |= free_slot << (i % 64);
        value->free_count += (uint32_t)free_slot;
    }
    const size_t length = sizeof *value + words * sizeof value->bits[0];
    const uint32_t seen = intern_find(&plan->values, value, length);
    uint32_t number = seen;
    if (seen == MAP_NONE) {
        number = intern(&plan->values, value, length);
    } else {
        arena_rewind(plan->arena, scratch);
    }
    map_put(&plan->range_values, question, number);
    return number;
}
