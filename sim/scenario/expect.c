#include "scenario/expect.h"

#include "base/check.h"
#include "scenario/resolve.h"

#include <inttypes.h>
#include <string.h>

static const char *const kind_names[] = {
#define X(name, text) text,
    EXPECTATIONS(X)
#undef X
};

struct reading {
    struct arena *arena;
    struct diags *diags;
    const struct plan *plan;
    struct expectations *out;
};

static enum expectation_kind kind_of(const char *name, bool of_actor)
{
    int kind = of_actor ? EXPECT_ACTOR_OFFERS : 0;
    while (strcmp(kind_names[kind], name) != 0) {
        kind++;
        check(kind < EXPECTATION_COUNT);
    }
    return (enum expectation_kind)kind;
}

/* The scalar, or the items of the list. */
static size_t item_count(const struct node *node)
{
    return node->kind == NODE_SEQUENCE ? node->count : 1;
}

static const struct node *item(const struct node *node, size_t i)
{
    return node->kind == NODE_SEQUENCE ? node->items[i] : node;
}

static uint32_t cause_bits(const struct node *node)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < item_count(node); i++) {
        for (int cause = 0; cause < CAUSE_COUNT; cause++) {
            if (strcmp(cause_name((enum cause)cause), item(node, i)->text) == 0) {
                bits |= UINT32_C(1) << cause;
            }
        }
    }
    return bits;
}

static void read_slots(struct reading *reading, const struct node *node, struct expectation *expectation)
{
    const struct plan *plan = reading->plan;
    const char *event_type = plan->actors.items[expectation->actor].fields[0];
    const struct resolver resolver = {
        .arena = reading->arena, .diags = reading->diags, .system = plan->system, .clock_us = plan->clock_us};
    expectation->slots = ARENA_ARRAY(reading->arena, uint32_t, item_count(node));
    for (size_t i = 0; i < item_count(node); i++) {
        const uint32_t slot = resolve_slot(&resolver, plan, event_type, item(node, i));
        if (slot != MODEL_NONE) {
            expectation->slots[expectation->slot_count++] = slot;
        }
    }
}

static void read_served_by(struct reading *reading, const struct node *node, struct expectation *expectation)
{
    const struct system *system = reading->plan->system;
    const char **names = ARENA_ARRAY(reading->arena, const char *, system->layer_count + 1);
    for (uint32_t i = 0; i < system->layer_count; i++) {
        names[i] = system->layers[i].name;
        if (strcmp(names[i], node->text) == 0) {
            expectation->bits = UINT32_C(1) << i;
        }
    }
    names[system->layer_count] = "upstream";
    if (strcmp(node->text, "upstream") == 0) {
        expectation->bits = UINT32_C(1) << LAYERS_MAX;
    }
    if (expectation->bits == 0) {
        diag_unknown(reading->diags, node->mark, DIAG_UNKNOWN_NAME, "layer", node->text, names,
                     system->layer_count + 1);
    }
}

static void read_value(struct reading *reading, const struct node *node, struct expectation *expectation)
{
    bool yes = false;
    switch (expectation->kind) {
    case EXPECT_STALE_AGE:
    case EXPECT_ACTOR_AGE: check(scalar_duration_span(node->text, &expectation->span) == NULL); break;
    case EXPECT_CAUSES:
    case EXPECT_ACTOR_CAUSE: expectation->bits = cause_bits(node); break;
    case EXPECT_ACTOR_OFFERS:
    case EXPECT_ACTOR_WITHHOLDS: read_slots(reading, node, expectation); break;
    case EXPECT_ACTOR_STALE:
        check(scalar_boolean(node->text, &yes) == NULL);
        expectation->word = yes;
        break;
    case EXPECT_ACTOR_PHANTOM:
        expectation->bits = UINT32_C(1) << (strcmp(node->text, "free") == 0 ? PHANTOM_FREE : PHANTOM_BUSY);
        break;
    case EXPECT_ACTOR_SERVED_BY: read_served_by(reading, node, expectation); break;
    case EXPECT_ACTOR_BOOKING:
        expectation->word = strcmp(node->text, "done") == 0      ? BOOKING_DONE
                            : strcmp(node->text, "refused") == 0 ? BOOKING_REFUSED
                                                                 : BOOKING_NOT_TRIED;
        break;
    default: check(scalar_integer_span(node->text, &expectation->span) == NULL); break;
    }
}

static void add(struct reading *reading, const struct node *mapping, size_t i, uint32_t actor)
{
    const struct node *node = mapping->items[i];
    struct expectation expectation = {
        .kind = kind_of(mapping->keys[i]->text, actor != MODEL_NONE),
        .mark = mapping->keys[i]->mark,
        .actor = actor,
        .written = node->kind == NODE_SCALAR ? node->text : NULL,
    };
    read_value(reading, node, &expectation);
    ARENA_PUSH(reading->arena, reading->out) = expectation;
}

