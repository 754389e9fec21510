/* A plan: one scenario on one system, compiled to flat programs of atomic steps. What engine runs.
 *
 *   calendar -> slots 0..n-1, sorted by (event type, start): a question covers a contiguous range of them
 *   actor    -> a program: steps with jumps; a step is atomic and the only place where actors interleave
 *   keys     -> interned wire keys; values -> interned answers
 *
 * A plan does not change during a run, except that questions of the run (keys, values, calls) are interned in it. */
#ifndef SLOTRACE_MODEL_PLAN_H
#define SLOTRACE_MODEL_PLAN_H

#include "base/map.h"
#include "model/system.h"
#include "world/store.h"

#define TIME_NONE INT64_MIN

/* Every kind of step: what it is called in traces and schedules (@ = the layer's name; a step of an upstream or
 * appointment operation is called after the operation), and what it does. */
#define STEP_KINDS(X)                                                                                                  \
    X(GET, "@.get", "Reads the layer's key. A hit ends the way inwards.")                                              \
    X(SNAPSHOT, "snapshot", "The upstream takes stock of its free slots for an answer.")                               \
    X(RESPONSE, "response", "That answer arrives.")                                                                    \
    X(PUT, "@.put", "Stores the answer under the layer's key.")                                                        \
    X(ANSWER, "answer", "The reader answers its caller.")                                                              \
    X(CHOOSE, "choose", "The caller decides whether to book what was offered.")                                        \
    X(COMMIT, "commit", "A booking changes at the upstream, or is refused.")                                           \
    X(REPLY, "reply", "The upstream's reply arrives.")                                                                 \
    X(MIRROR, "mirror", "The gateway's own appointments change.")                                                      \
    X(FORGET, "@.forget", "Deletes one key of the layer (or all of them at once, where the system says atomic).")      \
    X(LIST, "@.list", "Lists the wire keys that match a pattern.")                                                     \
    X(FORGET_LISTED, "@.forget", "Deletes one of the listed keys.")                                                    \
    X(SEND, "send_webhook", "The upstream sends a webhook.")                                                           \
    X(RECEIVE, "receive", "A webhook arrives at its handler.")                                                         \
    X(RETURN, "return", "The routine returns to its caller: its write is acknowledged.")

enum step_kind {
#define X(name, text, doc) STEP_##name,
    STEP_KINDS(X)
#undef X
        STEP_KIND_COUNT
};

struct slot {
    uint32_t event_type; /* Index in plan.event_types. */
    int64_t starts_us, ends_us;
    int32_t day; /* Local date of the start. */
};

/* What a reader asks (or a layer is asked). */
struct question {
    const char *const *fields; /* system.field_count values; [0] is the event type. */
    uint32_t event_type;       /* MODEL_NONE: one that no calendar has. */
    int64_t from_us, to_us;
    int32_t day_from, day_to; /* Inclusive. */
    uint32_t range;
};

/* The whole dates that an answer speaks of: slots first .. first + count - 1. */
struct range {
    uint32_t event_type;
    int32_t day_from, day_to;
    uint32_t first, count;
};

/* An answer: which slots of a range are free. */
struct value {
    uint32_t range;
    uint32_t free_count;
    uint64_t bits[]; /* Bit i: slot first + i. */
};

struct step {
    enum step_kind kind;
    const char *name;    /* Unique in its program; "#2" etc. tell repetitions apart. */
    uint32_t routine;    /* Whose code this is. */
    uint32_t layer;      /* GET PUT FORGET LIST FORGET_LISTED */
    uint32_t question;   /* GET SNAPSHOT PUT ANSWER */
    uint32_t key;        /* GET PUT */
    uint32_t target;     /* GET: on a hit. ANSWER: once something is free (or MODEL_NONE). REPLY, COMMIT, CHOOSE: when
                            refused. */
    uint32_t call;       /* COMMIT MIRROR SEND RECEIVE */
    uint32_t child;      /* SEND: the actor that it starts. */
    uint32_t forget;     /* FORGET LIST: index in plan.forgets. */
    uint32_t repeat;     /* FORGET: number of keys, a step each unless atomic. */
    struct latency lead; /* Passes before the step takes effect, */
    struct latency cost; /* and after it, before the next one can begin. */
    bool since_request;  /* `lead` counts from when the step before it (SNAPSHOT, COMMIT) began, not from its effect. */
    int64_t pin_us;      /* The scenario fixes the instant; or TIME_NONE. */
    uint32_t pin_source; /* For messages: the loader's number of the pin. */
    uint32_t hold_actor; /* Not before this actor ... (MODEL_NONE: free) */
    uint32_t hold_step;  /* ... has done this step; MODEL_NONE: has ended. */
    uint32_t hold_source; /* For messages: the loader's number of the hold. */
};

struct program {
    struct step *steps;
    uint32_t count;
};

struct forget_plan {
    const struct forget_spec *spec;
    const char ***variants; /* Field values, a row per combination. */
    uint32_t variant_count;
    const char *pattern; /* LIST: rendered. */
};

struct actor {
    const char *name;
    uint32_t routine;
    uint32_t parent; /* A webhook's sender; MODEL_NONE. */
    struct program program;
    const char *const *fields;
    uint32_t event_type;
    uint32_t slot, old_slot; /* MODEL_NONE */
    const char *booking;     /* The booking that it makes, moves or cancels; equal names, equal numbers: */
    uint32_t booking_number;
    int64_t at_us, at_high_us; /* First step; the interval is for explore. TIME_NONE: started by its parent. */
    bool at_given;             /* Else explore may let it begin at any time. */
    int64_t every_us;          /* A repeated reader: starts again that long after it began, or when it has ended. */
    uint32_t repeat_count;     /* 1: once. */
    bool acknowledges;         /* Its return acknowledges its own writes (not: a customer who waits for a webhook). */
};

