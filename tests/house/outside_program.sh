#!/bin/sh
# Install into a staging folder, then build programs of somebody else against
# what was installed, through pkg-config and through CMake, with the shared and
# the static library, in C and in C++, and run them.
#
# usage: outside_program.sh SOURCE_DIR BUILD_DIR CMAKE CC CXX
set -eu
source_dir=$1 build_dir=$2 cmake=$3 cc=$4 cxx=$5
outside=$source_dir/tests/house/outside_program
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail()
{
    echo "outside_program: $*" >&2
    exit 1
}

expect_ok() # PROGRAM
{
    [ "$("$1")" = "outside: ok" ] || fail "$1 does not run"
}

# Staged under one folder, meant for another, used in a third: no path may stick.
DESTDIR="$folder/stage" "$cmake" --install "$build_dir" --prefix /opt/liqscan >"$folder/log" 2>&1 ||
    fail "the install failed: $(cat "$folder/log")"
[ "$(ls "$folder/stage")" = opt ] || fail "the install wrote outside its prefix"
mv "$folder/stage/opt/liqscan" "$folder/moved"
prefix=$folder/moved
for text in $(find "$prefix" -name '*.pc' -o -name '*.cmake' -o -name '*.h'); do
    if grep -n -e "$folder" -e "$build_dir" -e "$source_dir" "$text"; then
        fail "${text#"$prefix"} knows a path of the build"
    fi
done

# The shared library exports what the headers declare, all of it and no more.
library=$(find "$prefix" -name 'libliqscan.so')
libraries=$(dirname "$library")
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
    sort >"$folder/exported"
cat "$prefix"/include/liqscan/*.h | "$cc" -E -P -x c -I "$prefix/include" - |
    grep -o 'liq_[a-z0-9_]*(' | tr -d '(' | sort -u >"$folder/declared"
diff "$folder/declared" "$folder/exported" >&2 || fail "declared (<) and exported (>) differ"

# pkg-config.
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name liqscan.pc)")
export PKG_CONFIG_PATH
[ "$(pkg-config --modversion liqscan)" = "$(sed -n 's/^project(liqscan VERSION \([^ ]*\).*/\1/p' \
    "$source_dir/CMakeLists.txt")" ] || fail "pkg-config tells another version"
build_with_pkg_config()
{
    strict="-Wall -Wextra -Werror"
    shared=$(pkg-config --cflags --libs liqscan)
    archive=$(pkg-config --cflags --static --libs liqscan |
        sed "s|-lliqscan|$libraries/libliqscan.a|")
    cd "$folder"
    "$cc" -std=c11 $strict "$outside/outside.c" $shared -Wl,-rpath,"$libraries" -o c_shared
    "$cxx" -std=c++17 $strict "$outside/outside_plus.cpp" $shared \
        -Wl,-rpath,"$libraries" -o cpp_shared
    "$cc" -std=c11 $strict "$outside/outside.c" $archive -o c_static
    "$cxx" -std=c++17 $strict "$outside/outside_plus.cpp" $archive -o cpp_static
}
build_with_pkg_config
for program in c_shared cpp_shared c_static cpp_static; do
    expect_ok "$folder/$program"
done
ldd "$folder/c_shared" | grep -q "libliqscan.so.* => $libraries/" ||
    fail "the shared program runs without the shared library"
if ldd "$folder/c_static" | grep -q libliqscan; then
    fail "the static program needs the shared library"
fi

# CMake.
"$cmake" -S "$outside" -B "$folder/cmake" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" >"$folder/log" 2>&1 &&
    "$cmake" --build "$folder/cmake" >>"$folder/log" 2>&1 ||
    fail "the CMake package does not work: $(cat "$folder/log")"
for program in c_liqscan c_liqscan_static cpp_liqscan cpp_liqscan_static; do
    expect_ok "$folder/cmake/$program"
done

# The program, when this build has one, finds all it needs.
if [ -x "$prefix/bin/liqscan" ]; then
    (cd / && "$prefix/bin/liqscan" --help >/dev/null) || fail "the installed program does not run"
fi
echo "outside_program: ok"
