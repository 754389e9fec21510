/* The machine: the state of one execution of a plan, and the meaning of every kind of step.
 *
 * machine_step() executes the next step of one actor at one instant. Nothing else changes the state, and who goes next
 * and when is the caller's business (run.c, and whoever explores). Steps are a table, see step.h.
 *
 *   an actor:  IDLE --machine_start--> READY --machine_step ...--> ENDED
 */
#ifndef SLOTRACE_ENGINE_MACHINE_H
#define SLOTRACE_ENGINE_MACHINE_H

#include "engine/oracle.h"
#include "model/plan.h"
#include "world/cache.h"

/* Where a cached value comes from, for people: its snapshot, then each layer that it was put in. */
struct evidence {
    uint32_t snapshot_actor; /* MODEL_NONE: nothing known. */
    int64_t snapshot_us;
    uint32_t hop_count;
    struct hop {
        uint32_t layer, key, actor;
        int64_t put_us;
    } hops[LAYERS_MAX];
};

struct actor_state {
    enum { ACTOR_IDLE, ACTOR_READY, ACTOR_ENDED } status;
    uint32_t pc;
    uint32_t loop;     /* Iterations done of the step at pc. */
    int32_t base_day;  /* Of the deletion loop under way. */
    uint32_t listed;   /* Keys found by LIST, interned in machine.lists. */
    uint32_t value;    /* What the actor holds: CACHE_NOTHING, or an answer, */
    uint32_t seen;     /* with the upstream commits that it knows of, */
    uint32_t hit_seen; /* and those before the last inner hit on its way (see cache_entry). */
    bool reading;      /* Between a read's first step and its answer: */
    uint64_t invoked;
    int64_t invoked_us;
    struct cache_entry served;         /* The entry that served it, */
    uint64_t served_at;                /* and when. */
    uint32_t served_layer, served_key; /* MODEL_NONE: the upstream did. */
    bool refused;                      /* The last booking call was, */
    uint32_t skipped_from;             /* and left out the steps from this one to its target (0: none). */
    bool offered;                      /* The actor's slot was free in an answer. */
    uint32_t runs;                     /* Of a repeated reader, ended. */
    uint64_t started;                  /* A webhook: when it was sent. */
};

enum step_outcome {
    OUTCOME_DONE,
    OUTCOME_HIT,
    OUTCOME_MISS,
    OUTCOME_REFUSED, /* A conflict, or nothing to change. */
    OUTCOME_ABSENT,  /* A deletion of a key that was not there. */
    OUTCOME_SKIPPED, /* CHOOSE: not offered. LIST: nothing found. */
};

/* One executed step. */
struct step_record {
    uint64_t sequence; /* From 1: the order of everything. */
    int64_t time_us;
    uint32_t actor;
    const struct step *step;
    uint32_t iteration; /* Of a loop, from 0. */
    enum step_outcome outcome;
    uint32_t key;     /* MODEL_NONE */
    uint32_t value;   /* MODEL_NONE */
    int64_t ttl_us;   /* PUT */
    uint32_t count;   /* LIST, atomic FORGET: keys found or deleted. */
    uint32_t version; /* COMMIT: the upstream version that it made (0: none). */
    uint32_t child;   /* SEND */
};

struct observer {
    void *context;
    void (*on_step)(void *context, const struct step_record *record);
    void (*on_read)(void *context, const struct read_record *read); /* After the step that answers. */
};

struct machine {
    struct plan *plan;
    struct arena *arena;
    struct observer observer;
    struct cache cache;
    bool timeless;             /* Nothing expires by itself: whoever explores decides. */
    bool quiet;                /* No evidence is kept. */
    struct evidence *evidence; /* By key. */
    size_t evidence_capacity;
    struct evidence *carried; /* By actor: of the value that it holds, */
    struct evidence *served;  /* and of the entry that served its read. */
    struct actor_state *actors;
    uint8_t **executed; /* By actor and step: was it ever done? */
    uint32_t state;     /* Of the store. */
    uint64_t sequence;
    struct truth truth;
    struct interner lists;
    int32_t *forgotten_from; /* By forget of the plan: the first day of its loop, once begun, */
    uint64_t **forgotten_at; /* and when which of its keys was deleted: by iteration, or by key for a pattern. */
    uint64_t *listed_at;     /* By forget with a pattern: when, and what was found (in lists). */
    uint32_t *listed;
    struct totals totals;
    bool met;                  /* Some read came after the acknowledgement of a write to a slot that it speaks of. */
    struct step_record record; /* Of the step under way. */
    struct read_record read;   /* Judged by it; number 0: none. */
    struct {
        struct stale_slot *items;
        size_t count, capacity;
    } stale;
    const struct footprint *footprint; /* Of the step under way, where accesses are checked. */
};

struct machine *machine_new(struct plan *plan, struct arena *arena, struct observer observer);

/* IDLE or ENDED to READY at its first step. */
void machine_start(struct machine *machine, uint32_t actor);

/* Executes the next step of a READY actor. `now_us` never decreases between calls. */
const struct step_record *machine_step(struct machine *machine, uint32_t actor, int64_t now_us);

struct snapshot {
    uint64_t sequence;
    uint32_t state, version_count, change_count;
    unsigned char rest[]; /* Actors, cache entries, versions. */
};

/* A copy of everything that steps change, for going back to; see explore.c. Valid only on its own machine, and only
 * from later on the same path: restoring goes back in time. */
size_t snapshot_size_bytes(const struct machine *machine);
void machine_save(const struct machine *machine, struct snapshot *out);
void machine_restore(struct machine *machine, const struct snapshot *snapshot);

/* What the cache's clock says. */
static inline int64_t machine_cache_us(const struct machine *machine, int64_t now_us)
{
    return machine->timeless ? machine->plan->clock_us : now_us;
}

/* The step that a READY actor does next. */
const struct step *machine_next(const struct machine *machine, uint32_t actor);

#endif
