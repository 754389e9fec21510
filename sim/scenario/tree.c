#include "scenario/tree.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
    FILE_BYTES_MAX = 1024 * 1024,
    DEPTH_MAX = 64,
    NODE_COUNT_MAX = 100000,
    QUOTE_COLUMNS_MAX = 64,
};

struct frame {
    struct node *node;
    struct node *key; /* Of a mapping: waits for its value. */
    size_t keys_capacity;
    size_t items_capacity;
};

#define KEY_MISSING "the key before the colon is missing"

struct reader {
    struct arena *arena;
    const struct source *source;
    struct diags *diags;
    const char *text; /* Behind the byte order mark: libyaml's positions count from here. */
    size_t size_bytes;
    size_t index, offset; /* Code point and byte of the last position asked for. */
    yaml_parser_t parser;
    struct frame frames[DEPTH_MAX];
    size_t depth;
    struct node *root;
    size_t node_count;
    bool has_document;
    bool has_duplicates;
};

static bool refuse(struct reader *reader, struct mark mark, const char *message)
{
    diag_error(reader->diags, mark, DIAG_SYNTAX, "%s", message);
    return false;
}

/* Byte of a code point. Events come in file order, so walking from the last one is linear in all. */
static size_t offset_at(struct reader *reader, size_t index)
{
    const char *text = reader->text;
    while (reader->index > index) {
        do {
            reader->offset--;
        } while (((unsigned char)text[reader->offset] & 0xC0U) == 0x80U);
        reader->index--;
    }
    while (reader->index < index && reader->offset < reader->size_bytes) {
        do {
            reader->offset++;
        } while (((unsigned char)text[reader->offset] & 0xC0U) == 0x80U);
        reader->index++;
    }
    return reader->offset;
}

/* libyaml counts lines as diag.h does, because every other line break is refused before. */
static struct mark mark_of(const struct reader *reader, const yaml_mark_t *start, size_t length)
{
    return (struct mark){
        .source = reader->source,
        .line = (uint32_t)start->line + 1,
        .column = (uint32_t)start->column + 1,
        .length = (uint32_t)length,
    };
}

/* What is wrong with a character, or NULL. `rest` starts with it. */
static const char *refuse_character(uint32_t code, const char *rest)
{
    if (code == 0) {
        return "a NUL byte: this is no text file, or it is UTF-16; save it as UTF-8";
    }
    if (code == '\r') {
        return rest[1] == '\n' ? NULL : "a carriage return without a line feed; save the file with normal line ends";
    }
    if (code == 0x85 || code == 0x2028 || code == 0x2029) {
        return "an invisible Unicode line break; use a normal line end";
    }
    if (code == 0xFEFF) {
        return "a byte order mark inside the file; remove this invisible character";
    }
    const bool control = (code < 0x20 && code != '\t' && code != '\n') || (code >= 0x7F && code < 0xA0);
    return control || code == 0xFFFE || code == 0xFFFF ? "a control character; remove it" : NULL;
}

/* Reports the first byte that is not text as YAML has it. */
static bool check_characters(struct reader *reader)
{
    struct mark mark = {.source = reader->source, .line = 1, .column = 1, .length = 1};
    bool indenting = true;
    if (strncmp(reader->text, "\xFE\xFF", 2) == 0 || strncmp(reader->text, "\xFF\xFE", 2) == 0) {
        return refuse(reader, (struct mark){.source = reader->source}, "the file is UTF-16; save it as UTF-8");
    }
    for (size_t i = 0; i < reader->size_bytes;) {
        uint32_t code = 0;
        const size_t size = diag_code_point(reader->text + i, reader->size_bytes - i, &code);
        if (size == 0) {
            diag_error(reader->diags, mark, DIAG_SYNTAX, "byte 0x%02X is not UTF-8; save the file as UTF-8",
                       (unsigned)(unsigned char)reader->text[i]);
            return false;
        }
        const char *problem = refuse_character(code, reader->text + i);
        if (problem != NULL) {
            return refuse(reader, mark, problem);
        }
        if (indenting && code == 0xA0) {
            return refuse(reader, mark, "a no-break space (U+00A0) in the indentation; use normal spaces");
        }
        mark.column++;
        indenting = (indenting && code == ' ') || code == '\n';
        if (code == '\n') {
            mark.line++;
            mark.column = 1;
        }
        i += size;
    }
    return true;
}

/* libyaml's words for a problem, and what usually helps. The first row whose texts both occur is taken. */
struct remedy {
    const char *context, *problem;
    bool at_context; /* The place where the construct began says more than the place where it failed. */
    const char *text;
};

