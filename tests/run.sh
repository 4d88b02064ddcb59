#!/bin/sh
# Install what is missing (Debian), build, and run all tests.
#
# usage: sh tests/run.sh [--quick | --long]
#   --quick  the default build and its tests only
#   --long   all of it, with longer fuzzing, LIQ_LONG=1 and valgrind
#
# Environment: LIQ_SHARED_DIR (data beside the repository, ../shared),
# LIQ_REQUIRE_SHARED=1 and LIQ_REQUIRE_DEVICE=1 (what would be skipped fails),
# LIQ_JOBS (jobs in parallel, the number of cores).
set -eu

size=default
case ${1-} in
'') ;;
--quick | --long) size=${1#--} ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

root=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
jobs=${LIQ_JOBS:-$(nproc)}
export LIQ_SHARED_DIR="${LIQ_SHARED_DIR:-$root/../shared}"
export CTEST_PARALLEL_LEVEL="$jobs"
if [ $size = long ]; then export LIQ_LONG=1; fi
sh host/packaging/install-packages.sh test
mkdir -p build
# Compiled kernels stay in the build folder: tests leave nothing in a home. One folder of PoCL for
# all tests of a run, where each process would have one of its own: it compiles a kernel once.
export LIQ_CACHE_DIR="$root/build/cache"
export POCL_CACHE_DIR="$root/build/pocl"
rm -rf "$POCL_CACHE_DIR"
mkdir -m 700 "$POCL_CACHE_DIR"
summary=$root/build/summary.txt
: >"$summary"
failed=0

# Run one stage; its time and outcome go to the summary, and the next one runs
# whatever happened. Not `if "$2"`, because `set -e` would not hold inside.
stage() # NAME FUNCTION
{
    echo
    echo "== $1"
    started=$(date +%s)
    verdict=ok
    set +e
    (
        set -e
        "$2"
    )
    outcome=$?
    set -e
    if [ $outcome != 0 ]; then verdict=FAILED failed=1; fi
    printf '%-10s %-7s %4d s\n' "$1" $verdict $(($(date +%s) - started)) >>"$summary"
}

build() # PRESET [TARGET]
{
    cmake --preset "$1" >"$root/build/$1.log" 2>&1 &&
        cmake --build --preset "$1" --target "${2:-all}" -j "$jobs" \
            >>"$root/build/$1.log" 2>&1 || {
        grep -nE -A 5 'error|Error|warning' "$root/build/$1.log" | head -60 ||
            tail -60 "$root/build/$1.log"
        echo "run: the build failed; all of it is in build/$1.log"
        return 1
    }
}

run_default()
{
    build default
    if [ $size = quick ]; then
        ctest --preset default -LE oclgrind
    else
        ctest --preset default
    fi
}

# Reports of sanitizers go to files, because Criterion's child processes hide
# leaks and messages: any file is a failure, even when all tests passed.
run_sanitized() # PRESET [TARGET]
{
    build "$@"
    reports=$root/build-$1/reports
    rm -rf "$reports"
    mkdir "$reports"
    common="log_path=$reports/report:print_stacktrace=1:malloc_context_size=12"
    passed=0
    ASAN_OPTIONS="$common:detect_leaks=1:detect_stack_use_after_return=1" \
        UBSAN_OPTIONS="$common" TSAN_OPTIONS="$common:halt_on_error=1" \
        LSAN_OPTIONS="suppressions=$root/tests/lsan.supp:print_suppressions=0" \
        ctest --preset "$1" || passed=$?
    for report in "$reports"/*; do
        if [ -f "$report" ]; then
            head -60 "$report"
            echo "run: a sanitizer wrote ${report#"$root"/}"
            passed=1
        fi
    done
    return $passed
}

run_asan()
{
    run_sanitized asan
}

run_tsan()
{
    run_sanitized tsan tsan_programs
}

run_fuzz()
{
    seconds=10
    if [ $size = long ]; then seconds=300; fi
    cmake --preset fuzz -DLIQ_FUZZ_SECONDS=$seconds >"$root/build/fuzz.log" 2>&1
    build fuzz fuzzers
    ctest --preset fuzz
}

run_valgrind()
{
    probe=build/tests/oclgrind/oclgrind_probe
    sh tests/valgrind.sh $probe RIGHT
    if sh tests/valgrind.sh $probe PAST_END 2>/dev/null; then
        echo "run: valgrind does not find what is planted"
        return 1
    fi
    sh tests/valgrind.sh build/host/liqscan tests/books/small
}

if [ ! -d "$LIQ_SHARED_DIR" ]; then
    echo "run: no data in $LIQ_SHARED_DIR: tests that need it are skipped"
fi
stage default run_default
if [ $size != quick ]; then
    stage asan run_asan
    stage tsan run_tsan
    stage fuzz run_fuzz
fi
if [ $size = long ]; then
    stage valgrind run_valgrind
fi

echo
cat "$summary"
if [ $failed != 0 ]; then
    echo "run: FAILED"
    exit 1
fi
echo "run: all tests passed"
