/* The key was deleted, yet it is here: it was put again. On its way it came from an inner layer's entry that was hit
 * after the write had been committed, so that entry was stale. */
#include "engine/machine.h"

#include "base/poison.h"

bool cause_refilled(const struct missed *missed)
{
    return missed->version != MODEL_NONE && missed->coverage.done && missed->entry->hit_seen >= missed->version;
}
