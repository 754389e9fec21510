/* Cache keys as data: "cal_slots_{company:%d}_{event_type}_{from:%Y-%m-%d-%H}".
 *
 * A variable is a field of the system (event_type, company, ...) or a time: `from` and `to` (the window asked for) and
 * `week` (Monday of `from`'s week). Fields are formatted with %s (the default; nothing for a missing value) or %d
 * (PHP's integer cast: leading digits or 0). Times need a format of %Y %m %d %H %M and literal text. "{{" and "}}"
 * are braces. In a pattern for listing keys, everything outside variables is left as it is, so * ? [ ] work. */
#ifndef SLOTRACE_MODEL_TEMPLATE_H
#define SLOTRACE_MODEL_TEMPLATE_H

#include "base/arena.h"
#include "base/text.h"
#include "base/zone.h"

#include <stddef.h>
#include <stdint.h>

struct template_part {
    enum template_kind { TEMPLATE_TEXT, TEMPLATE_FIELD, TEMPLATE_FROM, TEMPLATE_TO, TEMPLATE_WEEK } kind;
    const char *text; /* TEXT: literal; times: the format. */
    uint32_t field;   /* FIELD: index. */
    bool integer;     /* FIELD: %d */
    const char *name; /* The variable as written, NULL for TEXT. */
};

struct template
{
    const char *written;
    struct template_part *parts;
    size_t count;
};

struct template_values {
    const char *const *fields; /* NULL: missing. */
    struct civil from;
    struct civil to;
};

/* NULL on success, else a sentence fragment in `arena` that says what is wrong; `*column` is then the 0-based place. */
const char *template_parse(struct arena *arena, const char *written, const char *const *fields, size_t field_count,
                           struct template *out, size_t *column);

void template_render(const struct template *template, const struct template_values *values, struct text *out);

/* The name of the first variable whose rendering differs between two values, or NULL. */
const char *template_difference(const struct template *template, const struct template_values *a,
                                const struct template_values *b);

/* True if `name` can be a field (it is not one of the times). */
bool template_field_allowed(const char *name);

#endif
