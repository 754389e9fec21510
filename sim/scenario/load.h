/* From files to plans: reads, checks and compiles scenarios and the systems that they name.
 *
 * Everything that is wrong goes to `diags`, all of it at once where one problem does not hide the next; whoever finds
 * diags->count > 0 at the end runs nothing. */
#ifndef SLOTRACE_SCENARIO_LOAD_H
#define SLOTRACE_SCENARIO_LOAD_H

#include "base/diag.h"
#include "model/plan.h"
#include "scenario/expect.h"
#include "scenario/tree.h"

struct loaded_system {
    const char *path;
    struct system *system; /* NULL: it had errors. */
    struct zone *zone;
};

struct loader {
    struct arena *arena;
    struct diags *diags;
    const char *systems_directory; /* NULL: fixtures/systems beside the scenario or above it. */
    struct {
        struct loaded_system *items;
        size_t count, capacity;
    } systems;
    struct store *probe; /* Knows the names of operations. */
};

struct loader loader_new(struct arena *arena, struct diags *diags, const char *systems_directory);
void loader_free(struct loader *loader);

/* One scenario on one of its systems. */
struct scenario_case {
    const char *alias;       /* before, after, ... */
    const char *system_name; /* As the system's file calls itself. */
    struct store *store;
    struct plan *plan; /* NULL: it had errors. */
    struct expectations expectations;
    const struct mark *marks; /* By step.hold_source and step.pin_source. */
};

struct scenario {
    const char *path;
    const char *name;
    const char *title;
    struct mark mark; /* Of its name. */
    struct scenario_case *cases;
    size_t case_count;
};

/* NULL after messages. `alias_or_system`: only this case (NULL: all). */
struct scenario *scenario_load(struct loader *loader, const char *path, const char *alias_or_system);
/* The same of a text in memory; its path is where systems are looked up from. */
struct scenario *scenario_load_source(struct loader *loader, const struct source *source, const char *alias_or_system);
void scenario_close(struct scenario *scenario); /* Its stores. */

/* NULL after messages at `reference`. */
const struct system *system_load(struct loader *loader, const char *name, const char *from_path, struct mark reference);

/* What a file says it is, without checking it. */
enum file_kind { FILE_UNREADABLE, FILE_SCENARIO, FILE_SYSTEM, FILE_WORKLOAD, FILE_OTHER };
enum file_kind file_kind_of(struct loader *loader, const char *path);

#endif
