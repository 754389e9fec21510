/* For promela*.c: what there is to number and to tabulate, computed from the plan and by asking the store. */
#ifndef SLOTRACE_ENGINE_PROMELA_TABLES_H
#define SLOTRACE_ENGINE_PROMELA_TABLES_H

#include "base/map.h"
#include "engine/promela.h"

enum { PROMELA_COMMITS_MAX = 15, PROMELA_SLOTS_MAX = 64, PROMELA_STATES_MAX = 4000 };

/* What an ANSWER tells its caller, by value. */
struct promela_answer {
    uint8_t *says[PROMELA_SLOTS_MAX]; /* Of a slot that can change: 0 taken, 1 free, 2 nothing. */
    uint8_t *wrong;                   /* Of another slot it says what was never true. */
    uint8_t *any_free;                /* In the window asked for. */
    uint8_t *offers;                  /* The slot that the actor wants. */
};

struct promela {
    struct plan *plan;
    struct arena *arena;
    struct text *out;
    bool expiry;
    const char *problem;
    struct {
        uint32_t *items; /* States of the store; [0] is the first. */
        size_t count, capacity;
    } states;
    struct map state_number;
    struct {
        struct promela_call {
            uint32_t call;
            uint32_t *next;   /* By state: the state behind it, */
            uint8_t *changed; /* and did it change anything? */
            uint64_t slots;   /* That it can open or close. */
        } * items;
        size_t count, capacity;
    } calls;
    struct {
        uint32_t *items; /* That some commit can open or close. Sets of them are 64 bits. */
        size_t count, capacity;
    } slots;
    struct {
        struct promela_range {
            uint32_t range;
            uint32_t *value_at; /* By state: what the upstream answers. */
            uint32_t last;      /* Its values end with that number; those of the range before end before them. */
        } * items;
        size_t count, capacity;
    } ranges;
    struct {
        uint32_t *items; /* By number - 1: the plan's value. 0 is none. */
        size_t count, capacity;
    } values;
    bool *putable; /* By key. */
    uint32_t key_count;
    uint64_t *key_slots; /* By key: on which slots is judged whoever finds it? */
    struct promela_ahead {
        uint64_t slots; /* On which slots will the value that the actor holds be judged? */
        bool fills;     /* Will it be put? */
    } * *ahead;         /* By actor and step. */
    uint32_t **commit;  /* By actor and step: the number of a commit, or MODEL_NONE. */
    uint32_t commit_count;
    uint32_t *commits_of;                     /* By actor: as bits. */
    uint64_t *slots_of;                       /* By actor: that its commits can open or close. */
    uint32_t slot_commits[PROMELA_SLOTS_MAX]; /* By slot: which commits can open or close it? */
};

/* Fills all but `plan`, `arena`, `out` and `expiry`; may leave a `problem`. */
void promela_tabulate(struct promela *model);

/* Of the slots that can change: those on some days, */
uint64_t promela_slots_on(const struct promela *model, int32_t from, int32_t to);
/* and those that a value matters on, if it is going to be judged on `slots`. */
uint64_t promela_relevant(const struct promela *model, const struct promela_range *range, uint64_t slots);
bool promela_is_free(const struct promela *model, uint32_t state, uint32_t slot);
const struct promela_call *promela_call(const struct promela *model, uint32_t call);
uint32_t promela_range(const struct promela *model, uint32_t range); /* Index in `ranges`. */
struct promela_answer promela_answer(const struct promela *model, uint32_t actor, const struct step *answer);

/* The key that an iteration of a FORGET step deletes. */
uint32_t promela_forgotten_key(const struct promela *model, uint32_t actor, const struct step *step,
                               uint32_t iteration);

/* promela_sets.c: expressions for sets of commits. Those that have changed one of some slots; */
const char *promela_changed_on(const struct promela *model, uint64_t slots);
/* the same for what matters of the value `value` (an expression) when it is going to be judged on `slots`; */
const char *promela_changed_for(const struct promela *model, const char *value, uint64_t slots);
/* " & SET" for a set that was kept for some slots and now is for others; empty where that makes no difference. */
bool promela_needs_narrowing(const struct promela *model, uint64_t from, uint64_t to);
const char *promela_narrowing(const struct promela *model, const char *value, uint64_t from, uint64_t to);
/* Writers are known by their first commit. Those of the acknowledged commits that a reader knows, */
const char *promela_writers_known(const struct promela *model);
/* and those for whom an actor's deletions are done, as bits: itself, and the sender of its webhook. */
uint32_t promela_family_bits(const struct promela *model, uint32_t actor);
bool promela_is_got(const struct promela *model, uint32_t layer, uint32_t key); /* Does a reader of it get that key? */
bool promela_changes_once(const struct promela *model, size_t slot);            /* Or not at all. */

/* promela_steps.c: the process of an actor. */
void promela_write_process(struct promela *model, uint32_t actor);

#endif
