#include "model/system.h"

#include <string.h>

#include "base/poison.h"

const char *latency_class_name(enum latency_class class)
{
    static const char *const names[] = {
#define X(name, text, doc) text,
        LATENCY_CLASSES(X)
#undef X
    };
    return names[class];
}

uint32_t system_routine(const struct system *system, const char *name)
{
    for (uint32_t i = 0; i < system->routine_count; i++) {
        if (strcmp(system->routines[i].name, name) == 0) {
            return i;
        }
    }
    return MODEL_NONE;
}

uint32_t system_field(const struct system *system, const char *name)
{
    for (uint32_t i = 0; i < system->field_count; i++) {
        if (strcmp(system->fields[i], name) == 0) {
            return i;
        }
    }
    return MODEL_NONE;
}
