#!/bin/sh
# clang-tidy with .clang-tidy finds nothing in sim/ and tests/.
# label: static
# timeout_s: 900
# processors: 2
set -eu
command -v clang-tidy >/dev/null || { echo 'skipped: clang-tidy is missing'; exit 77; }
# Fuzzers are not in the compilation database of this build. One file per process: with more, clang-tidy 14 takes
# every va_list of the second one for uninitialized.
find sim tests -name '*.c' ! -name 'fuzz_*' -print0 |
    xargs -0 -n 1 -P 2 clang-tidy --quiet -p "$BUILD_DIR" 2>/dev/null
