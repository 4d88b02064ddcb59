#!/bin/sh
# What the tree looks like: names at the top, lengths, unique names, no path
# of the machine it was written on.
#
# usage: shape.sh ROOT; prints each violation, exits 1 when there is one
set -eu
LC_ALL=C
export LC_ALL
root=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/house_files.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
house_files "$root" >"$folder/files"
grep -E '\.(c|h|cl|cpp|sh|awk|cmake|in)$|(^|/)CMakeLists\.txt$|^\.ci/' "$folder/files" \
    >"$folder/sources" || true
cd "$root"

top_level()
{
    sed 's|/.*||' "$folder/files" | sort -u | while read -r name; do
        case $name in
        .* | CMakeLists.txt | CMakePresets.json | LICENSE | README.md) ;;
        host | kernels | include | tests | bench) ;;
        *) echo "$name: not a name of the top level" ;;
        esac
    done
}

# Two files of one name are two things that people call the same. The files of
# a book are named by its format, CMakeLists.txt by CMake, and run.sh is the way
# into the tests and into the benches.
unique_names()
{
    grep -vE '(^|/)CMakeLists\.txt$|^(tests|bench)/run\.sh$' "$folder/sources" |
        awk -F/ '{
            name = tolower($NF)
            if (name in seen)
                print $0 ": " seen[name] " has the same name"
            seen[name] = $0
        }'
}

lengths()
{
    tr '\n' '\0' <"$folder/sources" | xargs -0 -r awk '
        FNR == 1 { if (file != "" && lines > 800) print file ": " lines " lines, at most 800" }
        {
            file = FILENAME
            lines = FNR
            gsub(/[\200-\277]/, "") # count characters, not the bytes of UTF-8
            if (length($0) > 100)
                print FILENAME ":" FNR ": " length($0) " columns, at most 100"
        }
        END { if (lines > 800) print file ": " lines " lines, at most 800" }'
}

functions()
{
    if ! ctags --version 2>/dev/null | grep -q 'Universal Ctags'; then
        echo "shape: no universal-ctags, function lengths are not checked" >&3
        return
    fi
    grep -E '\.(c|h|cl)$' "$folder/sources" |
        ctags --language-force=C --fields=+ne --c-kinds=f -L - -f - |
        awk -F '\t' '/^!/ { next } {
            first = last = 0
            for (i = 4; i <= NF; i++) {
                if ($i ~ /^line:/) first = substr($i, 6)
                if ($i ~ /^end:/) last = substr($i, 5)
            }
            if (last - first + 1 > 70)
                print $2 ":" first ": " $1 " has " last - first + 1 " lines, at most 70"
        }'
}

# The classes keep this file from finding itself.
machine_paths()
{
    tr '\n' '\0' <"$folder/files" | xargs -0 -r grep -nIE \
        '(^|[^A-Za-z0-9_.-])/([w]ork|[f]arm|[r]oot|home/[a-z][a-z0-9_-]*)/|\.[l]ibrary([^a-z]|$)' \
        /dev/null | sed 's/^\([^:]*:[0-9]*\):.*/\1: a path of one machine/' || true
}

exec 3>&2
{
    top_level
    unique_names
    lengths
    functions
    machine_paths
} >"$folder/violations"
cat "$folder/violations" >&2
[ ! -s "$folder/violations" ]
