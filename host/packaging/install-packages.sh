#!/bin/sh
# Install the Debian packages that are missing, and nothing when none is.
#
# usage: install-packages.sh build   what building and running the program needs
#        install-packages.sh test    that, and what the tests need
set -eu

build="cmake gcc libc6-dev make pkg-config binutils
    ocl-icd-opencl-dev opencl-headers pocl-opencl-icd libcjson-dev libssl-dev
    libxxhash-dev libsqlite3-dev libmicrohttpd-dev libnats-dev
    libsystemd-dev"
test="g++ clang libclang-rt-dev clinfo git libcriterion-dev libgmp-dev oclgrind universal-ctags
    valgrind
    curl nats-server prometheus systemd unzip"

case ${1-} in
build) wanted=$build ;;
test) wanted="$build $test" ;;
*)
    echo "usage: install-packages.sh build|test" >&2
    exit 2
    ;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    # The build names what it misses; on another system its packages have other names.
    echo "install-packages: this is no Debian; please see to it that you have:" $wanted >&2
    exit 0
fi

missing=
for package in $wanted; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
    installed) ;;
    *) missing="$missing $package" ;;
    esac
done
if [ -z "$missing" ]; then exit 0; fi

as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "install-packages: these packages are missing:$missing" >&2
        echo "install-packages: run this as root, or ask somebody who may to run:" >&2
        echo "    apt-get update && apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
echo "install-packages: installing$missing"
$as_root apt-get update -q
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends $missing
