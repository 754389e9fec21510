#!/bin/sh
# SPIN, given the scenario as a model (explore --promela), stores as many states as explore without reductions visits,
# and finds an error exactly where explore finds a stale read. Broken models must be found out.
# timeout_s: 1500
set -eu
for tool in spin gcc; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
work=$BUILD_DIR/spin
rm -rf "$work"
mkdir -p "$work"
status=0

# ours SCENARIO SYSTEM: "REFUTED 4093". Ends with 0, 1 or 6: what the scenario expects is another question.
ours() {
    code=0
    "$SLOTRACE" explore --json --timing ignore --no-sleep --no-persistent --no-symmetry --system "$2" \
        "scenarios/$1.yaml" >"$work/ours.json" || code=$?
    case $code in
    0 | 1 | 6) ;;
    *) echo "slotrace explore $1 ($2): exit code $code" >&2; exit 1 ;;
    esac
    sed -n 's/^ *"verdict": "\(.*\)",$/\1/p; s/^ *"states": \([0-9]*\),$/\1/p' "$work/ours.json" | paste -s -d ' '
}

# spins MODEL: "3 4093", errors and states. An error does not stop the search.
spins() {
    (
        cd "$work"
        { spin -a "$1" && gcc -O1 -w -DNOREDUCE -DSAFETY -DVECTORSZ=4096 pan.c -o pan; } >spin.log 2>&1 ||
            { cat spin.log >&2; echo "$1: spin or gcc failed" >&2; exit 1; }
        ./pan -c0 -m100000 -w20 >pan.log 2>&1 || true
        if grep -E 'max search depth too small|invalid end state \(|out of memory|VECTORSZ' pan.log >&2; then
            exit 1
        fi
        sed -n 's/.*errors: \([0-9]*\)$/\1/p; s/^ *\([0-9]*\) states, stored.*/\1/p' pan.log | paste -s -d ' '
    )
}

# same "REFUTED 4093" "3 4093"
same() {
    set -- $1 $2
    [ $# -eq 4 ] && [ "$2" = "$4" ] || return 1
    case $1 in
    REFUTED) [ "$3" -gt 0 ] ;;
    PROVED | VACUOUS) [ "$3" -eq 0 ] ;;
    *) return 1 ;;
    esac
}

# agree SCENARIO SYSTEM
agree() {
    "$SLOTRACE" explore --promela --system "$2" "scenarios/$1.yaml" >"$work/$1.$2.pml"
    ours=$(ours "$1" "$2")
    spins=$(spins "$1.$2.pml")
    if same "$ours" "$spins"; then
        echo "$1 ($2): $ours states, SPIN the same"
    else
        echo "$1 ($2): ours '$ours', SPIN (errors, states) '$spins'"
        status=1
    fi
}

# differ SCENARIO SYSTEM EDIT: after agree(), with a mistake in the model.
differ() {
    sed "$3" "$work/$1.$2.pml" >"$work/broken.pml"
    cmp -s "$work/$1.$2.pml" "$work/broken.pml" && { echo "$3 does not change the model"; exit 1; }
    spins=$(spins broken.pml)
    if same "$(ours "$1" "$2")" "$spins"; then
        echo "$1 ($2) with $3: nobody noticed"
        status=1
    fi
}

agree double-booking before
agree double-booking after
agree concurrent-read before
agree concurrent-read after
agree key-collision after
agree key-collision uuid
agree refreshing-dashboard before
agree refreshing-dashboard after
agree late-webhook-cleans-up after
agree entry-cancel before
agree entry-reschedule after
agree entry-create-booking after
agree entry-webhook-updated before
agree multi-day-key before

differ concurrent-read before 's/known = acknowledged/known = 0/'      # Nothing is stale any more.
differ concurrent-read before 's/seen = (who_[0-9]*)/seen = 0/'        # History that tells states apart is lost.
differ double-booking after 's/key_1 = 0; seen_1 = 0; hit_1 = 0/skip/' # Nothing is deleted.
exit $status
