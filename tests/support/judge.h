/* A second opinion on a run: an observer that replays the steps that it is told of on models of its own, and judges
 * every read by enumerating versions, as DESIGN section 3 says it and without any of the oracle's short cuts.
 *
 * From the engine it takes what happened in which order (who did which step when) and what was asked; truth, cache,
 * admissible values, ages, missed writes and causes it works out by itself. It fails the test at the first
 * difference. */
#ifndef SLOTRACE_TESTS_JUDGE_H
#define SLOTRACE_TESTS_JUDGE_H

#include "engine/run.h"
#include "support/random_case.h"

enum {
    JUDGE_VERSIONS_MAX = 64,
    JUDGE_STALE_MAX = 64,
    JUDGE_KEYS_MAX = 1024,
    JUDGE_ACTORS_MAX = REFERENCE_RECIPIENTS_MAX
};

/* The whole dates that an answer speaks of, and which of their slots it calls free. */
struct judge_answer {
    uint32_t event_type;
    int32_t day_from, day_to;
    uint64_t free_slots; /* Bit by slot of the plan. */
};

struct judge_entry {
    bool there;
    struct judge_answer answer;
    uint32_t snapshot; /* Versions before its snapshot, */
    uint32_t hit;      /* and before the last hit of another entry on its way; 0. */
    int64_t last_us;   /* At which it is there. */
};

struct judge_actor {
    bool reading;
    uint64_t invoked;
    int64_t invoked_us;
    struct judge_entry held; /* What it would put. */
    struct judge_entry served;
    uint64_t served_at;
    uint32_t served_layer, served_key;
    bool offered;
};

/* One step of a deletion. */
struct judge_deletion {
    const struct step *step;
    uint32_t actor;
    uint64_t sequence;
    uint32_t key;      /* FORGET, FORGET_LISTED */
    int32_t base_day;  /* FORGET, also atomic */
    const bool *found; /* LIST: by key. */
};

struct judge_stale {
    uint32_t slot;
    enum phantom phantom;
    int64_t age_us;
    uint32_t version; /* MODEL_NONE */
    enum cause cause;
};

struct judge {
    struct random_case *it;
    struct arena *arena;
    struct reference truth;
    struct judge_version {
        uint64_t free_slots;
        uint64_t sequence, acknowledged; /* UINT64_MAX: not yet. */
        int64_t time_us;
        uint32_t actor;
    } versions[JUDGE_VERSIONS_MAX]; /* [0]: how it all began. */
    uint32_t version_count;
    struct judge_actor actors[JUDGE_ACTORS_MAX];
    struct judge_entry entries[JUDGE_KEYS_MAX];
    struct {
        struct judge_deletion *items;
        size_t count, capacity;
    } deletions;
    struct judge_stale stale[JUDGE_STALE_MAX]; /* Of the answer that was just given, */
    uint32_t stale_count;
    bool collision;
    struct totals totals;
    uint32_t never, collisions, ties; /* For the test: slots never true; collisions; ties of missed writes. */
};

void judge_init(struct judge *judge, struct random_case *it, struct arena *arena);
struct observer judge_observer(struct judge *judge);
/* After the run. */
void judge_totals(struct judge *judge, const struct totals *totals);

/* judge_cause.c: does a deletion step that was done name the key? */
bool judge_names(const struct judge *judge, const struct judge_deletion *deletion, uint32_t key);
/* Why is the entry that served `actor`'s read there, given the missed version? */
enum cause judge_cause(const struct judge *judge, uint32_t actor, uint32_t version, int64_t now_us);

#endif
