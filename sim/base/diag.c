#include "base/diag.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_COLUMNS_MAX = 64,      /* Of a name quoted in a message. */
    SUGGESTED_MAX = 40,         /* Names listed in a message. */
    EXCERPT_COLUMNS_MAX = 160,  /* A longer source line is shown in part, */
    EXCERPT_COLUMNS_BEFORE = 60 /* with so much of it before the marked column. */
};

const char *diag_code_name(enum diag_code code)
{
    static const char *const names[] = {
#define X(name, text, explanation) [DIAG_##name] = (text),
        DIAG_CODES(X)
#undef X
    };
    check(code < DIAG_CODE_COUNT);
    return names[code];
}

const char *diag_code_explanation(enum diag_code code)
{
    static const char *const explanations[] = {
#define X(name, text, explanation) [DIAG_##name] = (explanation),
        DIAG_CODES(X)
#undef X
    };
    check(code < DIAG_CODE_COUNT);
    return explanations[code];
}

size_t diag_code_point(const char *bytes, size_t length, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* Less in so many bytes is overlong. */
    const unsigned char first = length == 0 ? 0xFF : (unsigned char)bytes[0];
    size_t need = 0;
    uint32_t value = 0;
    if (first < 0x80) {
        need = 1;
        value = first;
    } else if ((first & 0xE0U) == 0xC0) {
        need = 2;
        value = first & 0x1FU;
    } else if ((first & 0xF0U) == 0xE0) {
        need = 3;
        value = first & 0x0FU;
    } else if ((first & 0xF8U) == 0xF0) {
        need = 4;
        value = first & 0x07U;
    }
    if (need == 0 || need > length) {
        return 0;
    }
    for (size_t i = 1; i < need; i++) {
        const unsigned char byte = (unsigned char)bytes[i];
        if ((byte & 0xC0U) != 0x80) {
            return 0;
        }
        value = value << 6U | (byte & 0x3FU);
    }
    if (value < least[need] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return 0;
    }
    *code = value;
    return need;
}

/* What must not reach a terminal as it is: it would move the cursor, or be invisible, or turn the text around. */
static bool is_unsafe(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0xA0) || code == 0xAD || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
           (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE0FFF) || (code & 0xFFFEU) == 0xFFFE;
}

const char *diag_quote(struct arena *arena, const char *bytes, size_t length, size_t columns_max)
{
    struct text safe = {0};
    size_t columns = 0;
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t size = diag_code_point(bytes + i, length - i, &code);
        const bool escaped = size == 0 || is_unsafe(code);
        size = size == 0 ? 1 : size;
        const size_t width = escaped ? 4 * size : 1;
        if (width > columns_max - columns) {
            text_puts(&safe, "...");
            break;
        }
        for (size_t j = i; escaped && j < i + size; j++) {
            text_printf(&safe, "\\x%02X", (unsigned)(unsigned char)bytes[j]);
        }
        if (!escaped) {
            text_add(&safe, bytes + i, size);
        }
        columns += width;
        i += size;
    }
    const char *copy = arena_copy_text(arena, text_string(&safe), safe.length);
    text_free(&safe);
    return copy;
}

void diag_error(struct diags *diags, struct mark mark, enum diag_code code, const char *format, ...)
{
    check(code < DIAG_CODE_COUNT);
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(diags->arena, format, arguments);
    va_end(arguments);
    struct diag *diag = &ARENA_PUSH(diags->arena, diags);
    *diag = (struct diag){
        .mark = mark,
        .code = code,
        .message = diag_quote(diags->arena, message, strlen(message), SIZE_MAX),
        .order = (uint32_t)(diags->count - 1),
    };
}

