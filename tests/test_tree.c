#include "scenario/tree.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct node *read_bytes(const char *bytes, size_t size_bytes, struct diags *diags)
{
    struct source *source = ARENA_NEW(arena, struct source);
    *source = (struct source){.path = "x.yaml", .text = arena_copy_text(arena, bytes, size_bytes)};
    source->size_bytes = size_bytes;
    *diags = (struct diags){.arena = arena};
    return tree_read(arena, source, diags);
}

static struct node *read_text(const char *text, struct diags *diags)
{
    return read_bytes(text, strlen(text), diags);
}

/* The tree in one line: {a: 1, b: [x, "y"]}. */
static void show(const struct node *node, struct text *out)
{
    if (node->kind == NODE_SCALAR) {
        assert_int_equal(strlen(node->text), node->length);
        text_printf(out, node->quoted ? "\"%s\"" : "%s", node->text);
        return;
    }
    text_puts(out, node->kind == NODE_MAPPING ? "{" : "[");
    for (size_t i = 0; i < node->count; i++) {
        text_puts(out, i == 0 ? "" : ", ");
        if (node->kind == NODE_MAPPING) {
            show(node->keys[i], out);
            text_puts(out, ": ");
        }
        show(node->items[i], out);
    }
    text_puts(out, node->kind == NODE_MAPPING ? "}" : "]");
}

static void expect_tree(const struct node *node, const char *expected)
{
    struct text out = {0};
    show(node, &out);
    assert_string_equal(text_string(&out), expected);
    text_free(&out);
}

static void read_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"a: 1\n", "{a: 1}"},
        {"a: 1", "{a: 1}"},
        {"---\na: 1\n", "{a: 1}"},
        {"---\na: 1\n...\n", "{a: 1}"},
        {"# comment\na: 1 # comment\n", "{a: 1}"},
        {"a: 1\r\nb: 2\r\n", "{a: 1, b: 2}"},
        {"\xEF\xBB\xBF"
         "a: 1\n",
         "{a: 1}"},
        {"- a\n- - b\n  - c\n-\n", "[a, [b, c], ]"},
        {"a:\n- b\n- c\nd:\n", "{a: [b, c], d: }"},
        {"a: {b: [1, 2], c: {}}\nd: []\n", "{a: {b: [1, 2], c: {}}, d: []}"},
        {"{a, b: , 'c': ''}\n", "{a: , b: , \"c\": \"\"}"},
        {"? a\n: b\n", "{a: b}"},
        {"[a: b]\n", "[{a: b}]"},
        /* Text is text, whatever it looks like. */
        {"a: no\nb: 12:30\nc: 0x10\nd: ~\ne: 1e3\nf: 2025-10-11\n",
         "{a: no, b: 12:30, c: 0x10, d: ~, e: 1e3, f: 2025-10-11}"},
        {"a: {s: 08:00..17:00 every 30m, w: 2025-10-13T10:00..12:00}\n",
         "{a: {s: 08:00..17:00 every 30m, w: 2025-10-13T10:00..12:00}}"},
        {"a: \"x: {y}\"\nb: 'it''s'\nc: \"\\u00fc\\t\"\n", "{a: \"x: {y}\", b: \"it's\", c: \"\xC3\xBC\t\"}"},
        {"a: >\n  x\n  y\nb: |\n  x\n  y\n", "{a: \"x y\n\", b: \"x\ny\n\"}"},
        {"a: b\n  c\n", "{a: b c}"},
        {"a:\tb\n", "{a: b}"},
        {"a: 'tab\there'\n", "{a: \"tab\there\"}"},
        {"a: x\xC2\xA0y\n", "{a: x\xC2\xA0y}"},
        /* Twins of what is refused: quoted, or not at the start. */
        {"a: \"*x\"\nb: '&x'\nc: \"!x\"\nd: \"@x\"\ne: '%x'\nf: '`'\n",
         "{a: \"*x\", b: \"&x\", c: \"!x\", d: \"@x\", e: \"%x\", f: \"`\"}"},
        {"a: x*\nb: x&y\nc: x!\nd: x@y\ne: 5%\nf: -b\ng: a:b\nh: x#y\n",
         "{a: x*, b: x&y, c: x!, d: x@y, e: 5%, f: -b, g: a:b, h: x#y}"},
        {"\"<<\": 1\n", "{\"<<\": 1}"},
        {"a: <<\n", "{a: <<}"},
        {"\"{a}\": 1\n", "{\"{a}\": 1}"},
        {"\"\": 1\n", "{\"\": 1}"},
        {"a: {x: 1}\nb: {x: 1}\n", "{a: {x: 1}, b: {x: 1}}"},
        {"a: 1\nA: 2\n", "{a: 1, A: 2}"},
        {"\xF0\x9F\x98\x80: \xE6\xBC\xA2\n", "{\xF0\x9F\x98\x80: \xE6\xBC\xA2}"},
        {"text\n", "text"},
        {"''\n", "\"\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct diags diags;
        const struct node *node = read_text(cases[i].text, &diags);
        assert_int_equal(diags.count, 0);
        assert_non_null(node);
        expect_tree(node, cases[i].expected);
    }
}

