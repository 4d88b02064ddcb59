#!/bin/sh
# Prove that each house check can fail: a small tree that keeps the rules
# passes, and the same tree with one rule broken is refused for that reason.
#
# usage: house_checks.sh CC CXX
set -eu
cc=$1 cxx=$2
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

make_tree()
{
    rm -rf "$folder/tree"
    mkdir -p "$folder/tree"
    cd "$folder/tree"
    for room in base policy book device wire scan settle feed journal outlet engine app; do
        mkdir -p "host/$room"
        printf '#ifndef %s_H\n#define %s_H\nint liq_%s(void);\n#endif\n' \
            $room $room $room >"host/$room/${room}_one.h"
    done
    mkdir -p kernels include/liqscan tests bench
    printf '#ifndef D_H\n#define D_H\n#include <stdint.h>\n#endif\n' >kernels/liq_dialect.h
    printf '#ifndef R_H\n#define R_H\n#include "liq_dialect.h"\n#endif\n' >kernels/liq_rule.h
    printf '#include "liq_rule.h"\n' >kernels/stage.cl
    printf '#ifndef P_H\n#define P_H\n#include <stdint.h>\ntypedef int liq_s;\n#endif\n' \
        >include/liqscan/public_one.h
    printf '#ifndef Q_H\n#define Q_H\n#include <liqscan/public_one.h>\nliq_s q(void);\n#endif\n' \
        >include/liqscan/public_two.h
    printf '#ifndef I_H\n#define I_H\n#include <stddef.h>\n#endif\n' >host/base/sub_internal.h
    printf '#include "base/base_one.h"\n#include "base/sub_internal.h"\n' >host/base/base_two.c
    printf '#include <cjson/cJSON.h>\n#include <sys/stat.h>\n#include <unistd.h>\n' \
        >host/base/json.c
    printf '#include "scan/scan_one.h"\n#include "book/book_one.h"\n#include "liq_rule.h"\n' \
        >host/scan/scan_two.c
    printf '#include "app/app_one.h"\n#include <liqscan/public_two.h>\n' >host/app/main.c
    printf 'project(x)\n' >CMakeLists.txt
    cp CMakeLists.txt tests/CMakeLists.txt
    printf 'text\n' | tee README.md >bench/README.md
}

run_check() # CHECK
{
    case $1 in
    headers) sh "$here/headers.sh" "$folder/tree" "$cc" "$cxx" ;;
    *) sh "$here/$1.sh" "$folder/tree" ;;
    esac
}

# Plant: run COMMAND in a fresh tree; CHECK must refuse it with words that match PATTERN.
refuses() # CHECK PATTERN COMMAND
{
    make_tree
    eval "$3"
    if run_check "$1" >"$folder/said" 2>&1; then
        echo "house_checks: $1 accepts: $3" >&2
        failed=1
    elif ! grep -qE -e "$2" "$folder/said"; then
        echo "house_checks: $1 refuses '$3' for another reason than '$2':" >&2
        cat "$folder/said" >&2
        failed=1
    fi
}

accepts() # CHECK COMMAND
{
    make_tree
    eval "$2"
    if ! run_check "$1" >"$folder/said" 2>&1; then
        echo "house_checks: $1 refuses what is right: $2" >&2
        cat "$folder/said" >&2
        failed=1
    fi
}

add() # FILE LINE
{
    printf '%s\n' "$2" >>"$1"
}

lines() # COUNT TEXT
{
    awk -v count="$1" -v text="$2" 'BEGIN { for (i = 0; i < count; i++) print text }'
}

accepts layers :
accepts shape :
accepts headers :

# Layers: up, beside, and around.
refuses layers 'base includes host/policy' \
    'add host/base/base_two.c "#include \"policy/policy_one.h\""'
refuses layers 'base includes kernels/' 'add host/base/base_two.c "#include \"liq_rule.h\""'
refuses layers 'policy includes host/book' 'add host/policy/p.c "#include \"book/book_one.h\""'
refuses layers 'book includes host/device.*beside' \
    'add host/book/b.c "#include \"device/device_one.h\""'
refuses layers 'knows bytes only' 'add host/device/d.c "#include \"book/book_one.h\""'
refuses layers 'knows bytes only' 'add host/device/d.c "#include \"policy/policy_one.h\""'
refuses layers 'wire knows bytes only' 'add host/wire/w.c "#include \"feed/feed_one.h\""'
refuses layers 'wire knows bytes only' 'add host/wire/w.c "#include \"device/device_one.h\""'
refuses layers 'knows bytes only' 'add host/device/d.c "#  include \"liq_rule.h\""'
refuses layers 'scan includes host/settle.*above' \
    'add host/scan/s.c "#include \"settle/settle_one.h\""'
refuses layers 'settle includes host/engine' \
    'add host/settle/s.c "#include \"engine/engine_one.h\""'
refuses layers 'feed includes host/journal.*beside' \
    'add host/feed/f.c "#include \"journal/journal_one.h\""'
refuses layers 'journal includes host/outlet' \
    'add host/journal/j.c "#include \"outlet/outlet_one.h\""'
