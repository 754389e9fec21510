/* What becomes of the value that a reader holds: which days it will be judged on, and whether it is put anywhere.
 *
 * A value speaks of the dates that it was asked for. Under a key that questions share it is also judged on the dates of
 * whoever else finds it there: on these, too, it matters which commits it comes after. */
#include "engine/space.h"

#include "base/poison.h"

static bool add_bits(struct bits *into, const struct bits *from)
{
    bool grown = false;
    for (int i = 0; i < SPACE_WORDS; i++) {
        grown = grown || (from->words[i] & ~into->words[i]) != 0;
        into->words[i] |= from->words[i];
    }
    return grown;
}

struct bits space_days(const struct space *space, int32_t from, int32_t to)
{
    struct bits bits = {0};
    for (uint32_t i = 0; i < space->day_count; i++) {
        if (from <= space->days[i] && space->days[i] <= to) {
            const uint32_t bit = space->truth_bit + i;
            bits.words[bit / 64] |= UINT64_C(1) << (bit % 64);
        }
    }
    return bits;
}

/* Backwards over one program; true if a key came to be judged on more days. */
static bool look_ahead(struct space *space, uint32_t actor)
{
    const struct plan *plan = space->plan;
    const struct program *program = &plan->actors.items[actor].program;
    bool grown = false;
    for (uint32_t i = program->count; i-- > 0;) {
        const struct step *step = &program->steps[i];
        struct ahead *ahead = &space->ahead[actor][i];
        *ahead = space->ahead[actor][i + 1];
        if (step->kind == STEP_ANSWER) {
            const struct question *question = &plan->questions.items[step->question];
            *ahead = (struct ahead){.days = space_days(space, question->day_from, question->day_to)};
        } else if (step->kind == STEP_PUT) {
            ahead->fills = true;
            (void)add_bits(&ahead->days, &space->key_days[step->key]);
        } else if (step->kind == STEP_GET) {
            grown = add_bits(&space->key_days[step->key], &space->ahead[actor][step->target].days) || grown;
        }
    }
    return grown;
}

void space_look_ahead(struct space *space)
{
    space->key_days = ARENA_ARRAY(space->arena, struct bits, space->key_count + 1);
    space->ahead = ARENA_ARRAY(space->arena, struct ahead *, space->actor_count + 1);
    for (uint32_t a = 0; a < space->actor_count; a++) {
        space->ahead[a] = ARENA_ARRAY(space->arena, struct ahead, space->plan->actors.items[a].program.count + 1);
    }
    /* A key's days reach the keys that it is filled from, and so on inwards. */
    for (bool grown = true; grown;) {
        grown = false;
        for (uint32_t a = 0; a < space->actor_count; a++) {
            grown = look_ahead(space, a) || grown;
        }
    }
}