static bool is_of_run(const char *name)
{
    for (int kind = 0; kind < EXPECT_ACTOR_OFFERS; kind++) {
        if (strcmp(kind_names[kind], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Nothing is asked of an actor that it cannot show: a check that always holds is no check. */
static bool can_show(const struct actor *actor, enum expectation_kind kind)
{
    bool reads = false;
    bool books = false;
    for (uint32_t i = 0; i < actor->program.count; i++) {
        reads = reads || actor->program.steps[i].kind == STEP_ANSWER;
        books = books || actor->program.steps[i].kind == STEP_COMMIT;
    }
    return kind == EXPECT_ACTOR_BOOKING ? books : reads;
}

static void read_actor(struct reading *reading, const struct node *key, const struct node *node)
{
    const struct plan *plan = reading->plan;
    const uint32_t actor = plan_actor(plan, key->text);
    if (actor == MODEL_NONE) {
        const size_t own = EXPECT_ACTOR_OFFERS;
        const char **names = ARENA_ARRAY(reading->arena, const char *, plan->actors.count + own);
        for (size_t i = 0; i < plan->actors.count; i++) {
            names[i] = plan->actors.items[i].name;
        }
        for (size_t i = 0; i < own; i++) {
            names[plan->actors.count + i] = kind_names[i];
        }
        diag_error(reading->diags, key->mark, DIAG_UNKNOWN_NAME, "unknown actor or expectation '%s'%s", key->text,
                   diag_suggest(reading->arena, "actors and expectations", key->text, names, plan->actors.count + own));
        return;
    }
    if (node->count == 0) {
        diag_error(reading->diags, key->mark, DIAG_MISSING_KEY, "nothing is expected of '%s': say what, or remove it",
                   key->text);
    }
    for (size_t i = 0; i < node->count; i++) {
        if (can_show(&plan->actors.items[actor], kind_of(node->keys[i]->text, true))) {
            add(reading, node, i, actor);
        } else {
            diag_error(reading->diags, node->keys[i]->mark, DIAG_CONFLICT,
                       "'%s' never %s, so '%s' cannot be expected of it; remove '%s'", key->text,
                       strcmp(node->keys[i]->text, "booking") == 0 ? "books" : "reads", node->keys[i]->text,
                       node->keys[i]->text);
        }
    }
}

static void read_explore(const struct node *key, const struct node *node, struct explore_expectation *out)
{
    const struct node *age = node_get(node, "stale_age");
    const struct node *causes = node_get(node, "causes");
    *out = (struct explore_expectation){
        .given = true, .mark = key->mark, .age_given = age != NULL, .causes_given = causes != NULL};
    while (strcmp(explore_verdict_name(out->verdict), node_get(node, "verdict")->text) != 0) {
        out->verdict++;
    }
    if (age != NULL) {
        check(scalar_duration_span(age->text, &out->age_us) == NULL);
        out->age_written = age->text;
    }
    out->causes = causes == NULL ? 0 : cause_bits(causes);
}

void expectations_read(struct arena *arena, struct diags *diags, const struct plan *plan, const struct node *node,
                       struct expectations *out)
{
    struct reading reading = {arena, diags, plan, out};
    for (size_t i = 0; i < node->count; i++) {
        if (strcmp(node->keys[i]->text, "explore") == 0) {
            read_explore(node->keys[i], node->items[i], &out->explore);
        } else if (is_of_run(node->keys[i]->text)) {
            add(&reading, node, i, MODEL_NONE);
        } else {
            read_actor(&reading, node->keys[i], node->items[i]);
        }
    }
}

struct judging {
    struct arena *arena;
    const struct plan *plan;
    const struct run_result *result;
    const struct collector *collector;
    struct text got; /* What came out, when it is not what was expected. */
};

static bool in_span(struct judging *judging, const struct span *span, int64_t number)
{
    text_printf(&judging->got, "%" PRId64, number);
    return span->low <= number && number <= span->high;
}

static bool age_in_span(struct judging *judging, const struct span *span, int64_t age_us)
{
    if (age_us == AGE_NEVER_TRUE) {
        text_puts(&judging->got, "a value that was never true");
        return span->high == INT64_MAX;
    }
    text_duration(&judging->got, age_us);
    return span->low <= age_us && age_us <= span->high;
}

static void list_bits(struct judging *judging, uint32_t bits, const char *(*name)(enum cause))
{
    bool first = true;
    for (int i = 0; i < CAUSE_COUNT; i++) {
        if ((bits >> i & 1U) != 0) {
            text_printf(&judging->got, "%s%s", first ? "" : ", ", name((enum cause)i));
            first = false;
        }
    }
    if (first) {
        text_puts(&judging->got, "none");
    }
}

static bool judge_slots(struct judging *judging, const struct expectation *expectation)
{
    const struct actor_summary *actor = &judging->collector->actors[expectation->actor];
    const bool want = expectation->kind == EXPECT_ACTOR_OFFERS;
    bool fine = true;
    for (uint32_t i = 0; i < expectation->slot_count; i++) {
        const uint32_t slot = expectation->slots[i];
        const bool offered = (actor->offers[slot / 64] >> (slot % 64) & 1U) != 0;
        if (offered != want) {
            struct text when = {0};
            zone_format(judging->plan->system->zone, judging->plan->slots[slot].starts_us, false, &when);
            text_printf(&judging->got, "%s%.16s %s offered", fine ? "" : ", ", text_string(&when),
                        offered ? "was" : "was not");
            text_free(&when);
            fine = false;
        }
    }
    return fine;
}

static bool judge_served(struct judging *judging, const struct expectation *expectation, uint32_t served)
{
    const struct system *system = judging->plan->system;
    bool first = true;
    for (uint32_t i = 0; i <= LAYERS_MAX; i++) {
        if ((served >> i & 1U) != 0) {
            text_printf(&judging->got, "%s%s", first ? "" : ", ",
                        i == LAYERS_MAX ? "upstream" : system->layers[i].name);
            first = false;
        }
    }
    if (first) {
        text_puts(&judging->got, "nothing: it never came to an answer");
    }
    return served == expectation->bits;
}

static bool judge_actor(struct judging *judging, const struct expectation *expectation)
{
    const struct actor_summary *actor = &judging->collector->actors[expectation->actor];
    static const char *const phantoms[] = {"none", "free", "busy", "free and busy"};
    static const char *const outcomes[] = {"not tried", "refused", "done"};
    switch (expectation->kind) {
    case EXPECT_ACTOR_OFFERS:
    case EXPECT_ACTOR_WITHHOLDS: return judge_slots(judging, expectation);
    case EXPECT_ACTOR_STALE:
        text_puts(&judging->got, actor->stale_reads > 0 ? "yes" : "no");
        return (actor->stale_reads > 0) == (expectation->word != 0);
    case EXPECT_ACTOR_PHANTOM:
        text_puts(&judging->got, phantoms[actor->phantoms]);
        return actor->phantoms == expectation->bits;
    case EXPECT_ACTOR_CAUSE: list_bits(judging, actor->causes, cause_name); return actor->causes == expectation->bits;
    case EXPECT_ACTOR_AGE: return age_in_span(judging, &expectation->span, actor->age_us);
    case EXPECT_ACTOR_SERVED_BY: return judge_served(judging, expectation, actor->served);
    default:
        check(expectation->kind == EXPECT_ACTOR_BOOKING);
        text_puts(&judging->got, outcomes[actor->booking]);
        return (uint32_t)actor->booking == expectation->word;
    }
}

static bool judge_causes(struct judging *judging, const struct expectation *expectation)
{
    uint32_t occurred = 0;
    for (int i = 0; i < CAUSE_COUNT; i++) {
        occurred |= judging->result->totals.causes[i] > 0 ? UINT32_C(1) << i : 0;
    }
    list_bits(judging, occurred, cause_name);
    return (occurred & ~expectation->bits) == 0;
}

static bool judge(struct judging *judging, const struct expectation *expectation)
{
    const struct totals *totals = &judging->result->totals;
    const struct span *span = &expectation->span;
    switch (expectation->kind) {
    case EXPECT_STALE_READS: return in_span(judging, span, totals->stale_reads);
    case EXPECT_PHANTOM_FREE: return in_span(judging, span, totals->phantom_free);
    case EXPECT_PHANTOM_BUSY: return in_span(judging, span, totals->phantom_busy);
    case EXPECT_STALE_AGE: return age_in_span(judging, span, totals->stale_age_us);
    case EXPECT_CAUSES: return judge_causes(judging, expectation);
    case EXPECT_REFUSED_OFFERS: return in_span(judging, span, totals->refused_offers);
    case EXPECT_DOUBLE_BOOKINGS: return in_span(judging, span, totals->double_bookings);
    case EXPECT_MIRROR_DIFFERENCES: return in_span(judging, span, totals->mirror_differences);
    default: return judge_actor(judging, expectation);
    }
}

struct violations expectations_judge(struct arena *arena, const struct expectations *expectations,
                                     const struct plan *plan, const struct run_result *result,
                                     const struct collector *collector)
{
    struct violations violations = {0};
    struct judging judging = {.arena = arena, .plan = plan, .result = result, .collector = collector};
    for (size_t i = 0; i < expectations->count; i++) {
        const struct expectation *expectation = &expectations->items[i];
        text_clear(&judging.got);
        if (judge(&judging, expectation)) {
            continue;
        }
        const bool of_run = expectation->actor == MODEL_NONE;
        const bool written = expectation->written != NULL && expectation->kind != EXPECT_ACTOR_OFFERS &&
                             expectation->kind != EXPECT_ACTOR_WITHHOLDS;
        const char *message =
            arena_printf(arena, "%s%s%s: %s%s%s%s", of_run ? "" : plan->actors.items[expectation->actor].name,
                         of_run ? "" : ".", kind_names[expectation->kind], written ? "expected " : "",
                         written ? expectation->written : "", written ? ", got " : "", text_string(&judging.got));
        ARENA_PUSH(arena, &violations) = (struct violation){.mark = expectation->mark, .message = message};
    }
    text_free(&judging.got);
    return violations;
}
