#!/bin/sh
# The command line: exit codes, which stream gets what, options, interruption, and output that cannot be written.
# timeout_s: 300
set -u
: "${SLOTRACE:?}" "${SOURCE_DIR:=$(pwd)}"
case $SLOTRACE in /*) ;; *) SLOTRACE=$(pwd)/$SLOTRACE ;; esac
unset NO_COLOR
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1
failures=0
case_name=

fail() {
    echo "$case_name: $*"
    failures=$((failures + 1))
}

# slotrace ARGUMENT...: leaves `code`, and what it printed in stdout and stderr.
slotrace() {
    case_name="slotrace $*"
    code=0
    "$SLOTRACE" "$@" >stdout 2>stderr </dev/null || code=$?
}

exits() {
    [ "$code" -eq "$1" ] || fail "exit code $code instead of $1: $(head -c 300 stderr)"
}

# says FILE TEXT: a line that contains the text. is FILE TEXT: nothing else.
says() {
    grep -qF -e "$2" "$1" || fail "$1 lacks '$2', has: $(head -c 500 "$1")"
}

says_not() {
    ! grep -qF -e "$2" "$1" || fail "$1 has '$2'"
}

is() {
    printf '%s' "${2:+$2
}" | diff -u - "$1" || fail "$1 is not as expected"
}

# --- scenarios to run: one that holds, one that does not, one that takes for ever ---

mkdir scenarios systems
cp "$SOURCE_DIR/tests/bad/systems/gateway.yaml" systems/
sed 's/^system: .*/system: slow/; s/upstream: 20ms, booking/upstream: 20ms..90ms, booking/' systems/gateway.yaml >systems/slow.yaml

# scenario NAME STALE_READS MORE_OF_CALL_A
scenario() {
    cat <<END
slotrace: 1
scenario: $1
title: A reader after a booking
clock: 2025-10-11T18:36:00+02:00
systems: {before: ../systems/gateway.yaml, after: ../systems/slow.yaml}
calendar:
  - {event_type: 7, branch: 9, day: 2025-10-13, slots: 08:00..12:00 every 30m}
actors:
  call-a: {does: find_slots, window: 2025-10-13T10:00..12:00, at: +1s$3}
  widget-b: {does: widget_books, slot: 2025-10-13T08:00}
expect:
  before: {stale_reads: $2}
  after: {stale_reads: $2}
END
}
scenario holds 0 '' >scenarios/holds.yaml
scenario fails 1 '' >scenarios/fails.yaml
mkdir long
sed 's/\.\.\/systems/systems/g' <<END >long.yaml
$(scenario long 0 ', every: 1s, times: 100000000')
END

# --- exit codes, and which stream gets what ---

slotrace run scenarios/holds.yaml
exits 0
is stderr ''
is stdout "ok    holds                          before     gateway                         0 of 1 read stale
ok    holds                          after      slow                            0 of 1 read stale
1 scenario, 2 runs: 2 as expected"

slotrace run scenarios
exits 1
is stderr ''
says stdout 'FAIL  fails                          before'
says stdout 'scenarios/fails.yaml:12:12: stale_reads: expected 1, got 0'
says stdout '2 scenarios, 4 runs: 2 as expected, 2 not as expected'

slotrace run --quiet scenarios
exits 1
is stderr ''
says stdout 'FAIL  fails'
says_not stdout 'ok  '
slotrace run --quiet scenarios/holds.yaml
exits 0
is stdout ''
is stderr ''

slotrace run missing.yaml
exits 2
is stdout ''
is stderr "slotrace: error: cannot read 'missing.yaml': there is no such file [io]"

slotrace run --only holds scenarios
exits 0
says stdout '1 scenario, 2 runs: 2 as expected'
slotrace run --only 'h*s' scenarios scenarios/holds.yaml scenarios/
exits 0
says stdout '1 scenario, 2 runs: 2 as expected'
slotrace run --only 'x*' --system before scenarios
exits 5
is stdout ''
is stderr 'slotrace: no scenario matches --only x* --system before'
slotrace run long
exits 5
is stderr 'slotrace: there is no scenario in what was named'

