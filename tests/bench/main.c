#include "bench.h"

#include "base/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct bench benches[] = {
    {"run", "The run loop: steps per second, memory; start-up to exit of slotrace run.", bench_run},
    {"explore", "The explorer beside SPIN: states per second, time, memory.", bench_explore},
};
enum { BENCH_COUNT = sizeof benches / sizeof benches[0] };

static double seconds(clockid_t clock)
{
    struct timespec now;
    check(clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct bench_time bench_now(void)
{
    return (struct bench_time){.wall_s = seconds(CLOCK_MONOTONIC), .cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t count)
{
    check(count > 0);
    qsort(values, count, sizeof *values, compare_doubles);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

struct bench_start bench_start(const char *const *command)
{
    (void)fflush(NULL);
    const struct bench_time begin = bench_now();
    const pid_t pid = fork();
    check(pid >= 0);
    if (pid == 0) {
        const int nothing = open("/dev/null", O_WRONLY);
        (void)dup2(nothing, STDOUT_FILENO);
        (void)execv(command[0], (char *const *)command);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    check(wait4(pid, &status, 0, &usage) == pid);
    return (struct bench_start){.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                                .wall_s = bench_now().wall_s - begin.wall_s,
                                .peak_kib = usage.ru_maxrss};
}

static int print_usage(FILE *out, int code)
{
    (void)fprintf(out, "Usage: slotrace-bench COMMAND [ARGUMENT...]\n\n");
    for (size_t i = 0; i < BENCH_COUNT; i++) {
        (void)fprintf(out, "  %-10s %s\n", benches[i].name, benches[i].summary);
    }
    return code;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        return print_usage(stdout, 0);
    }
    for (size_t i = 0; i < BENCH_COUNT && argc >= 2; i++) {
        if (strcmp(argv[1], benches[i].name) == 0) {
            return benches[i].run(argc - 1, argv + 1);
        }
    }
    return print_usage(stderr, BENCH_USAGE);
}
