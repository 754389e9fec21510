/* The key was deleted, yet it is here: it was put again by a fill that had its snapshot from before the write. */
#include "engine/machine.h"

#include "base/poison.h"

bool cause_late_fill(const struct missed *missed)
{
    return missed->version != MODEL_NONE && missed->coverage.done && missed->entry->hit_seen < missed->version;
}
