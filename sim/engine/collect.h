/* Collects from a run what expectations and reports ask about: per actor, and every stale read. */
#ifndef SLOTRACE_ENGINE_COLLECT_H
#define SLOTRACE_ENGINE_COLLECT_H

#include "engine/machine.h"

enum { STALE_READS_KEPT = 10000, OBSERVERS_MAX = 4 };

/* What became of an actor's booking calls: the last one counts. */
enum booking_outcome { BOOKING_NOT_TRIED, BOOKING_REFUSED, BOOKING_DONE };

struct actor_summary {
    uint32_t reads, stale_reads;
    uint32_t causes;   /* Bit by enum cause. */
    uint32_t phantoms; /* Bit by enum phantom. */
    int64_t age_us;    /* Of its oldest stale slot; AGE_NEVER_TRUE counts. 0: none. */
    uint64_t *offers;  /* Bit by slot: reported free in some answer. */
    uint32_t served;   /* Bit by layer; bit LAYERS_MAX: the upstream. */
    enum booking_outcome booking;
};

struct collector {
    struct plan *plan;
    struct arena *arena;
    struct actor_summary *actors;
    struct {
        struct read_record *items; /* Stale ones, copied whole; the first STALE_READS_KEPT. */
        size_t count, capacity;
    } stale_reads;
    struct observer others[OBSERVERS_MAX]; /* Told after the collector. */
    uint32_t other_count;
};

struct collector *collector_new(struct plan *plan, struct arena *arena);
struct observer collector_observer(struct collector *collector);

#endif
