#!/bin/sh
# The simulator cannot read a clock, the zone of the process or chance: its libraries do not import the functions.
# label: static
set -eu
command -v nm >/dev/null || { echo 'skipped: nm is missing'; exit 77; }

forbidden='time clock clock_gettime clock_getres gettimeofday timespec_get ftime times
    localtime localtime_r gmtime gmtime_r ctime ctime_r asctime mktime strftime strptime tzset
    random srandom rand srand rand_r drand48 lrand48 getrandom getentropy
    sqlite3_randomness g_random_int g_random_double g_get_real_time g_get_monotonic_time
    g_time_zone_new_local g_date_time_new_now_utc g_date_time_new_now_local g_date_set_time_val'

status=0
checked=0
for folder in base world model engine; do
    library=$BUILD_DIR/lib$folder.a
    [ -e "$library" ] || continue
    checked=$((checked + 1))
    imports=$(nm --undefined-only --format=posix "$library" | sed -n 's/^\([^ ]*\) U.*/\1/p' | sed 's/@.*//' | sort -u)
    for name in $forbidden; do
        if echo "$imports" | grep -qx "$name"; then
            echo "lib$folder.a imports $name"
            status=1
        fi
    done
done
[ "$checked" -gt 0 ] || { echo "no libraries in $BUILD_DIR"; exit 1; }
exit $status
