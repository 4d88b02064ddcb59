#!/bin/sh
# Show a margin scan: install what is missing (Debian), build the program, make
# a book, scan it, and explain one of the accounts to be liquidated.
#
# usage: sh host/demo.sh
#
# Where the project's shared data lies beside the repository ($LIQ_SHARED_DIR,
# else ../shared), the book is large: every real tier table of Binance USD-M
# futures and 20,000 random accounts ($LIQ_DEMO_ACCOUNTS) from a fixed seed.
# Elsewhere it is the small book of host/demo.
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

show() # COMMAND...
{
    echo
    echo "\$ liqscan $*"
    "$program" "$@"
}

make_book()
{
    tiers=${LIQ_SHARED_DIR:-../shared}/data/binance_leverage_tiers.json
    rm -rf "$book"
    mkdir -p "$(dirname "$book")"
    if [ ! -f "$tiers" ]; then
        mkdir "$book"
        cp host/demo/*.csv host/demo/venue.json "$book"
        return
    fi
    show generate "$book" --accounts "${LIQ_DEMO_ACCOUNTS:-20000}" --instruments 349 --seed 42 \
        --tiers "$tiers" --isolated 10% --hedge 5% --orders 20% --collateral 3
}

# The first account to be liquidated that is not bankrupt yet, or the first one.
choose_account()
{
    "$program" scan "$book" --format csv 2>/dev/null |
        awk -F, 'NR == 2 { first = $1 } $9 == "liquidate" { first = $1; exit } END { print first }'
}

sh host/packaging/install-packages.sh build
echo "demo: building"
build_program
make_book
show devices --format table
show scan "$book" --format table --limit 25
account=$(choose_account)
if [ -n "$account" ]; then
    show explain "$book" "$account" --format table
fi
echo
echo "demo: the book lies in $book, the program is $program"
