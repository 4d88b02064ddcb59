#!/bin/sh
# Count what the screen's pass over all accounts executes, where a machine has no counters of its
# own: bench_tick on a small book under callgrind, which sees the code that PoCL built. Writes
# instructions an account and an entry, and what a pass reads, to standard output; takes minutes.
# Callgrind knows vectors of 256 bits only, so with those of 512 it is somewhat less.
#
# usage: sh bench/count.sh BUILD      a build folder with bench/bench_tick and host/liqscan
#        sh bench/count.sh --read FILE    what callgrind wrote before
set -eu

build=${1:?usage: count.sh BUILD}
folder=$(mktemp -d "${TMPDIR:-/tmp}/liqscan-count-XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

# A function's own cost lines follow its fn=, in each of its parts; a line after calls= is what it
# called. One work-item of the pass is a slice of 64 accounts.
report() # FILE
{
    awk '
    /^c?fn=\([0-9]+\)/ {
        id = $0; sub(/^c?fn=\(/, "", id); sub(/\).*/, "", id)
        name = $0
        if (sub(/^c?fn=\([0-9]+\) /, "", name)) names[id] = name
        if ($0 ~ /^cfn/) called = id; else { own = id; called = "" }
        next
    }
    /^calls=/ { split(substr($1, 7), n, " "); calls[called] += n[1]; skip = 1; next }
    /^[0-9+*-]/ { if (skip) skip = 0; else cost[own] += $2 }
    END {
        for (id in names)
            if (names[id] ~ /^_pocl_kernel_screen_rows_workgroup(_fast)?$/) {
                instructions += cost[id]; slices += calls[id]
            }
        if (slices == 0) { print "count: the pass did not run on a device" > "/dev/stderr"; exit 1 }
        printf "pass: %d slices, %.1f instructions an account (slot)\n", slices,
            instructions / (slices * 64)
    }' "$1"
}

if [ "$build" = --read ]; then
    report "${2:?usage: count.sh --read FILE}"
    exit 0
fi
"$build/host/liqscan" generate --accounts 20000 --instruments 349 --seed 20251010 "$folder/book" \
    >"$folder/log"
valgrind --tool=callgrind --callgrind-out-file="$folder/out" \
    "$build/bench/bench_tick" --book "$folder/book" --seconds 1 \
    >"$folder/table" 2>"$folder/log" || {
    cat "$folder/log" >&2
    exit 1
}
report "$folder/out"
