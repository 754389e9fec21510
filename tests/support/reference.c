#include "support/reference.h"

#include "cmocka_all.h"

static bool overlap(const struct reference_place *place, const struct reference_slot *slot)
{
    return place->starts_us < slot->ends_us && slot->starts_us < place->ends_us;
}

/* Can `host` take `slot`, apart from what `booking` holds there? */
static bool host_is_free(const struct reference *reference, const struct reference_slot *slot, uint32_t host,
                         uint32_t booking)
{
    if ((slot->hosts >> host & 1U) == 0) {
        return false;
    }
    for (uint32_t i = 0; i < REFERENCE_BOOKINGS_MAX; i++) {
        const struct reference_booking *other = &reference->bookings[i];
        if (i != booking && other->status == BOOKING_ACCEPTED && other->place.host == host &&
            overlap(&other->place, slot)) {
            return false;
        }
    }
    return true;
}

/* The first host that can take `slot`, or REFERENCE_HOSTS_MAX. */
static uint32_t first_host(const struct reference *reference, const struct reference_slot *slot, uint32_t booking)
{
    uint32_t host = 0;
    while (host < REFERENCE_HOSTS_MAX && !host_is_free(reference, slot, host, booking)) {
        host++;
    }
    return host;
}

bool reference_is_free(const struct reference *reference, const struct reference_calendar *calendar, uint32_t slot)
{
    return first_host(reference, &calendar->slots[slot], REFERENCE_BOOKINGS_MAX) < REFERENCE_HOSTS_MAX;
}

uint64_t reference_free_slots(const struct reference *reference, const struct reference_calendar *calendar)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < calendar->slot_count; i++) {
        bits |= (uint64_t)reference_is_free(reference, calendar, i) << i;
    }
    return bits;
}

static bool is_active(const struct reference_appointment *appointment)
{
    return appointment->status == APPOINTMENT_SCHEDULED || appointment->status == APPOINTMENT_RESCHEDULED;
}

uint32_t reference_double_bookings(const struct reference *reference)
{
    uint32_t pairs = 0;
    for (uint32_t i = 0; i < REFERENCE_BOOKINGS_MAX; i++) {
        for (uint32_t j = i + 1; j < REFERENCE_BOOKINGS_MAX; j++) {
            const struct reference_appointment *a = &reference->appointments[i];
            const struct reference_appointment *b = &reference->appointments[j];
            pairs += is_active(a) && is_active(b) && a->place.host == b->place.host &&
                     a->place.starts_us < b->place.ends_us && b->place.starts_us < a->place.ends_us;
        }
    }
    return pairs;
}

uint32_t reference_mirror_differences(const struct reference *reference)
{
    uint32_t differences = 0;
    for (uint32_t i = 0; i < REFERENCE_BOOKINGS_MAX; i++) {
        const struct reference_booking *booking = &reference->bookings[i];
        const struct reference_appointment *appointment = &reference->appointments[i];
        const bool same = booking->place.starts_us == appointment->place.starts_us &&
                          booking->place.ends_us == appointment->place.ends_us &&
                          booking->place.host == appointment->place.host;
        if (booking->status == BOOKING_ACCEPTED) {
            differences += !(is_active(appointment) && same);
        } else if (booking->status == BOOKING_CANCELLED) {
            differences += is_active(appointment);
        }
    }
    return differences;
}

const char *reference_operation_name(enum reference_operation operation)
{
    static const char *const names[REFERENCE_OPERATION_COUNT] = {
        [REFERENCE_SEED] = "seed.upstream",
        [REFERENCE_SEED_APPOINTMENT] = "seed.appointment",
        [REFERENCE_CREATE] = "upstream.create",
        [REFERENCE_RESCHEDULE] = "upstream.reschedule",
        [REFERENCE_CANCEL] = "upstream.cancel",
        [REFERENCE_SEND] = "webhook.send",
        [REFERENCE_RECEIVE] = "webhook.receive",
        [REFERENCE_INSERT] = "appointment.insert",
        [REFERENCE_UPSERT] = "appointment.upsert",
        [REFERENCE_MOVE] = "appointment.move",
        [REFERENCE_CANCEL_APPOINTMENT] = "appointment.cancel",
    };
    return names[operation];
}

static void tell(struct reference *reference, uint32_t recipient, uint32_t booking, uint32_t kind)
{
    reference->inbox[recipient] = (struct reference_message){.kind = kind,
                                                             .booking = booking,
                                                             .booking_status = reference->bookings[booking].status,
                                                             .place = reference->bookings[booking].place};
}

