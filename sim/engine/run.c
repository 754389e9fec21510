#include "engine/run.h"

#include "base/check.h"
#include "base/random.h"

#include "base/poison.h"

enum { STEPS_BETWEEN_LOOKS = 1024 }; /* At options.interrupted. */

/* Scenarios begin by 2200 and no latency is longer than 200 years, so instants stay far from the end of the calendar
 * of zone.h, the year 9999. */
static const int64_t latest_us = INT64_C(10413792000) * US_PER_SECOND;

/* Pending events in (time, push order): a binary heap. Ties never depend on anything but the order of pushing. */
struct event {
    int64_t time_us;
    uint64_t order;
    uint32_t actor;
};

struct runner {
    struct plan *plan;
    struct machine *machine;
    struct run_options options;
    struct random_stream stream;
    struct event *heap; /* At most one event an actor. */
    uint32_t heap_count;
    uint64_t order;
    int64_t *request_us; /* By actor: when its last request began. */
    int64_t *due_us;     /* By actor: of its next step, while it is held. */
    uint32_t *held;      /* Actors that wait, in the order in which they came to it. */
    uint32_t held_count;
    struct run_result result;
};

static bool before(const struct event *a, const struct event *b)
{
    return a->time_us < b->time_us || (a->time_us == b->time_us && a->order < b->order);
}

static void push(struct runner *runner, uint32_t actor, int64_t time_us)
{
    check(runner->heap_count < runner->plan->actors.count);
    const struct event event = {.time_us = time_us, .order = runner->order++, .actor = actor};
    uint32_t at = runner->heap_count++;
    while (at > 0 && before(&event, &runner->heap[(at - 1) / 2])) {
        runner->heap[at] = runner->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    runner->heap[at] = event;
}

static struct event pop(struct runner *runner)
{
    check(runner->heap_count > 0);
    const struct event first = runner->heap[0];
    const struct event last = runner->heap[--runner->heap_count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= runner->heap_count) {
            break;
        }
        if (child + 1 < runner->heap_count && before(&runner->heap[child + 1], &runner->heap[child])) {
            child++;
        }
        if (!before(&runner->heap[child], &last)) {
            break;
        }
        runner->heap[at] = runner->heap[child];
        at = child;
    }
    runner->heap[at] = last;
    return first;
}

static int64_t passes_us(struct runner *runner, struct latency latency)
{
    return runner->options.sampled ? random_between(&runner->stream, latency.low_us, latency.high_us)
                                   : latency.nominal_us;
}

static bool is_free(const struct runner *runner, const struct step *step)
{
    if (step->hold_actor == MODEL_NONE) {
        return true;
    }
    const struct machine *machine = runner->machine;
    if (step->hold_step == MODEL_NONE) {
        return machine->actors[step->hold_actor].status == ACTOR_ENDED;
    }
    return machine->executed[step->hold_actor][step->hold_step] != 0;
}

/* A pin may squeeze or stretch latencies, but not put a step before the one ahead of it. */
static void schedule(struct runner *runner, uint32_t actor, int64_t time_us, int64_t now_us)
{
    const struct step *step = machine_next(runner->machine, actor);
    if (step->pin_us != TIME_NONE) {
        if (step->pin_us < now_us && runner->result.problem == RUN_FINE) {
            runner->result.problem = RUN_PIN_PAST;
            runner->result.actor = actor;
            runner->result.step = step;
            runner->result.earliest_us = now_us;
        }
        time_us = step->pin_us > now_us ? step->pin_us : now_us;
    }
    if (is_free(runner, step)) {
        push(runner, actor, time_us);
    } else {
        runner->due_us[actor] = time_us;
        runner->held[runner->held_count++] = actor;
    }
}

/* Whoever waited for what has just happened goes on, in the order of arrival. */
static void release(struct runner *runner, int64_t now_us)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < runner->held_count; i++) {
        const uint32_t actor = runner->held[i];
        if (is_free(runner, machine_next(runner->machine, actor))) {
            push(runner, actor, runner->due_us[actor] > now_us ? runner->due_us[actor] : now_us);
        } else {
            runner->held[kept++] = actor;
        }
    }
    runner->held_count = kept;
}

static int64_t start_us(struct runner *runner, const struct actor *actor)
{
    return runner->options.sampled ? random_between(&runner->stream, actor->at_us, actor->at_high_us) : actor->at_us;
}

