#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

static char context[512];

void check_context(const char *text)
{
    (void)snprintf(context, sizeof context, "%s", text);
}

void check_failed(const char *condition, const char *file, int line, const char *function)
{
    (void)fprintf(stderr, "slotrace: internal error: %s:%d: %s: check failed: %s\n", file, line, function, condition);
    if (context[0] != '\0') {
        (void)fprintf(stderr, "slotrace: while working on: %s\n", context);
    }
    (void)fflush(stderr);
    abort();
}
