/* The parts of compiling a scenario; private to load_*.c. */
#ifndef SLOTRACE_SCENARIO_LOAD_SCENARIO_H
#define SLOTRACE_SCENARIO_LOAD_SCENARIO_H

#include "scenario/load.h"
#include "scenario/resolve.h"

/* One case while it is compiled. */
struct compiling {
    struct resolver resolver;
    struct plan *plan;
    const struct node *root;
    struct {
        struct mark *items;
        size_t count, capacity;
    } marks; /* Of holds and pins. */
};

/* Fields of an actor or an appointment: its own, else those of the calendar entry of its event type. NULL after a
 * message. */
const char *const *fields_read(struct compiling *compiling, const struct node *node);

void actors_read(struct compiling *compiling);

/* What an actor's `hold` and `pin` say, once all actors are there. */
void holds_read(struct compiling *compiling, uint32_t actor, const struct node *node);
void pins_read(struct compiling *compiling, uint32_t actor, const struct node *node);

#endif
