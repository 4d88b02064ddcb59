#!/bin/sh
# Prove that tests/oclgrind.sh finds what is planted, and nothing in what is right.
#
# usage: oclgrind_can_fail.sh SOURCE_DIR PROBE
set -eu
source_dir=$1 probe=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail()
{
    echo "oclgrind_can_fail: $*" >&2
    cat "$folder/said" >&2
    exit 1
}

finds() # BOOK PATTERN
{
    if sh "$source_dir/tests/oclgrind.sh" "$probe" "$1" >"$folder/said" 2>&1; then
        fail "$1 passes"
    fi
    grep -q "$2" "$folder/said" || fail "$1 is refused for another reason than '$2'"
}

sh "$source_dir/tests/oclgrind.sh" "$probe" RIGHT >"$folder/said" 2>&1 || fail "RIGHT is refused"
finds PAST_END 'Invalid write'
finds RACE 'data race'
finds UNWRITTEN 'ninitialized value'
finds NO_SUCH_KERNEL 'exits with 2'
echo "oclgrind_can_fail: ok"
