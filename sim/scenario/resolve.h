/* Times and fields of a scenario, seen through the zone, the clock and the fields of a system; private. */
#ifndef SLOTRACE_SCENARIO_RESOLVE_H
#define SLOTRACE_SCENARIO_RESOLVE_H

#include "base/diag.h"
#include "model/plan.h"
#include "scenario/scalar.h"
#include "scenario/schema.h"
#include "scenario/tree.h"

/* Instants are in the years 1970 .. 2200, like the scalars: sums of durations must not leave them. */
#define INSTANT_MAX_US (INT64_C(7289654400) * US_PER_SECOND)

struct resolver {
    struct arena *arena;
    struct diags *diags;
    const struct system *system;
    int64_t clock_us;
};

/* The instant of a moment; false after a message (an hour that does not exist or happens twice, out of range). */
bool resolve_moment(const struct resolver *resolver, const struct moment *moment, struct mark mark, int64_t *out_us);
bool resolve_node(const struct resolver *resolver, const struct node *node, int64_t *out_us);
bool resolve_range(const struct resolver *resolver, const struct node *node, int64_t *low_us, int64_t *high_us);
/* The first and the last minute of a range of dates. */
bool resolve_days(const struct resolver *resolver, const struct node *node, int64_t *low_us, int64_t *high_us);

/* The slot of an event type (NULL: none) that starts at a moment; MODEL_NONE after a message. */
uint32_t resolve_slot(const struct resolver *resolver, const struct plan *plan, const char *event_type,
                      const struct node *node);

/* Free names in a mapping must be fields of the system. */
void resolve_fields(const struct resolver *resolver, const struct node *mapping, const struct schema *schema);
/* The value of a field in a mapping; NULL when it says `none`. `*said` tells whether it says anything. */
const char *resolve_field(const struct node *mapping, const char *field, bool *said);

#endif
