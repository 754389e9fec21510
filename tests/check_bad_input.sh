#!/bin/sh
# Bad input: exit code 2, nothing runs, and the message is exactly the one in tests/bad/NAME.expected.
#
# NAME is a scenario (NAME.yaml) or a directory of them. What cannot be a file of the repository is made here. After a
# message was changed on purpose: UPDATE=1 SLOTRACE=build/slotrace sh tests/check_bad_input.sh, and read the diff.
set -u
: "${SLOTRACE:?}" "${SOURCE_DIR:=$(pwd)}"
case $SLOTRACE in /*) ;; *) SLOTRACE=$(pwd)/$SLOTRACE ;; esac
limit='timeout 60'
command -v timeout >/dev/null || limit=
directory=$(mktemp -d) || exit 1
trap 'chmod -R u+rwx "$directory"; rm -rf "$directory"' EXIT
failures=0

fail() {
    echo "$*"
    failures=$((failures + 1))
}

# judge NAME CODE STDOUT: the last run against expected code and files of what it printed.
judge() {
    [ "$code" -eq "$2" ] || fail "$1: exit code $code instead of $2"
    diff -u "$3" "$directory/stdout" || fail "$1: stdout is not as expected"
    diff -u "$4" "$directory/stderr" || fail "$1: stderr is not as expected"
}

run() {
    code=0
    $limit "$SLOTRACE" run "$@" >"$directory/stdout" 2>"$directory/stderr" </dev/null || code=$?
}

cd "$SOURCE_DIR" || exit 1
: >"$directory/nothing"
cases=0
for path in tests/bad/*; do
    name=${path%.yaml}
    name=${name#tests/bad/}
    case $name in
    systems | *.expected | *.stdout) continue ;;
    esac
    run "$path"
    if [ -n "${UPDATE:-}" ]; then
        cp "$directory/stderr" "tests/bad/$name.expected"
    fi
    # What shows only when it runs has a line about the run, too.
    stdout=$directory/nothing
    [ ! -e "tests/bad/$name.stdout" ] || stdout=tests/bad/$name.stdout
    judge "$name" 2 "$stdout" "tests/bad/$name.expected"
    cases=$((cases + 1))
done
[ "$cases" -gt 100 ] || fail "only $cases cases in tests/bad"

# generated NAME MESSAGE: `run NAME` in the directory of generated files.
generated() {
    (
        cd "$directory" || exit 1
        $limit "$SLOTRACE" run "$1" >stdout 2>stderr </dev/null
        echo $? >code
    )
    code=$(cat "$directory/code")
    printf '%s\n' "$2" >"$directory/expected"
    judge "$1" 2 "$directory/nothing" "$directory/expected"
}

cd "$directory" || exit 1
generated missing.yaml "slotrace: error: cannot read 'missing.yaml': there is no such file [io]"
generated "" "slotrace: error: cannot read '': there is no such file [io]"

mkfifo pipe.yaml
generated pipe.yaml "slotrace: error: cannot read 'pipe.yaml': it is a pipe or socket; write it to a file first [io]"
generated /dev/zero "slotrace: error: cannot read '/dev/zero': it is a device; only regular files are read [io]"

ln -s circle.yaml circle.yaml
generated circle.yaml "slotrace: error: cannot read 'circle.yaml': too many symbolic links [io]"
generated circle.yaml/x.yaml "slotrace: error: cannot read 'circle.yaml/x.yaml': too many symbolic links [io]"

truncate -s 1G sparse.yaml
generated sparse.yaml "slotrace: error: cannot read 'sparse.yaml': it is larger than 1 MiB [too-large]"

# What a terminal must not see is shown as ?.
truncate -s 20 zeros.yaml
generated zeros.yaml "zeros.yaml:1:1: error: a NUL byte: this is no text file, or it is UTF-16; save it as UTF-8 [syntax]
    1 | ????????????????????
      | ^"

printf '\177ELF\002\001\001\000\377\376' >binary.yaml
generated binary.yaml "binary.yaml:1:1: error: a control character; remove it [syntax]
    1 | ?ELF??????
      | ^"

printf 'title: gr\374n\n' >latin-1.yaml
generated latin-1.yaml "latin-1.yaml:1:10: error: byte 0xFC is not UTF-8; save the file as UTF-8 [syntax]
    1 | title: gr?n
      |          ^"

# repeat COUNT CHARACTER
repeat() {
    head -c "$1" /dev/zero | tr '\0' "$2"
}

repeat 100000 '[' >brackets.yaml
generated brackets.yaml "brackets.yaml:1:65: error: more than 64 levels of nesting [too-large]
    1 | ...$(repeat 154 '[')...
      |    $(repeat 60 ' ')^"

repeat 100000 '{' >braces.yaml
generated braces.yaml "braces.yaml:1:2: error: a key must be text; text that starts with { or [ must be quoted, as in \"{name}\" [syntax]
    1 | $(repeat 154 '{')...
      |  ^"

repeat 70 '-' | sed 's/-/- /g' >dashes.yaml
generated dashes.yaml "dashes.yaml:1:129: error: more than 64 levels of nesting [too-large]
    1 | $(repeat 70 '-' | sed 's/-/- /g')
      | $(repeat 128 ' ')^"

awk 'BEGIN { for (i = 0; i < 60000; i++) print "k" i ": 1" }' >keys.yaml
generated keys.yaml "keys.yaml:50000:9: error: the file has more than 100,000 keys and values [too-large]
50000 | k49999: 1
      |         ^"

if [ "$(id -u)" -ne 0 ]; then
    : >secret.yaml
    chmod 000 secret.yaml
    generated secret.yaml "slotrace: error: cannot read 'secret.yaml': permission denied [io]"
    mkdir -p closed
    chmod 000 closed
    generated closed "slotrace: error: cannot read directory 'closed': Permission denied [io]"
fi

if [ "$failures" -ne 0 ]; then
    echo "$failures failures"
    exit 1
fi
echo "$cases cases"
