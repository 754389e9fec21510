/* The parts of reading a system file; private to load_*.c. */
#ifndef SLOTRACE_SCENARIO_LOAD_SYSTEM_H
#define SLOTRACE_SCENARIO_LOAD_SYSTEM_H

#include "scenario/load.h"

/* A system while it is read. */
struct loading {
    struct arena *arena;
    struct diags *diags;
    struct system *system;
    struct zone **zone;
    const struct store *operations; /* Knows their names. */
};

void system_read(struct loading *loading, const struct node *root);
void routines_read(struct loading *loading, const struct node *root);
uint32_t layer_read(struct loading *loading, const struct node *node, bool upstream_allowed);
void template_read(struct loading *loading, const struct node *node, struct template *out);
struct latency latency_read(const struct node *node);
void latencies_read(const struct node *node, struct latency *latencies); /* Only those that are said. */

/* False after a message: the file is of another kind than `wanted` ("system", "scenario"). */
bool kind_check(struct diags *diags, const struct node *root, const char *wanted);

/* Finds systems by name: in fixtures/systems beside the file that names it or in a directory above it, or in that
 * file's own directory. NULL after a message that suggests the nearest name. */
const char *system_find(struct loader *loader, const char *name, const char *from_path, struct mark reference);

#endif
