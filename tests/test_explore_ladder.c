/* The explorer against itself, on random plans: every reduction, alone and with the others, must give the final states
 * and the stale reads of a search without any; and steps that are called independent must commute.
 *
 * SLOTRACE_LADDER=N: that many plans instead of the usual number. SLOTRACE_SEED=N: that one alone, in full. */
#include "base/check.h"
#include "engine/explore.h"
#include "engine/visited.h"
#include "support/random_plan.h"

#include "cmocka_all.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { PLANS = 2700, STATES_MAX = 5000, PLAIN_MAX = 20000, LOOKS_PER_PLAN = 2000 };

struct findings {
    struct finding *items;
    size_t count, capacity;
};

/* All that a search finds out. */
struct outcome {
    enum explore_verdict verdict;
    uint64_t states, final_states, final_digest;
    struct findings findings;
};

static int compare_findings(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct finding));
}

static void add_finding(struct arena *arena, struct findings *findings, const struct finding *finding)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (compare_findings(&findings->items[i], finding) == 0) {
            return;
        }
    }
    ARENA_PUSH(arena, findings) = *finding;
}

static bool same_findings(const struct findings *a, const struct findings *b)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->items, b->items, a->count * sizeof *a->items) == 0);
}

/* The reference: depth first, each state once, everything that is enabled. On its way it looks at pairs of transitions
 * that are called independent, and at states that are met again. */
struct walk {
    struct space *space;
    struct arena *arena;
    struct arena *stack;
    uint64_t states, states_max;
    uint32_t pairs, pairs_max, looks_left;
    struct visited visited;    /* By honest names. */
    struct visited digests_of; /* By names as searches have them: a digest where they keep what sleeps. */
    struct visited finals[2];  /* By symmetry of the names. */
    uint64_t digests[2];
    struct findings findings[2];
    struct findings of_step; /* Of the last one applied. */
    struct text name;
    const char *problem;
};

static void on_step(void *context, const struct step_record *record)
{
    struct walk *walk = context;
    const struct read_record *read = &walk->space->machine->read;
    for (uint32_t i = 0; read->number != 0 && i < read->stale_count; i++) {
        struct finding finding = finding_of(walk->space, record->actor, record->step, &read->stale[i]);
        add_finding(walk->arena, &walk->findings[1], &finding);
        finding.actor = record->actor;
        add_finding(walk->arena, &walk->findings[0], &finding);
        add_finding(walk->arena, &walk->of_step, &finding);
    }
}

static void apply(struct walk *walk, struct transition transition)
{
    walk->of_step.count = 0;
    space_apply(walk->space, transition, on_step, walk);
}

static void name(struct walk *walk, bool symmetry)
{
    uint8_t order[SPACE_ACTORS_MAX];
    walk->space->symmetry = symmetry;
    space_name(walk->space, 0, &walk->name, order);
    walk->space->symmetry = true;
}

static void count_final(struct walk *walk)
{
    for (int symmetry = 0; symmetry < 2; symmetry++) {
        bool fresh = false;
        name(walk, symmetry != 0);
        (void)visited_find(&walk->finals[symmetry], walk->name.data, walk->name.length, &fresh);
        walk->digests[symmetry] += fresh ? XXH3_64bits(walk->name.data, walk->name.length) : 0;
    }
}

struct enabled_here {
    struct transitions all;
    struct touched *touched;
};

static struct enabled_here enabled_here(struct walk *walk)
{
    struct enabled_here here = {.touched = NULL};
    space_transitions(walk->space, walk->stack, &here.all);
    here.touched = ARENA_ARRAY(walk->stack, struct touched, here.all.count + 1);
    for (size_t i = 0; i < here.all.count; i++) {
        here.touched[i] = space_touched(walk->space, here.all.items[i]);
    }
    return here;
}

static void complain(struct walk *walk, const char *problem, struct transition a, struct transition b)
{
    const struct machine *machine = walk->space->machine;
    const struct actor *actors = walk->space->plan->actors.items;
    if (walk->problem == NULL) {
        walk->problem = arena_printf(walk->arena, "%s: %s.%s/%u and %s.%s/%u", problem, actors[a.actor].name,
                                     machine_next(machine, a.actor)->name, a.choice, actors[b.actor].name,
                                     machine_next(machine, b.actor)->name, b.choice);
    }
}

