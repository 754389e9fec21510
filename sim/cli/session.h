/* What commands that work on scenario files have in common: loading all of them before anything runs. */
#ifndef SLOTRACE_CLI_SESSION_H
#define SLOTRACE_CLI_SESSION_H

#include "cli/cli.h"
#include "scenario/load.h"

struct session {
    const char *system, *only, *systems_directory; /* Options; NULL: not given. */
    bool color_errors;
    struct arena *arena;
    struct diags diags;
    struct loader loader;
    struct {
        struct scenario **items;
        size_t count, capacity;
    } scenarios;
};

void session_open(struct session *session); /* Keeps the options. */
void session_close(struct session *session);

/* EXIT_AS_EXPECTED, or after a message EXIT_INVALID or EXIT_NOTHING: then nothing runs. */
int session_load(struct session *session, int count, char **paths);

/* Is this scenario wanted, and has it a system that is? */
bool session_wants(const struct session *session, const struct scenario *scenario);

/* Writes the messages so far to stderr, in order with what stdout has. */
void session_print_diags(struct session *session);

#endif
