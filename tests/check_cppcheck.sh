#!/bin/sh
# cppcheck finds nothing in sim/. A finding that is wrong is suppressed where it is, with the reason.
# label: static
# timeout_s: 600
set -eu
command -v cppcheck >/dev/null || { echo 'skipped: cppcheck is missing'; exit 77; }
# returnDanglingLifetime: cppcheck 2.10 believes that a function returns whatever address it was given; gcc and clang
# warn about real cases, and the sanitizers stop at them.
cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=1 --inline-suppr \
    --suppress=missingIncludeSystem --suppress=returnDanglingLifetime -I sim -D_XOPEN_SOURCE=700 -j 2 sim
