#include "scenario/resolve.h"

#include "base/check.h"

#include <string.h>

/* "+02:00" */
static const char *offset_text(const struct resolver *resolver, int64_t instant_us)
{
    const int32_t east_s = zone_offset_s(resolver->system->zone, instant_us);
    const int32_t minutes = (east_s < 0 ? -east_s : east_s) / 60;
    return arena_printf(resolver->arena, "%c%02d:%02d", east_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static bool resolve_civil(const struct resolver *resolver, const struct civil *civil, struct mark mark, int64_t *out_us)
{
    const struct zone *zone = resolver->system->zone;
    int64_t second_us = 0;
    switch (zone_instant(zone, civil, out_us, &second_us)) {
    case ZONE_LOCAL_UNIQUE: return true;
    case ZONE_LOCAL_GAP:
        diag_error(
            resolver->diags, mark, DIAG_BAD_TIME,
            "%04d-%02d-%02d %02d:%02d does not exist in %s: the clocks are put forward over it; write a time before "
            "or after that",
            civil->year, civil->month, civil->day, civil->hour, civil->minute, zone_name(zone));
        return false;
    case ZONE_LOCAL_AMBIGUOUS: break;
    }
    diag_error(resolver->diags, mark, DIAG_BAD_TIME,
               "%04d-%02d-%02d %02d:%02d happens twice in %s: the clocks are put back; write date, time and offset, "
               "%s (the first time) or %s",
               civil->year, civil->month, civil->day, civil->hour, civil->minute, zone_name(zone),
               offset_text(resolver, *out_us), offset_text(resolver, second_us));
    return false;
}

bool resolve_moment(const struct resolver *resolver, const struct moment *moment, struct mark mark, int64_t *out_us)
{
    bool fine = true;
    switch (moment->kind) {
    case MOMENT_OFFSET: *out_us = resolver->clock_us + moment->offset_us; break;
    case MOMENT_FIXED: *out_us = civil_utc_us(&moment->civil) - moment->offset_us; break;
    case MOMENT_LOCAL: fine = resolve_civil(resolver, &moment->civil, mark, out_us); break;
    case MOMENT_TIME: {
        struct civil civil = zone_civil(resolver->system->zone, resolver->clock_us);
        civil.hour = moment->civil.hour;
        civil.minute = moment->civil.minute;
        civil.second = moment->civil.second;
        civil.microsecond = moment->civil.microsecond;
        fine = resolve_civil(resolver, &civil, mark, out_us);
        break;
    }
    }
    if (fine && (*out_us < 0 || *out_us > INSTANT_MAX_US)) {
        diag_error(resolver->diags, mark, DIAG_BAD_TIME, "this is before the year 1970 or after 2200");
        fine = false;
    }
    return fine;
}

bool resolve_node(const struct resolver *resolver, const struct node *node, int64_t *out_us)
{
    struct moment moment;
    check(scalar_moment(node->text, &moment) == NULL);
    return resolve_moment(resolver, &moment, node->mark, out_us);
}

bool resolve_range(const struct resolver *resolver, const struct node *node, int64_t *low_us, int64_t *high_us)
{
    struct moment low;
    struct moment high;
    check(scalar_moment_range(node->text, &low, &high) == NULL);
    if (!resolve_moment(resolver, &low, node->mark, low_us) || !resolve_moment(resolver, &high, node->mark, high_us)) {
        return false;
    }
    if (*high_us < *low_us) {
        diag_error(resolver->diags, node->mark, DIAG_BAD_TIME, "'%s' ends before it begins", node->text);
        return false;
    }
    return true;
}

bool resolve_days(const struct resolver *resolver, const struct node *node, int64_t *low_us, int64_t *high_us)
{
    int32_t from = 0;
    int32_t to = 0;
    check(scalar_date_range(node->text, &from, &to) == NULL);
    const struct civil first = civil_from_day(from);
    struct civil last = civil_from_day(to);
    last.hour = 23;
    last.minute = 59;
    int64_t second_us = 0;
    (void)zone_instant(resolver->system->zone, &first, low_us, &second_us);
    (void)zone_instant(resolver->system->zone, &last, &second_us, high_us);
    return true;
}

void resolve_fields(const struct resolver *resolver, const struct node *mapping, const struct schema *schema)
{
    const struct system *system = resolver->system;
    const size_t known_count = schema->field_count + system->field_count;
    const char **known = ARENA_ARRAY(resolver->arena, const char *, known_count);
    size_t count = 0;
    for (size_t i = 0; i < schema->field_count; i++) {
        known[count++] = schema->fields[i].name;
    }
    for (uint32_t i = 1; i < system->field_count; i++) {
        known[count++] = system->fields[i];
    }
    for (size_t i = 0; i < mapping->count; i++) {
        bool found = false;
        for (size_t k = 0; k < count && !found; k++) {
            found = strcmp(known[k], mapping->keys[i]->text) == 0;
        }
        if (!found) {
            diag_error(resolver->diags, mapping->keys[i]->mark, DIAG_UNKNOWN_KEY, "unknown key '%s' in %s%s",
                       mapping->keys[i]->text, schema->what,
                       diag_suggest(resolver->arena, "allowed", mapping->keys[i]->text, known, count));
        }
    }
}

const char *resolve_field(const struct node *mapping, const char *field, bool *said)
{
    const struct node *value = node_get(mapping, field);
    *said = value != NULL;
    if (value == NULL || (!value->quoted && strcmp(value->text, "none") == 0)) {
        return NULL;
    }
    return value->text;
}

static void report_no_event_type(const struct resolver *resolver, const struct plan *plan, const char *event_type,
                                 struct mark mark)
{
    const char **names = ARENA_ARRAY(resolver->arena, const char *, plan->event_types.count);
    for (uint32_t i = 0; i < plan->event_types.count; i++) {
        names[i] = interned_string(&plan->event_types, i);
    }
    if (event_type == NULL) {
        diag_error(resolver->diags, mark, DIAG_UNKNOWN_NAME, "without an event type there is no slot to find");
        return;
    }
    diag_error(resolver->diags, mark, DIAG_UNKNOWN_NAME, "the calendar has no slots of event type '%s'%s", event_type,
               diag_suggest(resolver->arena, "event types", event_type, names, plan->event_types.count));
}

uint32_t resolve_slot(const struct resolver *resolver, const struct plan *plan, const char *event_type,
                      const struct node *node)
{
    int64_t starts_us = 0;
    if (!resolve_node(resolver, node, &starts_us)) {
        return MODEL_NONE;
    }
    const uint32_t slot = plan_slot(plan, event_type, starts_us);
    if (slot != MODEL_NONE) {
        return slot;
    }
    int64_t nearest_us = INT64_MAX;
    struct text nearest = {0};
    for (uint32_t i = 0; i < plan->slot_count; i++) {
        const char *type = interned_string(&plan->event_types, plan->slots[i].event_type);
        const int64_t away_us = plan->slots[i].starts_us - starts_us;
        if (text_equal(type, event_type) && (away_us < 0 ? -away_us : away_us) < nearest_us) {
            nearest_us = away_us < 0 ? -away_us : away_us;
            text_clear(&nearest);
            zone_format(plan->system->zone, plan->slots[i].starts_us, false, &nearest);
        }
    }
    if (nearest_us == INT64_MAX) {
        report_no_event_type(resolver, plan, event_type, node->mark);
    } else {
        diag_error(resolver->diags, node->mark, DIAG_UNKNOWN_NAME,
                   "event type %s has no slot that starts at '%s'; the nearest one starts at %.16s", event_type,
                   node->text, text_string(&nearest));
    }
    text_free(&nearest);
    return MODEL_NONE;
}