struct refusal {
    const char *text;
    uint32_t line, column, length;
    enum diag_code code;
    const char *message;
};

static void expect_refusal(const struct refusal *test, size_t size_bytes)
{
    struct diags diags;
    assert_null(read_bytes(test->text, size_bytes, &diags));
    assert_int_equal(diags.count, 1);
    assert_string_equal(diags.items[0].message, test->message);
    assert_int_equal(diags.items[0].code, test->code);
    assert_int_equal(diags.items[0].mark.line, test->line);
    assert_int_equal(diags.items[0].mark.column, test->column);
    assert_int_equal(diags.items[0].mark.length, test->length);
}

#define ANCHOR                                                                                                         \
    "anchors (&name) are not supported: write the value out where it is needed; text that starts with & must be "      \
    "quoted"
#define ALIAS "aliases (*name) are not supported: write the value out; text that starts with * must be quoted"
#define TAG "tags (!name) are not supported: remove it; text that starts with ! must be quoted"
#define DIRECTIVE "directives (lines that start with %) are not supported: remove it"
#define DIRECTIVE_REMEDY "a line that starts with % is a directive, which is not supported: remove it"
#define KEY "a key must be text; text that starts with { or [ must be quoted, as in \"{name}\""
#define SECOND "a second document begins here; put it into a file of its own"
#define TABS "indent with spaces, not with tabs"
#define BRACKET "the bracket opened here is not closed"
#define COLON                                                                                                          \
    "mapping values are not allowed in this context; text that has a colon followed by a space in it must be quoted; " \
    "keys of one mapping start in the same column"
#define NO_TOKEN "found character that cannot start any token while scanning for the next token; "
#define START "text that starts with %, @ or ` must be quoted"
#define BLOCK_KEY "did not find expected key while parsing a block mapping"
#define BLOCK "after | or > the text begins on the next line; other text that starts with | or > must be quoted"
#define ESCAPE                                                                                                         \
    "while parsing a quoted scalar; in double quotes a backslash begins an escape: write \\\\, or use single quotes"
#define NODE_CONTENT "; a value is missing, or text that starts with a special character must be quoted"

