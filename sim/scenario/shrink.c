#include "scenario/shrink.h"

#include "scenario/format.h"

#include <string.h>

struct shrinkable shrink_open(struct arena *arena, const struct source *source, struct diags *diags)
{
    struct shrinkable out = {.source = source};
    const size_t before = diags->count;
    out.root = tree_read(arena, source, diags);
    if (out.root != NULL) {
        schema_check(out.root, &format_scenario, SCHEMA_WHOLE, diags);
    }
    if (out.root == NULL || diags->count > before) {
        out.problem = "it is not a valid scenario file";
        return out;
    }
    out.actors = node_get(out.root, "actors");
    uint32_t line = node_key(out.root, "actors")->mark.line;
    for (size_t i = 0; i < out.root->count; i++) {
        if (out.root->keys[i]->mark.column != 1) {
            out.problem = "its keys are not each at the beginning of a line";
        }
    }
    for (size_t i = 0; i < out.actors->count && out.problem == NULL; i++) {
        if (out.actors->keys[i]->mark.line <= line) {
            out.problem = "its actors are not each on lines of their own";
        }
        line = out.actors->keys[i]->mark.line;
    }
    return out;
}

/* The beginning of a line, counted from 1; the end of the text behind the last. */
static const char *line_start(const struct source *source, uint32_t line)
{
    const char *at = source->text;
    for (uint32_t i = 1; i < line && *at != '\0'; i++) {
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return at;
}

/* Comments right above a line belong to it. */
static uint32_t with_comments(const struct source *source, uint32_t line, uint32_t after)
{
    while (line - 1 > after) {
        const char *above = line_start(source, line - 1);
        if (above[strspn(above, " ")] != '#') {
            break;
        }
        line--;
    }
    return line;
}

static void add_lines(const struct source *source, uint32_t from, uint32_t to, struct text *out)
{
    const char *start = line_start(source, from);
    const char *end = to == 0 ? source->text + strlen(source->text) : line_start(source, to);
    text_add(out, start, (size_t)(end - start));
}

static void add_actors(const struct shrinkable *shrinkable, const bool *kept, uint32_t key_line, uint32_t end,
                       struct text *out)
{
    const struct node *actors = shrinkable->actors;
    uint32_t after = key_line;
    text_puts(out, "actors:\n");
    for (size_t i = 0; i < actors->count; i++) {
        const uint32_t from = with_comments(shrinkable->source, actors->keys[i]->mark.line, after);
        const bool last = i + 1 == actors->count;
        const uint32_t to =
            last ? end : with_comments(shrinkable->source, actors->keys[i + 1]->mark.line, actors->keys[i]->mark.line);
        after = actors->keys[i]->mark.line;
        if (kept[i]) {
            add_lines(shrinkable->source, from, to, out);
        }
    }
}

static void add_expectation(const char *alias, uint32_t causes, struct text *out)
{
    text_printf(out, "expect:\n  %s:\n    explore: {verdict: REFUTED, causes: [", alias);
    bool first = true;
    for (int cause = 0; cause < CAUSE_COUNT; cause++) {
        if ((causes >> cause & 1U) != 0) {
            text_printf(out, "%s%s", first ? "" : ", ", cause_name((enum cause)cause));
            first = false;
        }
    }
    text_puts(out, "]}\n");
}

void shrink_write(const struct shrinkable *shrinkable, const bool *kept, const char *alias, const char *system,
                  uint32_t causes, struct text *out)
{
    const struct node *root = shrinkable->root;
    const struct source *source = shrinkable->source;
    for (size_t i = 0; i < root->count; i++) {
        const char *key = root->keys[i]->text;
        const uint32_t line = root->keys[i]->mark.line;
        const uint32_t from = with_comments(source, line, i == 0 ? 0 : root->keys[i - 1]->mark.line);
        const uint32_t to = i + 1 == root->count ? 0 : with_comments(source, root->keys[i + 1]->mark.line, line);
        if (strcmp(key, "systems") == 0) {
            text_printf(out, "systems: {%s: %s}\n", alias, system);
        } else if (strcmp(key, "expect") == 0) {
            add_expectation(alias, causes, out);
        } else if (strcmp(key, "scenario") == 0) {
            text_printf(out, "scenario: %s-shrunk\n", root->items[i]->text);
        } else if (strcmp(key, "actors") == 0) {
            add_actors(shrinkable, kept, line, to, out);
        } else {
            add_lines(source, from, to, out);
        }
    }
}
