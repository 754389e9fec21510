#include "scenario/schema.h"

#include "base/check.h"
#include "scenario/scalar.h"

#include <string.h>

enum { QUOTE_COLUMNS_MAX = 60 };

struct checker {
    enum schema_mode mode;
    struct diags *diags;
};

static void check_node(const struct checker *checker, const struct node *key, const struct node *node,
                       const struct schema *schema);

static const char *quote(const struct checker *checker, const struct node *scalar)
{
    return diag_quote(checker->diags->arena, scalar->text, scalar->length, QUOTE_COLUMNS_MAX);
}

/* Where to point at a collection: its key says more than its first character. */
static struct mark mark_of(const struct node *key, const struct node *node)
{
    return key != NULL ? key->mark : node->mark;
}

static const char *node_kind_name(enum node_kind kind)
{
    switch (kind) {
    case NODE_SCALAR: return "a single value";
    case NODE_SEQUENCE: return "a list";
    case NODE_MAPPING: return "a mapping";
    }
    check(false);
    return "";
}

static bool accepts_kind(const struct schema *schema, enum node_kind kind)
{
    switch (schema->kind) {
    case SCHEMA_SCALAR: return kind == NODE_SCALAR;
    case SCHEMA_LIST: return kind == NODE_SEQUENCE;
    case SCHEMA_MAPPING:
    case SCHEMA_NAMED: return kind == NODE_MAPPING;
    case SCHEMA_EITHER:
        for (const struct schema *const *each = schema->alternatives; *each != NULL; each++) {
            if (accepts_kind(*each, kind)) {
                return true;
            }
        }
        return false;
    }
    check(false);
    return false;
}

static void report_wrong_kind(const struct checker *checker, const struct node *node, const struct schema *schema)
{
    static const struct {
        enum node_kind kind;
        const char *text;
    } forms[] = {
        {NODE_SCALAR, "a single value"},
        {NODE_SEQUENCE, "a list"},
        {NODE_MAPPING, "a mapping (key: value)"},
    };
    struct text needed = {0};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (accepts_kind(schema, forms[i].kind)) {
            text_printf(&needed, "%s%s", needed.length == 0 ? "" : " or ", forms[i].text);
        }
    }
    diag_error(checker->diags, node->mark, DIAG_WRONG_TYPE, "%s must be %s, not %s", schema->what, text_string(&needed),
               node_kind_name(node->kind));
    text_free(&needed);
}

static void report_empty(const struct checker *checker, const struct node *key, const struct node *node)
{
    if (key == NULL) {
        diag_error(checker->diags, node->mark, DIAG_BAD_VALUE, "this list item has no value");
        return;
    }
    diag_error(checker->diags, key->mark, DIAG_BAD_VALUE, "'%s' has no value%s", quote(checker, key),
               checker->mode == SCHEMA_PATCH ? "; write ~ to remove what the extended file says" : "");
}

static bool is_empty(const struct node *node)
{
    return node->kind == NODE_SCALAR && !node->quoted && node->length == 0;
}