struct plan {
    struct arena *arena;
    const struct system *system;
    struct store *store;
    const char *title; /* "scenario x on system y", for messages. */
    int64_t clock_us;
    uint32_t initial_state;
    enum oracle_strength { ORACLE_ACKNOWLEDGED, ORACLE_COMMITTED, ORACLE_UPSTREAM } oracle;
    struct interner event_types;
    struct interner booking_names;
    struct slot *slots;
    uint32_t slot_count;
    struct interner keys;
    struct interner values;
    struct map range_values; /* (state, range) -> value */
    struct map forget_keys;  /* (forget variant, day, window) -> key */
    struct {
        struct question *items;
        size_t count, capacity;
    } questions;
    struct {
        struct range *items;
        size_t count, capacity;
    } ranges;
    struct {
        struct forget_plan *items;
        size_t count, capacity;
    } forgets;
    struct {
        struct actor *items;
        size_t count, capacity;
    } actors;
    struct {
        const char **items;
        size_t count, capacity;
    } bookings; /* Names of those that exist at the start, and their slots: */
    struct {
        uint32_t *items;
        size_t count, capacity;
    } booking_slots;
};

/* A slot of the calendar as it is given; plan_new() sorts them and merges hosts of the same slot. */
struct calendar_slot {
    const char *event_type;
    const char *host;
    int64_t starts_us, ends_us;
};

struct plan *plan_new(struct arena *arena, const struct system *system, struct store *store, int64_t clock_us,
                      const struct calendar_slot *calendar, size_t calendar_count);

struct booking_spec {
    const char *name;
    const char *const *fields;
    uint32_t slot;
    const char *host; /* NULL: the first that is free. */
    int64_t appointment_id;
    bool upstream_only; /* Its webhook never came. */
};
/* false: the slot is already taken (on that host). Before the first actor. */
bool plan_add_booking(struct plan *plan, const struct booking_spec *booking);

struct actor_spec {
    const char *name;
    uint32_t routine;
    const char *const *fields;
    int64_t from_us, to_us; /* Readers: the window asked for, */
    int64_t wish_us;        /* or the wished time. */
    uint32_t slot;          /* To book, or to move to. */
    uint32_t old_slot;      /* Where the booking was. */
    const char *booking;    /* To move or cancel; NULL: makes its own. */
    int64_t appointment_id;
    int64_t at_us, at_high_us;
    bool at_given;
    int64_t every_us;
    uint32_t repeat_count;
    const struct latency *latencies; /* LATENCY_CLASS_COUNT of them: the system's with overrides. */
    const char **passes;             /* Instead of the routine's own; */
    uint32_t pass_count;
    bool passes_given;     /* if this. */
    uint32_t then_routine; /* Books `slot` if it was offered; MODEL_NONE: no. */
    struct latency then_after;
};
uint32_t plan_add_actor(struct plan *plan, const struct actor_spec *spec);

uint32_t plan_slot(const struct plan *plan, const char *event_type, int64_t starts_us); /* MODEL_NONE */
/* The days (of their starts) of all slots that overlap `slot`, whoever's they are. */
void plan_overlapped_days(const struct plan *plan, uint32_t slot, int32_t *day_from, int32_t *day_to);
uint32_t plan_actor(const struct plan *plan, const char *name);                /* MODEL_NONE */
uint32_t plan_step(const struct plan *plan, uint32_t actor, const char *name); /* MODEL_NONE */

/* Questions and their keys; for expanding programs. `fields` must outlive the plan. */
uint32_t plan_add_question(struct plan *plan, const char *const *fields, int64_t from_us, int64_t to_us);
uint32_t plan_question_for_layer(struct plan *plan, uint32_t question, uint32_t layer);
uint32_t plan_layer_key(struct plan *plan, uint32_t layer, uint32_t question);
struct store_call plan_call(const struct plan *plan, const char *operation, const char *const *fields, uint32_t slot);

/* The answer that the upstream gives in `state` for a range. */
uint32_t plan_value_at(struct plan *plan, uint32_t state, uint32_t range);
const struct value *plan_value(const struct plan *plan, uint32_t value);
bool value_is_free(const struct value *value, const struct range *range, uint32_t slot);

/* What a value says of a slot. One that it does not speak of reads as taken; a value of another event type (a shared
 * key) is read by its start times, as the caller does. */
bool value_reports_free(const struct plan *plan, const struct value *value, uint32_t slot);

/* The key that iteration `index` of a FORGET step deletes, when its first day is `base_day`. */
uint32_t plan_forget_key(struct plan *plan, const struct step *step, uint32_t index, int32_t base_day);
/* Field values and civil window of that key, for messages. */
struct template_values plan_forget_values(const struct plan *plan, const struct step *step, uint32_t index,
                                          int32_t base_day);
struct template_values plan_question_values(const struct plan *plan, const struct question *question);

/* A hold that can never be released because of others: fills `first` and `second` with two actors that wait for each
 * other (equal: it waits for itself) and returns true. */
bool plan_deadlock(const struct plan *plan, uint32_t *first, uint32_t *second, uint32_t *hold_source);

const char *step_kind_name(enum step_kind kind);

#endif
