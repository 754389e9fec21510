#include "base/check.h"
#include "scenario/format.h"
#include "scenario/load_system.h"

#include "embedded_sql.h"

#include <string.h>

#include <sys/stat.h>

enum { EXTENDS_MAX = 16 };

struct loader loader_new(struct arena *arena, struct diags *diags, const char *systems_directory)
{
    return (struct loader){.arena = arena,
                           .diags = diags,
                           .systems_directory = systems_directory,
                           .probe = store_open(embedded_schema_sql, embedded_operations_sql)};
}

void loader_free(struct loader *loader)
{
    for (size_t i = 0; i < loader->systems.count; i++) {
        zone_free(loader->systems.items[i].zone);
    }
    store_close(loader->probe);
    loader->probe = NULL;
}

enum file_kind file_kind_of(struct loader *loader, const char *path)
{
    struct diags ignored = {.arena = loader->arena};
    const struct source *source = source_read(loader->arena, path, (struct mark){0}, &ignored);
    const struct node *root = source == NULL ? NULL : tree_read(loader->arena, source, &ignored);
    if (root == NULL || root->kind != NODE_MAPPING) {
        return FILE_UNREADABLE;
    }
    if (node_key(root, "scenario") != NULL) {
        return FILE_SCENARIO;
    }
    if (node_key(root, "workload") != NULL) {
        return FILE_WORKLOAD;
    }
    return node_key(root, "system") != NULL ? FILE_SYSTEM : FILE_OTHER;
}

/* One file may have many paths: x.yaml, ./x.yaml. */
static bool is_same_file(const char *a, const char *b)
{
    struct stat of_a;
    struct stat of_b;
    return strcmp(a, b) == 0 ||
           (stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino);
}

bool kind_check(struct diags *diags, const struct node *root, const char *wanted)
{
    static const char *const kinds[] = {"scenario", "system", "workload"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && root->kind == NODE_MAPPING; i++) {
        const struct node *key = node_key(root, kinds[i]);
        if (key != NULL && strcmp(kinds[i], wanted) != 0 && node_key(root, wanted) == NULL) {
            diag_error(diags, key->mark, DIAG_WRONG_TYPE, "this file is a %s, and a %s is needed here%s", kinds[i],
                       wanted, strcmp(wanted, "scenario") == 0 ? "; a scenario names the systems that it runs on" : "");
            return false;
        }
    }
    return true;
}

/* The tree of a system file with everything that it extends under it; `trail` are the files on the way. */
static const struct node *read_tree(struct loader *loader, const char *path, struct mark reference, const char **trail,
                                    int depth)
{
    for (int i = 0; i < depth; i++) {
        if (is_same_file(trail[i], path)) {
            const bool direct = i == depth - 1;
            diag_error(loader->diags, reference, DIAG_CYCLE,
                       direct ? "'%s' extends itself%s; name another system, or remove extends"
                              : "'%s' extends itself through '%s'; one of them must stand alone",
                       trail[i], direct ? "" : trail[depth - 1]);
            return NULL;
        }
    }
    if (depth == EXTENDS_MAX) {
        diag_error(loader->diags, reference, DIAG_TOO_LARGE, "a system extends at most %d others in a row",
                   EXTENDS_MAX);
        return NULL;
    }
    trail[depth] = path;
    const struct source *source = source_read(loader->arena, path, reference, loader->diags);
    const struct node *root = source == NULL ? NULL : tree_read(loader->arena, source, loader->diags);
    if (root == NULL || !kind_check(loader->diags, root, "system")) {
        return NULL;
    }
    const struct node *extends = root->kind == NODE_MAPPING ? node_get(root, "extends") : NULL;
    const size_t before = loader->diags->count;
    schema_check(root, &format_system, extends == NULL ? SCHEMA_WHOLE : SCHEMA_PATCH, loader->diags);
    if (loader->diags->count > before || extends == NULL) {
        return loader->diags->count > before ? NULL : root;
    }
    const char *base_path = system_find(loader, extends->text, path, extends->mark);
    const struct node *base = base_path == NULL ? NULL : read_tree(loader, base_path, extends->mark, trail, depth + 1);
    return base == NULL ? NULL : tree_merge(loader->arena, base, root);
}

static void load_file(struct loader *loader, struct loaded_system *loaded, struct mark reference)
{
    const char *trail[EXTENDS_MAX];
    const size_t before = loader->diags->count;
    const struct node *root = read_tree(loader, loaded->path, reference, trail, 0);
    if (root == NULL) {
        return;
    }
    schema_check(root, &format_system, SCHEMA_WHOLE, loader->diags);
    if (loader->diags->count > before) {
        return;
    }
    struct system *system = ARENA_NEW(loader->arena, struct system);
    struct loading loading = {.arena = loader->arena,
                              .diags = loader->diags,
                              .system = system,
                              .zone = &loaded->zone,
                              .operations = loader->probe};
    system_read(&loading, root);
    if (loader->diags->count == before) {
        loaded->system = system;
    }
}

const struct system *system_load(struct loader *loader, const char *name, const char *from_path, struct mark reference)
{
    const char *path = system_find(loader, name, from_path, reference);
    if (path == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < loader->systems.count; i++) {
        if (strcmp(loader->systems.items[i].path, path) == 0) {
            return loader->systems.items[i].system;
        }
    }
    struct loaded_system loaded = {.path = path};
    load_file(loader, &loaded, reference);
    ARENA_PUSH(loader->arena, &loader->systems) = loaded;
    return loaded.system;
}
