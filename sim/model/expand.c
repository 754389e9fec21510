/* Routines become flat programs: every branch is a jump, every call is inlined, every nested layer is unrolled.
 *
 *   read through L2 (filled from L1, filled from the upstream):
 *     L2.get -hit-> answer     L1.get -hit-> L2.put     snapshot  response  L1.put  L2.put  answer
 */
#include "base/check.h"
#include "model/plan.h"

#include <string.h>

#include "base/poison.h"

enum { FORGET_KEYS_MAX = 1 << 20 };

struct emitter {
    struct plan *plan;
    const struct actor_spec *spec;
    uint32_t actor;
    struct {
        struct step *items;
        size_t count, capacity;
    } steps;
    const char *const *fields;
    const char **passes;
    uint32_t pass_count;
    uint32_t routine;
    bool direct; /* Acts at the upstream itself: its calls have no way to go. */
};

static struct latency latency_sum(struct latency a, struct latency b)
{
    return (struct latency){a.low_us + b.low_us, a.high_us + b.high_us, a.nominal_us + b.nominal_us};
}

/* "L1.get", or "L1.get#3" for the third of that name in the program. */
static const char *unique_name(struct emitter *emitter, const char *base)
{
    uint32_t same = 1;
    const size_t length = strlen(base);
    for (size_t i = 0; i < emitter->steps.count; i++) {
        const char *other = emitter->steps.items[i].name;
        same += strncmp(other, base, length) == 0 && (other[length] == '\0' || other[length] == '#');
    }
    return same == 1 ? base : arena_printf(emitter->plan->arena, "%s#%u", base, same);
}

static const char *layer_step_name(struct emitter *emitter, uint32_t layer, const char *verb)
{
    return arena_printf(emitter->plan->arena, "%s.%s", emitter->plan->system->layers[layer].name, verb);
}

static struct step *emit(struct emitter *emitter, enum step_kind kind, const char *name)
{
    const char *unique = unique_name(emitter, name);
    struct step *step = &ARENA_PUSH(emitter->plan->arena, &emitter->steps);
    *step = (struct step){
        .kind = kind,
        .name = unique,
        .routine = emitter->routine,
        .layer = MODEL_NONE,
        .question = MODEL_NONE,
        .key = MODEL_NONE,
        .target = MODEL_NONE,
        .call = MODEL_NONE,
        .child = MODEL_NONE,
        .forget = MODEL_NONE,
        .repeat = 1,
        .pin_us = TIME_NONE,
        .hold_actor = MODEL_NONE,
        .hold_step = MODEL_NONE,
    };
    return step;
}

static uint32_t here(const struct emitter *emitter)
{
    return (uint32_t)emitter->steps.count;
}

/* A request and its reply, with the effect somewhere between: `effect` leads by [0, high], `reply` by the whole. */
static void spread_latency(struct emitter *emitter, uint32_t effect, uint32_t reply, enum latency_class class)
{
    const struct latency whole = emitter->spec->latencies[class];
    emitter->steps.items[effect].lead = (struct latency){0, whole.high_us, whole.nominal_us / 2};
    emitter->steps.items[reply].lead = whole;
    emitter->steps.items[reply].since_request = true;
}

static void emit_fetch(struct emitter *emitter, uint32_t question)
{
    const uint32_t snapshot = here(emitter);
    emit(emitter, STEP_SNAPSHOT, "snapshot")->question = question;
    const uint32_t response = here(emitter);
    emit(emitter, STEP_RESPONSE, "response")->question = question;
    spread_latency(emitter, snapshot, response, LATENCY_UPSTREAM);
}

static void emit_through_layer(struct emitter *emitter, uint32_t asked, uint32_t layer)
{
    struct plan *plan = emitter->plan;
    if (layer == MODEL_NONE) {
        emit_fetch(emitter, asked);
        return;
    }
    const uint32_t question = plan_question_for_layer(plan, asked, layer);
    const uint32_t key = plan_layer_key(plan, layer, question);
    const uint32_t get = here(emitter);
    struct step *step = emit(emitter, STEP_GET, layer_step_name(emitter, layer, "get"));
    step->layer = layer;
    step->question = question;
    step->key = key;
    step->cost = emitter->spec->latencies[LATENCY_CACHE];
    emit_through_layer(emitter, question, plan->system->layers[layer].source);
    step = emit(emitter, STEP_PUT, layer_step_name(emitter, layer, "put"));
    step->layer = layer;
    step->question = question;
    step->key = key;
    step->cost = emitter->spec->latencies[LATENCY_CACHE];
    emitter->steps.items[get].target = here(emitter);
}

