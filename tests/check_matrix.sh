#!/bin/sh
# The gap matrices of the gateway and its hotfixes are those in tests/golden/matrix.SYSTEM.txt, and budgets are respected.
# After a change that is meant: UPDATE=1 sh tests/check_matrix.sh, and read the difference.
# timeout_s: 900
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

exits() { # CODE ARGUMENT...
    wanted=$1
    shift
    code=0
    "$slotrace" matrix "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null || code=$?
    [ "$code" -eq "$wanted" ] || fail "slotrace matrix $*: exit code $code instead of $wanted: $(head -c 300 "$scratch/stderr")"
}

for system in calcom-2025-10-11 calcom-hotfix calcom-hotfix-bruteforce calcom-hotfix-unchanged-callers; do
    matrix=matrix.$system.txt
    exits 0 --color never "$system"
    cp "$scratch/stdout" "$scratch/$matrix"
    if [ "$update" = 1 ]; then
        cp "$scratch/$matrix" "$golden/$matrix"
    elif ! [ -e "$golden/$matrix" ]; then
        fail "$golden/$matrix is missing: UPDATE=1 writes it"
    elif ! diff -u "$golden/$matrix" "$scratch/$matrix"; then
        fail "the matrix of $system is not the one in $golden/$matrix"
    fi
    awk 'length($0) > 120 { print; found = 1 } END { exit found }' "$scratch/$matrix" || fail "$matrix: wider than 120"
done

# A few transitions are enough to see some of it; what was not looked at is never called proved.
exits 6 --color never --states 1000 --transitions 300 calcom-utc
grep -q '>= [0-9.]* s never invalidated' "$scratch/stdout" || fail "no cell says what is known when the budget ends"
exits 6 --json --states 20 fixtures/systems/calcom-utc.yaml calcom-utc
grep -q '"bounded": 14' "$scratch/stdout" || fail "a system that is named twice is shown once, and all of it is open"
exits 2 calcom-hotfx
exits 2 scenarios/webhook-gap.yaml
exits 4
exits 4 --states 0 calcom-utc
exit $status