/* What an actor may do next, and what that touches, is the same in two states. */
static bool same_for(uint32_t actor, const struct enabled_here *before, const struct enabled_here *after)
{
    size_t at = 0;
    for (size_t i = 0; i < before->all.count; i++) {
        if (before->all.items[i].actor != actor) {
            continue;
        }
        while (at < after->all.count && after->all.items[at].actor != actor) {
            at++;
        }
        if (at == after->all.count || after->all.items[at].choice != before->all.items[i].choice ||
            memcmp(&after->touched[at], &before->touched[i], sizeof *after->touched) != 0) {
            return false;
        }
        at++;
    }
    return at == after->all.count || after->all.items[at].actor != actor;
}

/* One order of two transitions: what each finds, and the name of the state behind them. */
struct order {
    struct findings found[2];
    const char *name;
    size_t length;
    bool same; /* The first left the second alone. */
};

static struct findings copy(struct walk *walk)
{
    struct findings out = {.count = 0};
    for (size_t i = 0; i < walk->of_step.count; i++) {
        ARENA_PUSH(walk->stack, &out) = walk->of_step.items[i];
    }
    return out;
}

static struct order try_order(struct walk *walk, const struct enabled_here *here, struct transition first,
                              struct transition second)
{
    struct order order;
    memset(&order, 0, sizeof order);
    apply(walk, first);
    order.found[0] = copy(walk);
    const struct enabled_here after = enabled_here(walk);
    order.same = same_for(second.actor, here, &after);
    if (order.same) {
        apply(walk, second);
        order.found[1] = copy(walk);
        name(walk, false);
        order.name = arena_copy_text(walk->stack, walk->name.data, walk->name.length);
        order.length = walk->name.length;
    }
    return order;
}

static void check_pair(struct walk *walk, const struct snapshot *before, const struct enabled_here *here, size_t i,
                       size_t j)
{
    const struct arena_mark mark = arena_mark(walk->stack);
    const struct transition a = here->all.items[i];
    const struct transition b = here->all.items[j];
    const struct order one = try_order(walk, here, a, b);
    machine_restore(walk->space->machine, before);
    const struct order other = try_order(walk, here, b, a);
    machine_restore(walk->space->machine, before);
    if (!one.same || !other.same) {
        complain(walk, "one changes what the other may do or touch", a, b);
    } else if (one.length != other.length || memcmp(one.name, other.name, one.length) != 0) {
        complain(walk, "in both orders they end in different states", a, b);
    } else if (!same_findings(&one.found[0], &other.found[1]) || !same_findings(&one.found[1], &other.found[0])) {
        complain(walk, "in both orders they find different stale reads", a, b);
    }
    walk->pairs++;
    arena_rewind(walk->stack, mark);
}

static bool is_part(const struct bits *a, const struct bits *b)
{
    uint64_t outside = 0;
    for (int i = 0; i < SPACE_WORDS; i++) {
        outside |= a->words[i] & ~b->words[i];
    }
    return outside == 0;
}

/* Persistent sets rest on futures: nothing that is done may be missing there. */
static void check_futures(struct walk *walk, const struct enabled_here *here)
{
    for (size_t i = 0; i < here->all.count; i++) {
        const uint32_t actor = here->all.items[i].actor;
        const struct touched *future = &walk->space->future[actor][walk->space->machine->actors[actor].pc];
        struct bits either = future->reads;
        for (int w = 0; w < SPACE_WORDS; w++) {
            either.words[w] |= future->writes.words[w];
        }
        if (!is_part(&here->touched[i].writes, &future->writes) || !is_part(&here->touched[i].reads, &either)) {
            complain(walk, "it touches what its future does not", here->all.items[i], here->all.items[i]);
        }
    }
}