const char *diag_suggest(struct arena *arena, const char *label, const char *name, const char *const *candidates,
                         size_t candidate_count)
{
    struct text text = {0};
    const char *nearest = text_nearest(name, candidates, candidate_count);
    text_puts(&text, "; ");
    if (nearest != NULL) {
        text_printf(&text, "did you mean '%s'? ", nearest);
    }
    text_printf(&text, "%s: ", label);
    for (size_t i = 0; i < candidate_count && i < SUGGESTED_MAX; i++) {
        text_printf(&text, "%s%s", i == 0 ? "" : ", ", candidates[i]);
    }
    if (candidate_count > SUGGESTED_MAX) {
        text_printf(&text, ", ... (%zu more)", candidate_count - SUGGESTED_MAX);
    }
    const char *copy = arena_copy_text(arena, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

static const char *plural(struct arena *arena, const char *what)
{
    const size_t length = strlen(what);
    check(length > 0);
    const char last = what[length - 1];
    const char before = length > 1 ? what[length - 2] : '\0';
    if (last == 'y' && strchr("aeiou", before) == NULL) {
        return arena_printf(arena, "%.*sies", (int)(length - 1), what);
    }
    const bool hisses = last == 's' || last == 'x' || (last == 'h' && (before == 'c' || before == 's'));
    return arena_printf(arena, "%s%s", what, hisses ? "es" : "s");
}

void diag_unknown(struct diags *diags, struct mark mark, enum diag_code code, const char *what, const char *name,
                  const char *const *candidates, size_t candidate_count)
{
    const char *quoted = diag_quote(diags->arena, name, strlen(name), NAME_COLUMNS_MAX);
    const char *whats = plural(diags->arena, what);
    if (candidate_count == 0) {
        diag_error(diags, mark, code, "unknown %s '%s'; no %s are defined", what, quoted, whats);
        return;
    }
    const char *suggestion = diag_suggest(diags->arena, whats, name, candidates, candidate_count);
    diag_error(diags, mark, code, "unknown %s '%s'%s", what, quoted, suggestion);
}

struct entry {
    struct diag diag;
    size_t file; /* Rank by first report; 0 = no file. */
};

static int compare_numbers(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_places(const struct entry *a, const struct entry *b)
{
    int order = compare_numbers(a->file, b->file);
    if (order == 0) {
        order = compare_numbers(a->diag.mark.line, b->diag.mark.line);
    }
    return order != 0 ? order : compare_numbers(a->diag.mark.column, b->diag.mark.column);
}

static int compare_contents(const struct entry *a, const struct entry *b)
{
    int order = compare_places(a, b);
    if (order == 0) {
        order = compare_numbers(a->diag.code, b->diag.code);
    }
    return order != 0 ? order : strcmp(a->diag.message, b->diag.message);
}

static int by_content(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    const int order = compare_contents(x, y);
    return order != 0 ? order : compare_numbers(x->diag.order, y->diag.order);
}

static int by_place(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    const int order = compare_places(x, y);
    return order != 0 ? order : compare_numbers(x->diag.order, y->diag.order);
}

/* Two sources of one path are one file. */
static void rank_files(struct arena *arena, struct entry *entries, size_t count)
{
    const char **paths = ARENA_ARRAY(arena, const char *, count);
    size_t path_count = 0;
    size_t i = 0;
    for (struct entry *entry = entries; entry < entries + count; entry++) {
        if (entry->diag.mark.source == NULL) {
            continue;
        }
        const char *path = entry->diag.mark.source->path;
        /* Reports come file by file, so the last file is the likely one. */
        if (i >= path_count || strcmp(paths[i], path) != 0) {
            for (i = 0; i < path_count && strcmp(paths[i], path) != 0; i++) {
            }
        }
        if (i == path_count) {
            paths[path_count++] = path;
        }
        entry->file = i + 1;
    }
}

static void sort(struct diags *diags)
{
    const struct arena_mark start = arena_mark(diags->arena);
    struct entry *entries = ARENA_ARRAY(diags->arena, struct entry, diags->count);
    for (size_t i = 0; i < diags->count; i++) {
        entries[i].diag = diags->items[i];
    }
    rank_files(diags->arena, entries, diags->count);
    qsort(entries, diags->count, sizeof *entries, by_content);
    size_t kept = 0;
    for (size_t i = 0; i < diags->count; i++) {
        if (kept == 0 || compare_contents(&entries[kept - 1], &entries[i]) != 0) {
            entries[kept++] = entries[i];
        }
    }
    qsort(entries, kept, sizeof *entries, by_place);
    for (size_t i = 0; i < kept; i++) {
        diags->items[i] = entries[i].diag;
        diags->items[i].order = (uint32_t)i; /* A later report comes after these. */
    }
    diags->count = kept;
    arena_rewind(diags->arena, start);
}

/* A place in a source that only moves forward while the marks are sorted: printing stays linear in the file even when
 * all of it is one long line with an error in each word. Columns count from 0 here. */
struct excerpt {
    const struct source *source;
    uint32_t line;
    size_t begin, end; /* Of the line, without its line end. */
    size_t columns;    /* Of the whole line. */
    size_t column, offset;
};

static size_t step(const struct excerpt *excerpt, size_t offset, uint32_t *code)
{
    *code = '?';
    const size_t size = diag_code_point(excerpt->source->text + offset, excerpt->end - offset, code);
    return size == 0 ? 1 : size;
}

static void excerpt_enter_line(struct excerpt *excerpt, uint32_t line, size_t begin)
{
    const struct source *source = excerpt->source;
    const char *newline = memchr(source->text + begin, '\n', source->size_bytes - begin);
    excerpt->line = line;
    excerpt->begin = begin;
    excerpt->end = newline == NULL ? source->size_bytes : (size_t)(newline - source->text);
    if (excerpt->end > begin && source->text[excerpt->end - 1] == '\r') {
        excerpt->end--;
    }
    excerpt->column = 0;
    excerpt->offset = begin;
    excerpt->columns = 0;
    uint32_t code = 0;
    for (size_t i = begin; i < excerpt->end; i += step(excerpt, i, &code)) {
        excerpt->columns++;
    }
}

/* False when the source has no such line. */
static bool excerpt_seek(struct excerpt *excerpt, const struct source *source, uint32_t line)
{
    check(source != NULL);
    if (excerpt->source != source || excerpt->line > line) {
        const bool marked = source->size_bytes >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0;
        excerpt->source = source;
        excerpt_enter_line(excerpt, 1, marked ? 3 : 0);
    }
    while (excerpt->line < line) {
        const char *rest = source->text + excerpt->end;
        const char *newline = memchr(rest, '\n', source->size_bytes - excerpt->end);
        if (newline == NULL || newline + 1 == source->text + source->size_bytes) {
            return false;
        }
        excerpt_enter_line(excerpt, excerpt->line + 1, (size_t)(newline + 1 - source->text));
    }
    return true;
}

static void print_excerpt(struct excerpt *excerpt, const struct mark *mark, struct text *out, bool color)
{
    check(excerpt->source == mark->source);
    size_t column = mark->column == 0 ? 0 : mark->column - 1;
    if (column > excerpt->columns) {
        column = excerpt->columns;
    }
    size_t first = 0;
    size_t shown = excerpt->columns;
    if (excerpt->columns > EXCERPT_COLUMNS_MAX) {
        shown = EXCERPT_COLUMNS_MAX - 2 * strlen("...");
        first = column < EXCERPT_COLUMNS_BEFORE ? 0 : column - EXCERPT_COLUMNS_BEFORE;
        first = first + shown > excerpt->columns ? excerpt->columns - shown : first;
    }
    uint32_t code = 0;
    for (; excerpt->column < first; excerpt->column++) {
        excerpt->offset += step(excerpt, excerpt->offset, &code);
    }
    const size_t line_start = out->length;
    text_printf(out, "%5u |", (unsigned)mark->line);
    const size_t margin = out->length - line_start;
    text_printf(out, "%s%s", shown == 0 ? "" : " ", first > 0 ? "..." : "");
    for (size_t i = 0, offset = excerpt->offset; i < shown; i++) {
        const size_t size = step(excerpt, offset, &code);
        if (code == '\t') {
            text_puts(out, " ");
        } else if (code == '?' || is_unsafe(code)) {
            text_puts(out, "?");
        } else {
            text_add(out, excerpt->source->text + offset, size);
        }
        offset += size;
    }
    text_puts(out, first + shown < excerpt->columns ? "...\n" : "\n");

    const size_t caret_start = out->length;
    text_pad(out, caret_start, margin - 1);
    text_puts(out, "| ");
    text_pad(out, caret_start, margin + 1 + (first > 0 ? strlen("...") : 0) + column - first);
    text_puts(out, color ? "\033[32m^" : "^");
    for (size_t i = 1; i < mark->length && column + i < first + shown; i++) {
        text_puts(out, "~");
    }
    text_puts(out, color ? "\033[0m\n" : "\n");
}

static void print_place(struct arena *arena, const struct mark *mark, struct text *out)
{
    if (mark->source == NULL) {
        text_puts(out, "slotrace:");
        return;
    }
    const char *path = mark->source->path;
    text_printf(out, "%s:", diag_quote(arena, path, strlen(path), SIZE_MAX));
    if (mark->line > 0) {
        text_printf(out, "%u:%u:", (unsigned)mark->line, (unsigned)mark->column);
    }
}

void diag_print(struct diags *diags, struct text *out, bool color)
{
    if (diags->count == 0) {
        return;
    }
    sort(diags);
    struct excerpt excerpt = {0};
    for (const struct diag *diag = diags->items; diag < diags->items + diags->count; diag++) {
        const struct arena_mark start = arena_mark(diags->arena);
        text_puts(out, color ? "\033[1m" : "");
        print_place(diags->arena, &diag->mark, out);
        text_puts(out, color ? "\033[0m \033[1;31merror:\033[0m " : " error: ");
        text_printf(out, "%s [%s]\n", diag->message, diag_code_name(diag->code));
        if (diag->mark.source != NULL && diag->mark.line > 0 &&
            excerpt_seek(&excerpt, diag->mark.source, diag->mark.line)) {
            print_excerpt(&excerpt, &diag->mark, out, color);
        }
        arena_rewind(diags->arena, start);
    }
}
