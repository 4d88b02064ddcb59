#!/bin/sh
# Run a scan under valgrind: the only judge here that sees machine code which
# PoCL compiled reading or writing past a buffer. Takes a minute, most of it
# the compiler.
#
# usage: valgrind.sh PROGRAM BOOK
set -eu
if [ $# != 2 ]; then
    echo "usage: valgrind.sh PROGRAM BOOK" >&2
    exit 2
fi
tests=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A fresh cache: valgrind shows the compiler a smaller processor than there is.
export LIQ_CACHE_DIR="$folder/cache"
export POCL_CACHE_DIR="$folder/pocl"
mkdir -m 700 "$POCL_CACHE_DIR"

if ! valgrind --quiet --error-exitcode=9 --suppressions="$tests/valgrind.supp" \
    --log-file="$folder/log.%p" "$1" scan "$2" --all >"$folder/out" 2>"$folder/err"; then
    cat "$folder/err" >&2
    found=1
fi
# Child processes have logs of their own, and exits that nobody sees.
cat "$folder"/log.* >"$folder/log"
if [ -n "${found-}" ] || [ -s "$folder/log" ]; then
    echo "valgrind: found in $1 scan $2:" >&2
    head -100 "$folder/log" >&2
    exit 1
fi
if [ ! -s "$folder/out" ]; then
    echo "valgrind: $1 wrote nothing" >&2
    exit 1
fi
echo "valgrind: ok"
