#!/usr/bin/env bash
# Builds the package and takes it through its life in a fresh Debian (debootstrap, chroot): installed, configured, upgraded while its proxy
# serves a load (nothing may fail), removed, purged. Needs root, debootstrap, memcached, and Debian's archive; about two minutes.
# FLEET_CHROOT names a folder that keeps the fresh Debian for the next run. With FLEET_DEB_PROGRAM (see build-deb.sh) the program needs the
# runtime, and this host's is put into the fresh Debian. usage: eng/test-deb.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin:/sbin
((EUID == 0)) || { echo "needs root (chroot)" >&2; exit 2; }
for tool in debootstrap memcached dpkg-deb; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install ${tool/dpkg-deb/dpkg}" >&2; exit 2; }
done
say() { echo "$(date -u +%T) $*"; }
fail() { echo "failed: $*" >&2; exit 1; }

work="$(mktemp -d)"
root="$work/root"
pids=()
finish() {
    for pid in "${pids[@]}" $(cat "$root/run/proxy.pid" 2>/dev/null || true); do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    umount "$root/proc" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap finish EXIT

# 1. The package, once; its successor is the same program under a higher version.
old="$(FLEET_VERSION=0.1.0 FLEET_DEB_COMPRESSION="${FLEET_DEB_COMPRESSION:-gzip}" eng/build-deb.sh)"
say "built $old ($(du -h "$old" | cut -f1))"
dpkg-deb -R "$old" "$work/new"
sed -i 's/^Version: .*/Version: 0.2.0/' "$work/new/DEBIAN/control"
dpkg-deb --root-owner-group -Znone --build "$work/new" "$work/new.deb" >/dev/null
rm -rf "$work/new"

# 2. A fresh Debian.
suite="$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")"
mirror="${FLEET_DEBIAN_MIRROR:-http://deb.debian.org/debian}"
fresh="${FLEET_CHROOT:-$work/fresh}"
if [[ ! -e $fresh/usr/bin/dpkg ]]; then
    debootstrap --variant=minbase --include=adduser,libstdc++6 "$suite" "$fresh" "$mirror" >"$work/log" 2>&1 \
        || { tail -5 "$work/log" >&2; echo "debootstrap cannot make a Debian here" >&2; exit 3; }
fi
cp -a "$fresh" "$root"
say "fresh Debian $(cat "$root/etc/debian_version")"
mount -t proc proc "$root/proc" # the runtime reads its limits there
if [[ -n ${FLEET_DEB_PROGRAM:-} ]]; then
    mkdir -p "$root/usr/share/dotnet"
    cp -a "$(dirname "$(readlink -f "$(command -v dotnet)")")"/{dotnet,host,shared} "$root/usr/share/dotnet/"
fi
cp "$old" "$root/old.deb"
cp "$work/new.deb" "$root/new.deb"
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive DOTNET_ROOT=/usr/share/dotnet "$@"; }

# 3. A systemd that writes down what it is asked, and reloads the proxy as the unit's ExecReload says.
mkdir -p "$root/run/systemd/system"
cat >"$root/usr/bin/systemctl" <<'SYSTEMCTL'
#!/bin/sh
echo "$*" >>/run/systemctl.log
case "$*" in
    *reload-or-restart*fleet-proxy*) [ ! -e /run/proxy.pid ] || kill -USR2 "$(cat /run/proxy.pid)" ;;
esac
SYSTEMCTL
chmod +x "$root/usr/bin/systemctl"

# 4. Install.
inside dpkg -i /old.deb >/dev/null
inside getent passwd fleet >/dev/null || fail "there is no user fleet"
inside fleet --version
inside fleet config check controller /etc/fleet/controller.json
inside fleet config check proxy /etc/fleet/proxy.json
[[ "$(stat -c '%a %G' "$root/etc/fleet/controller.json")" == "640 fleet" || "$(inside stat -c '%a %G' /etc/fleet/controller.json)" == "640 fleet" ]] \
    || fail "the configuration is readable by everybody"
grep -q enable "$root/run/systemctl.log" && fail "a service was enabled without being asked"
[[ -z "$(find "$root/usr/lib/fleet" -perm /022 -not -type l)" ]] || fail "a file of the program is writable by others"
say "installed"

# 5. Upgrade, under load, with an edited configuration.
free() { bash -c 'for p in $(shuf -i 20000-60000 -n 50); do (exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null || { echo $p; exit; }; done'; }
server="$(free)" front="$(free)"
memcached -u nobody -l 127.0.0.1 -p "$server" -t 1 & pids+=($!)
inside fleet proxy --listen "127.0.0.1:$front" --server "127.0.0.1:$server" --loops 1 --metrics-listen none --request-timeout 10s \
    >"$work/proxy.log" 2>&1 & pids+=($!)
for _ in $(seq 200); do grep -q 'listens on' "$work/proxy.log" && break; sleep 0.1; done
pgrep -f "fleet proxy --listen 127.0.0.1:$front" | head -1 >"$root/run/proxy.pid"
inside fleet load --target "127.0.0.1:$front" --qps 2000 --duration 20 --keys 500 --connections 8 --json >"$work/load.json" 2>"$work/load.log" &
load=$!
asked() { { exec 3<>"/dev/tcp/127.0.0.1/$server" && printf 'stats\r\nquit\r\n' >&3 && sed -n 's/^STAT cmd_get \([0-9]*\).*/\1/p' <&3; } 2>/dev/null || true; }
for _ in $(seq 300); do [[ $(asked) -ge 500 ]] && break; sleep 0.1; done
[[ $(asked) -ge 500 ]] || { cat "$work/load.log" >&2; fail "the load does not begin"; }
sed -i 's/7480/7999/' "$root/etc/fleet/controller.json"
inside dpkg --force-confold -i /new.deb >/dev/null
grep -q 7999 "$root/etc/fleet/controller.json" || fail "the upgrade lost an edited configuration"
grep -q 'try-reload-or-restart fleet-proxy.service' "$root/run/systemctl.log" || fail "the running proxy was not told"
for _ in $(seq 200); do grep -q 'takes over' "$work/proxy.log" && break; sleep 0.1; done
next="$(sed -n 's/.*Process \([0-9]*\) takes over.*/\1/p' "$work/proxy.log" | tail -1)"
[[ -n $next ]] || { cat "$work/proxy.log" >&2; fail "the proxy did not hand over"; }
echo "$next" >"$root/run/proxy.pid"
kill -0 "$load" 2>/dev/null || fail "the load had ended before the upgrade"
wait "$load" || { cat "$work/load.log" >&2; fail "the load"; }
grep -E '"(completed|failed|requests|errors)"' "$work/load.json" | tr -d '\n'; echo
grep -Eq '"failed": 0,?$' "$work/load.json" || fail "requests failed during the upgrade"
say "upgraded under load; the proxy is now process $next"

# 6. Remove, purge.
kill "$next"; rm "$root/run/proxy.pid"
inside dpkg -r fleet >/dev/null
grep -q 'disable --now' "$root/run/systemctl.log" || fail "the services were not stopped before removal"
[[ -f "$root/etc/fleet/controller.json" && ! -e "$root/usr/bin/fleet" ]] || fail "removal took too much or too little"
inside dpkg -P fleet >/dev/null
left="$(cd "$root" && find etc/fleet usr/lib/fleet usr/bin/fleet var/lib/fleet lib/systemd/system/fleet-* 2>/dev/null || true)"
[[ -z $left ]] || fail "left after the purge: $left"
! inside getent passwd fleet || fail "the user fleet is left after the purge"
say "removed and purged: nothing is left"
