#!/bin/sh
# The same input gives the same bytes: whichever compiler built slotrace, whatever the clock and TZ say. A build that
# does read the clock (tests/control_clock.c) must be caught.
# label: static
# timeout_s: 900
# processors: 2
set -eu
for tool in gcc clang cmake ninja faketime sha256sum; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
# The wrapper knows where its library is. It is preloaded by hand because the wrapper itself reads dates and TZ.
faketime=$(faketime -f '@2000-01-01 00:00:00' env | sed -n 's/^LD_PRELOAD=//p')
[ -n "$faketime" ] || { echo 'skipped: faketime does not say which library it preloads'; exit 77; }

work=$BUILD_DIR/determinism
mkdir -p "$work"
status=0
compared=0

# build NAME PRESET [OPTION...]: $work/NAME/slotrace
build() {
    name=$1
    preset=$2
    shift 2
    {
        cmake --preset "$preset" -B "$work/$name" "$@" &&
            cmake --build "$work/$name" --target slotrace
    } >"$work/$name.log" 2>&1 || { tail -n 20 "$work/$name.log"; echo "$name does not build"; exit 1; }
}

# run BINARY [ARGUMENT...]: what it prints, and how it ends. With a violated expectation it ends with 1, which is fine.
run() {
    code=0
    "$@" 2>&1 || code=$?
    echo "exit code $code"
    [ "$code" -le 1 ] || echo "exit code $code" >>"$work/broken"
}

# fingerprint BINARY: a line for each form of output.
fingerprint() {
    rm -f "$work/runs.db"
    echo "text  $(run "$1" run scenarios | sha256sum)"
    echo "trace $(run "$1" run --trace scenarios | sha256sum)"
    echo "seed  $(run "$1" run --seed 852 --trace scenarios | sha256sum)"
    echo "json  $(run "$1" run --json --trace scenarios | sha256sum)"
    echo "order $(run "$1" explore --json scenarios/concurrent-read.yaml | sha256sum)"
    echo "quiet $(run "$1" run --quiet --db "$work/runs.db" scenarios | sha256sum)"
    echo "db    $(sha256sum <"$work/runs.db")"
}

# at TZ FAKETIME COMMAND...
at() {
    TZ=$1 FAKETIME=$2 LD_PRELOAD=$faketime FAKETIME_NO_CACHE=1
    export TZ FAKETIME LD_PRELOAD FAKETIME_NO_CACHE
    shift 2
    "$@"
}

# expect NAME FILE: the same as the reference?
expect() {
    compared=$((compared + 1))
    if ! cmp -s "$work/reference" "$2"; then
        echo "differs: $1"
        diff "$work/reference" "$2" | sed -n 's/^[<>] /    &/p'
        status=1
    fi
}

rm -f "$work/broken"
fingerprint "$SLOTRACE" >"$work/reference"

for preset in gcc-O0 gcc-O2 clang-O0 clang-O2; do
    build "$preset" "$preset"
    fingerprint "$work/$preset/slotrace" >"$work/fingerprint"
    expect "$preset" "$work/fingerprint"
done

# 1970, the last second before 2000, a leap day, a gap in Berlin, one second past 31 bits, one second past 32 bits.
moments='1970-01-02 00:00:00
1999-12-31 23:59:59
2024-02-29 12:00:00
2025-03-30 02:30:00
2038-01-19 03:14:08
2106-02-07 06:28:16'

if [ "$(at UTC '2038-01-19 03:14:08' date +%s)" != 2147483648 ]; then
    echo "$faketime does not fake: date says $(at UTC '2038-01-19 03:14:08' date)"
    exit 1
fi
IFS='
'
for moment in $moments; do
    for zone in UTC Europe/Berlin Pacific/Auckland; do
        for mode in '' '@'; do # Frozen, and running from there.
            (at "$zone" "$mode$moment" fingerprint "$SLOTRACE") >"$work/fingerprint"
            expect "$moment, TZ=$zone, $([ -z "$mode" ] && echo frozen || echo running)" "$work/fingerprint"
        done
    done
done
unset IFS
if [ -e "$work/broken" ]; then
    echo "slotrace could not run: $(sort "$work/broken" | uniq -c | tr -s ' \n' ' ')"
    exit 1
fi

build control gcc-O0 -D SLOTRACE_CONTROL_READS_CLOCK=ON
(at UTC '1999-12-31 23:59:59' fingerprint "$work/control/slotrace") >"$work/control.1"
(at UTC '2038-01-19 03:14:08' fingerprint "$work/control/slotrace") >"$work/control.2"
if cmp -s "$work/control.1" "$work/control.2"; then
    echo 'a build that reads the clock was not found out'
    status=1
fi
echo "$compared comparisons with $SLOTRACE: $([ $status -eq 0 ] && echo 'the same bytes' || echo 'differences')"
exit $status