static void emit_read(struct emitter *emitter, const struct read_spec *read, int64_t from_us, int64_t to_us)
{
    const uint32_t question = plan_add_question(emitter->plan, emitter->fields, from_us, to_us);
    emit_through_layer(emitter, question, read->layer);
    struct step *answer = emit(emitter, STEP_ANSWER, "answer");
    answer->question = question;
    answer->layer = read->layer;
    /* Patched to the end of the reader once that is known. */
    answer->target = read->until_free ? 0 : MODEL_NONE;
}

/* Wall-clock arithmetic: the civil time `minutes` after midnight of `day`; an hour that the clocks skip moves on. */
static int64_t at_minute(const struct plan *plan, int32_t day, int64_t minutes, int64_t rest_us)
{
    const int64_t minutes_per_day = INT64_C(24) * 60;
    int64_t days = minutes / minutes_per_day;
    int64_t minute = minutes % minutes_per_day;
    if (minute < 0) {
        minute += minutes_per_day;
        days--;
    }
    struct civil civil = civil_from_day(day + (int32_t)days);
    civil.hour = (int)(minute / 60);
    civil.minute = (int)(minute % 60);
    civil.second = (int)(rest_us / US_PER_SECOND);
    civil.microsecond = (int)(rest_us % US_PER_SECOND);
    int64_t first_us = 0;
    int64_t second_us = 0;
    (void)zone_instant(plan->system->zone, &civil, &first_us, &second_us);
    return first_us;
}

static int32_t nth_workday(int32_t day, int32_t n)
{
    while (n > 0) {
        day++;
        n -= civil_weekday(day) <= 5;
    }
    return day;
}

static void emit_wished_read(struct emitter *emitter, const struct read_spec *read, int32_t number)
{
    const struct plan *plan = emitter->plan;
    const struct civil wish = zone_civil(plan->system->zone, emitter->spec->wish_us);
    const int32_t wish_day = civil_day(&wish);
    const int32_t day = read->on == ON_WORKDAYS ? nth_workday(wish_day, number) : wish_day + number;
    if (read->window == WINDOW_DAILY) {
        emit_read(emitter, read, at_minute(plan, day, read->from_minute, 0), at_minute(plan, day, read->to_minute, 0));
        return;
    }
    const int64_t minute = (int64_t)wish.hour * 60 + wish.minute;
    const int64_t rest_us = wish.second * US_PER_SECOND + wish.microsecond;
    emit_read(emitter, read, at_minute(plan, day, minute + read->from_us / US_PER_MINUTE, rest_us),
              at_minute(plan, day, minute + read->to_us / US_PER_MINUTE, rest_us));
}

static void emit_reader(struct emitter *emitter, const struct routine *routine)
{
    const uint32_t begin = here(emitter);
    for (uint32_t i = 0; i < routine->read_count; i++) {
        const struct read_spec *read = &routine->reads[i];
        if (read->window == WINDOW_ASKED) {
            emit_read(emitter, read, emitter->spec->from_us, emitter->spec->to_us);
            continue;
        }
        for (int32_t number = read->day_first; number <= read->day_last; number++) {
            emit_wished_read(emitter, read, number);
        }
    }
    for (uint32_t i = begin; i < here(emitter); i++) {
        struct step *step = &emitter->steps.items[i];
        if (step->kind == STEP_ANSWER && step->target != MODEL_NONE) {
            step->target = here(emitter);
        }
    }
}

static struct store_call actor_call(const struct emitter *emitter, const char *operation)
{
    const struct actor_spec *spec = emitter->spec;
    struct store_call call = plan_call(emitter->plan, operation, emitter->fields, spec->slot);
    const struct actor *actor = &emitter->plan->actors.items[emitter->actor];
    call.actor = actor->name;
    call.booking = actor->booking;
    call.appointment_id = spec->appointment_id;
    call.source = emitter->direct || actor->parent != MODEL_NONE ? "cal.com" : "phone";
    return call;
}

static void emit_commit(struct emitter *emitter, const struct action *action)
{
    const char *dot = strchr(action->operation, '.');
    const struct store_call call = actor_call(emitter, action->operation);
    const uint32_t commit = here(emitter);
    struct step *step = emit(emitter, STEP_COMMIT, dot + 1);
    step->call = store_call(emitter->plan->store, &call);
    if (emitter->direct) {
        step->target = 0; /* Patched: a refused customer goes home. */
        return;
    }
    const uint32_t reply = here(emitter);
    emit(emitter, STEP_REPLY, "reply")->target = 0;
    spread_latency(emitter, commit, reply, LATENCY_BOOKING);
}

