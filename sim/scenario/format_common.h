/* Schemas that both formats use; private to format_*.c. */
#ifndef SLOTRACE_SCENARIO_FORMAT_COMMON_H
#define SLOTRACE_SCENARIO_FORMAT_COMMON_H

#include "scenario/format.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define MAPPING(description, table)                                                                                    \
    {                                                                                                                  \
        .kind = SCHEMA_MAPPING, .what = (description), .fields = (table), .field_count = COUNT(table)                  \
    }

extern const struct schema format_version;
extern const struct schema format_text;
extern const struct schema format_name;
extern const struct schema format_integer;
extern const struct schema format_boolean;
extern const struct schema format_duration;
extern const struct schema format_moment;
extern const struct schema format_moment_range;
extern const struct schema format_latencies;
extern const struct schema format_latency;
extern const struct schema format_field_value;

#endif
