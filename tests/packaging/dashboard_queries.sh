#!/bin/sh
# Each query of the dashboard is one that Prometheus understands.
#
# usage: dashboard_queries.sh SOURCE_DIR
set -eu
dashboard=$1/host/packaging/liqscan.dashboard.json
if ! command -v promtool >/dev/null; then
    echo "dashboard_queries: promtool is missing" >&2
    if [ -n "${LIQ_REQUIRE_DEVICE-}" ]; then exit 1; fi
    exit 77 # skipped
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# As rules, with Grafana's variables filled in: promtool reads queries in rules alone.
as_rules()
{
    printf 'groups:\n- name: dashboard\n  rules:\n'
    sed -n 's/^ *"expr": \(".*"\),$/\1/p' "$1" |
        sed 's/\$__rate_interval/1m/g; s/\$instance/.*/g' |
        awk '{ printf "  - record: query_%d\n    expr: %s\n", NR, $0 }'
}

as_rules "$dashboard" >"$folder/rules.yml"
queries=$(grep -c 'record:' "$folder/rules.yml")
[ "$queries" = "$(grep -c '"expr"' "$dashboard")" ] || {
    echo "dashboard_queries: not every query was found" >&2
    exit 1
}
promtool check rules "$folder/rules.yml"
sed 's/sum by (le)/sum by le/' "$dashboard" >"$folder/bad.json"
as_rules "$folder/bad.json" >"$folder/bad.yml"
if promtool check rules "$folder/bad.yml" >/dev/null 2>&1; then
    echo "dashboard_queries: a query that is none is accepted" >&2
    exit 1
fi
echo "dashboard_queries: ok, $queries queries"
