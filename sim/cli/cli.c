#include "cli/cli.h"

#include "base/check.h"
#include "scenario/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
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

static void on_broken_pipe(int signal_number)
{
    (void)signal_number;
    cli_interrupted = 1; /* What is not read need not be computed. */
}

void cli_start(void)
{
    for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0) {
            /* Read-only: what is written to it fails instead of vanishing. */
            (void)open("/dev/null", O_RDONLY | O_NOCTTY);
        }
    }
    struct sigaction action = {.sa_handler = on_broken_pipe};
    (void)sigaction(SIGPIPE, &action, NULL);
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

/* Of directories on the way: a link may lead back to one of them. */
struct trail {
    dev_t device[DEPTH_MAX + 1];
    ino_t number[DEPTH_MAX + 1];
};

static bool is_loop(struct trail *trail, int depth, const struct stat *status)
{
    for (int i = 0; i < depth; i++) {
        if (trail->device[i] == status->st_dev && trail->number[i] == status->st_ino) {
            return true;
        }
    }
    trail->device[depth] = status->st_dev;
    trail->number[depth] = status->st_ino;
    return false;
}

static void add_directory(struct loader *loader, const char *path, struct trail *trail, int depth,
                          struct file_list *files)
{
    struct file_list entries = {0};
    struct stat status;
    if (stat(path, &status) == 0 && is_loop(trail, depth, &status)) {
        return;
    }
    DIR *directory = opendir(path);
    if (directory == NULL) {
        diag_error(loader->diags, (struct mark){0}, DIAG_IO, "cannot read directory '%s': %s", path, strerror(errno));
        return;
    }
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (entry->d_name[0] != '.') {
            ARENA_PUSH(loader->arena, &entries) = strcmp(path, "/") == 0
                                                      ? arena_printf(loader->arena, "/%s", entry->d_name)
                                                      : arena_printf(loader->arena, "%s/%s", path, entry->d_name);
        }
    }
    (void)closedir(directory);
    if (entries.count > 0) {
        qsort(entries.items, entries.count, sizeof *entries.items, compare_names);
    }
    for (size_t i = 0; i < entries.count; i++) {
        if (stat(entries.items[i], &status) != 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode) && depth < DEPTH_MAX) {
            add_directory(loader, entries.items[i], trail, depth + 1, files);
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
            struct trail trail = {0};
            add_directory(loader, path, &trail, 0, &files);
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

static bool is_prefix(const char *prefix, size_t length, const char *of)
{
    return strncmp(prefix, of, length) == 0;
}

int cli_bad_option(const char *command, int answer, char **argv, const struct option *options)
{
    /* getopt_long() moves on only behind the last letter of "-xyz", and names its option there. */
    const char *word = argv[optind - 1];
    const bool is_long = word[0] == '-' && word[1] == '-';
    if (!is_long) {
        return cli_usage(command, "unknown option '-%c'", optopt);
    }
    if (answer == ':') {
        return cli_usage(command, "%s needs a value, as in %s VALUE", word, word);
    }
    const char *names[64];
    size_t count = 0;
    size_t alike = 0;
    const size_t length = strcspn(word + 2, "=");
    for (; options[count].name != NULL; count++) {
        check(count < sizeof names / sizeof names[0]);
        names[count] = options[count].name;
        if (is_prefix(word + 2, length, names[count]) && names[count][length] == '\0') {
            return cli_usage(command, "--%s takes no value", names[count]);
        }
        alike += is_prefix(word + 2, length, names[count]);
    }
    if (alike > 1) {
        return cli_usage(command, "'%s' can mean several options; write it out", word);
    }
    char name[64];
    (void)snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), word + 2);
    const char *nearest = text_nearest(name, names, count);
    return nearest == NULL ? cli_usage(command, "unknown option '%s'", word)
                           : cli_usage(command, "unknown option '%s'; did you mean '--%s'?", word, nearest);
}

bool cli_number(const char *text, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

int cli_flush_stdout(void)
{
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        (void)fprintf(stderr, "slotrace: cannot write the results%s%s\n", errno == 0 ? "" : ": ",
                      errno == 0 ? "" : strerror(errno));
        return EXIT_INTERNAL;
    }
    return EXIT_AS_EXPECTED;
}
