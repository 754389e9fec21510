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

/* The slot of an event type that starts at a moment; MODEL_NONE after a message. */
uint32_t slot_read(struct compiling *compiling, const char *event_type, const struct node *node);

void actors_read(struct compiling *compiling);

#endif
