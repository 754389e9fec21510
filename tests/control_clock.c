/* Only in builds with SLOTRACE_CONTROL_READS_CLOCK, linked with --wrap=run_plan: every run seeds itself from the clock,
 * as a careless program would. tests/check_determinism.sh must find that out, or it would find nothing out. */
#include "engine/run.h"

#include <time.h>

/* The names are the linker's. NOLINTBEGIN(bugprone-reserved-identifier) */
struct run_result __real_run_plan(struct plan *plan, struct arena *arena, struct observer observer,
                                  struct run_options options);
struct run_result __wrap_run_plan(struct plan *plan, struct arena *arena, struct observer observer,
                                  struct run_options options);

struct run_result __wrap_run_plan(struct plan *plan, struct arena *arena, struct observer observer,
                                  struct run_options options)
{
    options.sampled = true;
    options.seed = (uint64_t)time(NULL);
    return __real_run_plan(plan, arena, observer, options);
}
/* NOLINTEND(bugprone-reserved-identifier) */
