#!/usr/bin/env bash
# Builds artifacts/image/fleet.tar.gz with the SDK's container publishing: no Dockerfile, no engine. The base image (chiseled: no shell, no
# package manager) is fetched from its registry, or from the one that FLEET_BASE_IMAGE names.
# Load it with: docker load < artifacts/image/fleet.tar.gz
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base="${FLEET_BASE_IMAGE:-mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled}"
out=artifacts/image/fleet.tar.gz
mkdir -p "$(dirname "$out")"
if ! dotnet publish src/Fleet.Cli -c Release -r linux-x64 --self-contained false -t:PublishContainer --nologo -v q \
    -p:ContainerRepository=fleet -p:ContainerBaseImage="$base" -p:ContainerUser=1654 -p:ContainerArchiveOutputPath="$PWD/$out" >&2; then
    echo "the image was not built: is the registry of $base reachable? FLEET_BASE_IMAGE names another" >&2
    exit 1
fi
echo "$out"