static void check_pairs(struct walk *walk, const struct snapshot *before, const struct enabled_here *here)
{
    check_futures(walk, here);
    for (size_t i = 0; i < here->all.count; i++) {
        for (size_t j = i + 1; j < here->all.count && walk->pairs < walk->pairs_max; j++) {
            if (here->all.items[i].actor != here->all.items[j].actor &&
                !touched_conflict(&here->touched[i], &here->touched[j])) {
                check_pair(walk, before, here, i, j);
            }
        }
    }
}

/* What can be seen of a transition: who, what it touches, what it finds, and the name of the state behind it. */
static uint64_t digest_of(struct walk *walk, const struct enabled_here *here, size_t taken)
{
    name(walk, false);
    uint64_t digest = XXH3_64bits(walk->name.data, walk->name.length);
    digest = XXH3_64bits_withSeed(&here->all.items[taken], sizeof here->all.items[taken], digest);
    digest = XXH3_64bits_withSeed(&here->touched[taken], sizeof here->touched[taken], digest);
    if (walk->of_step.count > 0) {
        const size_t bytes = walk->of_step.count * sizeof *walk->of_step.items;
        digest = XXH3_64bits_withSeed(walk->of_step.items, bytes, digest);
    }
    return digest;
}

static void visit(struct walk *walk);

/* Does everything that is enabled, and either goes on from there or only looks. */
static uint64_t do_all(struct walk *walk, bool go_on)
{
    const struct arena_mark mark = arena_mark(walk->stack);
    const struct enabled_here here = enabled_here(walk);
    struct snapshot *before = arena_alloc(walk->stack, 1, snapshot_size_bytes(walk->space->machine));
    machine_save(walk->space->machine, before);
    uint64_t digest = here.all.count;
    if (here.all.count == 0) {
        count_final(walk);
    } else if (go_on) {
        check_pairs(walk, before, &here);
    }
    for (size_t i = 0; i < here.all.count; i++) {
        apply(walk, here.all.items[i]);
        digest += digest_of(walk, &here, i);
        if (go_on) {
            visit(walk);
        }
        machine_restore(walk->space->machine, before);
    }
    arena_rewind(walk->stack, mark);
    return digest;
}

/* The digest that a state's name has, or gets now. */
static void compare_digest(struct walk *walk, uint64_t digest)
{
    bool fresh = false;
    name(walk, false);
    struct visited_entry *entry = visited_find(&walk->digests_of, walk->name.data, walk->name.length, &fresh);
    if (fresh) {
        entry->sleep = digest;
    } else if (entry->sleep != digest && walk->problem == NULL) {
        walk->problem = "two states of one name have different futures";
    }
}

/* What a state's name says must not depend on the way to it. Made mistakes are in names, but not in what is visited. */
static void visit(struct walk *walk)
{
    bool fresh = true;
#ifdef SLOTRACE_DEBUG
    const enum sabotage sabotage = space_sabotage;
    space_sabotage = SABOTAGE_NONE;
    name(walk, false);
    space_sabotage = sabotage;
#else
    name(walk, false);
#endif
    (void)visited_find(&walk->visited, walk->name.data, walk->name.length, &fresh);
    walk->states += fresh;
    if (walk->states > walk->states_max) {
        return;
    }
    if (fresh || walk->looks_left > 0) {
        walk->looks_left -= !fresh;
        compare_digest(walk, do_all(walk, fresh));
    }
}

static struct walk walk_all(struct random_plan *plan)
{
    struct walk walk = {.arena = plan->build.arena,
                        .stack = arena_new(),
                        .states_max = STATES_MAX,
                        .pairs_max = LOOKS_PER_PLAN,
                        .looks_left = LOOKS_PER_PLAN};
    walk.space = space_new(plan->build.plan, plan->build.arena, plan->expiry, true);
    assert_null(walk.space->problem);
    visit(&walk);
    for (int i = 0; i < 2; i++) {
        if (walk.findings[i].count > 0) {
            qsort(walk.findings[i].items, walk.findings[i].count, sizeof(struct finding), compare_findings);
        }
    }
    return walk;
}

