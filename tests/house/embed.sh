#!/bin/sh
# The embedder, on texts made to trip it: what is embedded must be what was
# written, byte for byte, and must mean to a compiler what the files mean.
#
# usage: embed.sh SOURCE_DIR CMAKE CC
set -eu
source_dir=$1 cmake=$2 compiler=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail()
{
    echo "embed: $*" >&2
    exit 1
}

embed() # MODE INPUT;INPUT [PROGRAM=KERNEL,KERNEL]
{
    "$cmake" -DMODE="$1" -DROOT="$folder" -DFOLDER="$folder/out" "-DINPUTS=$2" "-DPROGRAMS=${3-}" \
        -P "$source_dir/host/cmake/LiqEmbedWrite.cmake" >"$folder/log" 2>&1
}

mkdir -p "$folder/kernels" "$folder/profiles" "$folder/out"
cd "$folder"
cat >kernels/low.h <<'END'
#ifndef LOW_H
#define LOW_H
/* ${CMAKE_COMMAND} @x@ "a;b" [c;d]] é \n \ $<1:x> #line 7 "no" */
#define LOW(a, b) \
    (a + \
     b)
#endif
END
cat >kernels/high.h <<'END'
#ifndef HIGH_H
#define HIGH_H
#include "low.h"
#define HIGH LOW(1, 2)
#endif
END
cat >kernels/beta.cl <<'END'
  #  include "low.h" /* said twice: once here, once by high.h */
#include "high.h"
int beta[HIGH];
int beta_line = __LINE__;
const char *beta_file = __FILE__;
END
printf '#include "high.h"\nint alpha = HIGH; int alpha_line = __LINE__; char a[] = ";]\\n";' \
    >kernels/alpha.cl
awk 'BEGIN { for (i = 0; i < 6000; i++) printf "int item_%d; /* %d */\n", i, i * i }' \
    >kernels/gamma.cl
printf '{"comment": "\303\251; \\"[x]\\" ${y}"}\r\n' >profiles/one-two.json
: >profiles/empty.json

embed kernels "$folder/kernels/gamma.cl;$folder/kernels/beta.cl;$folder/kernels/alpha.cl" \
    all=alpha,beta,gamma ||
    fail "the embedder failed: $(cat log)"
embed profiles "$folder/profiles/one-two.json;$folder/profiles/empty.json" ||
    fail "the embedder failed: $(cat log)"

# Each text, as a program that links the table sees it.
cat >show.c <<'END'
#include <stdio.h>
#include <string.h>
#include "base/embedded.h"
int main(int count, char **words)
{
    const liq_embedded *table =
        strcmp(words[1], "kernel") == 0 ? liq_embedded_kernel_table : liq_embedded_profile_table;
    if (count == 2)
        for (; table->name != NULL; table++)
            puts(table->name);
    for (; table->name != NULL; table++)
        if (strcmp(table->name, words[2]) == 0)
            fwrite(table->text, 1, table->bytes, stdout);
    return 0;
}
END
"$compiler" -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Woverlength-strings -Werror \
    -I "$source_dir/host" -o show show.c out/embedded_kernels.c out/embedded_profiles.c ||
    fail "the tables do not compile"
for name in alpha beta gamma all; do
    ./show kernel $name | cmp - out/$name.cl || fail "the text of kernel $name is not its file"
done
for name in one-two empty; do
    ./show profile $name | cmp - profiles/$name.json || fail "profile $name is not its file"
done
[ "$(./show kernel | tr '\n' ' ')" = "alpha beta gamma all " ] || fail "kernels out of order"
[ "$(./show profile | tr '\n' ' ')" = "empty one-two " ] || fail "profiles out of order"

# The same tokens, lines and file names for a compiler as before.
for name in alpha beta gamma; do
    "$compiler" -E -P -x c -I kernels kernels/$name.cl >before.txt
    "$compiler" -E -P -x c out/$name.cl >after.txt
    cmp before.txt after.txt || fail "flattening changes what $name means"
done
cat kernels/alpha.cl >all.cl
printf '\n' >>all.cl
cat kernels/beta.cl kernels/gamma.cl >>all.cl
"$compiler" -E -P -x c -I kernels all.cl | grep -v -e _line -e _file >before.txt
"$compiler" -E -P -x c out/all.cl | grep -v -e _line -e _file >after.txt
cmp before.txt after.txt || fail "all kernels in one text mean something else"
"$compiler" -E -P -x c out/all.cl | grep -q 'beta_line = 4;' || fail "a line number is lost"
"$compiler" -E -P -x c out/all.cl | grep -q 'beta_file = "kernels/beta.cl"' ||
    fail "a file name is lost"
[ "$(grep -c '#define LOW_H' out/all.cl)" = 1 ] || fail "a header is expanded twice"

# What cannot be embedded stops the build.
printf '#include "absent.h"\n' >kernels/wrong.cl
if embed kernels "$folder/kernels/wrong.cl"; then fail "a missing header is accepted"; fi
grep -q 'kernels/wrong.cl:1: absent.h' log || fail "a missing header is not named"
printf '#include "../profiles/empty.json"\n' >kernels/wrong.cl
if embed kernels "$folder/kernels/wrong.cl"; then fail "a path outside kernels/ is accepted"; fi

# Kernels that share a program are in its text, in the order given, and each is alone as well.
together() # PROGRAM;PROGRAM INPUT...
{
    programs=$1 inputs=
    shift
    for name; do inputs="$inputs;$folder/kernels/$name.cl"; done
    embed kernels "${inputs#;}" "$programs"
}
for name in one_b one_a oneself two_a; do
    printf '#include "high.h"\nint is_%s = HIGH;\n' $name >kernels/$name.cl
done
together "one=one_a,one_b;two=two_a" two_a oneself one_b one_a alpha ||
    fail "programs fail: $(cat log)"
kernels_of() { sed -n 's/^int \(is_\)*\([a-z_]*\) =.*/\2/p' out/$1.cl | tr '\n' ' '; }
[ "$(kernels_of one)" = "one_a one_b " ] || fail "program one has $(kernels_of one)"
[ "$(kernels_of two)" = "two_a " ] || fail "program two has $(kernels_of two)"
[ "$(kernels_of oneself)" = "oneself " ] || fail "oneself has $(kernels_of oneself)"
[ "$(grep -c '#define LOW_H' out/one.cl)" = 1 ] || fail "a header is expanded twice in one"
if together "one=one_a;three=three_a" one_a alpha; then fail "a kernel that is none is accepted"; fi
if together "alpha=one_a" one_a alpha; then fail "a program named as a kernel is accepted"; fi
echo "embed: ok"
