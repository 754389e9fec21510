#!/bin/sh
# What README.md shows is what happens. In README.md, before a fenced block:
#   <!-- file: NAME -->      the block is a file of that name
#   <!-- check -->           "$ COMMAND" lines are run, and print what follows them
#   <!-- check: COMMAND -->  the same with COMMAND instead of the one that is shown
# A line "..." stands for any number of lines. All happens in one scratch directory with scenarios/, fixtures/ and
# build/slotrace as here.
# label: static
set -eu
command -v sqlite3 >/dev/null || { echo 'skipped: sqlite3 is missing'; exit 77; }
readme=$SOURCE_DIR/README.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/blocks" "$scratch/work" "$scratch/work/build"
ln -s "$SOURCE_DIR/scenarios" "$SOURCE_DIR/fixtures" "$scratch/work/"
ln -s "$SLOTRACE" "$scratch/work/build/slotrace"

# blocks/NNN holds a block, blocks/NNN.what the comment before it.
awk -v blocks="$scratch/blocks" '
    /^```/ && inside { inside = 0; close(out); next }
    /^```/ { inside = 1; out = ""
        if (what != "") {
            out = sprintf("%s/%03d", blocks, ++count)
            printf "" > out
            print line " " what > (out ".what")
            close(out ".what")
        }
        what = ""
        next
    }
    inside { if (out != "") print > out; next }
    /^<!-- (file|check)(: .*)? -->$/ { what = substr($0, 6, length($0) - 9); line = NR; next }
    /[^ ]/ { what = "" }
' "$readme"

# The transcript of a block: its commands as they are shown, each with what it prints.
transcript() {
    block=$1
    instead=$2
    sed -n 's/^\$ //p' "$block" >"$scratch/commands"
    while IFS= read -r command <&3; do
        printf '$ %s\n' "$command"
        (cd "$scratch/work" && sh -c "${instead:-$command}" 2>&1 </dev/null) || true
    done 3<"$scratch/commands"
}

# Does the file $2 match the block $1, where "..." matches any number of lines?
matches() {
    awk '
        FNR == NR { want[++n] = $0; next }
        { have[++m] = $0 }
        END {
            i = j = 1
            while (j <= m) {
                if (i <= n && want[i] ~ /^ *\.\.\.$/) { star = i++; mark = j }
                else if (i <= n && want[i] == have[j]) { if (i > best) best = i; i++; j++ }
                else if (star) { i = star + 1; j = ++mark }
                else break
            }
            while (j > m && i <= n && want[i] ~ /^ *\.\.\.$/) i++
            if (j > m && i > n) exit 0
            print "    not printed: " want[best + 1]
            exit 1
        }' "$1" "$2"
}

status=0
checked=0
for what in "$scratch"/blocks/*.what; do
    [ -e "$what" ] || break
    block=${what%.what}
    line=$(cut -d ' ' -f 1 "$what")
    kind=$(cut -d ' ' -f 2- "$what")
    case $kind in
    file:*)
        cp "$block" "$scratch/work/${kind#file: }"
        ;;
    check*)
        checked=$((checked + 1))
        instead=${kind#check}
        transcript "$block" "${instead#: }" >"$scratch/printed"
        if ! matches "$block" "$scratch/printed"; then
            echo "README.md:$line: this is not what happens; what does:"
            sed -n '31s/.*/    (and so on)/p; 1,30s/^/    /p' "$scratch/printed"
            status=1
        fi
        ;;
    esac
done
[ "$checked" -gt 0 ] || { echo 'README.md has nothing to check'; exit 1; }
exit $status