static bool book(struct reference *reference, const struct reference_slot *slot, const struct reference_call *call)
{
    const bool seed = call->operation == REFERENCE_SEED;
    uint32_t host = first_host(reference, slot, call->booking);
    if (seed && call->host < REFERENCE_HOSTS_MAX) {
        host = host_is_free(reference, slot, call->host, call->booking) ? call->host : REFERENCE_HOSTS_MAX;
    }
    if (reference->bookings[call->booking].status != BOOKING_ABSENT || host == REFERENCE_HOSTS_MAX) {
        return false;
    }
    reference->bookings[call->booking] = (struct reference_booking){
        .status = BOOKING_ACCEPTED, .place = {slot->starts_us, slot->ends_us, slot->event_type, host}};
    if (!seed) {
        tell(reference, call->recipient, call->booking, MESSAGE_REPLY);
    }
    return true;
}

static bool move(struct reference *reference, const struct reference_slot *slot, const struct reference_call *call)
{
    struct reference_booking *booking = &reference->bookings[call->booking];
    const uint32_t first = first_host(reference, slot, call->booking);
    if (booking->status != BOOKING_ACCEPTED || first == REFERENCE_HOSTS_MAX) {
        return false;
    }
    const bool stays = host_is_free(reference, slot, booking->place.host, call->booking);
    booking->place =
        (struct reference_place){slot->starts_us, slot->ends_us, slot->event_type, stays ? booking->place.host : first};
    tell(reference, call->recipient, call->booking, MESSAGE_REPLY);
    return true;
}

static bool cancel(struct reference *reference, const struct reference_call *call)
{
    if (reference->bookings[call->booking].status != BOOKING_ACCEPTED) {
        return false;
    }
    reference->bookings[call->booking].status = BOOKING_CANCELLED;
    tell(reference, call->recipient, call->booking, MESSAGE_REPLY);
    return true;
}

static bool seed_appointment(struct reference *reference, const struct reference_call *call)
{
    const struct reference_booking *booking = &reference->bookings[call->booking];
    if (booking->status == BOOKING_ABSENT) {
        return false;
    }
    reference->appointments[call->booking] = (struct reference_appointment){.status = APPOINTMENT_SCHEDULED,
                                                                            .event_type = booking->place.event_type,
                                                                            .appointment_id = call->appointment_id,
                                                                            .place = booking->place};
    reference->appointments[call->booking].place.event_type = 0;
    return true;
}

/* What a message says goes into the mirror. The row keeps its id and event type; `place` has no event type. */
static bool mirror(struct reference *reference, const struct reference_call *call)
{
    const struct reference_message *message = &reference->inbox[call->recipient];
    struct reference_appointment *row = &reference->appointments[message->booking];
    if (message->kind == MESSAGE_ABSENT) {
        return false;
    }
    const bool missing = row->status == APPOINTMENT_ABSENT;
    if (call->operation == REFERENCE_CANCEL_APPOINTMENT) {
        row->status = missing ? APPOINTMENT_ABSENT : APPOINTMENT_CANCELLED;
        return !missing;
    }
    if (call->operation == REFERENCE_INSERT && !missing) {
        return false;
    }
    if (missing) {
        row->appointment_id = call->appointment_id;
        row->event_type = message->place.event_type;
    }
    row->status = call->operation == REFERENCE_MOVE ? APPOINTMENT_RESCHEDULED : APPOINTMENT_SCHEDULED;
    row->place = message->place;
    row->place.event_type = 0;
    return true;
}

bool reference_apply(struct reference *reference, const struct reference_calendar *calendar,
                     const struct reference_call *call)
{
    const struct reference_slot *slot = &calendar->slots[call->slot];
    struct reference_message *message = &reference->inbox[call->recipient];
    switch (call->operation) {
    case REFERENCE_SEED:
    case REFERENCE_CREATE: return book(reference, slot, call);
    case REFERENCE_RESCHEDULE: return move(reference, slot, call);
    case REFERENCE_CANCEL: return cancel(reference, call);
    case REFERENCE_SEED_APPOINTMENT: return seed_appointment(reference, call);
    case REFERENCE_SEND:
        if (reference->bookings[call->booking].status == BOOKING_ABSENT) {
            return false;
        }
        tell(reference, call->recipient, call->booking, MESSAGE_SENT);
        return true;
    case REFERENCE_RECEIVE:
        if (message->kind == MESSAGE_ABSENT) {
            return false;
        }
        message->kind = message->kind == MESSAGE_REPLY ? MESSAGE_REPLY : MESSAGE_RECEIVED;
        return true;
    default: return mirror(reference, call);
    }
}
