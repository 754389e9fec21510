/* Histories by hand: who does a step when, and what the oracle says of each answer.
 *
 * A script is words: "a" is the next step of actor a, "a*3" its next three, "a!" all that it has left (readers and
 * writers start by themselves, webhooks when they are sent), "+60s" and "+5ms" let time pass. Step i (from 0) happens i
 * seconds after the clock, plus what has passed.
 *
 * What the oracle says is text, a clause for each read: "a: fresh; b: free 0 late fill 5 s, busy 3 key collision
 * never": phantom, slot, cause, age. */
#ifndef SLOTRACE_TESTS_SCRIPT_H
#define SLOTRACE_TESTS_SCRIPT_H

#include "engine/machine.h"
#include "support/build.h"

struct script {
    struct build *build;
    struct machine *machine;
    int64_t now_us;
    struct text verdicts;
    struct stale_slot last_stale; /* The last stale slot of all. */
    struct read_record last_read;
};

struct script *script_new(struct build *build);
void script_free(struct script *script);
void script_run(struct script *script, const char *words);

/* The verdicts of a whole script. */
const char *script_verdicts(struct build *build, const char *words);
#define ASSERT_VERDICTS(build, words, expected) assert_string_equal(script_verdicts(build, words), expected)

#endif
