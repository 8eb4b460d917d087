#!/usr/bin/env bash
# Installs, upgrades, removes and purges the package in a fresh Debian (debootstrap chroot), and says what is left.
# Needs root and debootstrap; usage: eng/test-deb.sh OLD.deb NEW.deb
set -euo pipefail
old="$(readlink -f "$1")" new="$(readlink -f "$2")"
((EUID == 0)) || { echo "needs root (chroot)" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 2; }
mirror="${FLEET_DEBIAN_MIRROR:-$(sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p; s/^URIs: //p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1 || true)}"
suite="$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")"
root="$(mktemp -d)"
trap 'rm -rf --one-file-system "$root"' EXIT
debootstrap --variant=minbase --include=adduser,libstdc++6,libicu72 "$suite" "$root" "${mirror:-http://deb.debian.org/debian}" >"$root.log" 2>&1 \
    || debootstrap --variant=minbase --include=adduser,libstdc++6 "$suite" "$root" "${mirror:-http://deb.debian.org/debian}" >"$root.log" 2>&1 \
    || { tail -5 "$root.log" >&2; rm -f "$root.log"; echo "debootstrap failed" >&2; exit 3; }
rm -f "$root.log"
# The runtime reads its limits from /proc.
mount -t proc proc "$root/proc"
trap 'umount "$root/proc"; rm -rf --one-file-system "$root"' EXIT
cp "$old" "$root/old.deb"
cp "$new" "$root/new.deb"
inside() { chroot "$root" /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin DOTNET_gcServer=0 "$@"; }
check() { "$@" || { echo "failed: $*" >&2; exit 1; }; }

check inside dpkg -i /old.deb
check inside getent passwd fleet
check inside fleet --version
check inside fleet config check controller /etc/fleet/controller.json
sed -i 's/7480/7999/' "$root/etc/fleet/controller.json"
check inside dpkg --force-confold -i /new.deb
grep -q 7999 "$root/etc/fleet/controller.json" || { echo "the upgrade lost an edited configuration" >&2; exit 1; }
check inside dpkg -r fleet
[[ -f "$root/etc/fleet/controller.json" && ! -e "$root/usr/bin/fleet" ]] || { echo "removal took too much or too little" >&2; exit 1; }
check inside dpkg -P fleet
left="$(cd "$root" && find etc/fleet usr/lib/fleet usr/bin/fleet var/lib/fleet lib/systemd/system/fleet-* 2>/dev/null || true)"
[[ -z "$left" ]] || { echo "left after the purge: $left" >&2; exit 1; }
! inside getent passwd fleet || { echo "the user fleet is left after the purge" >&2; exit 1; }
echo "installed, upgraded, removed, purged"
