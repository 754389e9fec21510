#!/bin/sh
# base <- world <- model <- engine <- scenario <- report <- cli: no file includes a header of a folder to its right.
# label: static
set -eu
status=0
right='cli'
for folder in report scenario engine model world base; do
    for forbidden in $right; do
        if grep -rn "^#include \"$forbidden/" "sim/$folder"; then
            echo "sim/$folder must not know sim/$forbidden"
            status=1
        fi
    done
    right="$right $folder"
done
exit $status