/* Every combination of the fields that the deletion names, over the actor's own. */
static void combine_fields(struct emitter *emitter, struct forget_plan *forget)
{
    struct plan *plan = emitter->plan;
    const struct forget_spec *spec = forget->spec;
    forget->variant_count = 1;
    for (uint32_t i = 0; i < spec->field_count; i++) {
        forget->variant_count *= spec->fields[i].value_count;
    }
    forget->variants = ARENA_ARRAY(plan->arena, const char **, forget->variant_count);
    for (uint32_t v = 0; v < forget->variant_count; v++) {
        forget->variants[v] = ARENA_ARRAY(plan->arena, const char *, plan->system->field_count);
        memcpy(forget->variants[v], emitter->fields, plan->system->field_count * sizeof(const char *));
        uint32_t rest = v;
        for (uint32_t i = spec->field_count; i-- > 0;) {
            forget->variants[v][spec->fields[i].field] = spec->fields[i].values[rest % spec->fields[i].value_count];
            rest /= spec->fields[i].value_count;
        }
    }
}

static void emit_forget(struct emitter *emitter, const struct forget_spec *spec)
{
    struct plan *plan = emitter->plan;
    struct forget_plan forget = {.spec = spec};
    combine_fields(emitter, &forget);
    if (spec->pattern) {
        /* The window is not known to who lists: times in a pattern are those of the first variant's slot. */
        const int64_t at_us =
            emitter->spec->slot == MODEL_NONE ? plan->clock_us : plan->slots[emitter->spec->slot].starts_us;
        const struct civil civil = zone_civil(plan->system->zone, at_us);
        const struct template_values values = {.fields = forget.variants[0], .from = civil, .to = civil};
        struct text pattern = {0};
        template_render(&spec->key, &values, &pattern);
        forget.pattern = arena_copy_text(plan->arena, text_string(&pattern), pattern.length);
        text_free(&pattern);
    }
    const uint32_t number = (uint32_t)plan->forgets.count;
    ARENA_PUSH(plan->arena, &plan->forgets) = forget;
    const uint32_t windows = spec->window_count == 0 ? 1 : spec->window_count;
    const uint32_t keys = forget.variant_count * (uint32_t)spec->days * windows;
    check(keys < FORGET_KEYS_MAX);
    if (spec->pattern && !spec->atomic) {
        struct step *list = emit(emitter, STEP_LIST, layer_step_name(emitter, spec->layer, "list"));
        list->layer = spec->layer;
        list->forget = number;
        list->cost = emitter->spec->latencies[LATENCY_CACHE];
    }
    const enum step_kind kind = spec->pattern && !spec->atomic ? STEP_FORGET_LISTED : STEP_FORGET;
    struct step *step = emit(emitter, kind, layer_step_name(emitter, spec->layer, "forget"));
    step->layer = spec->layer;
    step->forget = number;
    step->repeat = spec->pattern ? 1 : keys;
    step->cost = emitter->spec->latencies[LATENCY_DELETE];
}

static uint32_t add_delivery(struct emitter *emitter, uint32_t handler);

static void emit_action(struct emitter *emitter, const struct action *action);

static void emit_actions(struct emitter *emitter, uint32_t routine_number)
{
    const struct routine *routine = &emitter->plan->system->routines[routine_number];
    const uint32_t caller = emitter->routine;
    emitter->routine = routine_number;
    for (uint32_t i = 0; i < routine->action_count; i++) {
        emit_action(emitter, &routine->actions[i]);
    }
    emitter->routine = caller;
}

static bool passed(const struct emitter *emitter, const char *argument)
{
    for (uint32_t i = 0; i < emitter->pass_count; i++) {
        if (strcmp(emitter->passes[i], argument) == 0) {
            return true;
        }
    }
    return false;
}

static void emit_action(struct emitter *emitter, const struct action *action)
{
    if (action->when_passed != NULL && !passed(emitter, action->when_passed)) {
        return;
    }
    switch (action->kind) {
    case ACTION_UPSTREAM: emit_commit(emitter, action); break;
    case ACTION_APPOINTMENT: {
        const struct store_call call = actor_call(emitter, action->operation);
        struct step *step = emit(emitter, STEP_MIRROR, action->operation);
        step->call = store_call(emitter->plan->store, &call);
        step->cost = emitter->spec->latencies[LATENCY_DB];
        break;
    }
    case ACTION_FORGET: emit_forget(emitter, &action->forget); break;
    case ACTION_CALL: emit_actions(emitter, action->routine); break;
    case ACTION_SEND_WEBHOOK: {
        const uint32_t child = add_delivery(emitter, action->routine);
        struct store_call call = actor_call(emitter, "webhook.send");
        call.recipient = emitter->plan->actors.items[child].name;
        struct step *step = emit(emitter, STEP_SEND, "send_webhook");
        step->child = child;
        step->call = store_call(emitter->plan->store, &call);
        break;
    }
    }
}

