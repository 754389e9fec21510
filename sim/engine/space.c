#include "engine/space.h"

#include "base/check.h"
#include "engine/step.h"

#include <string.h>

#include "base/poison.h"

enum { LIST_EXPIRED_MAX = 12 };

#ifdef SLOTRACE_DEBUG
enum sabotage space_sabotage = SABOTAGE_NONE;
#endif

static void set_bit(struct bits *bits, uint32_t bit)
{
    bits->words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static bool has_bit(const struct bits *bits, uint32_t bit)
{
    return (bits->words[bit / 64] >> (bit % 64) & 1U) != 0;
}

static bool intersect(const struct bits *a, const struct bits *b)
{
    uint64_t common = 0;
    for (int i = 0; i < SPACE_WORDS; i++) {
        common |= a->words[i] & b->words[i];
    }
    return common != 0;
}

bool touched_conflict(const struct touched *a, const struct touched *b)
{
    return intersect(&a->writes, &b->writes) || intersect(&a->writes, &b->reads) || intersect(&a->reads, &b->writes);
}

static void add_days(const struct space *space, uint32_t first_bit, const struct access *access, struct bits *bits)
{
    for (uint32_t i = 0; i < space->day_count; i++) {
        const uint32_t day = step_day(space->days[i]);
        if (access->low <= day && day <= access->high) {
            set_bit(bits, first_bit + i);
        }
    }
}

static void add_range(uint32_t first_bit, uint32_t count, const struct access *access, struct bits *bits)
{
    for (uint32_t i = access->low; i <= access->high && i < count; i++) {
        set_bit(bits, first_bit + i);
    }
}

static bool is_dropped(enum resource resource)
{
    return (resource == RESOURCE_KEY && SABOTAGED(DROP_KEY)) || (resource == RESOURCE_TRUTH && SABOTAGED(DROP_TRUTH)) ||
           (resource == RESOURCE_ACK && SABOTAGED(DROP_ACK)) ||
           (resource == RESOURCE_MIRROR && SABOTAGED(DROP_MIRROR)) ||
           (resource == RESOURCE_INBOX && SABOTAGED(DROP_INBOX));
}

/* A declared access, as bits: the footprints of step.h are the only source. */
static void add_access(const struct space *space, const struct access *access, struct touched *out)
{
    if (is_dropped(access->resource)) {
        return;
    }
    struct bits *bits = access->write ? &out->writes : &out->reads;
    switch (access->resource) {
    case RESOURCE_KEY:
        for (uint32_t key = access->low; key <= access->high && key < space->key_count; key++) {
            if (space->key_bit[key] != MODEL_NONE) {
                set_bit(bits, space->key_bit[key]);
            }
        }
        break;
    case RESOURCE_TRUTH: add_days(space, space->truth_bit, access, bits); break;
    case RESOURCE_ACK: add_days(space, space->ack_bit, access, bits); break;
    case RESOURCE_MIRROR: add_range(space->mirror_bit, (uint32_t)space->plan->booking_names.count, access, bits); break;
    case RESOURCE_INBOX: add_range(space->inbox_bit, space->actor_count, access, bits); break;
    case RESOURCE_ACTOR: break; /* Only its one parent starts an actor. */
    }
}

static const struct program *program_of(const struct space *space, uint32_t actor)
{
    return &space->plan->actors.items[actor].program;
}

/* The nominal time of an actor: what `today` and the hours in keys are for it. */
static int64_t space_now_us(const struct space *space, uint32_t actor)
{
    const struct actor *who = &space->plan->actors.items[actor];
    if (space->now_us != TIME_NONE) {
        return space->now_us;
    }
    while (who->parent != MODEL_NONE) {
        who = &space->plan->actors.items[who->parent];
    }
    return who->at_us;
}

/* A value takes along which commits it comes after, on all days that it will be judged on. */
static void add_judged_days(const struct space *space, struct transition transition, struct touched *out)
{
    const struct machine *machine = space->machine;
    const struct step *step = machine_next(machine, transition.actor);
    uint32_t next = machine->actors[transition.actor].pc + 1;
    if (step->kind == STEP_GET && transition.choice == 0 && machine->cache.entries[step->key].value != CACHE_NOTHING) {
        next = step->target;
    } else if (step->kind != STEP_SNAPSHOT) {
        return;
    }
    const struct ahead *ahead = &space->ahead[transition.actor][next];
    for (int i = 0; i < SPACE_WORDS && ahead->fills && !SABOTAGED(NARROW_SCOPE); i++) {
        out->reads.words[i] |= ahead->days.words[i];
    }
}

struct touched space_touched(struct space *space, struct transition transition)
{
    const struct footprint footprint =
        step_footprint(space->machine, transition.actor, space_now_us(space, transition.actor));
    struct touched out = {0};
    for (uint32_t i = 0; i < footprint.count; i++) {
        add_access(space, &footprint.items[i], &out);
    }
    add_judged_days(space, transition, &out);
    if (transition.choice != 0 && !SABOTAGED(EXPIRY_READS)) {
        /* An entry that is found expired is gone for everybody. Keys have the lowest bits. */
        for (uint32_t bit = 0; bit < space->truth_bit; bit++) {
            if (has_bit(&out.reads, bit)) {
                set_bit(&out.writes, bit);
            }
        }
    }
    return out;
}

struct bits space_sure_reads(const struct space *space, uint32_t actor)
{
    struct bits bits = {0};
    const struct step *step = machine_next(space->machine, actor);
    if (step->kind == STEP_GET) {
        if (step->key < space->key_count && space->key_bit[step->key] != MODEL_NONE) {
            set_bit(&bits, space->key_bit[step->key]);
        }
        for (uint32_t i = 0; i < space->day_count && !space->machine->actors[actor].reading; i++) {
            set_bit(&bits, space->ack_bit + i);
        }
    }
    return bits;
}

/* All the keys of a deletion loop. */
static void add_forgotten(struct space *space, uint32_t actor, const struct step *step, struct touched *out)
{
    const struct forget_spec *spec = space->plan->forgets.items[step->forget].spec;
    const int32_t day = step_first_day(space->machine, actor, spec, space_now_us(space, actor));
    for (uint32_t i = 0; i < step->repeat; i++) {
        const uint32_t key = plan_forget_key(space->plan, step, i, day);
        const struct access access = {.resource = RESOURCE_KEY, .low = key, .high = key, .write = true};
        add_access(space, &access, out);
    }
}

static void add_all(const struct space *space, enum resource resource, bool write, struct touched *out)
{
    const struct access access = {
        .resource = resource, .low = RESOURCE_ALL_LOW, .high = RESOURCE_ALL_HIGH, .write = write};
    add_access(space, &access, out);
}

/* Everything that a step might touch in any state. */
static void add_static(struct space *space, uint32_t actor, const struct step *step, struct touched *out)
{
    const struct plan *plan = space->plan;
    switch (step->kind) {
    case STEP_GET: {
        const struct access key = {.resource = RESOURCE_KEY,
                                   .low = step->key,
                                   .high = step->key,
                                   .write = space->expiry && !SABOTAGED(EXPIRY_READS)};
        add_access(space, &key, out);
        add_all(space, RESOURCE_ACK, false, out);
        if (plan->actors.items[actor].program.steps[step->target].kind == STEP_PUT) {
            add_all(space, RESOURCE_TRUTH, false, out);
        }
        return;
    }
    case STEP_ANSWER: add_all(space, RESOURCE_TRUTH, false, out); return;
    case STEP_FORGET_LISTED: add_all(space, RESOURCE_KEY, true, out); return;
    case STEP_LIST: add_all(space, RESOURCE_KEY, space->expiry && !SABOTAGED(EXPIRY_READS), out); return;
    case STEP_FORGET:
        if (!plan->forgets.items[step->forget].spec->atomic) {
            add_forgotten(space, actor, step, out);
            return;
        }
        break;
    case STEP_SNAPSHOT:
        add_all(space, RESOURCE_ACK, false, out);
        touched_merge(out,
                      &(struct touched){.reads = space->ahead[actor][step - program_of(space, actor)->steps].days});
        break;
    default: break;
    }
    struct footprint footprint = {.count = 0};
    step_rules[step->kind].footprint(space->machine, actor, step, space_now_us(space, actor), &footprint);
    for (uint32_t i = 0; i < footprint.count; i++) {
        add_access(space, &footprint.items[i], out);
    }
}

void touched_merge(struct touched *into, const struct touched *from)
{
    for (int i = 0; i < SPACE_WORDS; i++) {
        into->reads.words[i] |= from->reads.words[i];
        into->writes.words[i] |= from->writes.words[i];
    }
}

/* From the end backwards; jumps only go forwards. Deliveries come after their senders, so they are done first. */
static void find_futures(struct space *space)
{
    space->future = ARENA_ARRAY(space->arena, struct touched *, space->actor_count);
    for (uint32_t a = space->actor_count; a-- > 0;) {
        const struct program *program = program_of(space, a);
        struct touched *future = ARENA_ARRAY(space->arena, struct touched, program->count + 1);
        space->future[a] = future;
        for (uint32_t i = program->count; i-- > 0;) {
            if (!SABOTAGED(FORGET_LATER)) {
                future[i] = future[i + 1];
            }
            add_static(space, a, &program->steps[i], &future[i]);
            if (program->steps[i].child != MODEL_NONE && !SABOTAGED(FORGET_CHILD)) {
                check(program->steps[i].child > a);
                touched_merge(&future[i], &space->future[program->steps[i].child][0]);
            }
        }
        const bool repeats = space->plan->actors.items[a].repeat_count > 1 && !SABOTAGED(FORGET_AGAIN);
        for (uint32_t i = 1; i <= program->count && repeats; i++) {
            future[i] = future[0];
        }
    }
}

static void find_keys(struct space *space)
{
    const struct plan *plan = space->plan;
    space->key_count = (uint32_t)plan->keys.count;
    space->putable = ARENA_ARRAY(space->arena, bool, space->key_count + 1);
    space->key_bit = ARENA_ARRAY(space->arena, uint32_t, space->key_count + 1);
    for (uint32_t a = 0; a < space->actor_count; a++) {
        const struct program *program = program_of(space, a);
        for (uint32_t i = 0; i < program->count; i++) {
            if (program->steps[i].kind == STEP_PUT) {
                space->putable[program->steps[i].key] = true;
            }
        }
    }
    for (uint32_t key = 0; key < space->key_count; key++) {
        space->key_bit[key] = space->putable[key] ? space->bit_count++ : MODEL_NONE;
    }
}

static void find_days(struct space *space)
{
    const struct plan *plan = space->plan;
    space->days = ARENA_ARRAY(space->arena, int32_t, plan->slot_count + 1);
    space->slot_bit = ARENA_ARRAY(space->arena, uint32_t, plan->slot_count + 1);
    for (uint32_t i = 0; i < plan->slot_count; i++) {
        uint32_t day = 0;
        while (day < space->day_count && space->days[day] != plan->slots[i].day) {
            day++;
        }
        space->days[day] = plan->slots[i].day;
        space->day_count += day == space->day_count;
        space->slot_bit[i] = space->truth_bit + day;
    }
}

static void number_resources(struct space *space)
{
    find_keys(space);
    space->truth_bit = space->bit_count;
    find_days(space);
    space->ack_bit = space->truth_bit + space->day_count;
    space->mirror_bit = space->ack_bit + space->day_count;
    space->inbox_bit = space->mirror_bit + (uint32_t)space->plan->booking_names.count;
    space->bit_count = space->inbox_bit + space->actor_count;
}

static bool same_question(const struct plan *plan, const struct step *a, const struct step *b)
{
    if (a->question == MODEL_NONE || b->question == MODEL_NONE) {
        return a->question == b->question;
    }
    const struct question *x = &plan->questions.items[a->question];
    const struct question *y = &plan->questions.items[b->question];
    return x->event_type == y->event_type && x->from_us == y->from_us && x->to_us == y->to_us;
}

/* Readers that ask the same: their states may be swapped. Whoever writes has a booking of its own. */
static bool identical_readers(const struct plan *plan, const struct actor *a, const struct actor *b)
{
    if (a->program.count != b->program.count || a->repeat_count != b->repeat_count || a->parent != MODEL_NONE ||
        b->parent != MODEL_NONE) {
        return false;
    }
    for (uint32_t i = 0; i < a->program.count; i++) {
        const struct step *x = &a->program.steps[i];
        const struct step *y = &b->program.steps[i];
        const bool reads = x->kind == STEP_GET || x->kind == STEP_SNAPSHOT || x->kind == STEP_RESPONSE ||
                           x->kind == STEP_PUT || x->kind == STEP_ANSWER;
        if (!reads || x->kind != y->kind || x->layer != y->layer || x->key != y->key || x->target != y->target ||
            !same_question(plan, x, y)) {
            return false;
        }
    }
    return true;
}

static void find_classes(struct space *space)
{
    space->class_of = ARENA_ARRAY(space->arena, uint32_t, space->actor_count + 1);
    space->writer_of = ARENA_ARRAY(space->arena, uint32_t, space->actor_count + 1);
    for (uint32_t a = 0; a < space->actor_count; a++) {
        space->class_of[a] = a;
        for (uint32_t b = 0; b < a && space->symmetry && space->class_of[a] == a; b++) {
            if (space->class_of[b] == b &&
                identical_readers(space->plan, &space->plan->actors.items[a], &space->plan->actors.items[b])) {
                space->class_of[a] = b;
            }
        }
        space->writer_of[a] = MODEL_NONE;
        const struct program *program = program_of(space, a);
        for (uint32_t i = 0; i < program->count; i++) {
            if (program->steps[i].kind == STEP_COMMIT) {
                space->writer_of[a] = space->writer_of[a] == MODEL_NONE ? space->writer_count : space->writer_of[a];
                space->writer_count++;
            }
        }
    }
}

/* A commit changes at most the slots that overlap its actor's own; a booking that others move may be anywhere. */
static void find_written_slots(struct space *space)
{
    const struct plan *plan = space->plan;
    space->written_slots = ARENA_ARRAY(space->arena, uint32_t, plan->slot_count + 1);
    for (uint32_t i = 0; i < plan->slot_count; i++) {
        bool written = false;
        for (uint32_t a = 0; a < space->actor_count && !written; a++) {
            const struct actor *actor = &plan->actors.items[a];
            const uint32_t slots[] = {actor->slot, actor->old_slot};
            for (int s = 0; s < 2 && !written && space->writer_of[a] != MODEL_NONE; s++) {
                written = slots[s] != MODEL_NONE && plan->slots[slots[s]].starts_us < plan->slots[i].ends_us &&
                          plan->slots[i].starts_us < plan->slots[slots[s]].ends_us;
            }
        }
        if (written) {
            space->written_slots[space->written_count++] = i;
        }
    }
}

static void add_covering(struct space *space, struct covering covering)
{
    /* A webhook's handler cleans up for its sender, and for itself if it commits. */
    const uint32_t family[] = {covering.actor, space->plan->actors.items[covering.actor].parent};
    for (int i = 0; i < 2; i++) {
        if (family[i] != MODEL_NONE && space->writer_of[family[i]] != MODEL_NONE) {
            covering.writer = family[i];
            ARENA_PUSH(space->arena, &space->coverings) = covering;
        }
    }
}

/* Which deletions can explain why a writer's stale entry is there? */
static void find_coverings(struct space *space)
{
    struct plan *plan = space->plan;
    for (uint32_t a = 0; a < space->actor_count; a++) {
        const struct program *program = program_of(space, a);
        for (uint32_t i = 0; i < program->count; i++) {
            const struct step *step = &program->steps[i];
            if (step->kind != STEP_FORGET && step->kind != STEP_LIST) {
                continue;
            }
            const struct forget_plan *forget = &plan->forgets.items[step->forget];
            const int32_t day = step_first_day(space->machine, a, forget->spec, space_now_us(space, a));
            for (uint32_t n = 0; n < (forget->spec->pattern ? space->key_count : step->repeat); n++) {
                const uint32_t key = forget->spec->pattern ? n : plan_forget_key(plan, step, n, day);
                if (key < space->key_count && space->putable[key] &&
                    (!forget->spec->pattern || text_matches_glob(forget->pattern, interned_string(&plan->keys, key)))) {
                    add_covering(space, (struct covering){.actor = a, .step = i, .iteration = n, .key = key});
                }
            }
        }
    }
}

/* A listing has a choice for every subset of the keys that it may find. */
static bool lists_too_much(const struct space *space)
{
    for (uint32_t a = 0; a < space->actor_count; a++) {
        const struct program *program = program_of(space, a);
        for (uint32_t i = 0; i < program->count; i++) {
            uint32_t found = 0;
            for (uint32_t key = 0; key < space->key_count && program->steps[i].kind == STEP_LIST; key++) {
                found += space->putable[key] &&
                         text_matches_glob(space->plan->forgets.items[program->steps[i].forget].pattern,
                                           interned_string(&space->plan->keys, key));
            }
            if (found > LIST_EXPIRED_MAX) {
                return true;
            }
        }
    }
    return false;
}

static void skip_unseen(struct space *space, uint32_t actor,
                        void (*on_step)(void *context, const struct step_record *record), void *context);

struct space *space_new(struct plan *plan, struct arena *arena, bool expiry, bool symmetry)
{
    struct space *space = ARENA_NEW(arena, struct space);
    *space = (struct space){.plan = plan,
                            .arena = arena,
                            .expiry = expiry,
                            .symmetry = symmetry,
                            .actor_count = (uint32_t)plan->actors.count};
    space->machine = machine_new(plan, arena, (struct observer){0});
    space->machine->timeless = true;
    space->machine->quiet = true;
    space->now_us = TIME_NONE;
    number_resources(space);
    cache_reserve(&space->machine->cache, space->key_count + 1);
    find_classes(space);
    find_written_slots(space);
    find_coverings(space);
    if (space->actor_count > SPACE_ACTORS_MAX) {
        space->problem = "more than 32 actors (webhooks count)";
    } else if (space->writer_count > SPACE_WRITERS_MAX) {
        space->problem = "more than 16 commits";
    } else if (space->bit_count > SPACE_WORDS * 64) {
        space->problem = "more than 512 shared resources (keys, days, bookings)";
    } else if (expiry && lists_too_much(space)) {
        space->problem = "a pattern that finds more than 12 keys, each expired or not";
    } else {
        space_look_ahead(space);
        find_futures(space);
    }
    for (uint32_t a = 0; a < space->actor_count; a++) {
        if (plan->actors.items[a].parent == MODEL_NONE) {
            machine_start(space->machine, a);
            skip_unseen(space, a, NULL, NULL);
        }
    }
    return space;
}

bool space_lists(const struct space *space, const struct step *step, uint32_t key)
{
    return space->machine->cache.entries[key].value != CACHE_NOTHING &&
           text_matches_glob(space->plan->forgets.items[step->forget].pattern,
                             interned_string(&space->plan->keys, key));
}

static uint32_t expired_choices(struct space *space, const struct step *step)
{
    uint32_t live = 0;
    for (uint32_t key = 0; key < space->key_count; key++) {
        live += space_lists(space, step, key);
    }
    check(live <= LIST_EXPIRED_MAX);
    return UINT32_C(1) << live;
}

void space_transitions(struct space *space, struct arena *arena, struct transitions *out)
{
    const struct machine *machine = space->machine;
    for (uint32_t a = 0; a < space->actor_count; a++) {
        if (machine->actors[a].status != ACTOR_READY) {
            continue;
        }
        const struct step *step = machine_next(machine, a);
        uint32_t choices = 1;
        if (space->expiry && step->kind == STEP_GET) {
            choices += machine->cache.entries[step->key].value != CACHE_NOTHING;
        } else if (space->expiry && step->kind == STEP_LIST) {
            choices = expired_choices(space, step);
        }
        for (uint32_t choice = 0; choice < choices; choice++) {
            ARENA_PUSH(arena, out) = (struct transition){.actor = a, .choice = choice};
        }
    }
}

/* Deletions of keys that are never put. */
static void skip_unseen(struct space *space, uint32_t actor,
                        void (*on_step)(void *context, const struct step_record *record), void *context)
{
    struct machine *machine = space->machine;
    while (machine->actors[actor].status == ACTOR_READY) {
        const struct step *step = machine_next(machine, actor);
        if (step->kind != STEP_FORGET || space->plan->forgets.items[step->forget].spec->atomic) {
            return;
        }
        const struct actor_state *state = &machine->actors[actor];
        const int64_t now_us = space_now_us(space, actor);
        const struct forget_spec *spec = space->plan->forgets.items[step->forget].spec;
        const int32_t day = state->loop == 0 ? step_first_day(machine, actor, spec, now_us) : state->base_day;
        const uint32_t key = plan_forget_key(space->plan, step, state->loop, day);
        if (key < space->key_count && space->putable[key]) {
            return;
        }
        const struct step_record *record = machine_step(machine, actor, now_us);
        if (on_step != NULL) {
            on_step(context, record);
        }
    }
}

static void expire(struct space *space, struct transition transition)
{
    struct machine *machine = space->machine;
    const struct step *step = machine_next(machine, transition.actor);
    if (step->kind == STEP_GET) {
        machine->cache.entries[step->key].value = CACHE_NOTHING;
        return;
    }
    check(step->kind == STEP_LIST);
    uint32_t choice = transition.choice;
    for (uint32_t key = 0; key < space->key_count; key++) {
        if (space_lists(space, step, key)) {
            if ((choice & 1U) != 0) {
                machine->cache.entries[key].value = CACHE_NOTHING;
            }
            choice >>= 1U;
        }
    }
}

void space_apply(struct space *space, struct transition transition,
                 void (*on_step)(void *context, const struct step_record *record), void *context)
{
    struct machine *machine = space->machine;
    const uint32_t actor = transition.actor;
    if (transition.choice != 0) {
        expire(space, transition);
    }
    const struct step_record *record = machine_step(machine, actor, space_now_us(space, actor));
    const uint32_t child = record->child;
    if (on_step != NULL) {
        on_step(context, record);
    }
    skip_unseen(space, actor, on_step, context);
    if (child != MODEL_NONE) {
        skip_unseen(space, child, on_step, context);
    }
    if (machine->actors[actor].status == ACTOR_ENDED &&
        machine->actors[actor].runs < space->plan->actors.items[actor].repeat_count) {
        machine_start(machine, actor);
        skip_unseen(space, actor, on_step, context);
    }
}
