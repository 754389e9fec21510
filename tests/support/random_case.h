/* Random small systems with a calendar and actors, all from one seed.
 *
 * The draws are statements of their own: the order in which arguments are evaluated is not defined.
 * One to three nested layers with keys of several formats (some that questions share by mistake), readers, entry points
 * and customer actions with random deletions, one to three writers, one to six readers, pins, holds. At most 64 slots.
 */
#ifndef SLOTRACE_TESTS_RANDOM_CASE_H
#define SLOTRACE_TESTS_RANDOM_CASE_H

#include "base/map.h"
#include "base/random.h"
#include "support/build.h"
#include "support/reference.h"

struct random_case {
    struct build build;
    struct random_stream stream;
    struct reference_calendar calendar; /* Slots as the plan numbers them, event types too. */
    struct reference initial;           /* After the bookings that exist at the start. */
    struct interner bookings;           /* Names to the reference's numbers. */
    int first_day;                      /* Of the calendar, counted from BUILD_DAY, */
    int wanted_day;                     /* and the one that most are after. */
    uint32_t readers[6], reader_count;
    uint32_t creators[2], movers[2], cancellers[2]; /* By API, in the widget. */
};

void random_case_open(struct random_case *it, uint64_t seed);
void random_case_close(struct random_case *it);

#endif