static bool is_null(const struct node *node)
{
    return node->kind == NODE_SCALAR && !node->quoted &&
           (strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

static size_t count_words(const char *const *words)
{
    size_t count = 0;
    while (words[count] != NULL) {
        count++;
    }
    return count;
}

/* NULL, or what follows "cannot read 'x' as a duration". */
static const char *scalar_problem(const struct checker *checker, const struct node *node, const struct schema *schema)
{
    if (schema->words != NULL) {
        for (const char *const *word = schema->words; *word != NULL; word++) {
            if (strcmp(*word, node->text) == 0) {
                return NULL;
            }
        }
        return diag_suggest(checker->diags->arena, "allowed", node->text, schema->words, count_words(schema->words));
    }
    const char *fragment = schema->scalar == NULL ? NULL : schema->scalar(node->text);
    return fragment == NULL ? NULL : arena_printf(checker->diags->arena, ": %s", fragment);
}

static void check_scalar(const struct checker *checker, const struct node *node, const struct schema *schema)
{
    const char *problem = scalar_problem(checker, node, schema);
    if (problem != NULL) {
        diag_error(checker->diags, node->mark, DIAG_BAD_VALUE, "cannot read '%s' as %s%s", quote(checker, node),
                   schema->what, problem);
    }
}

static void check_name(const struct checker *checker, const struct node *key)
{
    const char *problem = scalar_name(key->text);
    if (problem != NULL) {
        diag_error(checker->diags, key->mark, DIAG_BAD_VALUE, "cannot read '%s' as a name: %s", quote(checker, key),
                   problem);
    }
}

static const struct schema_field *find_field(const struct schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        if (strcmp(schema->fields[i].name, name) == 0) {
            return &schema->fields[i];
        }
    }
    return NULL;
}

static const char **field_names(struct arena *arena, const struct schema *schema)
{
    const char **names = ARENA_ARRAY(arena, const char *, schema->field_count);
    for (size_t i = 0; i < schema->field_count; i++) {
        names[i] = schema->fields[i].name;
    }
    return names;
}

static void report_unknown_key(const struct checker *checker, const struct node *key, const struct schema *schema)
{
    struct arena *arena = checker->diags->arena;
    const char *suggestion = schema->field_count == 0 ? ""
                                                      : diag_suggest(arena, "allowed", key->text,
                                                                     field_names(arena, schema), schema->field_count);
    diag_error(checker->diags, key->mark, DIAG_UNKNOWN_KEY, "unknown key '%s' in %s%s", quote(checker, key),
               schema->what, suggestion);
}

static void report_none_of(const struct checker *checker, const struct node *key, const struct node *node,
                           const struct schema *schema)
{
    struct text names = {0};
    for (size_t i = 0; i < schema->field_count; i++) {
        if (schema->fields[i].need == NEED_ONE_OF) {
            text_printf(&names, "%s%s", names.length == 0 ? "" : ", ", schema->fields[i].name);
        }
    }
    diag_error(checker->diags, mark_of(key, node), DIAG_MISSING_KEY, "%s must have one of: %s", schema->what,
               text_string(&names));
    text_free(&names);
}

/* Of the fields of which exactly one must be there; a null in a patch removes one, so it does not count. */
static void check_one_of(const struct checker *checker, const struct node *key, const struct node *node,
                         const struct schema *schema)
{
    const struct node *first = NULL;
    for (size_t i = 0; i < node->count; i++) {
        const struct schema_field *field = find_field(schema, node->keys[i]->text);
        if (field == NULL || field->need != NEED_ONE_OF || (checker->mode == SCHEMA_PATCH && is_null(node->items[i]))) {
            continue;
        }
        if (first == NULL) {
            first = node->keys[i];
        } else {
            diag_error(checker->diags, node->keys[i]->mark, DIAG_CONFLICT, "%s has either '%s' or '%s', not both",
                       schema->what, first->text, node->keys[i]->text);
        }
    }
    bool needed = false;
    for (size_t i = 0; i < schema->field_count; i++) {
        needed = needed || schema->fields[i].need == NEED_ONE_OF;
    }
    if (needed && first == NULL && checker->mode == SCHEMA_WHOLE) {
        report_none_of(checker, key, node, schema);
    }
}

static void check_needs(const struct checker *checker, const struct node *key, const struct node *node,
                        const struct schema *schema)
{
    for (size_t i = 0; i < schema->field_count && checker->mode == SCHEMA_WHOLE; i++) {
        const struct schema_field *field = &schema->fields[i];
        if (field->need == NEED_REQUIRED && node_get(node, field->name) == NULL) {
            diag_error(checker->diags, mark_of(key, node), DIAG_MISSING_KEY, "missing key '%s' in %s", field->name,
                       schema->what);
        }
    }
    check_one_of(checker, key, node, schema);
}

static void check_value(const struct checker *checker, const struct node *key, const struct node *value,
                        const struct schema *schema)
{
    if (checker->mode == SCHEMA_WHOLE || !is_null(value)) {
        check_node(checker, key, value, schema);
    }
}

/* Where names are free, a misspelt key looks like one of them, unless its value cannot be one of theirs. */
static bool is_misspelt(const struct checker *checker, const struct node *key, const struct node *value,
                        const struct schema *schema)
{
    if (is_empty(value) || (checker->mode == SCHEMA_PATCH && is_null(value)) ||
        accepts_kind(schema->other_names, value->kind)) {
        return false;
    }
    return text_nearest(key->text, field_names(checker->diags->arena, schema), schema->field_count) != NULL;
}

static void check_mapping(const struct checker *checker, const struct node *key, const struct node *node,
                          const struct schema *schema)
{
    for (size_t i = 0; i < node->count; i++) {
        const struct schema_field *field = find_field(schema, node->keys[i]->text);
        if (field != NULL) {
            check_value(checker, node->keys[i], node->items[i], field->schema);
        } else if (schema->other_names != NULL && !is_misspelt(checker, node->keys[i], node->items[i], schema)) {
            check_name(checker, node->keys[i]);
            check_value(checker, node->keys[i], node->items[i], schema->other_names);
        } else {
            report_unknown_key(checker, node->keys[i], schema);
        }
    }
    check_needs(checker, key, node, schema);
}

static void check_least(const struct checker *checker, const struct node *key, const struct node *node,
                        const struct schema *schema)
{
    /* A list in a patch replaces the whole list; a mapping is only a part of one. */
    const bool is_list = schema->kind == SCHEMA_LIST;
    if (node->count >= schema->least || (checker->mode == SCHEMA_PATCH && !is_list)) {
        return;
    }
    const char *unit = is_list ? (schema->least == 1 ? "item" : "items") : (schema->least == 1 ? "entry" : "entries");
    diag_error(checker->diags, mark_of(key, node), DIAG_BAD_VALUE, "%s must have at least %zu %s, not %zu",
               schema->what, schema->least, unit, node->count);
}

static void check_named(const struct checker *checker, const struct node *key, const struct node *node,
                        const struct schema *schema)
{
    for (size_t i = 0; i < node->count; i++) {
        check_name(checker, node->keys[i]);
        check_value(checker, node->keys[i], node->items[i], schema->element);
    }
    check_least(checker, key, node, schema);
}

static void check_list(const struct checker *checker, const struct node *key, const struct node *node,
                       const struct schema *schema)
{
    for (size_t i = 0; i < node->count; i++) {
        check_node(checker, NULL, node->items[i], schema->element);
    }
    check_least(checker, key, node, schema);
}

/* Several alternatives may be scalars: then any that reads the text will do, and if none does all of them are named. */
static void check_either(const struct checker *checker, const struct node *key, const struct node *node,
                         const struct schema *schema)
{
    struct text problems = {0};
    size_t tried = 0;
    for (const struct schema *const *each = schema->alternatives; *each != NULL; each++) {
        if (!accepts_kind(*each, node->kind)) {
            continue;
        }
        if ((*each)->kind != SCHEMA_SCALAR) {
            check_node(checker, key, node, *each);
            text_free(&problems);
            return;
        }
        const char *problem = scalar_problem(checker, node, *each);
        if (problem == NULL) {
            text_free(&problems);
            return;
        }
        text_printf(&problems, "%s%s%s", tried == 0 ? "" : "; nor as ", (*each)->what, problem);
        tried++;
    }
    check(tried > 0);
    diag_error(checker->diags, node->mark, DIAG_BAD_VALUE, "cannot read '%s' as %s", quote(checker, node),
               text_string(&problems));
    text_free(&problems);
}

static void check_node(const struct checker *checker, const struct node *key, const struct node *node,
                       const struct schema *schema)
{
    check(schema->what != NULL);
    if (is_empty(node)) {
        report_empty(checker, key, node);
        return;
    }
    if (!accepts_kind(schema, node->kind)) {
        report_wrong_kind(checker, node, schema);
        return;
    }
    switch (schema->kind) {
    case SCHEMA_SCALAR: check_scalar(checker, node, schema); break;
    case SCHEMA_MAPPING: check_mapping(checker, key, node, schema); break;
    case SCHEMA_NAMED: check_named(checker, key, node, schema); break;
    case SCHEMA_LIST: check_list(checker, key, node, schema); break;
    case SCHEMA_EITHER: check_either(checker, key, node, schema); break;
    }
}

void schema_check(const struct node *node, const struct schema *schema, enum schema_mode mode, struct diags *diags)
{
    const struct checker checker = {.mode = mode, .diags = diags};
    check_node(&checker, NULL, node, schema);
}