#define QUOTE(character) "text that starts with " character " must be quoted"
#define DIRECTIVE "a line that starts with % is a directive, which is not supported: remove it"
#define TABS "indent with spaces, not with tabs"

static const struct remedy remedies[] = {
    {"directive", "", false, DIRECTIVE},
    {"", "directive", false, DIRECTIVE},
    {"", "incompatible YAML", false, DIRECTIVE},
    {"scanning an anchor", "", false, QUOTE("&")},
    {"scanning an alias", "", false, QUOTE("*")},
    {" tag", "", false, QUOTE("!")},
    {"", "tag handle", false, QUOTE("!")},
    {"", "found a tab", false, TABS},
    {"block scalar", "", false, "after | or > the text begins on the next line; other " QUOTE("| or >")},
    {"quoted scalar", "end of stream", true, "the closing quote is missing"},
    {"quoted scalar", "document indicator", true, "the closing quote is missing"},
    {"quoted scalar", "", false, "in double quotes a backslash begins an escape: write \\\\, or use single quotes"},
    {"simple key", "", true, "write 'key: value' with a space after the colon, or quote a text of several lines"},
    {"", "mapping values are not allowed", false,
     "text that has a colon followed by a space in it must be quoted; keys of one mapping start in the same column"},
    {"", "mapping keys are not allowed", false, QUOTE("?")},
    {"", "sequence entries are not allowed", false,
     "each list item is a line of its own that starts with '- '; other " QUOTE("-")},
    {"", "cannot start any token", false, QUOTE("%, @ or `")},
    {"", "expected '-' indicator", false, "the items of one list start with '- ' in the same column"},
    {"", "',' or ']'", false,
     "separate items by commas and close the list with ]; text that has , [ ] { or } in it must be quoted"},
    {"", "',' or '}'", false,
     "separate entries by commas and close the mapping with }; text that has , [ ] { or } in it must be quoted"},
    {"", "expected node content", false, "a value is missing, or " QUOTE("a special character")},
    {"", "<document start>", false, "this is outside the document; check the indentation, '---' and '...'"},
    {"", "unexpected ':'", false, "text that has a colon in it must be quoted"},
};

static bool line_starts_with_tab(const struct reader *reader, size_t offset)
{
    size_t i = offset;
    while (i > 0 && reader->text[i - 1] != '\n') {
        i--;
    }
    while (i < reader->size_bytes && reader->text[i] == ' ') {
        i++;
    }
    return i < reader->size_bytes && reader->text[i] == '\t';
}

/* libyaml has one text for everything that is not the next key of a block mapping. */
static const char *expected_key_remedy(const struct reader *reader, size_t offset)
{
    size_t i = offset;
    while (i > 0 && reader->text[i - 1] == ' ') {
        i--;
    }
    if (i > 0 && reader->text[i - 1] != '\n') {
        return "nothing may follow the closing quote or bracket of a value; quote the whole text";
    }
    switch (offset < reader->size_bytes ? reader->text[offset] : '\0') {
    case ':': return KEY_MISSING;
    case '-': return "a list stands below its key, not among other keys";
    case ']':
    case '}': return "no bracket is open here";
    default: return "keys of one mapping start in the same column";
    }
}

static const char *find_remedy(const struct reader *reader, size_t offset, const char *context, const char *problem,
                               bool *at_context)
{
    *at_context = false;
    if (line_starts_with_tab(reader, offset)) {
        return TABS;
    }
    if (strstr(problem, "expected key") != NULL) {
        return expected_key_remedy(reader, offset);
    }
    if (strstr(problem, "expected node content") != NULL && offset < reader->size_bytes &&
        reader->text[offset] == ':') {
        return KEY_MISSING;
    }
    for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++) {
        if (strstr(context, remedies[i].context) != NULL && strstr(problem, remedies[i].problem) != NULL) {
            *at_context = remedies[i].at_context;
            return remedies[i].text;
        }
    }
    return NULL;
}

static bool report_problem(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    check(parser->error == YAML_SCANNER_ERROR || parser->error == YAML_PARSER_ERROR);
    const char *context = parser->context == NULL ? "" : parser->context;
    const char *problem = parser->problem == NULL ? "the YAML cannot be read" : parser->problem;
    const size_t offset = offset_at(reader, parser->problem_mark.index);
    struct mark mark = mark_of(reader, &parser->problem_mark, 1);
    if (offset == reader->size_bytes && reader->depth > 0 && strstr(context, "flow") != NULL) {
        diag_error(reader->diags, reader->frames[reader->depth - 1].node->mark, DIAG_SYNTAX,
                   "the bracket opened here is not closed");
        return false;
    }
    bool at_context = false;
    const char *remedy = find_remedy(reader, offset, context, problem, &at_context);
    struct text message = {0};
    text_puts(&message, problem);
    if (context[0] != '\0') {
        text_printf(&message, " %s", context);
        if (at_context) {
            mark = mark_of(reader, &parser->context_mark, 1);
        } else if (parser->context_mark.line != parser->problem_mark.line) {
            text_printf(&message, " that begins on line %zu", parser->context_mark.line + 1);
        }
    }
    if (remedy != NULL) {
        text_printf(&message, "; %s", remedy);
    }
    diag_error(reader->diags, mark, DIAG_SYNTAX, "%s", text_string(&message));
    text_free(&message);
    return false;
}