/* When does the step after one that was just done take effect? */
static int64_t next_us(struct runner *runner, uint32_t actor, const struct step *done, int64_t now_us)
{
    const struct step *next = machine_next(runner->machine, actor);
    if (next->since_request) {
        const int64_t reply_us = runner->request_us[actor] + passes_us(runner, next->lead);
        return reply_us > now_us ? reply_us : now_us;
    }
    runner->request_us[actor] = now_us + passes_us(runner, done->cost);
    return runner->request_us[actor] + passes_us(runner, next->lead);
}

static void start(struct runner *runner, uint32_t actor, int64_t time_us)
{
    machine_start(runner->machine, actor);
    if (runner->machine->actors[actor].status == ACTOR_READY) {
        runner->request_us[actor] = time_us;
        schedule(runner, actor, time_us + passes_us(runner, machine_next(runner->machine, actor)->lead), time_us);
    }
}

/* A sent webhook: its delivery was made READY by the step itself. */
static void start_child(struct runner *runner, uint32_t child, int64_t now_us)
{
    runner->request_us[child] = now_us;
    schedule(runner, child, now_us + passes_us(runner, machine_next(runner->machine, child)->lead), now_us);
}

static void after_step(struct runner *runner, uint32_t actor, const struct step_record *record)
{
    const struct actor *who = &runner->plan->actors.items[actor];
    const struct actor_state *state = &runner->machine->actors[actor];
    if (record->child != MODEL_NONE) {
        start_child(runner, record->child, record->time_us);
    }
    if (state->status == ACTOR_READY) {
        schedule(runner, actor, next_us(runner, actor, record->step, record->time_us), record->time_us);
    } else if (state->runs < who->repeat_count) {
        const int64_t planned_us = who->at_us + who->every_us * state->runs;
        start(runner, actor, planned_us > record->time_us ? planned_us : record->time_us);
    }
    if (runner->held_count > 0) {
        release(runner, record->time_us);
    }
}

static struct runner runner_new(struct plan *plan, struct arena *arena, struct observer observer,
                                struct run_options options)
{
    const size_t actors = plan->actors.count;
    return (struct runner){
        .plan = plan,
        .machine = machine_new(plan, arena, observer),
        .options = options,
        .stream = random_stream_new(options.seed),
        .heap = ARENA_ARRAY(arena, struct event, actors + 1),
        .request_us = ARENA_ARRAY(arena, int64_t, actors + 1),
        .due_us = ARENA_ARRAY(arena, int64_t, actors + 1),
        .held = ARENA_ARRAY(arena, uint32_t, actors + 1),
        .result = {.actor = MODEL_NONE, .end_us = plan->clock_us},
    };
}

static bool is_over(struct runner *runner)
{
    if (runner->heap_count == 0 || runner->result.problem != RUN_FINE) {
        return true;
    }
    if (runner->heap[0].time_us > latest_us) {
        runner->result.problem = RUN_TOO_LATE;
        runner->result.actor = runner->heap[0].actor;
        runner->result.step = machine_next(runner->machine, runner->heap[0].actor);
        return true;
    }
    if (runner->options.interrupted != NULL && runner->machine->totals.steps % STEPS_BETWEEN_LOOKS == 0 &&
        *runner->options.interrupted != 0) {
        runner->result.problem = RUN_INTERRUPTED;
        return true;
    }
    return false;
}

struct run_result run_plan(struct plan *plan, struct arena *arena, struct observer observer, struct run_options options)
{
    struct runner runner = runner_new(plan, arena, observer, options);
    for (uint32_t i = 0; i < plan->actors.count; i++) {
        if (plan->actors.items[i].parent == MODEL_NONE) {
            start(&runner, i, start_us(&runner, &plan->actors.items[i]));
        }
    }
    while (!is_over(&runner)) {
        const struct event event = pop(&runner);
        after_step(&runner, event.actor, machine_step(runner.machine, event.actor, event.time_us));
        runner.result.end_us = event.time_us;
    }
    if (runner.held_count > 0 && runner.result.problem == RUN_FINE) {
        runner.result.problem = RUN_STUCK;
        runner.result.actor = runner.held[0];
        runner.result.step = machine_next(runner.machine, runner.held[0]);
    }
    runner.result.totals = runner.machine->totals;
    runner.result.state = runner.machine->state;
    runner.result.totals.mirror_differences = store_consequences(plan->store, runner.machine->state).mirror_differences;
    return runner.result;
}
