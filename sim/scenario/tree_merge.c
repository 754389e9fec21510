/* The queries of tree.h, and the one way in which trees are combined. */
#include "base/check.h"
#include "scenario/tree.h"

#include <stdlib.h>
#include <string.h>

static size_t find(const struct node *mapping, const char *key)
{
    check(mapping->kind == NODE_MAPPING);
    for (size_t i = 0; i < mapping->count; i++) {
        if (strcmp(mapping->keys[i]->text, key) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

const struct node *node_get(const struct node *mapping, const char *key)
{
    const size_t index = find(mapping, key);
    return index == SIZE_MAX ? NULL : mapping->items[index];
}

const struct node *node_key(const struct node *mapping, const char *key)
{
    const size_t index = find(mapping, key);
    return index == SIZE_MAX ? NULL : mapping->keys[index];
}

static bool removes(const struct node *value)
{
    return value->kind == NODE_SCALAR && !value->quoted &&
           (strcmp(value->text, "~") == 0 || strcmp(value->text, "null") == 0);
}

/* The keys of a mapping in the order of their text: large files must not make merging quadratic. */
struct index_entry {
    const char *key;
    size_t index;
};

static int by_key(const void *a, const void *b)
{
    const struct index_entry *x = a;
    const struct index_entry *y = b;
    return strcmp(x->key, y->key);
}

static struct index_entry *index_keys(struct arena *arena, const struct node *mapping)
{
    struct index_entry *entries = ARENA_ARRAY(arena, struct index_entry, mapping->count);
    for (size_t i = 0; i < mapping->count; i++) {
        entries[i] = (struct index_entry){.key = mapping->keys[i]->text, .index = i};
    }
    qsort(entries, mapping->count, sizeof *entries, by_key);
    return entries;
}

static void append(struct node *mapping, struct node *key, struct node *value)
{
    mapping->keys[mapping->count] = key;
    mapping->items[mapping->count] = value;
    mapping->count++;
}

static struct node *merge(struct arena *arena, const struct node *base, struct node *patch)
{
    static const struct node nothing = {.kind = NODE_MAPPING};
    if (patch->kind != NODE_MAPPING) {
        return patch;
    }
    if (base == NULL || base->kind != NODE_MAPPING) {
        base = &nothing; /* The patch's own nulls still have to go. */
    }
    struct node *merged = ARENA_NEW(arena, struct node);
    *merged = (struct node){.kind = NODE_MAPPING, .mark = patch->mark};
    merged->keys = ARENA_ARRAY(arena, struct node *, base->count + patch->count);
    merged->items = ARENA_ARRAY(arena, struct node *, base->count + patch->count);

    struct index_entry *entries = index_keys(arena, patch);
    bool *used = ARENA_ARRAY(arena, bool, patch->count);
    for (size_t i = 0; i < base->count; i++) {
        const struct index_entry wanted = {.key = base->keys[i]->text};
        const struct index_entry *entry =
            patch->count == 0 ? NULL : bsearch(&wanted, entries, patch->count, sizeof *entries, by_key);
        if (entry == NULL) {
            append(merged, base->keys[i], base->items[i]);
            continue;
        }
        used[entry->index] = true;
        struct node *value = patch->items[entry->index];
        if (!removes(value)) {
            append(merged, patch->keys[entry->index], merge(arena, base->items[i], value));
        }
    }
    for (size_t i = 0; i < patch->count; i++) {
        if (!used[i] && !removes(patch->items[i])) {
            append(merged, patch->keys[i], merge(arena, NULL, patch->items[i]));
        }
    }
    return merged;
}

struct node *tree_merge(struct arena *arena, const struct node *base, const struct node *patch)
{
    struct node *copy = ARENA_NEW(arena, struct node);
    *copy = *patch;
    return merge(arena, base, copy);
}
