#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs libFuzzer with AddressSanitizer and UBSan, target after target. New inputs are kept in
# build-fuzz/corpus; one that does harm is left in build-fuzz/found, to be fixed and added to
# fuzz/corpus/<target>/.
#
#   tools/fuzz.sh SECONDS [target …]
set -eu
cd "$(dirname "$0")/.."
seconds=$1
shift
tools/install.sh --for check
flags='-fno-sanitize-recover=all -fsanitize=fuzzer-no-link'
CC=clang-14 CXX=clang++-14 tools/build.sh build-fuzz -Dfuzz=true -Dwerror=false -Db_sanitize=address,undefined \
    -Db_lundef=false "-Dc_args=$flags" "-Dcpp_args=$flags"
export ASAN_OPTIONS=allow_user_segv_handler=0
[ $# -gt 0 ] || set -- $(ls fuzz/fuzz_*.c | sed 's:fuzz/fuzz_\(.*\)\.c:\1:')
failed=''
for target; do
    mkdir -p "build-fuzz/corpus/$target" build-fuzz/found
    echo "== $target for $seconds s"
    build-fuzz/fuzz/fuzz_"$target" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=20 \
        -print_final_stats=1 -verbosity=0 -artifact_prefix="build-fuzz/found/$target-" \
        "build-fuzz/corpus/$target" "fuzz/corpus/$target" || failed="$failed $target"
done
[ -z "$failed" ] || { echo "fuzz: harm done by:$failed (see build-fuzz/found)" >&2; exit 1; }