static int by_key(const void *a, const void *b)
{
    const struct node *x = *(struct node *const *)a;
    const struct node *y = *(struct node *const *)b;
    const int order = strcmp(x->text, y->text);
    if (order != 0) {
        return order;
    }
    if (x->mark.line != y->mark.line) {
        return x->mark.line < y->mark.line ? -1 : 1;
    }
    return (x->mark.column > y->mark.column) - (x->mark.column < y->mark.column);
}

static void check_duplicates(struct reader *reader, const struct node *mapping)
{
    if (mapping->count < 2) {
        return;
    }
    struct node **keys = malloc(mapping->count * sizeof *keys);
    check(keys != NULL);
    memcpy(keys, mapping->keys, mapping->count * sizeof *keys);
    qsort(keys, mapping->count, sizeof *keys, by_key);
    const struct node *first = keys[0];
    for (size_t i = 1; i < mapping->count; i++) {
        if (strcmp(first->text, keys[i]->text) != 0) {
            first = keys[i];
            continue;
        }
        reader->has_duplicates = true;
        const char *key = diag_quote(reader->diags->arena, first->text, first->length, QUOTE_COLUMNS_MAX);
        diag_error(reader->diags, keys[i]->mark, DIAG_DUPLICATE_KEY, "duplicate key '%s'; line %u has it already", key,
                   (unsigned)first->mark.line);
    }
    free(keys);
}

static bool check_key(struct reader *reader, const struct node *key)
{
    if (key->kind != NODE_SCALAR) {
        return refuse(reader, key->mark,
                      "a key must be text; text that starts with { or [ must be quoted, as in \"{name}\"");
    }
    if (!key->quoted && key->length == 0) {
        return refuse(reader, key->mark, KEY_MISSING);
    }
    if (!key->quoted && strcmp(key->text, "<<") == 0) {
        return refuse(reader, key->mark, "merge keys (<<) are not supported; write the keys out");
    }
    return true;
}

/* Puts a node where the enclosing collection waits for one. */
static bool place(struct reader *reader, struct node *node)
{
    if (++reader->node_count > NODE_COUNT_MAX) {
        diag_error(reader->diags, node->mark, DIAG_TOO_LARGE, "the file has more than 100,000 keys and values");
        return false;
    }
    if (reader->depth == 0) {
        reader->root = node;
        return true;
    }
    struct frame *frame = &reader->frames[reader->depth - 1];
    struct node *parent = frame->node;
    if (parent->kind == NODE_MAPPING && frame->key == NULL) {
        frame->key = node;
        if (parent->count == 0 && node->mark.line == parent->mark.line && node->mark.column == parent->mark.column) {
            parent->mark.length = node->mark.length; /* A block mapping has no sign of its own: its first key is it. */
        }
        return check_key(reader, node);
    }
    parent->items =
        arena_grow(reader->arena, parent->items, parent->count, &frame->items_capacity, sizeof *parent->items);
    parent->items[parent->count] = node;
    if (parent->kind == NODE_MAPPING) {
        parent->keys =
            arena_grow(reader->arena, parent->keys, parent->count, &frame->keys_capacity, sizeof *parent->keys);
        parent->keys[parent->count] = frame->key;
        frame->key = NULL;
    }
    parent->count++;
    return true;
}

static bool check_properties(struct reader *reader, struct mark mark, const yaml_char_t *anchor, bool tagged)
{
    if (anchor != NULL) {
        mark.length = (uint32_t)strlen((const char *)anchor) + 1;
        return refuse(reader, mark,
                      "anchors (&name) are not supported: write the value out where it is needed; text "
                      "that starts with & must be quoted");
    }
    if (tagged) {
        return refuse(reader, mark,
                      "tags (!name) are not supported: remove it; text that starts with ! must be quoted");
    }
    return true;
}