refuses layers 'outlet includes host/feed' 'add host/outlet/o.c "#include \"feed/feed_one.h\""'
refuses layers 'engine includes host/app' 'add host/engine/e.c "#include \"app/app_one.h\""'
refuses layers 'no file of this tree' 'add host/engine/e.c "#include \"../app/app_one.h\""'
refuses layers 'a kernel includes host/base' 'add kernels/liq_rule.h "#include \"base/base_one.h\""'
refuses layers 'a kernel includes include/' 'add kernels/stage.cl "#include <liqscan/public_one.h>"'
refuses layers 'only kernels/liq_dialect.h' 'add kernels/liq_rule.h "#include <stdint.h>"'
refuses layers 'a kernel includes <CL/cl.h>' 'add kernels/liq_dialect.h "#include <CL/cl.h>"'
refuses layers 'a public header includes host' \
    'add include/liqscan/public_one.h "#include \"base/base_one.h\""'
refuses layers 'a public header includes kernels' \
    'add include/liqscan/public_one.h "#include \"liq_rule.h\""'
refuses layers 'a public header includes <CL' \
    'add include/liqscan/public_one.h "#include <CL/cl.h>"'
refuses layers 'a public header includes <unistd' \
    'add include/liqscan/public_one.h "#include <unistd.h>"'
refuses layers 'one file a library' 'add host/base/other.c "#include <cjson/cJSON.h>"'
refuses layers 'one file a library' 'add host/book/other.c "#include <cjson/cJSON_Utils.h>"'
refuses layers 'in a header' 'add host/device/device_one.h "#include <CL/cl.h>"'
accepts layers 'add host/device/cl_internal.h "#include <CL/cl.h>"'
refuses layers 'internal to its room' 'add host/scan/scan_two.c "#include \"base/sub_internal.h\""'
refuses layers 'no file of this tree' 'add host/scan/scan_two.c "#include \"sqlite3.h\""'
refuses layers 'does not exist' 'add host/scan/scan_two.c "#include <liqscan/none.h>"'
refuses layers 'no known room' 'mkdir host/attic; add host/attic/a.c "#include \"base/base_one.h\""'
refuses layers 'outside the rooms' 'add host/stray.c "int stray;"'
refuses layers 'cannot be read' 'add host/app/main.c "#include LIQ_SOME_MACRO"'
refuses layers 'cycle: host/base' \
    'add host/base/base_one.h "#include \"base/b2.h\""
    add host/base/b2.h "#include \"base/base_one.h\""'
refuses layers 'cycle: kernels' 'add kernels/liq_dialect.h "#include \"liq_rule.h\""'

# Shape.
refuses shape '^docs: not a name' 'mkdir docs; add docs/x.md text'
refuses shape '^Makefile: not a name' 'add Makefile text'
accepts shape 'add .clang-tidy text; add LICENSE text; add CMakePresets.json "{}"'
refuses shape 'has the same name' 'mkdir tests/x; add tests/x/main.c "int x;"'
refuses shape 'has the same name' 'mkdir tests/x; add tests/x/MAIN.c "int x;"'
accepts shape 'mkdir -p tests/a tests/b; add tests/a/venue.json "{}"; add tests/b/venue.json "{}"'
refuses shape '801 lines' 'lines 801 "int x;" >host/app/long.c'
refuses shape '801 lines' 'lines 801 "int x;" >host/app/a_long.c; add host/app/b_short.c "int y;"'
accepts shape 'lines 800 "int x;" >host/app/long.c'
refuses shape '101 columns' 'lines 101 / | tr -d "\n" >>host/app/main.c'
accepts shape 'lines 100 / | tr -d "\n" >>host/app/main.c'
accepts shape 'lines 99 "é" | tr -d "\n" >>host/app/main.c'
refuses shape '101 columns' 'lines 101 "é" | tr -d "\n" >>host/app/main.c'
if ctags --version 2>/dev/null | grep -q 'Universal Ctags'; then
    refuses shape 'long_one has 71 lines' '{ echo "int long_one(void)"; echo "{"; lines 67 "    ;";
        echo "    return 1;"; echo "}"; } >host/app/f.c'
    refuses shape 'stage has 72 lines' '{ echo "__kernel void stage(__global int *x)"; echo "{";
        lines 69 "    ;"; echo "}"; } >kernels/f.cl'
    accepts shape '{ echo "int long_one(void)"; echo "{"; lines 66 "    ;"; echo "    return 1;";
        echo "}"; } >host/app/f.c'
fi
slash=/
refuses shape 'README.md:2: a path' 'add README.md "see ${slash}root/notes"'
refuses shape 'a path of one machine' 'add host/app/main.c "/* ${slash}home/ann/src */"'
refuses shape 'a path of one machine' 'add tests/a.json "\"${slash}work/book\""'
accepts shape 'add README.md "see https://example.org/work/ or framework/x"'

# Headers.
refuses headers 'base/base_one.h: does not stand alone' 'add host/base/base_one.h "size_t x(void);"'
refuses headers 'base/b2.h: does not' 'add host/base/b2.h "typedef struct { int y; } liq_twice;"'
refuses headers 'liq_rule.h: does not' 'add kernels/liq_rule.h "static liq_i64 f(void);"'
refuses headers 'public_one.h: does not stand alone.*c11' \
    'add include/liqscan/public_one.h "extern size_t x;"'
refuses headers 'public_one.h: does not stand alone.*c\+\+17' \
    'add include/liqscan/public_one.h "int f(int new);"'
refuses headers 'public_one.h: does not stand alone' \
    'add include/liqscan/public_one.h "__int128 f(void);"'
[ $failed = 0 ] && echo "house_checks: ok"
exit $failed