# A link that leads back is not followed for ever.
ln -s .. long/round
slotrace run --only holds long
exits 0
says stdout '1 scenario, 2 runs: 2 as expected'
rm long/round

slotrace run --system after scenarios/holds.yaml
exits 0
says stdout 'after      slow '
says_not stdout before
slotrace run --system slow scenarios/holds.yaml
exits 0
says stdout 'after      slow '
says stdout '1 scenario, 1 run: 1 as expected'
slotrace run --system nowhere scenarios
exits 5

# A directory of systems goes before the others.
mkdir other
sed 's/^system: gateway/system: other/' systems/gateway.yaml >other/gateway.yaml
sed 's/\.\.\/systems\/gateway.yaml/gateway/' scenarios/holds.yaml >named.yaml
sed -i 's/\.\.\/systems/systems/' named.yaml
slotrace run --systems other --system before named.yaml
exits 0
says stdout 'before     other '

# --- color ---

escape=$(printf '\033')
slotrace run scenarios
says_not stdout "$escape"
slotrace run --color always scenarios
exits 1
says stdout "${escape}[31mFAIL "
slotrace run --color never scenarios
says_not stdout "$escape"
slotrace run --color always missing.yaml
exits 2
says stderr "${escape}[1;31merror:"
slotrace run --color auto missing.yaml
says_not stderr "$escape"
slotrace run --color sometimes scenarios
exits 4
says stderr "slotrace run: --color is auto, always or never, not 'sometimes'"
if command -v script >/dev/null; then # A terminal.
    case_name='color on a terminal'
    TERM=xterm script -qec "'$SLOTRACE' run scenarios/holds.yaml" /dev/null </dev/null >stdout 2>&1
    says stdout "$escape"
    TERM=xterm NO_COLOR=1 script -qec "'$SLOTRACE' run scenarios/holds.yaml" /dev/null </dev/null >stdout 2>&1
    says_not stdout "$escape"
    TERM=dumb script -qec "'$SLOTRACE' run scenarios/holds.yaml" /dev/null </dev/null >stdout 2>&1
    says_not stdout "$escape"
fi

# --- usage ---

usage() { # MESSAGE ARGUMENT...
    message=$1
    shift
    slotrace "$@"
    exits 4
    is stdout ''
    case $1 in
    run) help='slotrace run --help' ;;
    *) help='slotrace --help' ;;
    esac
    is stderr "$message
Try '$help'."
}
usage "slotrace run: which scenarios? Name files or directories" run
usage "slotrace run: unknown option '--sytem'; did you mean '--system'?" run --sytem before scenarios
usage "slotrace run: unknown option '--sytem=x'; did you mean '--system'?" run --sytem=x scenarios
usage "slotrace run: unknown option '--frobnicate'" run --frobnicate scenarios
usage "slotrace run: unknown option '-x'" run -xh scenarios
usage "slotrace run: '--s' can mean several options; write it out" run --s before scenarios
usage "slotrace run: --trace takes no value" run --trace=yes scenarios
usage "slotrace run: --system needs a value, as in --system VALUE" run scenarios --system
usage "slotrace run: --quiet does not go with --trace or --json" run --quiet --json scenarios
for seed in '' x -1 1.5 ' 1' 18446744073709551616 0x10; do
    usage "slotrace run: --seed needs a whole number from 0 to 18446744073709551615, not '$seed'" run --seed "$seed" scenarios
done
usage "slotrace: unknown command 'rum'; did you mean 'run'?" rum scenarios
usage "slotrace: unknown command 'frobnicate'" frobnicate

case_name='slotrace without arguments'
"$SLOTRACE" >stdout 2>stderr && code=0 || code=$?
exits 4
is stderr "slotrace: which command?
Try 'slotrace --help'."

# What begins with a dash can be named after --.
cp scenarios/holds.yaml ./--trace
sed -i 's/\.\.\/systems/systems/g' ./--trace
slotrace run -- --trace
exits 0

# --- help: of everything, with every option ---