static bool open_collection(struct reader *reader, const yaml_event_t *event, enum node_kind kind)
{
    const bool is_mapping = kind == NODE_MAPPING;
    const struct mark mark = mark_of(reader, &event->start_mark, 1);
    const yaml_char_t *anchor = is_mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const yaml_char_t *tag = is_mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    if (!check_properties(reader, mark, anchor, tag != NULL)) {
        return false;
    }
    if (reader->depth == DEPTH_MAX) {
        diag_error(reader->diags, mark, DIAG_TOO_LARGE, "more than 64 levels of nesting");
        return false;
    }
    struct node *node = ARENA_NEW(reader->arena, struct node);
    node->kind = kind;
    node->mark = mark;
    if (!place(reader, node)) {
        return false;
    }
    reader->frames[reader->depth++] = (struct frame){.node = node};
    return true;
}

static bool close_collection(struct reader *reader)
{
    check(reader->depth > 0);
    const struct frame *frame = &reader->frames[--reader->depth];
    check(frame->key == NULL);
    if (frame->node->kind == NODE_MAPPING) {
        check_duplicates(reader, frame->node);
    }
    return true;
}

static bool take_scalar(struct reader *reader, const yaml_event_t *event)
{
    const size_t length = event->end_mark.index - event->start_mark.index;
    const struct mark mark = mark_of(reader, &event->start_mark, length);
    const char *text = (const char *)event->data.scalar.value;
    /* Not the event's tag, because libyaml forgets a tag that is only "!". */
    const bool exclaims = length > 0 && reader->text[offset_at(reader, event->start_mark.index)] == '!';
    if (!check_properties(reader, mark, event->data.scalar.anchor, exclaims)) {
        return false;
    }
    if (memchr(text, '\0', event->data.scalar.length) != NULL) {
        return refuse(reader, mark, "the text has a NUL character (\\0) in it; remove it");
    }
    struct node *node = ARENA_NEW(reader->arena, struct node);
    node->kind = NODE_SCALAR;
    node->mark = mark;
    node->text = arena_copy_text(reader->arena, text, event->data.scalar.length);
    node->length = event->data.scalar.length;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return place(reader, node);
}

static bool take_document(struct reader *reader, const yaml_event_t *event)
{
    struct mark mark = mark_of(reader, &event->start_mark, 1);
    if (event->data.document_start.version_directive != NULL ||
        event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end) {
        return refuse(reader, mark, "directives (lines that start with %) are not supported: remove it");
    }
    if (reader->has_document) {
        mark.length = (uint32_t)strlen("---");
        return refuse(reader, mark, "a second document begins here; put it into a file of its own");
    }
    reader->has_document = true;
    return true;
}

static bool take_event(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT: return take_document(reader, event);
    case YAML_ALIAS_EVENT:
        return refuse(reader, mark_of(reader, &event->start_mark, event->end_mark.index - event->start_mark.index),
                      "aliases (*name) are not supported: write the value out; text that starts with * must be quoted");
    case YAML_SCALAR_EVENT: return take_scalar(reader, event);
    case YAML_SEQUENCE_START_EVENT: return open_collection(reader, event, NODE_SEQUENCE);
    case YAML_MAPPING_START_EVENT: return open_collection(reader, event, NODE_MAPPING);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return close_collection(reader);
    default: return true;
    }
}

static bool take_events(struct reader *reader)
{
    for (bool more = true; more;) {
        yaml_event_t event;
        if (yaml_parser_parse(&reader->parser, &event) == 0) {
            return report_problem(reader);
        }
        more = event.type != YAML_STREAM_END_EVENT;
        const bool taken = take_event(reader, &event);
        yaml_event_delete(&event);
        if (!taken) {
            return false;
        }
    }
    const struct node *root = reader->root;
    if (root == NULL || (root->kind == NODE_SCALAR && !root->quoted && root->length == 0)) {
        return refuse(reader, (struct mark){.source = reader->source}, "the file is empty");
    }
    return !reader->has_duplicates;
}

struct node *tree_read(struct arena *arena, const struct source *source, struct diags *diags)
{
    const bool marked = source->size_bytes >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0;
    struct reader reader = {
        .arena = arena,
        .source = source,
        .diags = diags,
        .text = source->text + (marked ? 3 : 0),
        .size_bytes = source->size_bytes - (marked ? 3 : 0),
    };
    if (source->size_bytes > FILE_BYTES_MAX) {
        diag_error(diags, (struct mark){.source = source}, DIAG_TOO_LARGE, "the file is larger than 1 MiB");
        return NULL;
    }
    if (!check_characters(&reader)) {
        return NULL;
    }
    check(yaml_parser_initialize(&reader.parser) != 0);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)reader.text, reader.size_bytes);
    const bool taken = take_events(&reader);
    yaml_parser_delete(&reader.parser);
    return taken ? reader.root : NULL;
}