static struct outcome walk_outcome(struct walk *walk, bool symmetry)
{
    const struct outcome outcome = {
        .states = walk->states,
        .final_states = walk->finals[symmetry].count,
        .final_digest = walk->digests[symmetry],
        .findings = walk->findings[symmetry],
        .verdict = walk->findings[0].count > 0 ? EXPLORE_REFUTED
                   : walk->space->machine->met ? EXPLORE_PROVED
                                               : EXPLORE_VACUOUS,
    };
    return outcome;
}

static void walk_free(struct walk *walk)
{
    visited_free(&walk->visited);
    visited_free(&walk->digests_of);
    visited_free(&walk->finals[0]);
    visited_free(&walk->finals[1]);
    text_free(&walk->name);
    arena_free(walk->stack);
}

static struct outcome search(struct random_plan *plan, struct explore_options options)
{
    options.no_expiry = !plan->expiry;
    struct explore_result result = explore(plan->build.plan, plan->build.arena, &options);
    struct outcome outcome = {.verdict = result.verdict,
                              .states = result.states,
                              .final_states = result.final_states,
                              .final_digest = result.final_digest};
    for (size_t i = 0; i < result.findings.count; i++) {
        add_finding(plan->build.arena, &outcome.findings, &result.findings.items[i]);
    }
    return outcome;
}

/* NULL: they are the same. */
static const char *difference(struct random_plan *plan, const char *rung, const struct outcome *is,
                              const struct outcome *should)
{
    const char *what = NULL;
    if (is->verdict != should->verdict) {
        what = "verdicts";
    } else if (is->final_states != should->final_states || is->final_digest != should->final_digest) {
        what = "final states";
    } else if (!same_findings(&is->findings, &should->findings)) {
        what = "stale reads";
    }
    if (what == NULL) {
        return NULL;
    }
    return arena_printf(plan->build.arena,
                        "%s: other %s: %s, %" PRIu64 " final states, %zu findings instead of %s, %" PRIu64 ", %zu",
                        rung, what, explore_verdict_name(is->verdict), is->final_states, is->findings.count,
                        explore_verdict_name(should->verdict), should->final_states, should->findings.count);
}

static const struct rung {
    const char *name;
    struct explore_options options;
} rungs[] = {
    {"stateful", {.no_sleep = true, .no_persistent = true, .no_symmetry = true}},
    {"sleep sets", {.no_persistent = true, .no_symmetry = true}},
    {"persistent sets", {.no_sleep = true, .no_symmetry = true}},
    {"symmetry", {.no_sleep = true, .no_persistent = true}},
    {"sleep and persistent sets", {.no_symmetry = true}},
    {"sleep sets and symmetry", {.no_persistent = true}},
    {"persistent sets and symmetry", {.no_sleep = true}},
    {"all", {.no_sleep = false}},
};

struct tally {
    uint32_t plans, compared, plain, refuted, proved, symmetric;
    uint64_t states, reduced, pairs;
};

/* Plain enumeration, where it ends: without and with persistent sets (they need no memory of states). */
static const char *climb_plain(struct random_plan *plan, const struct outcome *should, struct tally *tally)
{
    struct explore_options options = {
        .no_visited = true, .no_persistent = true, .no_symmetry = true, .states_max = PLAIN_MAX};
    struct outcome outcome = search(plan, options);
    if (outcome.states > PLAIN_MAX) {
        return NULL;
    }
    tally->plain++;
    const char *problem = difference(plan, "plain enumeration", &outcome, should);
    if (problem == NULL) {
        options.no_persistent = false;
        outcome = search(plan, options);
        problem = difference(plan, "plain enumeration with persistent sets", &outcome, should);
    }
    return problem;
}

