/* A YAML file as a tree of nodes that all know where they stand.
 *
 * Reads the subset of YAML that a configuration needs, through libyaml's events: one document of mappings, sequences
 * and scalars. Refused, with a message: anchors and aliases, tags, merge keys, directives, duplicate keys, keys that
 * are not scalars, a second document, more than 64 levels, more than 1 MiB, more than 100,000 nodes, bytes that are
 * not UTF-8. Cost is linear in the file. Scalars are never typed by their look: `no` and `12:30` stay text. */
#ifndef SLOTRACE_SCENARIO_TREE_H
#define SLOTRACE_SCENARIO_TREE_H

#include "base/diag.h"

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

struct node {
    enum node_kind kind;
    struct mark mark;
    const char *text; /* Scalar: NUL-terminated, without inner NULs. */
    size_t length;
    bool quoted;
    struct node **keys;  /* Mapping: scalars. */
    struct node **items; /* Mapping: values; sequence: elements. */
    size_t count;
};

/* Reads `path` into `arena`. Never blocks on or reads more than the limit of anything that is not a regular file.
 * `reference` says where the path was named (source NULL: on the command line). NULL after a message. */
const struct source *source_read(struct arena *arena, const char *path, struct mark reference, struct diags *diags);

/* NULL after at least one message. Reports every duplicate key; stops at the first syntax error. */
struct node *tree_read(struct arena *arena, const struct source *source, struct diags *diags);

/* The value of `key`, or NULL. */
const struct node *node_get(const struct node *mapping, const char *key);
/* The key node itself, for marks; NULL if absent. */
const struct node *node_key(const struct node *mapping, const char *key);

/* `patch` laid over `base`: mappings are merged key by key (base's order first), everything else is replaced. A plain
 * (unquoted) `~` or `null` value in the patch removes the key. Nodes are shared, not copied; neither input changes. */
struct node *tree_merge(struct arena *arena, const struct node *base, const struct node *patch);

#endif
