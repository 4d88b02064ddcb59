#!/bin/sh
# Each header stands alone: it compiles as the only text of a program, and
# may be included twice. Public ones as strict C11 and C++17, without our flags.
#
# usage: headers.sh ROOT CC CXX; prints each violation, exits 1 when there is one
set -eu
root=$1 cc=$2 cxx=$3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/house_files.sh"
cd "$root"
failed=0

stands_alone() # NAME, then the compiler and its flags
{
    name=$1
    shift
    if ! printf '#include "%s"\n#include "%s"\n' "$name" "$name" |
        "$@" -Wall -Wextra -Wpedantic -Werror -fsyntax-only - >&2; then
        echo "$name: does not stand alone ($*)" >&2
        failed=1
    fi
}

for header in $(house_files . | grep -E '^(include|kernels|host)/.*\.h$'); do
    case $header in
    include/*)
        stands_alone "${header#include/}" "$cc" -std=c11 -x c -I include
        stands_alone "${header#include/}" "$cxx" -std=c++17 -x c++ -I include
        ;;
    kernels/*)
        stands_alone "${header#kernels/}" "$cc" -std=c11 -x c -I kernels
        ;;
    host/*)
        stands_alone "${header#host/}" "$cc" -std=c11 -x c -I include -I kernels -I host \
            -D_GNU_SOURCE -DCL_TARGET_OPENCL_VERSION=120
        ;;
    esac
done
exit $failed
