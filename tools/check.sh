#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Everything that is known to be right stays right: builds, tests, style, documents. The last line is
# `N passed, N failed, N skipped`; exit code 1 when a case failed or nothing ran.
#
#   tools/check.sh             all of it
#   tools/check.sh --quick     gcc, unit and program tests
#   tools/check.sh --only X    one stage: gcc clang cpus asan tsan style docs sets interop
#
# Each stage adds lines to build-check/results (see tools/results.py) and goes on after failures, so
# one run tells all. What the tests printed is in <build folder>/meson-logs/testlog.txt.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
out=$root/build-check
mkdir -p "$out"
results=$out/results
: >"$results"
export ASAN_OPTIONS=allow_user_segv_handler=0:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=second_deadlock_stack=1
sanitized='-Dwerror=false -Db_lundef=false -Dc_args=-fno-sanitize-recover=all -Dcpp_args=-fno-sanitize-recover=all'

say() { echo "== $*"; }

# build NAME FOLDER [options]: one case; the rest of a stage is pointless when it fails.
build() {
    name=$1
    shift
    if tools/build.sh "$@" >"$out/build.log" 2>&1; then
        echo "ok $name / builds" >>"$results"
        return 0
    fi
    grep -E 'error|warning|FAILED|ERROR' "$out/build.log" | head -n 20
    echo "FAIL $name / builds" >>"$results"
    return 1
}

# tests NAME FOLDER [meson test options]
tests() {
    name=$1 folder=$2
    shift 2
    rm -f "$folder/meson-logs/testlog.json"
    meson test -C "$folder" --no-rebuild --quiet "$@" >"$out/test.log" 2>&1 ||
        grep -E 'FAIL|TIMEOUT|ERROR' "$out/test.log" | head -n 20
    if [ -f "$folder/meson-logs/testlog.json" ]; then
        python3 tools/results.py meson "$folder" "$name" "$results" && return
    fi
    echo "FAIL $name / ran" >>"$results"
}

# runner NAME COMMAND …: a program whose output names its cases
runner() {
    name=$1
    shift
    "$@" >"$out/run.log" 2>&1
    code=$?
    [ $code -eq 0 ] || [ $code -eq 77 ] || tail -n 40 "$out/run.log"
    python3 tools/results.py text "$name" $code "$out/run.log" "$results"
}

stage_gcc() {
    say "gcc: build, unit and program tests"
    CC=gcc CXX=g++ build gcc build && tests gcc build
}

stage_clang() {
    say "clang: build, unit tests"
    CC=clang-14 CXX=clang++-14 build clang build-clang && tests clang build-clang --suite unit
}

stage_cpus() {
    say "forced instruction sets: unit and program tests"
    CC=gcc CXX=g++ build cpus build || return
    for cpu in scalar avx2 avx512; do
        flag=$cpu
        [ $cpu = avx512 ] && flag=avx512bw
        if [ $cpu != scalar ] && ! grep -qw "$flag" /proc/cpuinfo; then
            echo "SKIP $cpu: this processor does not have it" >>"$results"
        else
            SANAD_CPU=$cpu tests "$cpu" build --suite unit --suite program
        fi
    done
}

stage_asan() {
    say "AddressSanitizer and UBSan: unit and program tests, corpora of the fuzz targets"
    # shellcheck disable=SC2086
    CC=clang-14 CXX=clang++-14 build asan build-asan -Db_sanitize=address,undefined $sanitized &&
        tests asan build-asan --timeout-multiplier 5 --suite unit --suite program --suite fuzz
}

stage_tsan() {
    say "ThreadSanitizer: unit tests"
    # shellcheck disable=SC2086
    CC=clang-14 CXX=clang++-14 build tsan build-tsan -Db_sanitize=thread $sanitized &&
        tests tsan build-tsan --timeout-multiplier 5 --suite unit
}

stage_style() {
    say "layers, style, layout"
    runner layers python3 tools/check_layers.py
    # Some headers include generated ones.
    [ -f build/src/cmd/messages.gen.h ] || CC=gcc CXX=g++ build style build
    runner style python3 tools/check_style.py --include "$root/build/src/cmd" --include "$root/build/src/store"
    runner layout tools/format.sh
    runner scripts python3 tests/docs/test_tools.py -v
}

stage_docs() {
    say "examples of the documents"
    runner docs python3 tests/docs/run_examples.py
}

stage_sets() {
    say "quality on the evaluation sets"
    runner sets python3 tools/check_sets.py
}

stage_interop() {
    say "beside other people's programs (what is not here is fetched once, or skipped)"
    CC=gcc CXX=g++ build interop build || return
    runner interop python3 tests/interop/run.py
}

purpose=check
stages='gcc style clang cpus asan docs sets interop'
case ${1:-} in
'') ;;
--quick) stages=gcc ;;
--only) stages=${2:?a stage} ;;
*) echo "usage: tools/check.sh [--quick | --only STAGE]" >&2; exit 2 ;;
esac
tools/install.sh --for $purpose || exit 1
for stage in $stages; do "stage_$stage"; done
python3 tools/results.py sum "$results"
