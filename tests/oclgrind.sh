#!/bin/sh
# Run a scan under oclgrind, an OpenCL device that checks every access of every
# work-item: out of bounds, races, values never written. It exits 0 whatever
# it finds, so its log decides.
#
# usage: oclgrind.sh PROGRAM BOOK
set -eu
if [ $# != 2 ]; then
    echo "usage: oclgrind.sh PROGRAM BOOK" >&2
    exit 2
fi
program=$1 book=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A binary that another device cached would not be checked.
export LIQ_CACHE_DIR="$folder/cache"

status=0
# Optimised and inlined code holds an intrinsic that oclgrind does not know.
oclgrind --build-options "-cl-opt-disable -DLIQ_CALLS=1" --data-races --uninitialized --check-api \
    --max-errors 20 --log "$folder/log" \
    "$program" scan "$book" --all --device oclgrind >"$folder/out" 2>"$folder/err" || status=$?
if [ $status != 0 ]; then
    echo "oclgrind: $program exits with $status:" >&2
    cat "$folder/err" "$folder/out" >&2
    exit 1
fi
if [ -s "$folder/log" ]; then
    echo "oclgrind: found in the kernels of $program scan $book:" >&2
    cat "$folder/log" >&2
    exit 1
fi
if [ ! -s "$folder/out" ]; then
    echo "oclgrind: $program wrote nothing" >&2
    exit 1
fi
echo "oclgrind: ok"
