/* The file formats, as schema tables, and the tables of words in them. */
#ifndef SLOTRACE_SCENARIO_FORMAT_H
#define SLOTRACE_SCENARIO_FORMAT_H

#include "scenario/schema.h"

extern const struct schema format_system;
extern const struct schema format_scenario;

/* Parts that the loaders check again once the system's own fields are known: they allow free names. */
extern const struct schema format_calendar_entry;
extern const struct schema format_appointment;
extern const struct schema format_actor;
extern const struct schema format_expectation;

#endif
