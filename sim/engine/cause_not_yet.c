/* A deletion names the key and has not come to it. */
#include "engine/machine.h"

#include "base/poison.h"

bool cause_not_yet(const struct missed *missed)
{
    return missed->version != MODEL_NONE && missed->coverage.covers && !missed->coverage.done;
}
