#!/bin/sh
# The alert rules are valid, each fires when it must and is silent when it must be: the tests beside
# this script say so, and fail for each alert when that alert is always or never there.
#
# usage: alert_rules.sh SOURCE_DIR
set -eu
source_dir=$1
rules=$source_dir/host/packaging/liqscan.rules.yml
tests=$source_dir/tests/packaging/liqscan.rules.test.yml
if ! command -v promtool >/dev/null; then
    echo "alert_rules: promtool is missing" >&2
    if [ -n "${LIQ_REQUIRE_DEVICE-}" ]; then exit 1; fi
    exit 77 # skipped
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

promtool check rules "$rules"
promtool test rules "$tests"

# With every alert's condition replaced by one, the tests must complain about each of them.
expect_complaints() # CONDITION
{
    awk -v condition="$1" '$1 == "expr:" { sub(/expr:.*/, "expr: " condition) } { print }' \
        "$rules" >"$folder/rules.yml"
    sed "s|^rule_files:.*|rule_files: [rules.yml]|" "$tests" >"$folder/tests.yml"
    promtool test rules "$folder/tests.yml" >"$folder/said" 2>&1 || true
    for alert in $alerts; do
        if ! grep -q "alertname: $alert," "$folder/said"; then
            echo "alert_rules: no test sees that $alert is '$1'" >&2
            exit 1
        fi
    done
}

alerts=$(sed -n 's/^ *- alert: //p' "$rules")
[ "$(echo "$alerts" | wc -l)" -gt 20 ]
expect_complaints "vector(1) > 2"
expect_complaints "vector(1)"
echo "alert_rules: ok, $(echo "$alerts" | wc -l) alerts"