slotrace --help
exits 0
is stderr ''
cp stdout help
for source in "$SOURCE_DIR"/sim/cli/cmd_*.c; do
    command=$(basename "$source" .c | sed 's/^cmd_//; s/_/-/g')
    case_name=help
    says help "  $command "
    slotrace "$command" --help
    exits 0
    is stderr ''
    cp stdout stdout.help
    slotrace "$command" -h
    exits 0
    cmp -s stdout stdout.help || fail "-h and --help differ"
    [ "$(awk '{ if (length($0) > 100) print }' stdout.help)" = '' ] || fail "a line of the help is longer than 100"
    case_name="help of $command"
    # shellcheck disable=SC2013 # Words.
    for option in $(sed -n 's/.*{"\([a-z-]*\)", \(no\|required\|optional\)_argument.*/\1/p
        s/.*{"[a-z-]*", [a-z]*_argument.*{"\([a-z-]*\)", \(no\|required\|optional\)_argument.*/\1/p' "$source"); do
        [ "$option" = help ] || says stdout.help "--$option"
    done
done
slotrace --version
exits 0
grep -qE '^slotrace [0-9]+\.[0-9]+\.[0-9]+$' stdout || fail "strange version"

# --- seeds ---

slotrace run --trace --seed 1 scenarios
cp stdout seed-1
slotrace run --trace --seed 1 scenarios
cmp -s stdout seed-1 || fail "the same seed gave another run"
slotrace run --trace --seed 2 scenarios
cmp -s stdout seed-1 && fail "another seed gave the same run"
slotrace run --trace scenarios
cp stdout nominal
slotrace run --trace scenarios
cmp -s stdout nominal || fail "two runs differ"
cmp -s stdout seed-1 && fail "a seed changed nothing"

# --- interruption ---

interrupt() { # SIGNAL ARGUMENT...
    signal=$1
    shift
    case_name="SIG$signal during slotrace $*"
    "$SLOTRACE" "$@" >stdout 2>stderr </dev/null &
    process=$!
    sleep 1
    kill -s "$signal" "$process"
    wait "$process" && code=0 || code=$?
}
interrupt INT run long.yaml
exits 130
is stdout ''
is stderr 'slotrace: interrupted after 0 runs; the rest was not run'
interrupt TERM run --json scenarios/holds.yaml long.yaml
exits 130
is stdout ''
interrupt INT run --db run.db scenarios/holds.yaml long.yaml
exits 130
is stderr 'slotrace: interrupted after 2 runs; the rest was not run and no database was written'
[ "$(ls -- run.db* 2>/dev/null)" = '' ] || fail "left behind: $(ls -- run.db*)"

# --- output that cannot be written ---

unwritable() {
    exits 3
    says stderr 'slotrace: cannot write the results'
}
for arguments in --help --version 'run --help' 'run scenarios' 'run --trace scenarios' 'run --json scenarios'; do
    case_name="slotrace $arguments >/dev/full"
    # shellcheck disable=SC2086 # Words.
    "$SLOTRACE" $arguments >/dev/full 2>stderr && code=0 || code=$?
    unwritable
    says stderr 'No space left on device'
    case_name="slotrace $arguments >&-"
    # shellcheck disable=SC2086
    "$SLOTRACE" $arguments >&- 2>stderr && code=0 || code=$?
    unwritable
    case_name="slotrace $arguments | true"
    # shellcheck disable=SC2086
    { sleep 0.2; "$SLOTRACE" $arguments 2>stderr && echo 0 >code || echo $? >code; } | true
    code=$(cat code)
    unwritable
done
# A run that nobody can read does not go on for minutes.
case_name='slotrace run --trace long.yaml | head'
{ "$SLOTRACE" run --trace long.yaml 2>stderr && echo 0 >code || echo $? >code; } | head -n 5 >stdout
code=$(cat code)
unwritable
# With stdout closed, the database must not end up in its place.
case_name='slotrace run --db run.db >&-'
"$SLOTRACE" run --db run.db scenarios >&- 2>stderr && code=0 || code=$?
exits 3
rm -f run.db
case_name='slotrace run missing.yaml 2>&-'
"$SLOTRACE" run missing.yaml >stdout 2>&- && code=0 || code=$?
exits 2
is stdout ''

if [ "$failures" -ne 0 ]; then
    echo "$failures failures"
    exit 1
fi
