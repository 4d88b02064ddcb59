#!/bin/sh
# Show a margin scan: install what is missing (Debian), build the program, make
# a book, and scan it.
#
# usage: sh host/demo.sh
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
book=build-release/demo
program=build-release/host/liqscan

build_program()
{
    mkdir -p build-release
    cmake --preset release >build-release/demo.log 2>&1 &&
        cmake --build --preset release --target liqscan_program -j "$(nproc)" \
            >>build-release/demo.log 2>&1 || {
        tail -40 build-release/demo.log >&2
        echo "demo: the build failed; all of it is in build-release/demo.log" >&2
        exit 1
    }
}

make_book() # FOLDER
{
    rm -rf "$1"
    mkdir -p "$(dirname "$1")"
    cp -r tests/books/small "$1"
}

show() # COMMAND...
{
    echo
    echo "\$ liqscan $*"
    "$program" "$@"
}

sh host/packaging/install-packages.sh build
echo "demo: building"
build_program
make_book "$book"
show devices
show scan "$book"
echo
echo "demo: the book lies in $book, the program is $program"
