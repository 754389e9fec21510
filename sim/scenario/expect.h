/* What a scenario expects of a run, and whether it came true. */
#ifndef SLOTRACE_SCENARIO_EXPECT_H
#define SLOTRACE_SCENARIO_EXPECT_H

#include "base/diag.h"
#include "engine/collect.h"
#include "engine/explore.h"
#include "engine/run.h"
#include "scenario/scalar.h"
#include "scenario/tree.h"

/* Every kind of expectation: its key in files. */
#define EXPECTATIONS(X)                                                                                                \
    X(STALE_READS, "stale_reads")                                                                                      \
    X(PHANTOM_FREE, "phantom_free")                                                                                    \
    X(PHANTOM_BUSY, "phantom_busy")                                                                                    \
    X(STALE_AGE, "stale_age")                                                                                          \
    X(CAUSES, "causes")                                                                                                \
    X(REFUSED_OFFERS, "refused_offers")                                                                                \
    X(DOUBLE_BOOKINGS, "double_bookings")                                                                              \
    X(MIRROR_DIFFERENCES, "mirror_differences")                                                                        \
    X(ACTOR_OFFERS, "offers")                                                                                          \
    X(ACTOR_WITHHOLDS, "withholds")                                                                                    \
    X(ACTOR_STALE, "stale")                                                                                            \
    X(ACTOR_PHANTOM, "phantom")                                                                                        \
    X(ACTOR_CAUSE, "cause")                                                                                            \
    X(ACTOR_AGE, "age")                                                                                                \
    X(ACTOR_SERVED_BY, "served_by")                                                                                    \
    X(ACTOR_BOOKING, "booking")

enum expectation_kind {
#define X(name, text) EXPECT_##name,
    EXPECTATIONS(X)
#undef X
        EXPECTATION_COUNT
};

struct expectation {
    enum expectation_kind kind;
    struct mark mark; /* Of its key. */
    uint32_t actor;   /* MODEL_NONE: of the run. */
    struct span span; /* Counts and ages. */
    uint32_t *slots;  /* OFFERS, WITHHOLDS */
    uint32_t slot_count;
    uint32_t bits; /* Causes, phantoms, layers: as in actor_summary. */
    uint32_t word; /* STALE: 0 or 1; BOOKING: enum booking_outcome. */
    const char *written;
};

struct expectations {
    struct expectation *items;
    size_t count, capacity;
    struct explore_expectation {
        bool given;
        struct mark mark;
        enum explore_verdict verdict;
        bool age_given, causes_given;
        struct span age_us;
        uint32_t causes; /* Bit by enum cause. */
        const char *age_written;
    } explore;
};

struct violation {
    struct mark mark;
    const char *message; /* "stale_reads: expected 0, got 1" */
};

struct violations {
    struct violation *items;
    size_t count, capacity;
};

/* `node`: the (well-formed) mapping under `expect: ALIAS`. Problems go to `diags`. */
void expectations_read(struct arena *arena, struct diags *diags, const struct plan *plan, const struct node *node,
                       struct expectations *out);

struct violations expectations_judge(struct arena *arena, const struct expectations *expectations,
                                     const struct plan *plan, const struct run_result *result,
                                     const struct collector *collector);

#endif
