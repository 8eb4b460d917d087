#!/usr/bin/env bash
# Builds artifacts/deb/fleet_VERSION_ARCH.deb: the fleet command with its runtime, the three systemd units, example configuration, and docs.
# Needs dpkg-deb and the .NET SDK; usage: eng/build-deb.sh
# FLEET_VERSION: another version. FLEET_DEB_FOLDER: where it goes. FLEET_DEB_COMPRESSION: xz (default), gzip, none.
# FLEET_DEB_PROGRAM: a folder with the program already published, for a look at the package without the time that publishing takes.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
command -v dpkg-deb >/dev/null || { echo "dpkg-deb is missing: apt-get install dpkg" >&2; exit 2; }

version="${FLEET_VERSION:-$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)}"
arch="$(dpkg --print-architecture)"
case "$arch" in
amd64) rid=linux-x64 ;;
arm64) rid=linux-arm64 ;;
*) echo "architecture $arch is not supported; legal: amd64, arm64" >&2; exit 2 ;;
esac

stage="$(mktemp -d)"
trap 'rm -rf "$stage"' EXIT
install -d "$stage/DEBIAN" "$stage/usr/bin" "$stage/usr/lib/fleet" "$stage/lib/systemd/system" "$stage/etc/fleet" \
    "$stage/usr/share/doc/fleet" "$stage/usr/share/fleet"
if [[ -n ${FLEET_DEB_PROGRAM:-} ]]; then
    cp "$FLEET_DEB_PROGRAM"/* "$stage/usr/lib/fleet/"
else
    dotnet publish src/Fleet.Cli -c Release -r "$rid" --self-contained -p:Version="$version" -p:DebugType=none -o "$stage/usr/lib/fleet" \
        --nologo -v q >&2
    eng/build-agent.sh "$stage/usr/lib/fleet" >&2
fi
chmod 755 "$stage"
chmod -R go-w "$stage/usr"
ln -s ../lib/fleet/fleet "$stage/usr/bin/fleet"
install -m 644 deploy/systemd/*.service "$stage/lib/systemd/system/"
install -m 640 deploy/debian/*.json "$stage/etc/fleet/"
cp -r deploy/prometheus deploy/grafana "$stage/usr/share/fleet/"
cp README.md docs/*.md "$stage/usr/share/doc/fleet/"
install -m 644 LICENSE "$stage/usr/share/doc/fleet/copyright"

size="$(du -sk --exclude=DEBIAN "$stage" | cut -f1)"
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$size/" deploy/debian/control >"$stage/DEBIAN/control"
(cd "$stage" && find etc -type f -printf '/%p\n' | sort) >"$stage/DEBIAN/conffiles"
for script in postinst prerm postrm; do
    install -m 755 "deploy/debian/$script" "$stage/DEBIAN/$script"
done

folder="${FLEET_DEB_FOLDER:-artifacts/deb}"
mkdir -p "$folder"
# Reproducible: the times in the archive are those of the last commit.
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Directory.Build.props)}"
find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Z"${FLEET_DEB_COMPRESSION:-xz}" --build "$stage" "$folder/fleet_${version}_${arch}.deb" >&2
echo "$folder/fleet_${version}_${arch}.deb"
