#include "model/template.h"

#include "base/check.h"

#include <stdio.h>
#include <string.h>

#include "base/poison.h"

static const struct {
    const char *name;
    enum template_kind kind;
} times[] = {{"from", TEMPLATE_FROM}, {"to", TEMPLATE_TO}, {"week", TEMPLATE_WEEK}};
enum { TIME_COUNT = 3 };

bool template_field_allowed(const char *name)
{
    for (int i = 0; i < TIME_COUNT; i++) {
        if (strcmp(name, times[i].name) == 0) {
            return false;
        }
    }
    return true;
}

static const char *unknown_variable(struct arena *arena, const char *name, const char *const *fields,
                                    size_t field_count)
{
    const char **known = ARENA_ARRAY(arena, const char *, field_count + TIME_COUNT);
    struct text list = {0};
    for (size_t i = 0; i < field_count + TIME_COUNT; i++) {
        known[i] = i < field_count ? fields[i] : times[i - field_count].name;
        text_printf(&list, "%s%s", i == 0 ? "" : ", ", known[i]);
    }
    const char *nearest = text_nearest(name, known, field_count + TIME_COUNT);
    const char *message = nearest == NULL
                              ? arena_printf(arena, "unknown variable '%s'; known: %s", name, text_string(&list))
                              : arena_printf(arena, "unknown variable '%s'; did you mean '%s'? known: %s", name,
                                             nearest, text_string(&list));
    text_free(&list);
    return message;
}

static const char *check_time_format(struct arena *arena, const char *name, const char *format)
{
    if (format == NULL) {
        return arena_printf(arena, "'%s' is a time and needs a format, as in {%s:%%Y-%%m-%%d}", name, name);
    }
    for (const char *c = format; *c != '\0'; c++) {
        if (*c == '%') {
            c++;
            if (*c == '\0' || strchr("YmdHM", *c) == NULL) {
                return arena_printf(arena, "unknown time format '%%%.1s'; known: %%Y %%m %%d %%H %%M", c);
            }
        }
    }
    return NULL;
}

/* `inside`: what stands between the braces. */
static const char *parse_variable(struct arena *arena, const char *inside, const char *const *fields,
                                  size_t field_count, struct template_part *part)
{
    const char *colon = strchr(inside, ':');
    const char *name = arena_copy_text(arena, inside, colon == NULL ? strlen(inside) : (size_t)(colon - inside));
    const char *format = colon == NULL ? NULL : colon + 1;
    part->name = name;
    for (int i = 0; i < TIME_COUNT; i++) {
        if (strcmp(name, times[i].name) == 0) {
            part->kind = times[i].kind;
            part->text = format;
            return check_time_format(arena, name, format);
        }
    }
    for (uint32_t i = 0; i < field_count; i++) {
        if (strcmp(name, fields[i]) == 0) {
            part->kind = TEMPLATE_FIELD;
            part->field = i;
            part->integer = format != NULL && strcmp(format, "%d") == 0;
            if (format != NULL && !part->integer && strcmp(format, "%s") != 0) {
                return arena_printf(arena, "a field is formatted with %%s or %%d, not '%s'", format);
            }
            return NULL;
        }
    }
    return unknown_variable(arena, name, fields, field_count);
}

struct parser {
    struct arena *arena;
    struct {
        struct template_part *items;
        size_t count, capacity;
    } parts;
    struct text literal;
};

static void end_literal(struct parser *parser)
{
    if (parser->literal.length > 0) {
        ARENA_PUSH(parser->arena, &parser->parts) = (struct template_part){
            .kind = TEMPLATE_TEXT,
            .text = arena_copy_text(parser->arena, parser->literal.data, parser->literal.length)};
        text_clear(&parser->literal);
    }
}

