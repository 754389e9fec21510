#include "base/check.h"
#include "cli/cli.h"
#include "engine/explore.h"
#include "report/report.h"
#include "scenario/load.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cmd_explore(int argc, char **argv)
{
    struct explore_options options = {0};
    const char *system = NULL;
    int first = 1;
    for (; first < argc && argv[first][0] == '-'; first++) {
        if (!strcmp(argv[first], "--no-sleep")) options.no_sleep = true;
        if (!strcmp(argv[first], "--no-persistent")) options.no_persistent = true;
        if (!strcmp(argv[first], "--no-symmetry")) options.no_symmetry = true;
        if (!strcmp(argv[first], "--no-visited")) options.no_visited = true;
        if (!strcmp(argv[first], "--no-expiry")) options.no_expiry = true;
        if (!strcmp(argv[first], "--system")) system = argv[++first];
    }
    options.states_max = 20000000;
    struct arena *arena = arena_new();
    struct diags diags = {.arena = arena};
    struct loader loader = loader_new(arena, &diags, NULL);
    for (; first < argc; first++) {
        struct scenario *scenario = scenario_load(&loader, argv[first], system);
        if (!scenario) { struct text t = {0}; diag_print(&diags, &t, false); fputs(text_string(&t), stderr); return 2; }
        for (size_t c = 0; c < scenario->case_count; c++) {
            struct arena *a = arena_new();
            struct explore_result r = explore(scenario->cases[c].plan, a, &options);
            printf("%-28s %-10s %-8s states %8" PRIu64 " trans %9" PRIu64 " finals %6" PRIu64 " digest %016" PRIx64 " findings %zu depth %u %s\n", scenario->name, scenario->cases[c].alias,
                explore_verdict_name(r.verdict), r.states, r.transitions, r.final_states, r.final_digest, r.findings.count, r.depth_max, r.problem ? r.problem : "");
            if (getenv("FINDINGS")) for (size_t i = 0; i < r.findings.count; i++) { struct finding *f = &r.findings.items[i];
                printf("   %u %u slot %u %d %s w%u\n", f->actor, f->answer, f->slot, f->phantom, cause_name(f->cause), f->writer); }
            arena_free(a);
        }
        scenario_close(scenario);
    }
    loader_free(&loader);
    arena_free(arena);
    return 0;
}
