/* slotrace-bench: prints how fast things are. It never fails because something is slow: machines differ. */
#ifndef SLOTRACE_BENCH_H
#define SLOTRACE_BENCH_H

#include <stddef.h>
#include <stdint.h>

struct bench {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the name. Returns the exit code. */
};

int bench_run(int argc, char **argv);
int bench_explore(int argc, char **argv);

enum { BENCH_FAILED = 1, BENCH_USAGE = 4 };

/* Seconds of real time, and of this process on a processor. */
struct bench_time {
    double wall_s, cpu_s;
};
struct bench_time bench_now(void);

/* The middle one; sorts `values`. */
double bench_median(double *values, size_t count);

/* Starts a program (NULL-terminated `command`, its output thrown away) and waits until it ends. */
struct bench_start {
    int code;         /* Its exit code; -1: it was killed. */
    double wall_s;    /* From before its start until after its end. */
    int64_t peak_kib; /* Its memory at most. */
};
struct bench_start bench_start(const char *const *command);

#endif