static const struct refusal refusals[] = {
    {"", 0, 0, 0, DIAG_SYNTAX, "the file is empty"},
    {"# only a comment\n", 0, 0, 0, DIAG_SYNTAX, "the file is empty"},
    {"---\n...\n", 0, 0, 0, DIAG_SYNTAX, "the file is empty"},
    {"\xEF\xBB\xBF", 0, 0, 0, DIAG_SYNTAX, "the file is empty"},
    {"a: &x 1\n", 1, 4, 2, DIAG_SYNTAX, ANCHOR},
    {"a: &xyz {b: 1}\n", 1, 4, 4, DIAG_SYNTAX, ANCHOR},
    {"a: &x [b]\n", 1, 4, 2, DIAG_SYNTAX, ANCHOR},
    {"a: *xy\n", 1, 4, 3, DIAG_SYNTAX, ALIAS},
    {"a: *.x\n", 1, 5, 1, DIAG_SYNTAX,
     "did not find expected alphabetic or numeric character while scanning an alias; text that starts with * must be "
     "quoted"},
    {"a: & b\n", 1, 5, 1, DIAG_SYNTAX,
     "did not find expected alphabetic or numeric character while scanning an anchor; text that starts with & must be "
     "quoted"},
    {"a: !foo 1\n", 1, 4, 6, DIAG_SYNTAX, TAG},
    {"a: !!str 1\n", 1, 4, 7, DIAG_SYNTAX, TAG},
    {"a: ! 1\n", 1, 4, 3, DIAG_SYNTAX, TAG},
    {"a: ! \"1\"\n", 1, 4, 5, DIAG_SYNTAX, TAG},
    {"a: !foo\n  b: 1\n", 1, 4, 1, DIAG_SYNTAX, TAG},
    {"a: ! [b]\n", 1, 4, 1, DIAG_SYNTAX, TAG},
    {"a: !x!y 1\n", 1, 4, 1, DIAG_SYNTAX,
     "found undefined tag handle while parsing a node; text that starts with ! must be quoted"},
    {"a: !<b\n", 1, 7, 1, DIAG_SYNTAX,
     "did not find the expected '>' while scanning a tag; text that starts with ! must be quoted"},
    {"a:\n  <<: {b: 1}\n", 2, 3, 2, DIAG_SYNTAX, "merge keys (<<) are not supported; write the keys out"},
    {"%YAML 1.2\n---\na: 1\n", 1, 1, 1, DIAG_SYNTAX, DIRECTIVE},
    {"%TAG ! x\n---\na: 1\n", 1, 1, 1, DIAG_SYNTAX, DIRECTIVE},
    {"%FOO\n---\na: 1\n", 1, 5, 1, DIAG_SYNTAX,
     "found unknown directive name while scanning a directive; " DIRECTIVE_REMEDY},
    {"%YAML 2.0\n---\na: 1\n", 1, 1, 1, DIAG_SYNTAX, "found incompatible YAML document; " DIRECTIVE_REMEDY},
    {"%YAML 1.1\n%YAML 1.1\n---\na: 1\n", 2, 1, 1, DIAG_SYNTAX, "found duplicate %YAML directive; " DIRECTIVE_REMEDY},
    {"a: 1\n---\nb: 1\n", 2, 1, 3, DIAG_SYNTAX, SECOND},
    {"a: 1\n...\n---\n", 3, 1, 3, DIAG_SYNTAX, SECOND},
    {"a: 1\n... x\n", 2, 5, 1, DIAG_SYNTAX,
     "did not find expected <document start>; this is outside the document; check the indentation, '---' and '...'"},
    {"[a]: 1\n", 1, 1, 1, DIAG_SYNTAX, KEY},
    {"{a}: 1\n", 1, 1, 1, DIAG_SYNTAX, KEY},
    {"a: {{b}}\n", 1, 5, 1, DIAG_SYNTAX, KEY},
    {"? - a\n: b\n", 1, 3, 1, DIAG_SYNTAX, KEY},
    {": 1\n", 1, 1, 1, DIAG_SYNTAX, BLOCK_KEY "; the key before the colon is missing"},
    {"{: 1}\n", 1, 2, 1, DIAG_SYNTAX,
     "did not find expected node content while parsing a flow node; the key before the colon is missing"},
    {"? \n: 1\n", 1, 2, 0, DIAG_SYNTAX, "the key before the colon is missing"},
    {"a: \"x\\0\"\n", 1, 4, 5, DIAG_SYNTAX, "the text has a NUL character (\\0) in it; remove it"},
    {"\"\\0\": 1\n", 1, 1, 4, DIAG_SYNTAX, "the text has a NUL character (\\0) in it; remove it"},
    /* Characters. */
    {"a: \xE9x\n", 1, 4, 1, DIAG_SYNTAX, "byte 0xE9 is not UTF-8; save the file as UTF-8"},
    {"\xC3\xBC: \xC3", 1, 4, 1, DIAG_SYNTAX, "byte 0xC3 is not UTF-8; save the file as UTF-8"},
    {"\xFE\xFF", 0, 0, 0, DIAG_SYNTAX, "the file is UTF-16; save it as UTF-8"},
    {"\xFF\xFE"
     "a",
     0, 0, 0, DIAG_SYNTAX, "the file is UTF-16; save it as UTF-8"},
    {"a: 1\rb: 2\n", 1, 5, 1, DIAG_SYNTAX,
     "a carriage return without a line feed; save the file with normal line ends"},
    {"a: 1\r", 1, 5, 1, DIAG_SYNTAX, "a carriage return without a line feed; save the file with normal line ends"},
    {"a: x\xC2\x85y\n", 1, 5, 1, DIAG_SYNTAX, "an invisible Unicode line break; use a normal line end"},
    {"a: x\xE2\x80\xA8y\n", 1, 5, 1, DIAG_SYNTAX, "an invisible Unicode line break; use a normal line end"},
    {"a: \xEF\xBB\xBFx\n", 1, 4, 1, DIAG_SYNTAX, "a byte order mark inside the file; remove this invisible character"},
    {"\xEF\xBB\xBF\xEF\xBB\xBF"
     "a: 1\n",
     1, 1, 1, DIAG_SYNTAX, "a byte order mark inside the file; remove this invisible character"},
    {"a: 1\nb: \x1B[31m\n", 2, 4, 1, DIAG_SYNTAX, "a control character; remove it"},
    {"a: \x7F\n", 1, 4, 1, DIAG_SYNTAX, "a control character; remove it"},
    {"a: \xC2\x9B\n", 1, 4, 1, DIAG_SYNTAX, "a control character; remove it"},
    {"a: \xEF\xBF\xBE\n", 1, 4, 1, DIAG_SYNTAX, "a control character; remove it"},
    {"a:\n \xC2\xA0"
     "b: 1\n",
     2, 2, 1, DIAG_SYNTAX, "a no-break space (U+00A0) in the indentation; use normal spaces"},
    /* What libyaml refuses, with a remedy. */
    {"a:\n\tb: 1\n", 2, 1, 1, DIAG_SYNTAX, NO_TOKEN TABS},
    {"a:\n  b: 1\n \tc: 2\n", 3, 2, 1, DIAG_SYNTAX,
     "found a tab character that violates indentation while scanning a plain scalar that begins on line 2; " TABS},
    {"a: |\n\tx\n", 2, 1, 1, DIAG_SYNTAX,
     "found a tab character where an indentation space is expected while scanning a block scalar that begins on line "
     "1; " TABS},
    {"title: foo: bar\n", 1, 11, 1, DIAG_SYNTAX, COLON},
    {"a: 1\n  b: 2\n", 2, 4, 1, DIAG_SYNTAX, COLON},
    {"a: 1\nfoo\nb: 2\n", 2, 1, 1, DIAG_SYNTAX,
     "could not find expected ':' while scanning a simple key; write 'key: value' with a space after the colon, or "
     "quote a text of several lines"},
    {"a:\n    b: 1\n  c: 2\n", 3, 3, 1, DIAG_SYNTAX,
     BLOCK_KEY " that begins on line 1; keys of one mapping start in the same column"},
    {"a: 1\n- c\n", 2, 1, 1, DIAG_SYNTAX,
     BLOCK_KEY " that begins on line 1; a list stands below its key, not among other keys"},
    {"a: b\n]\n", 2, 1, 1, DIAG_SYNTAX, BLOCK_KEY " that begins on line 1; no bracket is open here"},
    {"a: \"x\" y\n", 1, 8, 1, DIAG_SYNTAX,
     BLOCK_KEY "; nothing may follow the closing quote or bracket of a value; quote the whole text"},
    {"a: [b]]\n", 1, 7, 1, DIAG_SYNTAX,
     BLOCK_KEY "; nothing may follow the closing quote or bracket of a value; quote the whole text"},
    {"a: \"x\nb: 1\n", 1, 4, 1, DIAG_SYNTAX,
     "found unexpected end of stream while scanning a quoted scalar; the closing quote is missing"},
    {"a: 'x\n---\n'\n", 1, 4, 1, DIAG_SYNTAX,
     "found unexpected document indicator while scanning a quoted scalar; the closing quote is missing"},
    {"a: \"\\q\"\n", 1, 5, 1, DIAG_SYNTAX, "found unknown escape character " ESCAPE},
    {"a: \"\\xZZ\"\n", 1, 7, 1, DIAG_SYNTAX, "did not find expected hexdecimal number " ESCAPE},
    {"a: \"\\ud800\"\n", 1, 7, 1, DIAG_SYNTAX, "found invalid Unicode character escape code " ESCAPE},
    {"a: [1, 2\nb: 3\n", 2, 2, 1, DIAG_SYNTAX,
     "did not find expected ',' or ']' while parsing a flow sequence that begins on line 1; separate items by commas "
     "and close the list with ]; text that has , [ ] { or } in it must be quoted"},
    {"{a: \"b\"c}\n", 1, 8, 1, DIAG_SYNTAX,
     "did not find expected ',' or '}' while parsing a flow mapping; separate entries by commas and close the mapping "
     "with }; text that has , [ ] { or } in it must be quoted"},
    {"a: {b: 1\n", 1, 4, 1, DIAG_SYNTAX, BRACKET},
    {"a: [b, {\n\n", 1, 8, 1, DIAG_SYNTAX, BRACKET},
    {"[a:, b]\n", 1, 3, 1, DIAG_SYNTAX,
     "found unexpected ':' while scanning a plain scalar; text that has a colon in it must be quoted"},
    {"a: [ , b]\n", 1, 6, 1, DIAG_SYNTAX, "did not find expected node content while parsing a flow node" NODE_CONTENT},
    {"a: , b\n", 1, 4, 1, DIAG_SYNTAX, "did not find expected node content while parsing a block node" NODE_CONTENT},
    {"a: @x\n", 1, 4, 1, DIAG_SYNTAX, NO_TOKEN START},
    {"a: `x`\n", 1, 4, 1, DIAG_SYNTAX, NO_TOKEN START},
    {"a: %x\n", 1, 4, 1, DIAG_SYNTAX, NO_TOKEN START},
    {"a: - b\n", 1, 4, 1, DIAG_SYNTAX,
     "block sequence entries are not allowed in this context; each list item is a line of its own that starts with "
     "'- '; other text that starts with - must be quoted"},
    {"a: ? b\n", 1, 4, 1, DIAG_SYNTAX,
     "mapping keys are not allowed in this context; text that starts with ? must be quoted"},
    {"- a\n- b\nc: 1\n", 3, 1, 1, DIAG_SYNTAX,
     "did not find expected '-' indicator while parsing a block collection that begins on line 1; the items of one "
     "list "
     "start with '- ' in the same column"},
    {"a: | x\n", 1, 6, 1, DIAG_SYNTAX,
     "did not find expected comment or line break while scanning a block scalar; " BLOCK},
    {"a: >0\n  x\n", 1, 5, 1, DIAG_SYNTAX,
     "found an indentation indicator equal to 0 while scanning a block scalar; " BLOCK},
};

