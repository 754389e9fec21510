#include "engine/promela.h"

#include "engine/promela_tables.h"

#include <inttypes.h>

#include "base/poison.h"

/* What happens to a slot (@), and what is said of it. Arrays cannot be handed to an inline, so each slot has its own.
 */
static const char once[] = /* For one that a single commit can change: no order of changes. */
    "\ninline change_@(commit)\n"
    "{\n"
    "    if :: open_@[db] != open_@[db_after] -> who_@ = 1 << commit :: else fi\n"
    "}\n"
    "inline judge_@(says)\n"
    "{\n"
    "    if\n"
    "    :: says != 2 && says != open_@[db] && (who_@ == 0 || (who_@ & known) != 0) -> stale_read = 1\n"
    "    :: else\n"
    "    fi\n"
    "}\n";

/* Ranks: how many changes of the slot were acknowledged when that one had been. Judged backwards, from the present to
 * the newest change that was acknowledged before the question (`known`): it must have been as said at some time. */
static const char often[] =
    "\ninline change_@(commit)\n"
    "{\n"
    "    if\n"
    "    :: open_@[db] != open_@[db_after] ->\n"
    "       who_@ = who_@ | (1 << commit); made_@[count_@] = commit + 1; count_@++\n"
    "    :: else\n"
    "    fi\n"
    "}\n"
    "inline acknowledge_@(commits)\n"
    "{\n"
    "    ranked = 0; at = 0;\n"
    "    do\n"
    "    :: at < count_@ ->\n"
    "       if\n"
    "       :: rank_@[at] != 0 || (commits & (1 << (made_@[at] - 1))) != 0 -> ranked++\n"
    "       :: else\n"
    "       fi;\n"
    "       at++\n"
    "    :: else -> break\n"
    "    od;\n"
    "    at = 0;\n"
    "    do\n"
    "    :: at < count_@ ->\n"
    "       if\n"
    "       :: rank_@[at] == 0 && (commits & (1 << (made_@[at] - 1))) != 0 -> rank_@[at] = ranked\n"
    "       :: else\n"
    "       fi;\n"
    "       at++\n"
    "    :: else -> break\n"
    "    od\n"
    "}\n"
    "inline judge_@(says)\n"
    "{\n"
    "    open_then = open_@[db]; at = count_@;\n"
    "    do\n"
    "    :: says == 2 || says == open_then -> break\n"
    "    :: else ->\n"
    "       if\n"
    "       :: at == 0 -> stale_read = 1; break\n"
    "       :: else ->\n"
    "          at--;\n"
    "          if\n"
    "          :: ((1 << (made_@[at] - 1)) & known) != 0 -> stale_read = 1; break\n"
    "          :: else -> open_then = !open_then\n"
    "          fi\n"
    "       fi\n"
    "    od\n"
    "}\n";

static const char list[] = "\ninline list(key_bit, key)\n"
                           "{\n"
                           "    if :: key != 0 -> listed = listed | key_bit :: else fi\n"
                           "}\n";

static void write_inlines(const struct promela *model)
{
    struct text *out = model->out;
    for (size_t i = 0; i < model->slots.count; i++) {
        for (const char *c = promela_changes_once(model, i) ? once : often; *c != '\0'; c++) {
            if (*c == '@') {
                text_printf(out, "%zu", i);
            } else {
                text_add(out, c, 1);
            }
        }
    }
    text_puts(out, list);
}

static const char *unsigned_type(size_t max)
{
    return max <= UINT8_MAX ? "byte" : "short";
}

static void write_numbers(struct text *out, const uint32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_printf(out, "%s%" PRIu32, i == 0 ? " = {" : ", ", numbers[i]);
    }
    text_puts(out, "};\n");
}

static void write_flags(struct text *out, const char *name, uint32_t number, const uint8_t *flags, size_t count)
{
    text_printf(out, "hidden byte %s_%" PRIu32 "[%zu]", name, number, count);
    for (size_t i = 0; i < count; i++) {
        text_printf(out, "%s%u", i == 0 ? " = {" : ", ", flags[i]);
    }
    text_puts(out, "};\n");
}

