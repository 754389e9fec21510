/* There are deletions for the layer, and none of them names this key. */
#include "engine/machine.h"

#include "base/poison.h"

bool cause_key_missed(const struct missed *missed)
{
    return missed->version != MODEL_NONE && missed->coverage.deletes_in_layer && !missed->coverage.covers;
}
