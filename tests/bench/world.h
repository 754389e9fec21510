/* The generated plan that benches run, built without any file: two layers as on the day of the incident (L2 filled from
 * L1, L1 from the upstream), 18 slots a day, and
 *   - 20 readers through both layers, two for each of the first ten days, each once a second; entries live for 60 s
 *     (L1) and 20 s (L2);
 *   - 4 writers that move two bookings to and fro, each once in two minutes; each move deletes 30 days of L1 one by
 *     one, then lists L2 by a pattern that finds nothing, so that L2 goes stale;
 *   - 2 writers that try, once a minute, to book a taken slot and to cancel a cancelled booking, and are refused;
 *   - on demand, writers that each book a slot of their own, one a second, on the days after the first ten.
 * Moving to and fro makes the database return to states that it had: SQLite is asked some dozens of times, then the
 * answers are remembered, as they are in any long run. Only bookings of new slots make new states. */
#ifndef SLOTRACE_BENCH_WORLD_H
#define SLOTRACE_BENCH_WORLD_H

#include "engine/run.h"

struct world_size {
    uint32_t questions; /* By each of the readers. */
    uint32_t minutes;   /* So long do the six writers write. */
    uint32_t bookings;  /* Of new slots. */
};

/* A plan and everything that it lives on. */
struct world {
    struct arena *arena;
    struct zone *zone;
    struct store *store;
    struct plan *plan;
};

struct world world_new(struct world_size size);
void world_free(struct world *world);

/* As `slotrace run` does it: with the collector of what expectations ask about, here with `other` behind it (or not, if
 * its context is NULL), and with the oracle, which is never off. */
struct run_result world_run(struct world *world, struct observer other);

#endif