/* What the store answers, by number of its state. */
static void write_store(const struct promela *model)
{
    struct text *out = model->out;
    const size_t states = model->states.count;
    text_puts(out, "\n/* By state of the database: the state behind each operation, and whether it is done. */\n");
    for (uint32_t i = 0; i < model->calls.count; i++) {
        text_printf(out, "hidden short next_%" PRIu32 "[%zu]", i, states);
        write_numbers(out, model->calls.items[i].next, states);
        write_flags(out, "done", i, model->calls.items[i].changed, states);
    }
    text_puts(out, "\n/* By state of the database: is a slot free? */\n");
    for (uint32_t i = 0; i < model->slots.count; i++) {
        uint8_t *is_free = ARENA_ARRAY(model->arena, uint8_t, states);
        for (uint32_t s = 0; s < states; s++) {
            is_free[s] = promela_is_free(model, s, model->slots.items[i]);
        }
        write_flags(out, "open", i, is_free, states);
    }
    text_puts(out, "\n/* By state of the database: what the upstream answers for a range of dates. */\n");
    for (uint32_t i = 0; i < model->ranges.count; i++) {
        text_printf(out, "hidden %s answer_%" PRIu32 "[%zu]", unsigned_type(model->values.count), i, states);
        write_numbers(out, model->ranges.items[i].value_at, states);
    }
}

static void write_answers(const struct promela *model)
{
    struct text *out = model->out;
    const struct plan *plan = model->plan;
    const size_t count = model->values.count + 1;
    uint32_t number = 0;
    text_puts(
        out,
        "\n/* By value: what an answer says of each slot (2: nothing), whether it says what was never so, whether\n"
        " * something is free in the window asked for, and the slot that the actor wants. */\n");
    for (uint32_t a = 0; a < plan->actors.count; a++) {
        const struct program *program = &plan->actors.items[a].program;
        for (uint32_t i = 0; i < program->count; i++) {
            if (program->steps[i].kind != STEP_ANSWER) {
                continue;
            }
            const struct promela_answer answer = promela_answer(model, a, &program->steps[i]);
            for (uint32_t slot = 0; slot < model->slots.count; slot++) {
                write_flags(out, arena_printf(model->arena, "says_%" PRIu32, number), slot, answer.says[slot], count);
            }
            write_flags(out, "wrong", number, answer.wrong, count);
            write_flags(out, "any_free", number, answer.any_free, count);
            write_flags(out, "offers", number, answer.offers, count);
            number++;
        }
    }
}

static void write_state(const struct promela *model)
{
    struct text *out = model->out;
    text_printf(out, "\n#define SET %s\n#define VALUE %s\n\n", model->commit_count <= 8 ? "byte" : "short",
                unsigned_type(model->values.count));
    text_printf(out, "%s db;\nSET acknowledged;\n", unsigned_type(model->states.count));
    for (size_t i = 0; i < model->slots.count; i++) {
        const int commits = __builtin_popcount(model->slot_commits[i]);
        text_printf(out, "SET who_%zu; /* slot %" PRIu32 " */\n", i, model->slots.items[i]);
        if (commits > 1) {
            text_printf(out, "byte made_%zu[%d], rank_%zu[%d], count_%zu;\n", i, commits, i, commits, i);
        }
    }
    for (uint32_t key = 0; key < model->key_count; key++) {
        if (model->putable[key]) {
            text_printf(out, "VALUE key_%" PRIu32 "; SET seen_%" PRIu32 ", hit_%" PRIu32 "; /* %s */\n", key, key, key,
                        interned_string(&model->plan->keys, key));
        }
        for (uint32_t layer = 0; layer < model->plan->system->layer_count; layer++) {
            if (promela_is_got(model, layer, key)) {
                text_printf(out, "SET gone_%" PRIu32 "_%" PRIu32 ";\n", key, layer);
            }
        }
    }
    for (uint32_t a = 0; a < model->plan->actors.count; a++) {
        if (model->plan->actors.items[a].parent != MODEL_NONE) {
            text_printf(out, "bit sent_%" PRIu32 ";\n", a);
        }
    }
    text_puts(out, "\n/* For the step under way only. */\n"
                   "hidden byte at, ranked, open_then, stale_read;\nhidden short db_after;\n");
}

const char *promela_write(struct plan *plan, struct arena *arena, bool expiry, struct text *out)
{
    struct promela model = {.plan = plan, .arena = arena, .out = out, .expiry = expiry};
    const size_t before = out->length;
    promela_tabulate(&model);
    if (model.problem == NULL) {
        text_printf(out, "/* %s\n * Written by slotrace: see sim/engine/promela.h. */\n", plan->title);
        write_store(&model);
        write_answers(&model);
        write_state(&model);
        write_inlines(&model);
        for (uint32_t a = 0; a < plan->actors.count && model.problem == NULL; a++) {
            promela_write_process(&model, a);
        }
    }
    if (model.problem != NULL && out->length > before) {
        out->length = before;
        out->data[before] = '\0';
    }
    return model.problem;
}
