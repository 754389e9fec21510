/* Names that would make a run depend on the machine, the moment or chance. Included LAST by every .c of world, model
 * and engine (tests/check_poison.sh); tests/check_clock.sh looks again at what their libraries import.
 *
 * `clock` and `times` are not here because virtual time has clocks and times, too; the latter check knows them. */
#ifndef SLOTRACE_BASE_POISON_H
#define SLOTRACE_BASE_POISON_H

/* Clocks. */
#pragma GCC poison time clock_gettime clock_getres gettimeofday timespec_get ftime
/* Calendars of the process: TZ and locale. */
#pragma GCC poison localtime localtime_r gmtime gmtime_r ctime ctime_r asctime asctime_r
#pragma GCC poison mktime timegm timelocal strftime strptime tzset setlocale
/* Chance. */
#pragma GCC poison random srandom initstate setstate rand srand rand_r
#pragma GCC poison drand48 erand48 lrand48 nrand48 mrand48 jrand48 srand48
#pragma GCC poison getrandom getentropy arc4random arc4random_uniform arc4random_buf

#endif