/* NULL: the whole ladder holds, or the plan is too large to tell. */
static const char *climb(struct random_plan *plan, struct tally *tally)
{
    struct walk walk = walk_all(plan);
    const char *problem = walk.problem;
    tally->plans++;
    tally->pairs += walk.pairs;
    if (walk.states > walk.states_max || problem != NULL) {
        walk_free(&walk);
        return problem;
    }
    const struct outcome should[2] = {walk_outcome(&walk, false), walk_outcome(&walk, true)};
    tally->compared++;
    tally->refuted += should[0].verdict == EXPLORE_REFUTED;
    tally->proved += should[0].verdict == EXPLORE_PROVED;
    tally->states += walk.states;
    tally->symmetric += walk.finals[0].count != walk.finals[1].count;
    for (size_t i = 0; i < COUNT(rungs) && problem == NULL; i++) {
        const struct outcome outcome = search(plan, rungs[i].options);
        problem = difference(plan, rungs[i].name, &outcome, &should[!rungs[i].options.no_symmetry]);
        tally->reduced += i == COUNT(rungs) - 1 ? outcome.states : 0;
    }
    if (problem == NULL) {
        problem = climb_plain(plan, &should[0], tally);
    }
    walk_free(&walk);
    return problem;
}

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void every_reduction_finds_the_same(void **state)
{
    (void)state;
    const uint64_t only = number_from("SLOTRACE_SEED", 0);
    const uint64_t count = number_from("SLOTRACE_LADDER", PLANS);
    struct tally tally = {0};
    uint32_t failed = 0;
    for (uint64_t seed = only == 0 ? 1 : only; seed <= (only == 0 ? count : only); seed++) {
        struct random_plan plan = random_plan_new(seed);
        const char *problem = climb(&plan, &tally);
        if (problem != NULL || only != 0) {
            struct text text = {0};
            random_plan_describe(&plan, &text);
            print_message("%s%s\n", text_string(&text), problem == NULL ? "fine" : problem);
            text_free(&text);
            failed += problem != NULL;
        }
        random_plan_free(&plan);
        if (failed == 5) {
            break;
        }
    }
    print_message("%u plans, %u compared (%u refuted, %u proved, %u with symmetric ends), %u of them plainly; %" PRIu64
                  " states, %" PRIu64 " reduced; %" PRIu64 " pairs commute\n",
                  tally.plans, tally.compared, tally.refuted, tally.proved, tally.symmetric, tally.plain, tally.states,
                  tally.reduced, tally.pairs);
    assert_int_equal(failed, 0);
    assert_true(only != 0 || count < PLANS || tally.compared >= 2000);
}

#ifdef SLOTRACE_DEBUG
static const char *const sabotage_texts[SABOTAGE_COUNT] = {
#define X(name, text) text,
    SABOTAGES(X)
#undef X
};

/* The first seed that shows a mistake, and how; 0: none did. */
static uint64_t unmasked(enum sabotage sabotage, uint64_t plans, const char **problem, struct text *copy)
{
    struct tally tally = {0};
    uint64_t found = 0;
    space_sabotage = sabotage;
    for (uint64_t seed = 1; seed <= plans && found == 0; seed++) {
        struct random_plan plan = random_plan_new(seed);
        const char *shown = climb(&plan, &tally);
        if (shown != NULL) {
            text_puts(copy, shown);
            *problem = text_string(copy);
            found = seed;
        }
        random_plan_free(&plan);
    }
    space_sabotage = SABOTAGE_NONE;
    return found;
}

/* What cannot be noticed, and why. */
static const char *harmless(enum sabotage sabotage)
{
    switch (sabotage) {
    case SABOTAGE_DROP_INBOX:
        return "a message has one sender and one reader, and is not read before it is sent: never both are enabled";
    case SABOTAGE_SLEEP_ONCE:
        return "what sleeps in a state leads to states that are done by then, and no state is met again while it is on "
               "the path, so a state that was left is done, too, whatever slept there";
    default: return NULL;
    }
}

static void every_mistake_is_noticed(void **state)
{
    (void)state;
    for (enum sabotage i = SABOTAGE_NONE + 1; i < SABOTAGE_COUNT; i++) {
        struct text copy = {0};
        const char *problem = harmless(i) == NULL ? "not noticed" : harmless(i);
        const uint64_t seed = unmasked(i, harmless(i) == NULL ? PLANS : PLANS / 8, &problem, &copy);
        (void)fprintf(stderr, "%s: seed %" PRIu64 ", %s\n", sabotage_texts[i], seed, problem);
        text_free(&copy);
        assert_int_equal(seed == 0, harmless(i) != NULL);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reduction_finds_the_same),
#ifdef SLOTRACE_DEBUG
        cmocka_unit_test(every_mistake_is_noticed),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
