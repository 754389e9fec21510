#include "base/diag.h"
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
    {"run", "Runs scenarios at their own times and checks what they expect.", cmd_run},
    {"explore", "Tries every order and timing of the steps: proves or refutes zero stale reads.", cmd_explore},
    {"shrink", "Reduces a scenario to the actors that a stale read needs.", cmd_shrink},
    {"replay", "Executes a schedule, step by step.", cmd_replay},
    {"matrix", "Computes the gap matrix of a system: every way to write against every reader.", cmd_matrix},
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(void)
{
    (void)printf("slotrace %s: can a customer be told that a slot is free when it is not?\n\n"
                 "Usage: slotrace COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n",
                 SLOTRACE_VERSION);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        (void)printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    (void)printf("\n'slotrace COMMAND --help' tells more.\n\n"
                 "Exit codes: 0 as expected, 1 an expectation is violated, 2 a file is wrong, 3 internal error,\n"
                 "4 wrong usage, 5 nothing matched, 6 inconclusive, 130 interrupted.\n");
}

int main(int argc, char **argv)
{
    cli_start();
    if (argc < 2) {
        return cli_usage("", "which command?");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help();
        return cli_flush_stdout();
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("slotrace %s\n", SLOTRACE_VERSION);
        return cli_flush_stdout();
    }
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    const char *nearest = text_nearest(argv[1], names, COMMAND_COUNT);
    return nearest == NULL ? cli_usage("", "unknown command '%s'", argv[1])
                           : cli_usage("", "unknown command '%s'; did you mean '%s'?", argv[1], nearest);
}
