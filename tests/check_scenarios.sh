#!/bin/sh
# Every bundled scenario gives what it expects, and step for step the trace in tests/golden/SCENARIO.ALIAS.trace.
# After a change that is meant: UPDATE=1 sh tests/check_scenarios.sh, and read the difference.
set -eu
cd "${SOURCE_DIR:-.}"
slotrace=${SLOTRACE:-build/slotrace}
golden=tests/golden
update=${UPDATE:-0}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

fail() {
    echo "$*"
    status=1
}

# All in one invocation: that also finds two scenarios of one name.
if ! "$slotrace" run --quiet scenarios/*.yaml >"$scratch/quiet" 2>&1; then
    cat "$scratch/quiet"
    echo "not every scenario gives what it expects"
    exit 1
fi

mkdir -p "$golden"
for file in scenarios/*.yaml; do
    name=$(basename "$file" .yaml)
    # "ok  NAME  ALIAS  SYSTEM ..."
    "$slotrace" run --color never "$file" >"$scratch/result"
    if awk '$1 == "ok" { print $2 }' "$scratch/result" | grep -vqx -- "$name"; then
        fail "$file: a scenario is called like its file"
    fi
    awk '$1 == "ok" { print $3 }' "$scratch/result" >"$scratch/aliases"
    if ! [ -s "$scratch/aliases" ]; then
        fail "$file: no system was run"
    fi
    while read -r alias; do
        trace=$name.$alias.trace
        "$slotrace" run --color never --trace --system "$alias" "$file" >"$scratch/$trace"
        if [ "$update" = 1 ]; then
            cp "$scratch/$trace" "$golden/$trace"
        elif ! [ -e "$golden/$trace" ]; then
            fail "$golden/$trace is missing: UPDATE=1 writes it"
        elif ! diff -u "$golden/$trace" "$scratch/$trace"; then
            fail "$file: the trace on '$alias' is not the one in $golden/$trace"
        fi
    done <"$scratch/aliases"
done

for trace in "$golden"/*.trace; do
    if [ -e "$trace" ] && ! [ -e "$scratch/$(basename "$trace")" ]; then
        if [ "$update" = 1 ]; then
            rm "$trace"
        else
            fail "$trace belongs to no scenario: UPDATE=1 removes it"
        fi
    fi
done
exit $status