/* A routine as a whole: its steps, then its return, which is where refused bookings go. */
static void emit_routine(struct emitter *emitter, uint32_t routine_number)
{
    const struct routine *routine = &emitter->plan->system->routines[routine_number];
    emitter->routine = routine_number;
    emitter->direct = routine->kind == ROUTINE_CUSTOMER_ACTION;
    emitter->passes = emitter->spec->passes_given ? emitter->spec->passes : routine->passes;
    emitter->pass_count = emitter->spec->passes_given ? emitter->spec->pass_count : routine->pass_count;
    const uint32_t begin = here(emitter);
    emit_actions(emitter, routine_number);
    emit(emitter, STEP_RETURN, "return");
    for (uint32_t i = begin; i < here(emitter); i++) {
        struct step *step = &emitter->steps.items[i];
        if (step->kind == STEP_REPLY || (step->kind == STEP_COMMIT && emitter->direct)) {
            step->target = here(emitter) - 1;
        }
    }
}

static void finish_program(struct emitter *emitter)
{
    struct actor *actor = &emitter->plan->actors.items[emitter->actor];
    actor->program = (struct program){.steps = emitter->steps.items, .count = (uint32_t)emitter->steps.count};
}

/* The actor that handles a webhook which `emitter`'s actor sends. */
static uint32_t add_delivery(struct emitter *emitter, uint32_t handler)
{
    struct plan *plan = emitter->plan;
    struct actor delivery = plan->actors.items[emitter->actor];
    delivery.parent = emitter->actor;
    delivery.routine = handler;
    delivery.at_us = TIME_NONE;
    delivery.at_high_us = TIME_NONE;
    delivery.acknowledges = true;
    delivery.repeat_count = 1;
    delivery.name = arena_printf(plan->arena, "%s.webhook", delivery.name);
    for (uint32_t i = 2; plan_actor(plan, delivery.name) != MODEL_NONE; i++) {
        delivery.name = arena_printf(plan->arena, "%s.webhook#%u", plan->actors.items[emitter->actor].name, i);
    }
    const uint32_t number = (uint32_t)plan->actors.count;
    ARENA_PUSH(plan->arena, &plan->actors) = delivery;
    struct emitter child = {
        .plan = plan, .spec = emitter->spec, .actor = number, .fields = emitter->fields, .routine = handler};
    const struct store_call call = actor_call(&child, "webhook.receive");
    struct step *receive = emit(&child, STEP_RECEIVE, "receive");
    receive->call = store_call(plan->store, &call);
    receive->lead = latency_sum(emitter->spec->latencies[LATENCY_WEBHOOK], emitter->spec->latencies[LATENCY_RECEIVE]);
    emit_routine(&child, handler);
    finish_program(&child);
    /* The sender's own return says nothing to the gateway: its write is acknowledged by the handler. */
    if (emitter->direct) {
        plan->actors.items[emitter->actor].acknowledges = false;
    }
    return number;
}

uint32_t plan_add_actor(struct plan *plan, const struct actor_spec *spec)
{
    const struct routine *routine = &plan->system->routines[spec->routine];
    const uint32_t type =
        spec->fields[0] == NULL ? MAP_NONE : intern_find(&plan->event_types, spec->fields[0], strlen(spec->fields[0]));
    (void)store_initial_state(plan->store);
    const uint32_t number = (uint32_t)plan->actors.count;
    ARENA_PUSH(plan->arena, &plan->actors) = (struct actor){
        .name = spec->name,
        .routine = spec->routine,
        .parent = MODEL_NONE,
        .fields = spec->fields,
        .event_type = type == MAP_NONE ? MODEL_NONE : type,
        .slot = spec->slot,
        .old_slot = spec->old_slot,
        .booking = spec->booking == NULL ? spec->name : spec->booking,
        .booking_number = intern_string(&plan->booking_names, spec->booking == NULL ? spec->name : spec->booking),
        .at_us = spec->at_us,
        .at_high_us = spec->at_high_us,
        .at_given = spec->at_given,
        .every_us = spec->every_us,
        .repeat_count = spec->repeat_count == 0 ? 1 : spec->repeat_count,
        .acknowledges = true,
    };
    struct emitter emitter = {.plan = plan, .spec = spec, .actor = number, .fields = spec->fields};
    if (routine->kind != ROUTINE_READER) {
        emit_routine(&emitter, spec->routine);
        finish_program(&emitter);
        return number;
    }
    emitter.routine = spec->routine;
    emit_reader(&emitter, routine);
    if (spec->then_routine != MODEL_NONE) {
        const uint32_t choose = here(&emitter);
        emit(&emitter, STEP_CHOOSE, "choose")->lead = spec->then_after;
        emit_routine(&emitter, spec->then_routine);
        emitter.steps.items[choose].target = here(&emitter);
    }
    finish_program(&emitter);
    return number;
}
