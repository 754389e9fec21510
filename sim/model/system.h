/* A system: what one version of the software does. Pure data, read from a system file or built by a test.
 *
 * Nothing here knows a particular booking system: layers, keys, readers and entry points are whatever the file says. */
#ifndef SLOTRACE_MODEL_SYSTEM_H
#define SLOTRACE_MODEL_SYSTEM_H

#include "base/zone.h"
#include "model/template.h"

#include <stdbool.h>
#include <stdint.h>

#define MODEL_NONE UINT32_MAX
enum { LAYERS_MAX = 8, FIELDS_MAX = 16 };

/* What passes between two steps, in us: everything in [low, high] is possible, `nominal` is what `run` takes. */
struct latency {
    int64_t low_us, high_us, nominal_us;
};

/* Name in files, and what takes that long. */
#define LATENCY_CLASSES(X)                                                                                             \
    X(UPSTREAM, "upstream", "An answer of the upstream's slots API, from request to response.")                        \
    X(BOOKING, "booking", "A booking call to the upstream, from request to response.")                                 \
    X(CACHE, "cache", "A cache read, write or listing of keys.")                                                       \
    X(DELETE, "delete", "A deletion of one cache key.")                                                                \
    X(DB, "db", "A write to the gateway's own database.")                                                              \
    X(WEBHOOK, "webhook", "From the sending of a webhook to its arrival.")                                             \
    X(RECEIVE, "receive", "From a webhook's arrival to the start of its handler.")

enum latency_class {
#define X(name, text, doc) LATENCY_##name,
    LATENCY_CLASSES(X)
#undef X
        LATENCY_CLASS_COUNT
};

const char *latency_class_name(enum latency_class class);

/* How far a layer's value reaches, given the window asked for. */
enum layer_covers {
    COVERS_DATES, /* The whole dates of the window. */
    COVERS_WEEK,  /* The whole week (Monday to Sunday) of the window's first date. */
};

struct layer {
    const char *name;
    const char *title;
    struct template key;
    int64_t ttl_us;
    int64_t ttl_empty_us; /* For a value without a free slot; equals ttl_us if not set. */
    uint32_t source;      /* A layer, or MODEL_NONE: the upstream. */
    enum layer_covers covers;
};

/* One question of a reader. The window is the one asked for (WINDOW_ASKED), or lies around the wished time, or is a
 * time of day; then on the wished day, `days` later, or on workdays (Monday to Friday) number day_first .. day_last
 * after it, each one a question. */
struct read_spec {
    uint32_t layer; /* MODEL_NONE: straight from the upstream. */
    enum { WINDOW_ASKED, WINDOW_AROUND, WINDOW_DAILY } window;
    int64_t from_us, to_us;         /* AROUND: wall-clock time added to the wished time. */
    int32_t from_minute, to_minute; /* DAILY */
    enum { ON_DAYS, ON_WORKDAYS } on;
    int32_t day_first, day_last; /* ON_DAYS: added; ON_WORKDAYS: 1 = the next workday. */
    bool until_free;             /* Later questions are not asked once an answer has a free slot in its window. */
};

/* The keys that a deletion names. Several values of a field, windows and days multiply: fields outermost, then days,
 * then windows. */
struct forget_spec {
    uint32_t layer;
    struct template key; /* The layer's own, unless the deleting side writes it otherwise; or the pattern. */
    bool pattern;        /* List the keys that match, then delete each. */
    bool atomic;         /* All in one step. */
    enum { FROM_TODAY, FROM_SLOT, FROM_OLD_SLOT } from;
    int32_t days;
    struct {
        int32_t from_minute, to_minute;
    } * windows; /* None: the date alone. */
    uint32_t window_count;
    struct forget_field {
        uint32_t field;
        const char **values; /* NULL: missing. */
        uint32_t value_count;
    } * fields; /* Instead of the actor's own. */
    uint32_t field_count;
};

struct action {
    enum action_kind { ACTION_UPSTREAM, ACTION_APPOINTMENT, ACTION_FORGET, ACTION_SEND_WEBHOOK, ACTION_CALL } kind;
    const char *operation;     /* UPSTREAM, APPOINTMENT: a name of operations.sql, complete ("upstream.create"). */
    struct forget_spec forget; /* FORGET */
    uint32_t routine;          /* SEND_WEBHOOK, CALL */
    const char *when_passed;   /* Only if the caller passes this argument; NULL: always. */
};

struct routine {
    const char *name;
    const char *title;
    enum routine_kind { ROUTINE_READER, ROUTINE_ENTRY_POINT, ROUTINE_CUSTOMER_ACTION, ROUTINE_PROCEDURE } kind;
    struct read_spec *reads; /* READER */
    uint32_t read_count;
    bool wishes; /* READER: asks around a wished time instead of for a window. */
    struct action *actions;
    uint32_t action_count;
    const char **passes; /* Optional arguments that callers pass. */
    uint32_t pass_count;
};

struct system {
    const char *name;
    const char *title;
    const struct zone *zone;
    const char *prefix;  /* The cache store's, part of every wire key. */
    const char **fields; /* fields[0] is "event_type". */
    uint32_t field_count;
    struct latency latencies[LATENCY_CLASS_COUNT];
    struct layer *layers;
    uint32_t layer_count;
    struct routine *routines;
    uint32_t routine_count;
};

uint32_t system_routine(const struct system *system, const char *name); /* MODEL_NONE: unknown. */
uint32_t system_field(const struct system *system, const char *name);   /* MODEL_NONE: unknown. */

#endif
