#!/bin/sh
# Who may include whom. Layers look down only, rooms of one layer never see
# each other, and a header of somebody else's library is known to one file.
#
# usage: layers.sh ROOT; prints each violation, exits 1 when there is one
set -eu
root=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/house_files.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

house_files "$root" | grep -E '^(host|kernels|include)/.*\.(c|h|cl)$' >"$folder/files" || true
(cd "$root" && xargs -r grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null) \
    <"$folder/files" >"$folder/includes" || true
awk -v edges="$folder/edges" -f "$here/layers.awk" "$folder/files" "$folder/includes" \
    >"$folder/violations"

# tsort names the files of a loop on stderr.
if ! tsort "$folder/edges" >/dev/null 2>"$folder/loop"; then
    sed 's/^tsort: */cycle: /; /input contains a loop/d; s|'"$folder"'/edges: ||' \
        "$folder/loop" >>"$folder/violations"
fi
cat "$folder/violations" >&2
[ ! -s "$folder/violations" ]
