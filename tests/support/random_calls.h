/* A small calendar and random calls on it, for a store and for its reference. */
#ifndef SLOTRACE_TESTS_RANDOM_CALLS_H
#define SLOTRACE_TESTS_RANDOM_CALLS_H

#include "base/random.h"
#include "support/reference.h"
#include "world/store.h"

/* Half hours of h0 and h1, hours of h1 and h2, hours and a half of all three, on one morning. */
struct reference_calendar random_calendar(struct store *store);
struct reference_call random_call(struct random_stream *stream, uint32_t slot_count);
uint32_t random_call_number(struct store *store, const struct reference_call *call);
/* Seeding the same booking twice would be an SQL error: scenarios seed each once. */
bool random_call_allowed(const struct reference *reference, const struct reference_call *call);

#endif
