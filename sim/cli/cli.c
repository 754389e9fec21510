#include "cli/cli.h"

#include "base/check.h"
#include "scenario/load.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

volatile sig_atomic_t cli_interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    cli_interrupted = 1;
}

void cli_catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_interrupt};
    action.sa_flags = (int)SA_RESETHAND; /* A second Ctrl-C ends the process at once. */
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

int cli_color(const char *word, int descriptor)
{
    if (strcmp(word, "always") == 0) {
        return 1;
    }
    if (strcmp(word, "never") == 0) {
        return 0;
    }
    if (strcmp(word, "auto") != 0) {
        return -1;
    }
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return (no_color == NULL || no_color[0] == '\0') && terminal != NULL && strcmp(terminal, "dumb") != 0 &&
           isatty(descriptor) == 1;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_yaml(const char *name)
{
    const size_t length = strlen(name);
    return name[0] != '.' && ((length > 5 && strcmp(name + length - 5, ".yaml") == 0) ||
                              (length > 4 && strcmp(name + length - 4, ".yml") == 0));
}

enum { DEPTH_MAX = 16 };

static void add_directory(struct loader *loader, const char *path, int depth, struct file_list *files)
{
    struct file_list entries = {0};
    DIR *directory = opendir(path);
    if (directory == NULL) {
        diag_error(loader->diags, (struct mark){0}, DIAG_IO, "cannot read directory '%s': %s", path, strerror(errno));
        return;
    }
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (entry->d_name[0] != '.') {
            ARENA_PUSH(loader->arena, &entries) =
                strcmp(path, "/") == 0 ? arena_printf(loader->arena, "/%s", entry->d_name)
                                       : arena_printf(loader->arena, "%s/%s", path, entry->d_name);
        }
    }
    (void)closedir(directory);
    qsort(entries.items, entries.count, sizeof *entries.items, compare_names);
    for (size_t i = 0; i < entries.count; i++) {
        struct stat status;
        if (stat(entries.items[i], &status) != 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode) && depth < DEPTH_MAX) {
            add_directory(loader, entries.items[i], depth + 1, files);
        } else if (is_yaml(entries.items[i])) {
            const enum file_kind kind = file_kind_of(loader, entries.items[i]);
            if (kind != FILE_SYSTEM && kind != FILE_WORKLOAD) {
                ARENA_PUSH(loader->arena, files) = entries.items[i];
            }
        }
    }
}

struct file_list cli_scenario_files(struct loader *loader, int count, char **paths)
{
    struct file_list files = {0};
    for (int i = 0; i < count; i++) {
        struct stat status;
        size_t length = strlen(paths[i]);
        while (length > 1 && paths[i][length - 1] == '/') {
            length--;
        }
        const char *path = arena_copy_text(loader->arena, paths[i], length);
        if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
            add_directory(loader, path, 0, &files);
        } else {
            ARENA_PUSH(loader->arena, &files) = path;
        }
    }
    /* A file that is named twice is run once. */
    struct file_list once = {0};
    for (size_t i = 0; i < files.count; i++) {
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = strcmp(files.items[i], files.items[j]) == 0;
        }
        if (!seen) {
            ARENA_PUSH(loader->arena, &once) = files.items[i];
        }
    }
    return once;
}

int cli_usage(const char *command, const char *format, ...)
{
    struct text message = {0};
    va_list arguments;
    va_start(arguments, format);
    struct arena *arena = arena_new();
    text_puts(&message, arena_vprintf(arena, format, arguments));
    va_end(arguments);
    (void)fprintf(stderr, "slotrace%s%s: %s\nTry 'slotrace%s%s --help'.\n", command[0] == '\0' ? "" : " ", command,
                  text_string(&message), command[0] == '\0' ? "" : " ", command);
    text_free(&message);
    arena_free(arena);
    return EXIT_USAGE;
}

int cli_flush_stdout(void)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        (void)fprintf(stderr, "slotrace: cannot write the results: %s\n", strerror(errno));
        return EXIT_INTERNAL;
    }
    return EXIT_AS_EXPECTED;
}
