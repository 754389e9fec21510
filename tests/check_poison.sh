#!/bin/sh
# Every .c of world, model and engine includes base/poison.h, and nothing after it.
# label: static
set -eu
status=0
for file in sim/world/*.c sim/model/*.c sim/engine/*.c; do
    [ -e "$file" ] || continue
    last=$(grep '^[[:space:]]*#[[:space:]]*include' "$file" | tail -n 1)
    if [ "$last" != '#include "base/poison.h"' ]; then
        echo "$file: the last include must be \"base/poison.h\", not: ${last:-none}"
        status=1
    fi
done
exit $status
