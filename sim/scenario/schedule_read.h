/* Schedules as people write them; see engine/schedule.h for the form. */
#ifndef SLOTRACE_SCENARIO_SCHEDULE_READ_H
#define SLOTRACE_SCENARIO_SCHEDULE_READ_H

#include "engine/schedule.h"

/* Steps are separated by ';' or new lines; '#' begins a comment. NULL, or what is wrong ("step 3, 'call-x.L2.get':
 * there is no actor ..."), in `arena`. Times are offsets from the clock: @+40ms; a later step without one has none. */
const char *schedule_read(const struct plan *plan, struct arena *arena, const char *text, struct schedule *out);

#endif
