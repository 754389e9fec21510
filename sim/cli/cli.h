/* The command line: one file per command. */
#ifndef SLOTRACE_CLI_CLI_H
#define SLOTRACE_CLI_CLI_H

#include "base/diag.h"

#include <signal.h>
#include <stdbool.h>

/* Exit codes, the same for every command. */
enum exit_code {
    EXIT_AS_EXPECTED = 0,
    EXIT_VIOLATED = 1, /* An expectation does not hold. */
    EXIT_INVALID = 2,  /* A file is wrong. */
    EXIT_INTERNAL = 3, /* A bug, or the machine failed us. */
    EXIT_USAGE = 4,
    EXIT_NOTHING = 5, /* Nothing matched. */
    EXIT_INCONCLUSIVE = 6,
    EXIT_INTERRUPTED = 130,
};

struct command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name. */
};

int cmd_run(int argc, char **argv);
int cmd_explore(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_shrink(int argc, char **argv);
int cmd_matrix(int argc, char **argv);

/* Before anything else: a file that we open never takes the place of a closed stdout, and a reader of ours that goes
 * away (`slotrace ... | head`) is a failed write, not a signal that kills. */
void cli_start(void);

/* Set by SIGINT and SIGTERM once cli_catch_interrupts() was called, and by a write to a pipe that nobody reads. */
extern volatile sig_atomic_t cli_interrupted;
void cli_catch_interrupts(void);

/* --color WORD for a stream: auto looks at the terminal, NO_COLOR and TERM. -1: not a word that is known. */
int cli_color(const char *word, int descriptor);

/* The scenario files at or under `paths`, sorted; other kinds of our files in directories are passed over. Problems go
 * to `diags`. */
struct file_list {
    const char **items;
    size_t count, capacity;
};
struct loader;
struct file_list cli_scenario_files(struct loader *loader, int count, char **paths);

/* Usage errors: "slotrace run: ...", then where to find help. Returns EXIT_USAGE. */
int cli_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The usage error for what getopt_long() has just refused with '?' or ':' (option string ":h"). */
struct option;
int cli_bad_option(const char *command, int answer, char **argv, const struct option *options);

/* A whole number from 0 to 2^64-1, only digits. */
bool cli_number(const char *text, uint64_t *out);

/* All that was printed, out to stdout; a full disk or a closed pipe is EXIT_INTERNAL, else EXIT_AS_EXPECTED. */
int cli_flush_stdout(void);

#endif
