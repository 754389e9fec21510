/* What a step did, in words. */
#include "report/report.h"

#include <inttypes.h>

static void add_booked(const struct plan *plan, const struct step_record *record, struct text *line)
{
    const struct actor *actor = &plan->actors.items[record->actor];
    text_printf(line, "booking %s", actor->booking);
    if (actor->old_slot != MODEL_NONE) {
        text_puts(line, " of ");
        words_slot(plan, actor->old_slot, true, line);
    }
    if (actor->slot != MODEL_NONE && actor->slot != actor->old_slot) {
        text_puts(line, actor->old_slot == MODEL_NONE ? " at " : " to ");
        words_slot(plan, actor->slot, true, line);
    }
    if (record->outcome == OUTCOME_REFUSED) {
        text_puts(line, ": REFUSED by the upstream");
    } else if (record->version != 0) {
        text_printf(line, ": upstream version %" PRIu32, record->version);
    } else {
        text_puts(line, ": no slot changes");
    }
}

void words_effect(const struct plan *plan, const struct step_record *record, struct text *out)
{
    const char *key = record->key == MODEL_NONE ? "" : interned_string(&plan->keys, record->key);
    switch (record->step->kind) {
    case STEP_GET:
        text_printf(out, "%s  %s", key, record->outcome == OUTCOME_HIT ? "hit: " : "miss");
        if (record->outcome == OUTCOME_HIT) {
            words_value(plan, record->value, out);
        }
        break;
    case STEP_PUT:
        text_printf(out, "%s  ", key);
        words_value(plan, record->value, out);
        text_puts(out, ", for ");
        text_duration(out, record->ttl_us);
        break;
    case STEP_SNAPSHOT:
    case STEP_RESPONSE:
    case STEP_ANSWER: words_value(plan, record->value, out); break;
    case STEP_COMMIT: add_booked(plan, record, out); break;
    case STEP_REPLY: text_puts(out, record->outcome == OUTCOME_REFUSED ? "refused" : "accepted"); break;
    case STEP_MIRROR: text_puts(out, record->outcome == OUTCOME_REFUSED ? "no row to change" : "row written"); break;
    case STEP_FORGET:
    case STEP_FORGET_LISTED:
        if (record->key == MODEL_NONE) {
            text_printf(out, "%" PRIu32 " keys at once", record->count);
        } else {
            text_printf(out, "%s  %s", key, record->outcome == OUTCOME_ABSENT ? "was not there" : "deleted");
        }
        break;
    case STEP_LIST:
        text_printf(out, "%s  %" PRIu32 " key%s", plan->forgets.items[record->step->forget].pattern, record->count,
                    record->count == 1 ? "" : "s");
        break;
    case STEP_SEND: text_printf(out, "to %s", plan->actors.items[record->child].name); break;
    case STEP_CHOOSE: text_puts(out, record->outcome == OUTCOME_SKIPPED ? "not offered: hangs up" : "books"); break;
    default: break;
    }
}
