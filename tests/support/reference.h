/* The rules of fixtures/sql/ once more, in C and without SQL: what tests hold the store against.
 *
 * Everything is in fixed arrays of plain bytes, so that two references are equal iff memcmp says so. Hosts are numbered
 * in the order of their names. Bookings and recipients are numbers; their meaning is up to the test. */
#ifndef SLOTRACE_TESTS_REFERENCE_H
#define SLOTRACE_TESTS_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

enum { REFERENCE_SLOTS_MAX = 64, REFERENCE_BOOKINGS_MAX = 16, REFERENCE_RECIPIENTS_MAX = 64, REFERENCE_HOSTS_MAX = 4 };

/* The calendar: never changes. */
struct reference_slot {
    uint32_t event_type;
    int64_t starts_us, ends_us;
    uint32_t hosts; /* Bit by host. */
};

struct reference_calendar {
    struct reference_slot slots[REFERENCE_SLOTS_MAX];
    uint32_t slot_count;
};

struct reference_place {
    int64_t starts_us, ends_us;
    uint32_t event_type, host;
};

struct reference {
    struct reference_booking {
        enum { BOOKING_ABSENT, BOOKING_ACCEPTED, BOOKING_CANCELLED } status;
        uint32_t unused; /* No padding. */
        struct reference_place place;
    } bookings[REFERENCE_BOOKINGS_MAX];
    struct reference_message {
        enum { MESSAGE_ABSENT, MESSAGE_REPLY, MESSAGE_SENT, MESSAGE_RECEIVED } kind;
        uint32_t booking;
        uint32_t booking_status, unused;
        struct reference_place place;
    } inbox[REFERENCE_RECIPIENTS_MAX];
    struct reference_appointment {
        enum { APPOINTMENT_ABSENT, APPOINTMENT_SCHEDULED, APPOINTMENT_RESCHEDULED, APPOINTMENT_CANCELLED } status;
        uint32_t event_type;
        int64_t appointment_id;
        struct reference_place place;
    } appointments[REFERENCE_BOOKINGS_MAX];
};

bool reference_is_free(const struct reference *reference, const struct reference_calendar *calendar, uint32_t slot);
uint64_t reference_free_slots(const struct reference *reference, const struct reference_calendar *calendar);
uint32_t reference_double_bookings(const struct reference *reference);
uint32_t reference_mirror_differences(const struct reference *reference);

enum reference_operation {
    REFERENCE_SEED, /* Of the upstream; `host` REFERENCE_HOSTS_MAX: the first that is free. */
    REFERENCE_SEED_APPOINTMENT,
    REFERENCE_CREATE,
    REFERENCE_RESCHEDULE,
    REFERENCE_CANCEL,
    REFERENCE_SEND,
    REFERENCE_RECEIVE,
    REFERENCE_INSERT,
    REFERENCE_UPSERT,
    REFERENCE_MOVE,
    REFERENCE_CANCEL_APPOINTMENT,
    REFERENCE_OPERATION_COUNT,
};

/* As operations.sql calls it. */
const char *reference_operation_name(enum reference_operation operation);

struct reference_call {
    enum reference_operation operation;
    uint32_t slot;
    uint32_t booking;
    uint32_t recipient; /* Who acts; SEND: to whom. */
    uint32_t host;      /* SEED */
    int64_t appointment_id;
};

/* true: it changed something. */
bool reference_apply(struct reference *reference, const struct reference_calendar *calendar,
                     const struct reference_call *call);

#endif