static void read_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        expect_refusal(&refusals[i], strlen(refusals[i].text));
    }
    const struct refusal nul = {
        "a: 1\nb: \0\n", 2, 4, 1, DIAG_SYNTAX, "a NUL byte: this is no text file, or it is UTF-16; save it as UTF-8"};
    expect_refusal(&nul, 10);
}

static void report_duplicates(void **state)
{
    (void)state;
    struct diags diags;
    assert_null(read_text("a: 1\nb: {x: 1, y: 2, x: 3}\na: 3\n\"a\": 4\n", &diags));
    struct text out = {0};
    diag_print(&diags, &out, false);
    assert_string_equal(text_string(&out),
                        "x.yaml:2:17: error: duplicate key 'x'; line 2 has it already [duplicate-key]\n"
                        "    2 | b: {x: 1, y: 2, x: 3}\n"
                        "      |                 ^\n"
                        "x.yaml:3:1: error: duplicate key 'a'; line 1 has it already [duplicate-key]\n"
                        "    3 | a: 3\n"
                        "      | ^\n"
                        "x.yaml:4:1: error: duplicate key 'a'; line 1 has it already [duplicate-key]\n"
                        "    4 | \"a\": 4\n"
                        "      | ^~~\n");
    text_free(&out);
}

/* `count` times `unit` between `start` and `end`. */
static struct text repeat(const char *start, const char *unit, size_t count, const char *end)
{
    struct text text = {0};
    text_puts(&text, start);
    for (size_t i = 0; i < count; i++) {
        text_puts(&text, unit);
    }
    text_puts(&text, end);
    return text;
}

