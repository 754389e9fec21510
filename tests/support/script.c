#include "support/script.h"

#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static void on_read(void *context, const struct read_record *read)
{
    struct script *script = context;
    struct text *out = &script->verdicts;
    text_printf(out, "%s%s:", out->length == 0 ? "" : "; ", script->build->plan->actors.items[read->actor].name);
    script->last_read = *read;
    for (uint32_t i = 0; i < read->stale_count; i++) {
        const struct stale_slot *stale = &read->stale[i];
        script->last_stale = *stale;
        text_printf(out, "%s %s %u %s ", i == 0 ? "" : ",", stale->phantom == PHANTOM_FREE ? "free" : "busy",
                    stale->slot, cause_name(stale->cause));
        if (stale->age_us == AGE_NEVER_TRUE) {
            text_puts(out, "never");
        } else {
            text_duration(out, stale->age_us);
        }
    }
    text_puts(out, read->stale_count == 0 ? " fresh" : "");
}

struct script *script_new(struct build *build)
{
    struct script *script = ARENA_NEW(build->arena, struct script);
    *script = (struct script){.build = build, .now_us = build->clock_us};
    script->machine = machine_new(build->plan, build->arena, (struct observer){.context = script, .on_read = on_read});
    return script;
}

void script_free(struct script *script)
{
    text_free(&script->verdicts);
}

static void step(struct script *script, uint32_t actor)
{
    const struct actor_state *state = &script->machine->actors[actor];
    if (state->status != ACTOR_READY) {
        /* Deliveries are started by their senders. */
        assert_int_equal(script->build->plan->actors.items[actor].parent, MODEL_NONE);
        machine_start(script->machine, actor);
    }
    (void)machine_step(script->machine, actor, script->now_us);
    script->now_us += US_PER_SECOND;
}

static void pass(struct script *script, const char *word)
{
    char *unit = NULL;
    const int64_t amount = strtoll(word + 1, &unit, 10);
    script->now_us += amount * (strcmp(unit, "ms") == 0 ? US_PER_MS : US_PER_SECOND);
}

static void do_word(struct script *script, char *word)
{
    if (word[0] == '+') {
        pass(script, word);
        return;
    }
    const size_t length = strcspn(word, "*!");
    const char mark = word[length];
    word[length] = '\0';
    const uint32_t actor = plan_actor(script->build->plan, word);
    if (actor == MODEL_NONE) {
        fail_msg("no actor '%s'", word);
    }
    if (mark == '!') {
        do {
            step(script, actor);
        } while (script->machine->actors[actor].status == ACTOR_READY);
        return;
    }
    for (long i = mark == '*' ? strtol(word + length + 1, NULL, 10) : 1; i > 0; i--) {
        step(script, actor);
    }
}

void script_run(struct script *script, const char *words)
{
    char *copy = arena_copy_text(script->build->arena, words, strlen(words));
    char *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        do_word(script, word);
    }
}

const char *script_verdicts(struct build *build, const char *words)
{
    struct script *script = script_new(build);
    script_run(script, words);
    const char *verdicts = arena_copy_text(build->arena, text_string(&script->verdicts), script->verdicts.length);
    script_free(script);
    return verdicts;
}
