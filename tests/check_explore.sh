# What `slotrace explore` finds in the bundled scenarios is what they expect of it; a budget may run out, a violation
# may not happen. Also: replay and shrink on what explore prints.
# timeout_s: 1500
set -eu
cd "$SOURCE_DIR"
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

code=0
"$SLOTRACE" explore --quiet --transitions 20000 --states 200000 scenarios >"$directory/all" || code=$?
if grep -q '^FAIL' "$directory/all" || { [ "$code" -ne 0 ] && [ "$code" -ne 6 ]; }; then
    cat "$directory/all"
    echo "explore ended with $code"
    exit 1
fi

# The replay command that explore prints does what it says.
"$SLOTRACE" explore --system before scenarios/concurrent-read.yaml >"$directory/one"
schedule=$(sed -n "s/.*--schedule '\(.*\)'.*/\1/p" "$directory/one")
[ -n "$schedule" ]
"$SLOTRACE" replay --system before --schedule "$schedule" scenarios/concurrent-read.yaml >"$directory/replayed"
grep -q '^replayed .* 1 of 1 read stale$' "$directory/replayed"

# From a file, too; actors that it does not name do not matter.
printf '%s\n' "$schedule" | tr ';' '\n' >"$directory/schedule"
"$SLOTRACE" replay --system before --schedule "@$directory/schedule" scenarios/concurrent-read.yaml >"$directory/again"
cmp "$directory/replayed" "$directory/again"

# A schedule that cannot happen says where and why.
code=0
"$SLOTRACE" replay --system before --schedule 'call-a.L2.get; call-a.L1.put' scenarios/concurrent-read.yaml \
    >"$directory/diverged" || code=$?
[ "$code" -eq 1 ]
grep -q "^diverged at step 2 of 2, call-a.L1.put: the next step of 'call-a' is L1.get$" "$directory/diverged"

# What shrink leaves is a scenario that explore refutes as it says, with fewer actors.
mkdir -p "$directory/fixtures"
cp -R fixtures/systems "$directory/fixtures/systems"
"$SLOTRACE" shrink --system before scenarios/webhook-gap.yaml >"$directory/shrunk.yaml"
"$SLOTRACE" explore --quiet "$directory/shrunk.yaml" >"$directory/shrunk"
[ "$(grep -c 'does:' "$directory/shrunk.yaml")" -eq 3 ]
echo "explore, replay and shrink agree"
