/* The table of steps: what each kind does, and what it may touch while doing it.
 *
 * A footprint is the set of shared things that the next step of an actor can read or write. Two steps whose footprints
 * do not conflict commute: that is what exploring rests on. Debug builds check every access of a step against its
 * footprint (step_touch) and abort on the first one outside. */
#ifndef SLOTRACE_ENGINE_STEP_H
#define SLOTRACE_ENGINE_STEP_H

#include "engine/machine.h"

enum resource {
    RESOURCE_KEY,    /* A cache entry, by key number. */
    RESOURCE_TRUTH,  /* Upstream bookings, by day. */
    RESOURCE_ACK,    /* Which writes are acknowledged, by the days of their slots. */
    RESOURCE_MIRROR, /* The appointment of a booking, by the booking's number. */
    RESOURCE_INBOX,  /* A message, by its recipient. */
    RESOURCE_ACTOR,  /* Another actor's being started. */
};

#define RESOURCE_ALL_LOW 0
#define RESOURCE_ALL_HIGH UINT32_MAX

enum { FOOTPRINT_MAX = 6 };

struct footprint {
    struct access {
        enum resource resource;
        uint32_t low, high; /* Inclusive. */
        bool write;
    } items[FOOTPRINT_MAX];
    uint32_t count;
};

struct step_rule {
    void (*execute)(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us);
    void (*footprint)(const struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us,
                      struct footprint *out);
};

extern const struct step_rule step_rules[STEP_KIND_COUNT];

void footprint_add(struct footprint *footprint, enum resource resource, uint32_t low, uint32_t high, bool write);
bool footprint_conflicts(const struct footprint *a, const struct footprint *b);
struct footprint step_footprint(const struct machine *machine, uint32_t actor, int64_t now_us);

#ifdef SLOTRACE_DEBUG
void step_touch(const struct machine *machine, enum resource resource, uint32_t number, bool write);
#else
static inline void step_touch(const struct machine *machine, enum resource resource, uint32_t number, bool write)
{
    (void)machine;
    (void)resource;
    (void)number;
    (void)write;
}
#endif

/* For the rules: go on with the next step, or elsewhere. */
static inline void step_next(struct actor_state *actor)
{
    actor->pc++;
    actor->loop = 0;
}

static inline void step_jump(struct actor_state *actor, uint32_t target)
{
    actor->pc = target;
    actor->loop = 0;
}

/* Days as resource numbers. */
static inline uint32_t step_day(int32_t day)
{
    return (uint32_t)day ^ 0x80000000U;
}

/* Adds the days on which an actor's write can change something, for TRUTH or ACK. */
void step_add_written_days(const struct machine *machine, uint32_t actor, enum resource resource,
                           struct footprint *out);
/* Acknowledges what an actor's return (or database commit) speaks for, with its touches. */
void step_acknowledge(struct machine *machine, uint32_t actor);

/* The first day of an actor's deletion loop. */
int32_t step_first_day(const struct machine *machine, uint32_t actor, const struct forget_spec *spec, int64_t now_us);

/* A read begins with the first step that an actor does while it is not reading. */
void step_begin_read(struct machine *machine, uint32_t actor, int64_t now_us);

#define STEP_RULE(name)                                                                                                \
    void step_##name##_execute(struct machine *machine, uint32_t actor, const struct step *step, int64_t now_us);      \
    void step_##name##_footprint(const struct machine *machine, uint32_t actor, const struct step *step,               \
                                 int64_t now_us, struct footprint *out);
#define X(name, text, doc) STEP_RULE(name)
STEP_KINDS(X)
#undef X

#endif
