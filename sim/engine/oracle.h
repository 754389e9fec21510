/* The oracle: which answers were wrong, for how long, and why.
 *
 * Every slot is a regular register. Its versions are the upstream commits that changed its value; a version is
 * acknowledged when the write that made it is (see enum oracle_strength). A read [invoked, returned] may report the
 * value of any version from the newest one acknowledged before `invoked` (lo) to the newest one committed by
 * `returned` (hi). It is stale on slot x iff none of these has the value that it reports for x.
 *
 * lo is taken per slot: an acknowledged write to one slot says nothing about a write to another slot that is still
 * under way. Order is the order of steps, so "before" is never a tie. */
#ifndef SLOTRACE_ENGINE_ORACLE_H
#define SLOTRACE_ENGINE_ORACLE_H

#include "model/plan.h"

#define NOT_ACKNOWLEDGED UINT64_MAX
#define AGE_NEVER_TRUE INT64_MAX

struct machine;

/* In the order in which they are tried: the first that applies is the cause. */
#define CAUSES(X)                                                                                                      \
    X(NEVER_INVALIDATED, "never invalidated", never_invalidated,                                                       \
      "The entry point of the missed write has no deletion for this layer.")                                           \
    X(KEY_MISSED, "key missed", key_missed, "It deletes keys of this layer, but not this one.")                        \
    X(REFILLED, "refilled from a stale layer", refilled,                                                               \
      "It deleted the key; then the key was filled again from an inner layer's entry that was stale by then.")         \
    X(LATE_FILL, "late fill", late_fill,                                                                               \
      "It deleted the key; then the key was put again by a fill whose snapshot is from before the write.")             \
    X(NOT_YET, "not yet", not_yet, "Its deletion of this key is still to come.")                                       \
    X(COLLISION, "key collision", collision,                                                                           \
      "No write was missed: the entry was filled for another question that has the same key.")

enum cause {
#define X(name, text, function, doc) CAUSE_##name,
    CAUSES(X)
#undef X
        CAUSE_COUNT
};

const char *cause_name(enum cause cause);
const char *cause_doc(enum cause cause);

/* An upstream commit that changed something. Versions count from 1; 0 is how it all began. */
struct version {
    int64_t time_us;
    uint64_t sequence;
    uint32_t actor;
    const struct step *step; /* The commit. */
    uint64_t acknowledged;   /* Sequence, or NOT_ACKNOWLEDGED. */
    int64_t acknowledged_us;
    uint32_t oldest_open; /* The first version that was not acknowledged when this one was made (or this one). */
};

struct change {
    uint32_t slot;
    uint32_t version;
    uint32_t previous; /* Of the same slot; MODEL_NONE. */
    bool free_slot;    /* Afterwards. */
};

struct truth {
    struct {
        struct version *items;
        size_t count, capacity;
    } versions; /* [0] is unused. */
    struct {
        struct change *items;
        size_t count, capacity;
    } changes;
    uint32_t *last_change; /* By slot. */
    const uint64_t *initial;
};

enum phantom { PHANTOM_FREE, PHANTOM_BUSY };

struct stale_slot {
    uint32_t slot;
    enum phantom phantom;
    int64_t age_us; /* Invoked minus the last instant at which the reported value was true; or AGE_NEVER_TRUE. */
    enum cause cause;
    uint32_t
        wrong_since;  /* The version that ended the last time at which the value was true; MODEL_NONE: never true. */
    uint32_t version; /* The missed write; MODEL_NONE for a collision. Then nothing is known of */
    uint32_t missed_actor;          /* who wrote, */
    const struct step *missed_step; /* with which operation, */
    int64_t committed_us;           /* and when. */
    int64_t acknowledged_us;
    const struct step *deletion; /* KEY_MISSED: the deletion that came nearest, */
    uint32_t deleted_key;        /* and its key (MODEL_NONE: a pattern, see deletion). */
    const char *difference;      /* The part of the key in which they differ; NULL. */
};

struct read_record {
    uint32_t number; /* From 1. */
    uint32_t actor;
    const struct step *step; /* The answer. */
    uint32_t question;
    uint32_t value;
    uint64_t invoked, returned;
    int64_t invoked_us, returned_us;
    uint32_t layer, key;            /* What served it; MODEL_NONE: the upstream. */
    const struct evidence *served;  /* NULL for the upstream. */
    bool collision;                 /* The value was filled for another question. */
    const struct stale_slot *stale; /* By slot; valid during the callback. */
    uint32_t stale_count;
    int64_t stale_age_us; /* The largest that is finite; 0. */
};

/* What a run adds up to. */
struct totals {
    uint64_t steps;
    uint32_t reads;
    uint32_t stale_reads;                /* With at least one stale slot. */
    uint32_t phantom_free, phantom_busy; /* Reads with at least one. */
    int64_t stale_age_us;                /* The largest. */
    uint32_t causes[CAUSE_COUNT];        /* Stale slots by cause. */
    uint32_t refused_offers;             /* Bookings of an offered slot that the upstream refused. */
    uint32_t double_bookings;            /* Pairs of overlapping active appointments that came into being. */
    uint32_t mirror_differences;         /* At the end. */
};

void oracle_init(struct machine *machine);
/* The upstream went from `before` to `after`; returns the version (0: no slot changed its value). */
uint32_t oracle_committed(struct machine *machine, uint32_t actor, uint32_t before, uint32_t after);
/* Acknowledges every version of `actor` that was committed before a point in the order and is not acknowledged yet. */
void oracle_acknowledge(struct machine *machine, uint32_t actor, uint64_t before);
/* Judges the answer that `actor` gives now: fills machine->read and counts it. */
void oracle_judge(struct machine *machine, uint32_t actor, const struct step *answer);

/* For causes: what the family of a missed write (its actor and the webhooks it sent) does about one key. */
struct coverage {
    bool deletes_in_layer;      /* There is a deletion for the layer at all, */
    bool covers;                /* one of this key, */
    bool done;                  /* and it has been executed. */
    const struct step *nearest; /* The deletion in the layer with the key most like it. */
    uint32_t nearest_key;
    uint32_t nearest_prefix; /* Bytes that they share, and one. */
    const char *difference;
};

struct missed {
    const struct machine *machine;
    uint32_t layer, key;
    const struct cache_entry *entry;
    uint32_t version; /* MODEL_NONE */
    struct coverage coverage;
};

/* As it was when the entry was hit, at `hit`. */
struct coverage cause_coverage(struct machine *machine, uint32_t writer, uint32_t layer, uint32_t key,
                               uint32_t question, uint64_t hit);
bool cause_deleted(const struct machine *machine, uint32_t actor, uint32_t index, uint32_t iteration, uint32_t key,
                   uint64_t hit);
enum cause cause_find(const struct missed *missed);

#define X(name, text, function, doc) bool cause_##function(const struct missed *missed);
CAUSES(X)
#undef X

#endif
