/* A scenario file with some of its actors left out, as text. */
#ifndef SLOTRACE_SCENARIO_SHRINK_H
#define SLOTRACE_SCENARIO_SHRINK_H

#include "base/text.h"
#include "scenario/judgement.h"
#include "scenario/tree.h"

/* The actors of a scenario file by their places in its text. NULL actors: its form is not one that can be cut
 * (`problem` says why). */
struct shrinkable {
    const struct source *source;
    const struct node *root;
    const struct node *actors;
    const char *problem;
};

struct shrinkable shrink_open(struct arena *arena, const struct source *source, struct diags *diags);

/* The file with only the actors that are `kept`, one system, and the expectation that explore refutes it by one of
 * `causes`. Everything else stays as it is written, comments included. */
void shrink_write(const struct shrinkable *shrinkable, const bool *kept, const char *alias, const char *system,
                  uint32_t causes, struct text *out);

#endif
