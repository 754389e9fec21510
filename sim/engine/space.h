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

/* Deliberate mistakes, so that tests can show that each would be noticed. None can be made in a release build. */
#define SABOTAGES(X)                                                                                                   \
    X(NONE, "nothing")                                                                                                 \
    X(DROP_KEY, "cache keys are in no footprint")                                                                      \
    X(DROP_TRUTH, "upstream bookings are in no footprint")                                                             \
    X(DROP_ACK, "acknowledgements are in no footprint")                                                                \
    X(DROP_MIRROR, "appointments are in no footprint")                                                                 \
    X(DROP_INBOX, "messages are in no footprint")                                                                      \
    X(EXPIRY_READS, "finding an entry expired counts as reading it")                                                   \
    X(NARROW_SCOPE, "a snapshot reads the days of its own question only")                                              \
    X(FORGET_CHILD, "a sender's future leaves out the webhook's handler")                                              \
    X(FORGET_LATER, "a future is the next step alone")                                                                 \
    X(FORGET_AGAIN, "a repeated reader's future ends with its run")                                                    \
    X(ALONE, "any actor alone is a persistent set")                                                                    \
    X(SLEEP_ON, "what sleeps is never woken by what it depends on")                                                    \
    X(SLEEP_ONCE, "a state that is met again is not explored for what slept the first time")                           \
    X(NAME_SEEN, "names leave out the commits behind a value")                                                         \
    X(NAME_HIT_SEEN, "names leave out the commits behind an inner hit")                                                \
    X(NAME_LAYER, "names leave out the layer that served a read")                                                      \
    X(NAME_DELETIONS, "names leave out the deletions before a hit")                                                    \
    X(NAME_INVOKED, "names leave out what was acknowledged when a read began")                                         \
    X(NAME_RANKS, "names leave out the order of acknowledgements")                                                     \
    X(NAME_LOOP, "names leave out how far a deletion loop has come")                                                   \
    X(NAME_RUNS, "names leave out how often a reader has asked")

enum sabotage {
#define X(name, text) SABOTAGE_##name,
    SABOTAGES(X)
#undef X
        SABOTAGE_COUNT
};

#ifdef SLOTRACE_DEBUG
extern enum sabotage space_sabotage;
#define SABOTAGED(kind) (space_sabotage == SABOTAGE_##kind)
#else
#define SABOTAGED(kind) false
#endif

struct space {
    struct plan *plan;
    struct arena *arena;
    struct machine *machine;
    bool expiry;   /* May entries expire? */
    bool symmetry; /* Are states that differ only in which of several identical readers is which the same? */
    uint32_t actor_count;
    bool *putable;      /* By key. */
    uint32_t key_count; /* Of the keys that programs get and put. */
    uint32_t *key_bit;  /* By key: its number among the resources, or MODEL_NONE. */
    int32_t *days;      /* That have slots. */
    uint32_t day_count;
    uint32_t *slot_bit;                                 /* By slot: its day's bit of TRUTH. */
    uint32_t truth_bit, ack_bit, mirror_bit, inbox_bit; /* First of each kind. */
    uint32_t bit_count;
    struct touched **future; /* By actor and program counter: all that it, and whom it starts, may still touch. */
    struct bits *key_days;   /* By key: the days (of TRUTH) that whoever finds its entry is judged on. */
    struct ahead {
        struct bits days;    /* That the value held will be judged on, besides its own. */
        bool fills;          /* It will be put. */
    } * *ahead;              /* By actor and program counter. */
    uint32_t *class_of;      /* By actor: the first actor that is identical to it. */
    uint32_t *writer_of;     /* By actor: the number of its first commit among all, or MODEL_NONE. */
    uint32_t writer_count;   /* Commits in all programs. */
    uint32_t *written_slots; /* That some write can change. */
    uint32_t written_count;
    struct {
        struct covering {
            uint32_t writer, actor, step, iteration, key;
        } * items;
        size_t count, capacity;
    } coverings;         /* Deletions that can explain a stale entry; `writer` is an actor. */
    int64_t now_us;      /* TIME_NONE: the nominal time of whoever acts. */
    const char *problem; /* Not NULL: too large to be explored, and why. */
};

struct space *space_new(struct plan *plan, struct arena *arena, bool expiry, bool symmetry);

/* For space.c and space_name.c: days as bits of TRUTH; fills `key_days` and `ahead`. */
struct bits space_days(const struct space *space, int32_t from, int32_t to);
void space_look_ahead(struct space *space);

/* Enabled transitions in the present state, in a fixed order, appended to `out` (in `arena`). */
void space_transitions(struct space *space, struct arena *arena, struct transitions *out);

/* Would this LIST step find that key, if it has not expired? */
bool space_lists(const struct space *space, const struct step *step, uint32_t key);

/* Executes a transition (and the steps after it that nobody can see). `on_step` may be NULL. */
void space_apply(struct space *space, struct transition transition,
                 void (*on_step)(void *context, const struct step_record *record), void *context);

/* What one transition touches in the present state. Two that do not conflict commute. */
struct touched space_touched(struct space *space, struct transition transition);
/* What the next step of an actor, a GET or a LIST, reads whatever the cache holds. */
struct bits space_sure_reads(const struct space *space, uint32_t actor);
bool touched_conflict(const struct touched *a, const struct touched *b);
void touched_merge(struct touched *into, const struct touched *from);

/* The canonical name of the present state. `order`: by position, which actor stands there (for sets of actors that are
 * stored with the state); `sleeping` breaks ties between identical actors in identical states. */
void space_name(struct space *space, uint64_t sleeping, struct text *out, uint8_t order[SPACE_ACTORS_MAX]);

#endif