static void limit_depth(void **state)
{
    (void)state;
    static const struct {
        const char *open, *close;
        size_t count;
        bool accepted;
    } cases[] = {
        {"[", "]", 64, true},        {"[", "]", 65, false},     {"{a: ", "}", 64, true},  {"{a: ", "}", 65, false},
        {"- ", "", 64, true},        {"- ", "", 65, false},     {"[", "", 100000, false}, {"[\n", "", 100000, false},
        {"{a: ", "", 100000, false}, {"- ", "", 100000, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text text = repeat("", cases[i].open, cases[i].count, "");
        for (size_t j = 0; j < cases[i].count; j++) {
            text_puts(&text, cases[i].close);
        }
        struct diags diags;
        const struct node *node = read_text(text.data, &diags);
        assert_int_equal(node != NULL, cases[i].accepted);
        if (!cases[i].accepted) {
            assert_string_equal(diags.items[0].message, "more than 64 levels of nesting");
            assert_int_equal(diags.items[0].code, DIAG_TOO_LARGE);
        }
        text_free(&text);
    }
}

static void limit_nodes(void **state)
{
    (void)state;
    struct diags diags;
    struct text most = repeat("[", "a,", 99999, "]"); /* And the list itself. */
    assert_non_null(read_text(most.data, &diags));
    text_free(&most);
    struct text more = repeat("[", "a,", 100000, "]");
    assert_null(read_text(more.data, &diags));
    assert_string_equal(diags.items[0].message, "the file has more than 100,000 keys and values");
    assert_int_equal(diags.items[0].code, DIAG_TOO_LARGE);
    assert_int_equal(diags.items[0].mark.column, 200000);
    text_free(&more);
}

static void limit_size(void **state)
{
    (void)state;
    struct diags diags;
    struct text most = repeat("a: 1\n", "#", (size_t)1024 * 1024 - 5, "");
    assert_non_null(read_text(most.data, &diags));
    text_puts(&most, "#");
    assert_null(read_text(most.data, &diags));
    assert_string_equal(diags.items[0].message, "the file is larger than 1 MiB");
    assert_int_equal(diags.items[0].code, DIAG_TOO_LARGE);
    assert_int_equal(diags.items[0].mark.line, 0);
    text_free(&most);
}

static void keep_marks(void **state)
{
    (void)state;
    static const char text[] = "\xEF\xBB\xBF"
                               "\xC3\xBC: \xF0\x9F\x98\x80 x\r\n"
                               "list:\r\n"
                               "  - {b: 'c d', e: }\r\n"
                               "  - [f]\r\n"
                               "block: |\r\n"
                               "  x\r\n"
                               "plain: y\r\n"
                               "  z\r\n";
    struct diags diags;
    const struct node *root = read_text(text, &diags);
    assert_non_null(root);
    const struct node *list = node_get(root, "list");
    const struct node *flow = list->items[0];
    const struct {
        const struct node *node;
        uint32_t line, column, length;
    } cases[] = {
        {root, 1, 1, 1},
        {root->keys[0], 1, 1, 1},
        {root->items[0], 1, 4, 3},
        {node_key(root, "list"), 2, 1, 4},
        {list, 3, 3, 1},
        {flow, 3, 5, 1},
        {flow->keys[0], 3, 6, 1},
        {flow->items[0], 3, 9, 5},
        {flow->items[1], 3, 19, 0},
        {list->items[1], 4, 5, 1},
        {list->items[1]->items[0], 4, 6, 1},
        {node_get(root, "block"), 5, 8, 8},
        {node_get(root, "plain"), 7, 8, 6},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(cases[i].node->mark.line, cases[i].line);
        assert_int_equal(cases[i].node->mark.column, cases[i].column);
        assert_int_equal(cases[i].node->mark.length, cases[i].length);
        assert_string_equal(cases[i].node->mark.source->path, "x.yaml");
    }
    assert_null(node_get(root, "absent"));
    assert_null(node_key(root, "absent"));
}

static void merge_trees(void **state)
{
    (void)state;
    static const struct {
        const char *base, *patch, *expected;
    } cases[] = {
        {"{a: 1, b: 2}", "{b: 3, c: 4}", "{a: 1, b: 3, c: 4}"},
        {"{a: 1, b: 2}", "{}", "{a: 1, b: 2}"},
        {"{}", "{b: 3}", "{b: 3}"},
        {"{a: {x: 1, y: 2}, b: 1}", "{a: {y: 3, z: 4}}", "{a: {x: 1, y: 3, z: 4}, b: 1}"},
        {"{a: [1, 2]}", "{a: [3]}", "{a: [3]}"},
        {"{a: {x: 1}}", "{a: 1}", "{a: 1}"},
        {"{a: 1}", "{a: {x: 1}}", "{a: {x: 1}}"},
        {"{a: 1, b: 2, c: 3}", "{a: ~, c: null}", "{b: 2}"},
        {"{a: 1}", "{a: '~', b: 'null'}", "{a: \"~\", b: \"null\"}"},
        {"{a: 1}", "{a: Null}", "{a: Null}"},
        {"{a: {x: 1}}", "{a: {x: ~}}", "{a: {}}"},
        /* A null removes even where the base has nothing to remove. */
        {"{a: 1}", "{b: ~, c: {x: ~, y: 1}}", "{a: 1, c: {y: 1}}"},
        {"{a: 1}", "{a: {x: ~}}", "{a: {}}"},
        {"{a: 1}", "{b: [~, {x: ~}]}", "{a: 1, b: [~, {x: ~}]}"},
        {"{b: ~}", "{a: 1}", "{b: ~, a: 1}"},
        {"[1]", "{a: 1}", "{a: 1}"},
        {"{a: 1}", "[1]", "[1]"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct diags diags;
        const struct node *base = read_text(cases[i].base, &diags);
        const struct node *patch = read_text(cases[i].patch, &diags);
        struct text base_before = {0};
        struct text patch_before = {0};
        show(base, &base_before);
        show(patch, &patch_before);
        expect_tree(tree_merge(arena, base, patch), cases[i].expected);
        expect_tree(base, text_string(&base_before));
        expect_tree(patch, text_string(&patch_before));
        text_free(&base_before);
        text_free(&patch_before);
    }
}

static void merge_marks(void **state)
{
    (void)state;
    struct diags diags;
    const struct node *base = read_text("a: 1\nb: 2\nm: {x: 1}\n", &diags);
    const struct node *patch = read_text("\n\n\n\nb: 3\nm: {y: 1}\n", &diags);
    const struct node *merged = tree_merge(arena, base, patch);
    assert_int_equal(merged->mark.line, 5);
    assert_int_equal(node_get(merged, "a")->mark.line, 1);
    assert_int_equal(node_key(merged, "b")->mark.line, 5);
    assert_int_equal(node_get(merged, "b")->mark.line, 5);
    assert_int_equal(node_get(merged, "m")->mark.line, 6);
    assert_int_equal(node_key(node_get(merged, "m"), "x")->mark.line, 3);
    assert_int_equal(node_key(node_get(merged, "m"), "y")->mark.line, 6);
}

static char folder[] = "/tmp/slotrace-tree-XXXXXX";

static const char *in_folder(const char *name)
{
    return arena_printf(arena, "%s/%s", folder, name);
}

static const char *write_file(const char *name, const char *bytes, size_t size_bytes)
{
    const char *path = in_folder(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size_bytes, file), size_bytes);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void expect_unreadable(const char *path, enum diag_code code, const char *reason)
{
    struct diags diags = {.arena = arena};
    assert_null(source_read(arena, path, (struct mark){0}, &diags));
    assert_int_equal(diags.count, 1);
    assert_string_equal(diags.items[0].message, arena_printf(arena, "cannot read '%s': %s", path, reason));
    assert_int_equal(diags.items[0].code, code);
    assert_null(diags.items[0].mark.source);
}

static void read_sources(void **state)
{
    (void)state;
    struct diags diags = {.arena = arena};
    const struct source *source = source_read(arena, write_file("x.yaml", "a\0b", 3), (struct mark){0}, &diags);
    assert_non_null(source);
    assert_string_equal(source->path, in_folder("x.yaml"));
    assert_int_equal(source->size_bytes, 3);
    assert_memory_equal(source->text, "a\0b", 4);
    source = source_read(arena, write_file("empty.yaml", "", 0), (struct mark){0}, &diags);
    assert_non_null(source);
    assert_int_equal(source->size_bytes, 0);
    assert_string_equal(source->text, "");
    struct text full = repeat("", "#", (size_t)1024 * 1024, "");
    source = source_read(arena, write_file("full.yaml", full.data, full.length), (struct mark){0}, &diags);
    assert_non_null(source);
    assert_int_equal(source->size_bytes, 1024 * 1024);
    text_puts(&full, "#");
    expect_unreadable(write_file("large.yaml", full.data, full.length), DIAG_TOO_LARGE, "it is larger than 1 MiB");
    text_free(&full);
    assert_int_equal(diags.count, 0);
}

static void refuse_sources(void **state)
{
    (void)state;
    const char *sparse = write_file("sparse.yaml", "", 0);
    assert_int_equal(truncate(sparse, 1024L * 1024 * 1024), 0);
    expect_unreadable(sparse, DIAG_TOO_LARGE, "it is larger than 1 MiB");
    const char *pipe = in_folder("pipe");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    expect_unreadable(pipe, DIAG_IO, "it is a pipe or socket; write it to a file first");
    const char *loop = in_folder("loop");
    assert_int_equal(symlink(loop, loop), 0);
    expect_unreadable(loop, DIAG_IO, "too many symbolic links");
    expect_unreadable(folder, DIAG_IO, "it is a directory");
    expect_unreadable("/dev/zero", DIAG_IO, "it is a device; only regular files are read");
    expect_unreadable(in_folder("absent.yaml"), DIAG_IO, "there is no such file");
    expect_unreadable("", DIAG_IO, "there is no such file");
    expect_unreadable(arena_printf(arena, "%s/x", sparse), DIAG_IO, "a part of the path is not a directory");
    char *long_name = arena_alloc(arena, 5001, 1);
    memset(long_name, 'x', 5000);
    expect_unreadable(long_name, DIAG_IO, "the path is too long");
    if (geteuid() != 0) {
        const char *secret = write_file("secret.yaml", "a", 1);
        assert_int_equal(chmod(secret, 0), 0);
        expect_unreadable(secret, DIAG_IO, "permission denied");
    }
}

static void refuse_source_where_named(void **state)
{
    (void)state;
    const struct source source = {.path = "x.yaml", .text = "extends: y\n", .size_bytes = 11};
    struct diags diags = {.arena = arena};
    assert_null(source_read(arena, "/absent/y.yaml", (struct mark){&source, 1, 10, 1}, &diags));
    struct text out = {0};
    diag_print(&diags, &out, false);
    assert_string_equal(text_string(&out),
                        "x.yaml:1:10: error: cannot read '/absent/y.yaml': there is no such file [io]\n"
                        "    1 | extends: y\n"
                        "      |          ^\n");
    text_free(&out);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"x.yaml",      "empty.yaml", "full.yaml", "large.yaml",
                                        "sparse.yaml", "pipe",       "loop",      "secret.yaml"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(read_accepted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(read_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(report_duplicates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limit_depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limit_nodes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limit_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keep_marks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(merge_trees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(merge_marks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(read_sources, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuse_sources, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuse_source_where_named, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
