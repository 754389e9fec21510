/* The space that is explored: states, the transitions between them, what each touches, and a canonical name for each.
 *
 * Time is left out: every actor may begin at any moment, and whether an entry has expired when somebody looks is a free
 * choice. A deletion of a key that nobody ever puts is no step of its own: it changes nothing and nobody sees it. */
#ifndef SLOTRACE_ENGINE_SPACE_H
#define SLOTRACE_ENGINE_SPACE_H

#include "engine/machine.h"

enum { SPACE_WORDS = 8, SPACE_ACTORS_MAX = 32, SPACE_WRITERS_MAX = 16 };

/* A set of shared resources. */
struct bits {
    uint64_t words[SPACE_WORDS];
};

/* What a step reads and writes. */
struct touched {
    struct bits reads, writes;
};

/* The next step of an actor. `choice`: a GET finds its entry expired (1) or not (0); a LIST finds the keys expired
 * whose bits are set, in the order of the listing. */
struct transition {
    uint32_t actor;
    uint32_t choice;
};

struct transitions {
    struct transition *items;
    size_t count, capacity;
};

struct space {
    struct plan *plan;
    struct arena *arena;
    struct machine *machine;
    bool expiry;   /* May entries expire? */
    bool symmetry; /* Are states that differ only in which of several identical readers is which the same? */
    uint32_t actor_count;
    bool *putable;            /* By key. */
    uint32_t key_count;       /* Of the keys that programs get and put. */
    uint32_t *key_bit;        /* By key: its number among the resources, or MODEL_NONE. */
    int32_t *days;            /* That have slots. */
    uint32_t day_count;
    uint32_t truth_bit, ack_bit, mirror_bit, inbox_bit; /* First of each kind. */
    uint32_t bit_count;
    struct touched **future;  /* By actor and program counter: all that it, and whom it starts, may still touch. */
    uint32_t *class_of;       /* By actor: the first actor that is identical to it. */
    uint32_t *writer_of;      /* By actor: its number among those that commit, or MODEL_NONE. */
    uint32_t writer_count;
    uint32_t *written_slots;  /* That some write can change. */
    uint32_t written_count;
    struct {
        struct covering {
            uint32_t writer, actor, step, iteration, key;
        } * items;
        size_t count, capacity;
    } coverings; /* Deletions that can explain a stale entry. */
    const char *problem; /* Not NULL: too large to be explored, and why. */
};

struct space *space_new(struct plan *plan, struct arena *arena, bool expiry, bool symmetry);

/* Enabled transitions in the present state, in a fixed order, appended to `out` (in `arena`). */
void space_transitions(struct space *space, struct arena *arena, struct transitions *out);

/* Executes a transition (and the steps after it that nobody can see). `on_step` may be NULL. */
void space_apply(struct space *space, struct transition transition,
                 void (*on_step)(void *context, const struct step_record *record), void *context);

/* What one transition touches in the present state. Two that do not conflict commute. */
struct touched space_touched(struct space *space, struct transition transition);
bool touched_conflict(const struct touched *a, const struct touched *b);

/* The canonical name of the present state. `order`: by position, which actor stands there (for sets of actors that are
 * stored with the state); `sleeping` breaks ties between identical actors in identical states. */
void space_name(struct space *space, uint64_t sleeping, struct text *out, uint8_t order[SPACE_ACTORS_MAX]);

#endif
