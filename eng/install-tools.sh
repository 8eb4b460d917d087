#!/usr/bin/env bash
# Installs from Debian's archive what a run needs beside the .NET SDK; does nothing for what is there.
# usage: eng/install-tools.sh run|test|bench
set -euo pipefail

want=()
need() { # need COMMAND PACKAGE...
    command -v "$1" >/dev/null 2>&1 || { shift; want+=("$@"); }
}

PATH=$PATH:/usr/sbin:/sbin
need memcached memcached
need ethtool ethtool
need ip iproute2
need taskset util-linux
need cc gcc libc6-dev
if [[ ${1:-run} == test ]]; then
    [[ -x /bin/kill ]] || want+=(procps)
    need memccapable libmemcached-tools
    need node nodejs
    need npm npm
    [[ -d /usr/lib/postgresql ]] || want+=(postgresql)
    need NPtcp netpipe-tcp
    need promtool prometheus
    need chromium chromium
    need debootstrap debootstrap
    need systemd-analyze systemd
    /usr/bin/python3 -c 'import grpc' >/dev/null 2>&1 || want+=(python3 python3-grpcio)
fi

if [[ ${1:-run} == test || ${1:-run} == bench ]]; then
    # The proxies that `fleet bench proxy` measures beside its own.
    need nutcracker nutcracker
    need haproxy haproxy
fi

if ((${#want[@]} == 0)); then
    exit 0
fi

if ((EUID != 0)); then
    echo "missing: ${want[*]}; install them with: apt-get install ${want[*]} (what cannot run without them says so)" >&2
    exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
    echo "missing: ${want[*]}; this host has no apt-get, install them with its package manager" >&2
    exit 0
fi

echo "installing ${want[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2
# A package's service would occupy the port and the core that the lab uses: keep it from starting.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
apt-get install -y -qq --no-install-recommends "${want[@]}" >&2
