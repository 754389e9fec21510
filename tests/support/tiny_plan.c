#include "support/tiny_plan.h"

#include "base/random.h"

enum { PROGRAM_STEPS_MAX = 18 };

static struct latency tiny(struct random_stream *stream, int64_t high_us)
{
    const int64_t low_us = random_between(stream, 0, high_us);
    const int64_t width = random_between(stream, 0, 9);
    const int64_t last_us = low_us + (width < 6 ? 0 : (width < 9 ? 1 : 3));
    return (struct latency){low_us, last_us < high_us ? last_us : high_us, low_us};
}

/* A request takes `lead` of its reply; its effect comes somewhere on the way. */
static void tiny_latencies(struct random_stream *stream, struct program *program)
{
    for (uint32_t i = 0; i < program->count; i++) {
        struct step *step = &program->steps[i];
        switch (step->kind) {
        case STEP_GET:
        case STEP_PUT:
        case STEP_LIST:
        case STEP_FORGET:
        case STEP_FORGET_LISTED:
        case STEP_MIRROR: step->cost = tiny(stream, 3); break;
        case STEP_RECEIVE:
        case STEP_CHOOSE: step->lead = tiny(stream, 3); break;
        default: break;
        }
        if (step->since_request) {
            step->lead = tiny(stream, 3);
            program->steps[i - 1].lead = (struct latency){0, step->lead.high_us, 0};
        }
    }
}

static uint32_t late_reader(struct random_stream *stream, const struct plan *plan)
{
    uint32_t late = 0;
    uint32_t readers = 0;
    for (uint32_t a = 0; a < plan->actors.count; a++) {
        const bool reads = plan->actors.items[a].program.steps[0].kind == STEP_GET;
        readers += reads;
        late = reads && random_between(stream, 1, readers) == 1 ? a : late;
    }
    return late;
}

void tiny_plan_make(struct random_plan *random)
{
    struct random_stream stream = random_stream_new(random->seed + 1000000);
    struct plan *plan = random->build.plan;
    struct system *system = random->build.system;
    for (uint32_t i = 0; i < system->layer_count; i++) {
        system->layers[i].ttl_us = random->expiry ? random_between(&stream, 1, 15) : US_PER_SECOND;
        system->layers[i].ttl_empty_us = random->expiry ? random_between(&stream, 1, 15) : US_PER_SECOND;
    }
    const int64_t spread_us = random_between(&stream, 0, 5);
    const uint32_t last = late_reader(&stream, plan);
    for (uint32_t a = 0; a < plan->actors.count; a++) {
        struct actor *actor = &plan->actors.items[a];
        actor->repeat_count = 1;
        tiny_latencies(&stream, &actor->program);
        if (actor->parent == MODEL_NONE) {
            /* One reader mostly comes after the others, and finds what they left. */
            const struct latency at = tiny(&stream, spread_us);
            const int64_t late_us = a == last ? random_between(&stream, 0, 12) : 0;
            actor->at_us = plan->clock_us + at.low_us + late_us;
            actor->at_high_us = plan->clock_us + at.high_us + late_us;
            actor->at_given = true;
        }
    }
}

bool tiny_plan_is_fit(const struct plan *plan)
{
    uint32_t readers = 0;
    uint32_t count = 0;
    for (size_t a = 0; a < plan->actors.count; a++) {
        readers += plan->actors.items[a].program.steps[0].kind == STEP_GET;
        for (uint32_t i = 0; i < plan->actors.items[a].program.count; i++) {
            count += plan->actors.items[a].program.steps[i].repeat;
        }
    }
    return readers > 1 && count <= PROGRAM_STEPS_MAX;
}

void tiny_plan_describe(const struct random_plan *random, struct text *out)
{
    const struct plan *plan = random->build.plan;
    random_plan_describe(random, out);
    for (uint32_t i = 0; i < random->build.system->layer_count; i++) {
        text_printf(out, "  %s: ttl %d, empty %d\n", random->build.system->layers[i].name,
                    (int)random->build.system->layers[i].ttl_us, (int)random->build.system->layers[i].ttl_empty_us);
    }
    for (size_t a = 0; a < plan->actors.count; a++) {
        const struct actor *actor = &plan->actors.items[a];
        text_printf(out, "  %s", actor->name);
        if (actor->parent == MODEL_NONE) {
            text_printf(out, " %d..%d", (int)(actor->at_us - plan->clock_us),
                        (int)(actor->at_high_us - plan->clock_us));
        }
        for (uint32_t i = 0; i < actor->program.count; i++) {
            const struct step *step = &actor->program.steps[i];
            text_printf(out, " (%d..%d) %s (%d..%d)", (int)step->lead.low_us, (int)step->lead.high_us, step->name,
                        (int)step->cost.low_us, (int)step->cost.high_us);
        }
        text_puts(out, "\n");
    }
}
