#!/bin/sh
# Every C file is as clang-format 14 with .clang-format writes it.
# label: static
set -eu
command -v clang-format >/dev/null || { echo 'skipped: clang-format is missing'; exit 77; }
find sim tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
