#!/bin/sh
# Every tests/fuzz_NAME.c runs for 20 seconds from tests/corpus/NAME without a finding.
# label: static
# timeout_s: 1500
# processors: 2
set -eu
: "${BUILD_DIR:?}" "${SOURCE_DIR:=$(pwd)}"
command -v clang >/dev/null || { echo 'skipped: clang is missing'; exit 77; }
echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' |
    clang -x c - -fsanitize=fuzzer,address -o /dev/null 2>/dev/null ||
    { echo 'skipped: clang has no libFuzzer (libclang-rt-14-dev)'; exit 77; }

build=$BUILD_DIR/fuzz
mkdir -p "$build"
if ! { cmake --preset fuzz -S "$SOURCE_DIR" -B "$build" && cmake --build "$build"; } >"$build/log.txt" 2>&1; then
    tail -n 30 "$build/log.txt"
    exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for source in "$SOURCE_DIR"/tests/fuzz_*.c; do
    name=$(basename "$source" .c)
    corpus=$SOURCE_DIR/tests/corpus/${name#fuzz_}
    [ -d "$corpus" ] || { echo "$name has no corpus $corpus"; exit 1; }
    # New inputs go to the first directory, so the committed ones stay as they are.
    mkdir "$work/$name"
    "$build/$name" -seed=1 -max_total_time=20 -timeout=30 -rss_limit_mb=3000 -print_final_stats=1 \
        -artifact_prefix="$build/" "$work/$name" "$corpus" >"$build/$name.txt" 2>&1 || {
        tail -n 60 "$build/$name.txt"
        echo "$name: the input is kept in $build"
        exit 1
    }
    sed -n "s/^stat::number_of_executed_units: */$name: inputs: /p" "$build/$name.txt"
done