static const char *parse_parts(struct parser *parser, const char *written, const char *const *fields,
                               size_t field_count, size_t *column)
{
    for (const char *at = written; *at != '\0'; at++) {
        *column = (size_t)(at - written);
        if ((at[0] == '{' && at[1] == '{') || (at[0] == '}' && at[1] == '}')) {
            text_add(&parser->literal, at++, 1);
        } else if (*at == '{') {
            const char *close = strchr(at, '}');
            if (close == NULL) {
                return "'{' has no matching '}' (write {{ for a literal brace)";
            }
            const char *inside = arena_copy_text(parser->arena, at + 1, (size_t)(close - at - 1));
            struct template_part part = {0};
            const char *problem = parse_variable(parser->arena, inside, fields, field_count, &part);
            if (problem != NULL) {
                return problem;
            }
            end_literal(parser);
            ARENA_PUSH(parser->arena, &parser->parts) = part;
            at = close;
        } else if (*at == '}') {
            return "'}' has no matching '{' (write }} for a literal brace)";
        } else {
            text_add(&parser->literal, at, 1);
        }
    }
    end_literal(parser);
    return NULL;
}

const char *template_parse(struct arena *arena, const char *written, const char *const *fields, size_t field_count,
                           struct template *out, size_t *column)
{
    struct parser parser = {.arena = arena};
    const char *problem = parse_parts(&parser, written, fields, field_count, column);
    text_free(&parser.literal);
    *out = (struct template){.written = arena_copy_text(arena, written, strlen(written)),
                             .parts = parser.parts.items,
                             .count = parser.parts.count};
    return problem;
}

/* PHP's (int): optional white space and sign, leading digits, else 0; saturates. */
static int64_t integer_cast(const char *text)
{
    if (text == NULL) {
        return 0;
    }
    text += strspn(text, " \t\n\r\v\f");
    const bool negative = *text == '-';
    if (*text == '-' || *text == '+') {
        text++;
    }
    int64_t number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        const int digit = *text - '0';
        if (number > (INT64_MAX - digit) / 10) {
            return negative ? INT64_MIN : INT64_MAX;
        }
        number = number * 10 + digit;
    }
    return negative ? -number : number;
}

static void render_time(const char *format, const struct civil *civil, struct text *out)
{
    for (const char *c = format; *c != '\0'; c++) {
        if (*c != '%') {
            text_add(out, c, 1);
            continue;
        }
        c++;
        switch (*c) {
        case 'Y': text_printf(out, "%04d", civil->year); break;
        case 'm': text_printf(out, "%02d", civil->month); break;
        case 'd': text_printf(out, "%02d", civil->day); break;
        case 'H': text_printf(out, "%02d", civil->hour); break;
        case 'M': text_printf(out, "%02d", civil->minute); break;
        default: check(!"time formats are checked when they are parsed");
        }
    }
}

static void render_part(const struct template_part *part, const struct template_values *values, struct text *out)
{
    switch (part->kind) {
    case TEMPLATE_TEXT: text_puts(out, part->text); break;
    case TEMPLATE_FROM: render_time(part->text, &values->from, out); break;
    case TEMPLATE_TO: render_time(part->text, &values->to, out); break;
    case TEMPLATE_WEEK: {
        const int32_t day = civil_day(&values->from);
        const struct civil monday = civil_from_day(day - (civil_weekday(day) - 1));
        render_time(part->text, &monday, out);
        break;
    }
    case TEMPLATE_FIELD: {
        const char *value = values->fields[part->field];
        if (part->integer) {
            text_printf(out, "%lld", (long long)integer_cast(value));
        } else {
            text_puts(out, value == NULL ? "" : value);
        }
        break;
    }
    }
}

void template_render(const struct template *template, const struct template_values *values, struct text *out)
{
    for (size_t i = 0; i < template->count; i++) {
        render_part(&template->parts[i], values, out);
    }
}

const char *template_difference(const struct template *template, const struct template_values *a,
                                const struct template_values *b)
{
    const char *difference = NULL;
    struct text of_a = {0};
    struct text of_b = {0};
    for (size_t i = 0; i < template->count && difference == NULL; i++) {
        text_clear(&of_a);
        text_clear(&of_b);
        render_part(&template->parts[i], a, &of_a);
        render_part(&template->parts[i], b, &of_b);
        if (strcmp(text_string(&of_a), text_string(&of_b)) != 0) {
            difference = template->parts[i].name;
        }
    }
    text_free(&of_a);
    text_free(&of_b);
    return difference;
}
