#!/bin/sh
# Build for speed, generate the full shapes, run every bench on them, and write
# a Markdown table to standard output (progress goes to standard error).
#
# usage: sh bench/run.sh [SHAPE]...   S, M or L; without one S and M
#   S  437,723 accounts, 162 instruments (Hyperliquid, 10 October 2025)
#   M  1,000,000 accounts, 349 instruments
#   L  10,000,000 accounts, 1,000 instruments: 40 GB of memory, for a GPU
#
# Environment: LIQ_BENCH_SECONDS (for each row, 5), LIQ_BENCH_DEVICE (name or
# type), TMPDIR (room for the books: 0.1, 0.25 and 2.5 GB), LIQ_JOBS.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
jobs=${LIQ_JOBS:-$(nproc)}
seconds=${LIQ_BENCH_SECONDS:-5}
[ $# -gt 0 ] || set -- S M

sh host/packaging/install-packages.sh build >&2
mkdir -p build-release
cmake --preset release >build-release/bench.log 2>&1 &&
    cmake --build --preset release -j "$jobs" >>build-release/bench.log 2>&1 || {
    tail -20 build-release/bench.log >&2
    exit 1
}
programs=build-release/bench
folder=$(mktemp -d "${TMPDIR:-/tmp}/liqscan-bench-XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

book() # SHAPE
{
    case $1 in
    S) accounts=437723 instruments=162 ;;
    M) accounts=1000000 instruments=349 ;;
    L) accounts=10000000 instruments=1000 ;;
    *)
        echo "run: no shape \"$1\": S, M or L" >&2
        exit 2
        ;;
    esac
    build-release/host/liqscan generate --accounts $accounts --instruments $instruments \
        --seed 20251010 "$folder/$1" >&2
}

bench() # PROGRAM SHAPE
{
    set -- "$1" --book "$folder/$2" --shape "$2" --seconds "$seconds"
    if [ -n "${LIQ_BENCH_DEVICE:-}" ]; then set -- "$@" --device "$LIQ_BENCH_DEVICE"; fi
    echo "run: $*" >&2
    "$@"
}

cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)
dirty=$(git status --porcelain 2>/dev/null | head -1)
echo "Commit $(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)${dirty:+ with changes}," \
    "$(date -u +%Y-%m-%d), ${cpu:-$(uname -m)}, $(nproc) cores, $(uname -sr)," \
    "load $(cut -d' ' -f1 /proc/loadavg)."
echo
echo "| bench | shape | what | runs | min ms | median ms | p99 ms | MB moved | GB/s | times" \
    "reading once | result |"
echo "|---|---|---|--:|--:|--:|--:|--:|--:|--:|---|"
first=
for shape in "$@"; do
    book "$shape"
    for program in "$programs"/bench_*; do
        if [ ! -x "$program" ] || [ -d "$program" ]; then continue; fi
        # Bandwidth does not depend on the shape.
        case $program in *memory) if [ -n "$first" ]; then continue; fi ;; esac
        bench "$program" "$shape"
    done
    first=no
    rm -rf "${folder:?}/$shape"
done
