#include "support/random_calls.h"

#include "support/build.h"

struct reference_calendar random_calendar(struct store *store)
{
    static const struct {
        const char *event_type;
        int minutes, count;
        uint32_t hosts;
    } types[] = {{"A", 30, 8, 3}, {"B", 60, 4, 6}, {"C", 90, 2, 7}};
    struct reference_calendar random = {.slot_count = 0};
    for (uint32_t type = 0; type < COUNT(types); type++) {
        for (int i = 0; i < types[type].count; i++) {
            const int64_t length_us = types[type].minutes * US_PER_MINUTE;
            const int64_t starts_us = BUILD_DAY * US_PER_DAY + 9 * US_PER_HOUR + i * length_us;
            const uint32_t slot = store_add_slot(store, types[type].event_type, starts_us, starts_us + length_us);
            random.slots[random.slot_count++] =
                (struct reference_slot){type, starts_us, starts_us + length_us, types[type].hosts};
            for (uint32_t host = 0; host < 3; host++) {
                const char name[] = {'h', (char)('0' + host), 0};
                if ((types[type].hosts >> host & 1U) != 0) {
                    store_add_host(store, slot, name);
                }
            }
        }
    }
    return random;
}

struct reference_call random_call(struct random_stream *stream, uint32_t slot_count)
{
    /* One after the other: the order of evaluation in an initializer is not defined. */
    struct reference_call call = {.host = REFERENCE_HOSTS_MAX};
    call.operation = (enum reference_operation)random_between(stream, 0, REFERENCE_OPERATION_COUNT - 1);
    call.slot = (uint32_t)random_between(stream, 0, slot_count - 1);
    call.booking = (uint32_t)random_between(stream, 0, 7);
    call.recipient = (uint32_t)random_between(stream, 0, 5);
    if (random_between(stream, 0, 1) == 1) {
        call.host = (uint32_t)random_between(stream, 0, 2);
    }
    call.appointment_id = random_between(stream, 1, 2);
    return call;
}

uint32_t random_call_number(struct store *store, const struct reference_call *call)
{
    static const char *const bookings[] = {"b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"};
    static const char *const actors[] = {"r0", "r1", "r2", "r3", "r4", "r5"};
    static const char *const hosts[] = {"h0", "h1", "h2", NULL, NULL};
    const char *event_type = call->slot < 8 ? "A" : (call->slot < 12 ? "B" : "C");
    const struct store_call it = {.operation = store_operation(store, reference_operation_name(call->operation)),
                                  .slot = call->slot,
                                  .appointment_id = call->appointment_id,
                                  .actor = actors[call->recipient],
                                  .recipient = actors[call->recipient],
                                  .booking = bookings[call->booking],
                                  .source = "phone",
                                  .event_type = event_type,
                                  .host = hosts[call->host]};
    return store_call(store, &it);
}

bool random_call_allowed(const struct reference *reference, const struct reference_call *call)
{
    switch (call->operation) {
    case REFERENCE_SEED: return reference->bookings[call->booking].status == BOOKING_ABSENT;
    case REFERENCE_SEED_APPOINTMENT: return reference->appointments[call->booking].status == APPOINTMENT_ABSENT;
    default: return true;
    }
}
