/* The entry point (with its webhook's handler) has no deletion for the layer that served the read. */
#include "engine/machine.h"

#include "base/poison.h"

bool cause_never_invalidated(const struct missed *missed)
{
    return missed->version != MODEL_NONE && !missed->coverage.deletes_in_layer;
}
