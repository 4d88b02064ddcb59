#!/bin/sh
# Build for speed, generate the full shapes, run every bench on them, and write
# a Markdown table to standard output (progress goes to standard error).
#
# usage: sh bench/run.sh [--only NAME]... [SHAPE]...   S, M or L; without one S and M
#   S  437,723 accounts, 1.75 M positions, 162 instruments (Hyperliquid, 10 October 2025)
#   M  1,000,000 accounts, 4 M positions, 349 instruments
#   L  10,000,000 accounts, 40 M positions, 1,000 instruments: for a GPU; takes
#      2.5 GB of disk and about 12 GB of memory, and minutes a row on two cores
#   --only NAME  this bench alone: flagged, load, linear, memory, journal, duckdb, ...
#
# Shape S is also scanned in SQL by DuckDB (bench/duckdb), where node is there
# and npm can install it; otherwise that row is left out and said so.
#
# Environment: LIQ_BENCH_SECONDS (for each row, 5), LIQ_BENCH_DEVICE (name or
# type), TMPDIR (room for the books: 0.1, 0.25 and 2.5 GB), LIQ_JOBS.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
jobs=${LIQ_JOBS:-$(nproc)}
seconds=${LIQ_BENCH_SECONDS:-5}
only=
while [ "${1-}" = --only ]; do
    only="$only ${2:?run: --only needs a name} "
    shift 2
done
[ $# -gt 0 ] || set -- S M
for shape in "$@"; do
    case $shape in
    S | M | L) ;;
    *)
        echo "run: no shape \"$shape\": S, M or L" >&2
        exit 2
        ;;
    esac
done

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

wanted() # NAME
{
    case $only in '' | *" $1 "*) return 0 ;; esac
    return 1
}

# With a share of portfolio accounts where one is given.
book() # SHAPE [PERCENT]
{
    case $1 in
    S) accounts=437723 instruments=162 ;;
    M) accounts=1000000 instruments=349 ;;
    L) accounts=10000000 instruments=1000 ;;
    esac
    build-release/host/liqscan generate --accounts $accounts --instruments $instruments \
        --seed 20251010 ${2:+--portfolio "$2%"} "$folder/$1${2:+-portfolio-$2}" >&2
}

# On a book with a share of portfolio accounts, made for this run.
portfolio_bench() # PROGRAM SHAPE PERCENT
{
    book "$2" "$3"
    bench "$1" "$2-portfolio-$3"
    rm -rf "${folder:?}/$2-portfolio-$3"
}

bench() # PROGRAM SHAPE
{
    set -- "$1" --book "$folder/$2" --shape "$2" --seconds "$seconds"
    if [ -n "${LIQ_BENCH_DEVICE:-}" ]; then set -- "$@" --device "$LIQ_BENCH_DEVICE"; fi
    echo "run: $*" >&2
    "$@"
}

# The module goes to the build folder, so that nothing is left in the tree.
duckdb() # SHAPE
{
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        echo "run: no node or npm: DuckDB is left out" >&2
        return 0
    fi
    mkdir -p build-release/duckdb/bench/duckdb build-release/duckdb/host/policy
    cp bench/duckdb/* build-release/duckdb/bench/duckdb/
    cp -R host/policy/profiles build-release/duckdb/host/policy/
    if ! npm install --silent --no-audit --no-fund --prefix build-release/duckdb/bench/duckdb \
        >build-release/duckdb/npm.log 2>&1; then
        echo "run: npm cannot install DuckDB (build-release/duckdb/npm.log): it is left out" >&2
        return 0
    fi
    echo "run: duckdb on shape $1" >&2
    node build-release/duckdb/bench/duckdb/scan.mjs "$folder/$1" "$1" "$folder/flagged" "$seconds"
}

cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)
dirty=$(git status --porcelain 2>/dev/null | head -1)
echo "Commit $(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)${dirty:+ with changes}," \
    "$(date -u +%Y-%m-%d), ${cpu:-$(uname -m)}, $(nproc) cores, $(uname -sr)," \
    "load $(cut -d' ' -f1 /proc/loadavg)."
build-release/host/liqscan devices --format json 2>/dev/null |
    sed -n 's/.*"name":"\([^"]*\)".*"driver":"\([^"]*\)".*/Device: \1, driver \2./p'
echo
echo "| bench | shape | what | runs | min ms | median ms | p99 ms | MB moved | GB/s | times" \
    "reading once | result |"
echo "|---|---|---|--:|--:|--:|--:|--:|--:|--:|---|"
first=
for shape in "$@"; do
    book "$shape"
    for program in "$programs"/bench_*; do
        if [ ! -x "$program" ] || [ -d "$program" ]; then continue; fi
        name=${program##*/bench_}
        # Bandwidth and what makes its own books do not depend on the shape.
        case $name in feed | journal | memory | linear)
            if [ -n "$first" ]; then continue; fi ;;
        esac
        if [ "$name" = flagged ] && { wanted flagged || wanted duckdb; }; then
            LIQ_BENCH_FLAGGED=$folder/flagged bench "$program" "$shape"
            if [ "$shape" = S ] && wanted duckdb; then duckdb "$shape"; fi
        elif [ "$name" = portfolio ]; then
            if wanted portfolio; then portfolio_bench "$program" "$shape" 100; fi
        elif wanted "$name"; then
            bench "$program" "$shape"
            if [ "$name" = stress ]; then portfolio_bench "$program" "$shape" 20; fi
        fi
    done
    first=no
    rm -rf "${folder:?}/$shape"
done
