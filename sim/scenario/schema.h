/* What a file may say, as tables. One table validates, and (later) generates the reference and a JSON Schema.
 *
 * schema_check() walks a tree beside its schema and reports everything at once: unknown keys (with did-you-mean and
 * the list of allowed keys), missing keys, wrong kinds, scalars that cannot be read. A tree that passed can be read
 * without further checks of form. */
#ifndef SLOTRACE_SCENARIO_SCHEMA_H
#define SLOTRACE_SCENARIO_SCHEMA_H

#include "scenario/tree.h"

enum schema_kind {
    SCHEMA_SCALAR,  /* Checked by `scalar`. */
    SCHEMA_MAPPING, /* Fixed `fields`. */
    SCHEMA_NAMED,   /* A mapping of free names (checked by scalar_name) to `element`; at least `least` of them. */
    SCHEMA_LIST,    /* A sequence of `element`; at least `least` of them. */
    SCHEMA_EITHER,  /* `alternatives`, told apart by the kind of node; of several scalars the first that reads it. */
};

struct schema_field;

struct schema {
    enum schema_kind kind;
    const char *what; /* With its article, for messages: "a layer", "a duration". */
    /* SCHEMA_SCALAR: NULL if `text` is fine, else the static fragment that says what is wrong. */
    const char *(*scalar)(const char *text);
    const char *const *words; /* SCHEMA_SCALAR: instead of `scalar`, the words allowed; NULL-terminated. */
    const char *pattern;      /* SCHEMA_SCALAR: the regular expression that a JSON Schema would state, or NULL. */
    const struct schema_field *fields; /* SCHEMA_MAPPING */
    size_t field_count;
    const struct schema *element;
    size_t least;
    const struct schema *const *alternatives; /* NULL-terminated */
    /* SCHEMA_MAPPING: free names are allowed besides `fields`, with this schema for their values; or NULL. */
    const struct schema *other_names;
};

struct schema_field {
    const char *name;
    const struct schema *schema;
    enum schema_need {
        NEED_OPTIONAL,
        NEED_REQUIRED,
        NEED_ONE_OF, /* Exactly one of the fields with this mark must be there. */
    } need;
    const char *doc; /* A sentence for the reference. */
};

enum schema_mode {
    SCHEMA_WHOLE, /* Required keys must be there. */
    SCHEMA_PATCH, /* Of a file that extends another: required keys may be missing, values may be null. */
};

void schema_check(const struct node *node, const struct schema *schema, enum schema_mode mode, struct diags *diags);

#endif
