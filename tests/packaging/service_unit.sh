#!/bin/sh
# systemd takes the unit and the drop-in without a word, and calls it well locked.
#
# usage: service_unit.sh SOURCE_DIR PROGRAM
set -eu
source_dir=$1 program=$2
if ! command -v systemd-analyze >/dev/null; then
    echo "service_unit: systemd-analyze is missing" >&2
    if [ -n "${LIQ_REQUIRE_DEVICE-}" ]; then exit 1; fi
    exit 77 # skipped
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
exposure_max=15 # tenths: 1.5 of 10

fail()
{
    echo "service_unit: $*" >&2
    exit 1
}

# The unit names the program without its folder, so that it is found in /usr and in /usr/local; here
# it is in a build folder.
make_unit() # [SED EXPRESSION]
{
    sed -e "s|^ExecStart=liqscan |ExecStart=$program |" ${1:+-e "$1"} \
        "$source_dir/host/packaging/liqscan.service" >"$folder/liqscan.service"
}

# Only what concerns our own unit: the machine's other units may have faults of their own.
verify()
{
    systemd-analyze verify --man=no "$folder/liqscan.service" 2>&1 | grep 'liqscan' || true
}

exposure() # in tenths
{
    systemd-analyze security --offline=true --no-pager "$folder/liqscan.service" |
        sed -n 's/.*Overall exposure level for liqscan.service: \([0-9]*\)\.\([0-9]\) .*/\1\2/p'
}

make_unit
grep -q "^ExecStart=$program serve" "$folder/liqscan.service" || fail "the program is not started"
said=$(verify)
[ -z "$said" ] || fail "systemd says: $said"
score=$(exposure)
[ -n "$score" ] || fail "systemd-analyze gives no exposure"
[ "$score" -le $exposure_max ] || fail "exposure $score tenths, at most $exposure_max"

# The same checks see what is wrong.
make_unit 's/^WatchdogSec=.*/WatchdogSecond=30/'
[ -n "$(verify)" ] || fail "an unknown setting is accepted"
make_unit '/^CapabilityBoundingSet=/d; /^SystemCallFilter=/d'
[ "$(exposure)" -gt $exposure_max ] || fail "a unit that is open counts as locked"

# With the drop-in for GPUs, as it would be installed.
make_unit
mkdir "$folder/liqscan.service.d"
cp "$source_dir/host/packaging/liqscan-gpu.conf" "$folder/liqscan.service.d/gpu.conf"
said=$(verify)
[ -z "$said" ] || fail "systemd says of the drop-in: $said"
for setting in PrivateDevices DeviceAllow SupplementaryGroups MemoryDenyWriteExecute; do
    grep -q "^$setting=" "$folder/liqscan.service.d/gpu.conf" || fail "no $setting for GPUs"
done
echo "service_unit: ok, exposure ${score%?}.${score#"${score%?}"}"
