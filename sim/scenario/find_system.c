#include "scenario/load_system.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char suffix[] = ".yaml";
enum { LEVELS_MAX = 32 };

static const char *join(struct arena *arena, const char *directory, const char *name)
{
    while (name[0] == '.' && name[1] == '/') {
        name += 2;
    }
    return strcmp(directory, ".") == 0 ? name : arena_printf(arena, "%s/%s", directory, name);
}

static const char *directory_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return ".";
    }
    return slash == path ? "/" : arena_copy_text(arena, path, (size_t)(slash - path));
}

/* The directory above, without asking the file system; NULL above the root. */
static const char *above(struct arena *arena, const char *directory)
{
    const size_t length = strlen(directory);
    if (strcmp(directory, "/") == 0) {
        return NULL;
    }
    if (strcmp(directory, ".") == 0) {
        return "..";
    }
    if (length >= 2 && strcmp(directory + length - 2, "..") == 0) {
        return arena_printf(arena, "%s/..", directory);
    }
    return directory_of(arena, directory);
}

struct names {
    const char **items;
    size_t count, capacity;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_systems(struct arena *arena, const char *directory, struct names *names)
{
    DIR *open_directory = opendir(directory);
    if (open_directory == NULL) {
        return;
    }
    for (const struct dirent *entry = readdir(open_directory); entry != NULL; entry = readdir(open_directory)) {
        const size_t length = strlen(entry->d_name);
        if (length > sizeof suffix - 1 && strcmp(entry->d_name + length - (sizeof suffix - 1), suffix) == 0) {
            ARENA_PUSH(arena, names) = arena_copy_text(arena, entry->d_name, length - (sizeof suffix - 1));
        }
    }
    (void)closedir(open_directory);
}

static void report_unknown(struct loader *loader, const char *name, const char *from_path, struct mark reference)
{
    struct names names = {0};
    if (loader->systems_directory != NULL) {
        list_systems(loader->arena, loader->systems_directory, &names);
    }
    const char *directory = directory_of(loader->arena, from_path);
    for (int i = 0; i < LEVELS_MAX && directory != NULL && names.count == 0; i++) {
        list_systems(loader->arena, join(loader->arena, directory, "fixtures/systems"), &names);
        directory = above(loader->arena, directory);
    }
    if (names.count == 0) {
        diag_error(loader->diags, reference, DIAG_IO,
                   "system '%s' is not found: there is no directory fixtures/systems beside this file or above it",
                   name);
        return;
    }
    qsort(names.items, names.count, sizeof *names.items, compare_names);
    diag_unknown(loader->diags, reference, DIAG_UNKNOWN_NAME, "system", name, names.items, names.count);
}

const char *system_find(struct loader *loader, const char *name, const char *from_path, struct mark reference)
{
    struct arena *arena = loader->arena;
    const size_t length = strlen(name);
    const char *directory = directory_of(arena, from_path);
    if (strchr(name, '/') != NULL ||
        (length > sizeof suffix - 1 && strcmp(name + length - (sizeof suffix - 1), suffix) == 0)) {
        return name[0] == '/' ? name : join(arena, directory, name);
    }
    const char *file = arena_printf(arena, "%s%s", name, suffix);
    if (loader->systems_directory != NULL) {
        const char *path = join(arena, loader->systems_directory, file);
        if (access(path, F_OK) == 0) {
            return path;
        }
    }
    const char *beside = join(arena, directory, file);
    if (access(beside, F_OK) == 0 && strcmp(beside, from_path) != 0) {
        return beside;
    }
    for (int i = 0; i < LEVELS_MAX && directory != NULL; i++) {
        const char *path = join(arena, directory, arena_printf(arena, "fixtures/systems/%s", file));
        if (access(path, F_OK) == 0) {
            return path;
        }
        directory = above(arena, directory);
    }
    report_unknown(loader, name, from_path, reference);
    return NULL;
}
