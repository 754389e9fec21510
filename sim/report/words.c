#include "report/report.h"

#include "base/check.h"

#include <inttypes.h>

void words_time(const struct plan *plan, int64_t instant_us, struct text *out)
{
    const struct civil civil = zone_civil(plan->system->zone, instant_us);
    text_printf(out, "%02d:%02d:%02d.%06d", civil.hour, civil.minute, civil.second, civil.microsecond);
}

void words_instant(const struct plan *plan, int64_t instant_us, bool fraction, struct text *out)
{
    enum { DATE_LENGTH = 10 };
    const size_t start = out->length;
    zone_format(plan->system->zone, instant_us, fraction, out);
    check(out->data[start + DATE_LENGTH] == ' ');
    out->data[start + DATE_LENGTH] = 'T';
}

void words_kind(enum step_kind kind, struct text *out)
{
    for (const char *at = step_kind_name(kind == STEP_FORGET_LISTED ? STEP_FORGET : kind); *at != '\0'; at++) {
        const char letter = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
        text_add(out, &letter, 1);
    }
}

uint32_t words_iteration(const struct step_record *record)
{
    const bool loops = record->step->kind == STEP_FORGET_LISTED ||
                       (record->step->kind == STEP_FORGET && record->step->repeat > 1 && record->key != MODEL_NONE);
    return loops ? record->iteration + 1 : 0;
}

void words_slot(const struct plan *plan, uint32_t slot, bool date, struct text *out)
{
    const struct civil civil = zone_civil(plan->system->zone, plan->slots[slot].starts_us);
    if (date) {
        text_printf(out, "%04d-%02d-%02d ", civil.year, civil.month, civil.day);
    }
    text_printf(out, "%02d:%02d", civil.hour, civil.minute);
}

void words_value(const struct plan *plan, uint32_t value_number, struct text *out)
{
    enum { LISTED_MAX = 3 };
    const struct value *value = plan_value(plan, value_number);
    const struct range *range = &plan->ranges.items[value->range];
    const uint32_t taken = range->count - value->free_count;
    if (range->count == 0) {
        text_puts(out, "no slots");
        return;
    }
    if (taken == 0) {
        text_printf(out, "all %" PRIu32 " free", range->count);
        return;
    }
    if (value->free_count == 0) {
        text_printf(out, "none of %" PRIu32 " free", range->count);
        return;
    }
    text_printf(out, "%" PRIu32 " of %" PRIu32 " free", value->free_count, range->count);
    const bool list_free = value->free_count < taken;
    if ((list_free ? value->free_count : taken) > LISTED_MAX) {
        return;
    }
    text_puts(out, list_free ? ":" : ", not");
    for (uint32_t i = 0; i < range->count; i++) {
        if (value_is_free(value, range, range->first + i) == list_free) {
            text_puts(out, " ");
            words_slot(plan, range->first + i, range->day_from != range->day_to, out);
        }
    }
}

void words_age(int64_t age_us, struct text *out)
{
    if (age_us == AGE_NEVER_TRUE) {
        text_puts(out, "never true");
    } else {
        text_duration(out, age_us);
        text_puts(out, " old");
    }
}

const char *words_phantom(enum phantom phantom)
{
    return phantom == PHANTOM_FREE ? "phantom-free" : "phantom-busy";
}

const char *words_served_by(const struct plan *plan, uint32_t layer)
{
    return layer == MODEL_NONE ? "upstream" : plan->system->layers[layer].name;
}

const char *words_outcome(enum step_outcome outcome)
{
    static const char *const names[] = {"done", "hit", "miss", "refused", "absent", "skipped"};
    return names[outcome];
}

const char *words_status(enum case_status status)
{
    static const char *const names[] = {"ok", "failed", "error"};
    return names[status];
}

void words_chain(const struct plan *plan, const struct evidence *evidence, struct text *out)
{
    for (uint32_t i = evidence->hop_count; i-- > 0;) {
        const struct hop *hop = &evidence->hops[i];
        text_printf(out, "%s %s put by %s at ", plan->system->layers[hop->layer].name,
                    interned_string(&plan->keys, hop->key), plan->actors.items[hop->actor].name);
        words_time(plan, hop->put_us, out);
        text_puts(out, " <- ");
    }
    text_printf(out, "snapshot by %s at ", plan->actors.items[evidence->snapshot_actor].name);
    words_time(plan, evidence->snapshot_us, out);
}

void words_paint(struct text *out, bool color, enum paint paint, const char *string)
{
    static const char *const codes[] = {"", "\033[31m", "\033[32m", "\033[33m", "\033[2m", "\033[1m"};
    if (color && paint != PAINT_NONE) {
        text_printf(out, "%s%s\033[0m", codes[paint], string);
    } else {
        text_puts(out, string);
    }
}
