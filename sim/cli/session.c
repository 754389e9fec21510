#include "cli/session.h"

#include <stdio.h>
#include <string.h>

void session_open(struct session *session)
{
    session->arena = arena_new();
    session->diags.arena = session->arena;
    session->loader = loader_new(session->arena, &session->diags, session->systems_directory);
}

void session_close(struct session *session)
{
    for (size_t i = 0; i < session->scenarios.count; i++) {
        scenario_close(session->scenarios.items[i]);
    }
    loader_free(&session->loader);
    arena_free(session->arena);
}

void session_print_diags(struct session *session)
{
    struct text out = {0};
    (void)fflush(stdout); /* On a terminal both come in order. */
    diag_print(&session->diags, &out, session->color_errors);
    (void)fwrite(text_string(&out), 1, out.length, stderr);
    text_free(&out);
}

/* Two scenarios of one name could not be told apart in any report. */
static void check_names(struct session *session)
{
    for (size_t i = 0; i < session->scenarios.count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(session->scenarios.items[i]->name, session->scenarios.items[j]->name) == 0) {
                diag_error(&session->diags, session->scenarios.items[i]->mark, DIAG_CONFLICT,
                           "another scenario is called '%s', too: %s; give each a name of its own",
                           session->scenarios.items[i]->name, session->scenarios.items[j]->path);
                break;
            }
        }
    }
}

bool session_wants(const struct session *session, const struct scenario *scenario)
{
    return scenario->case_count > 0 && (session->only == NULL || text_matches_glob(session->only, scenario->name));
}

int session_load(struct session *session, int count, char **paths)
{
    const struct file_list files = cli_scenario_files(&session->loader, count, paths);
    bool any = false;
    for (size_t i = 0; i < files.count; i++) {
        struct scenario *scenario = scenario_load(&session->loader, files.items[i], session->system);
        if (scenario != NULL) {
            ARENA_PUSH(session->arena, &session->scenarios) = scenario;
            any = any || session_wants(session, scenario);
        }
    }
    check_names(session);
    if (session->diags.count > 0) {
        session_print_diags(session);
        return EXIT_INVALID;
    }
    if (!any) {
        const bool filtered = session->only != NULL || session->system != NULL;
        (void)fprintf(stderr, "slotrace: %s%s%s%s%s\n",
                      filtered ? "no scenario matches" : "there is no scenario in what was named",
                      session->only == NULL ? "" : " --only ", session->only == NULL ? "" : session->only,
                      session->system == NULL ? "" : " --system ", session->system == NULL ? "" : session->system);
        return EXIT_NOTHING;
    }
    return EXIT_AS_EXPECTED;
}
