#!/bin/sh
# docs/format.md knows every key of the file formats, and says of each what the loader's tables say.
# label: static
set -eu
reference=docs/format.md
sed -n 's/^ *{"\([a-z_]*\)", .*/\1/p; s/^    X([A-Z]*, "\([a-z]*\)", ".*/\1/p' sim/scenario/format_*.c | sort -u |
    while read -r key; do
        grep -q "\`$key\`" "$reference" || echo "$reference: no \`$key\`"
    done >"${BUILD_DIR:-build}/missing_keys"
# shellcheck disable=SC2016 # The backquotes are Markdown.
sed -n '/define LATENCY_CLASSES/,/^$/s/.*X([A-Z]*, "\([a-z]*\)", "\(.*\)").*/| `\1` | \2 |/p' sim/model/system.h |
    while read -r row; do
        grep -qxF "$row" "$reference" || echo "$reference: no row $row"
    done >>"${BUILD_DIR:-build}/missing_keys"
sed -n '/define CAUSES/,/^$/p' sim/engine/oracle.h | sed -n 's/.*X([A-Z_]*, "\([a-z ]*\)", .*/\1/p' |
    while read -r cause; do
        grep -q "^| \`$cause\` |" "$reference" || echo "$reference: no cause \`$cause\`"
    done >>"${BUILD_DIR:-build}/missing_keys"
cat "${BUILD_DIR:-build}/missing_keys"
! [ -s "${BUILD_DIR:-build}/missing_keys" ]
