#!/usr/bin/env bash
# Builds artifacts/image/fleet.tar.gz (proxy, controller, command line; not root) and fleet-agent.tar.gz (the node agent; root with the
# capabilities that its label names) with the SDK's container publishing: no Dockerfile, no engine. The base image (chiseled: no shell, no
# package manager) is fetched from its registry, or from the one that FLEET_BASE_IMAGE names; FLEET_IMAGE_FOLDER says where the archives go.
# Load them with: docker load < artifacts/image/fleet.tar.gz
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base="${FLEET_BASE_IMAGE:-mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled}"
folder="$(realpath -m "${FLEET_IMAGE_FOLDER:-artifacts/image}")"
mkdir -p "$folder"
program="$(mktemp -d)"
trap 'rm -rf "$program"' EXIT
publish() { # publish NAME USER [OPTION...]
    if ! dotnet publish src/Fleet.Cli -c Release -t:PublishContainer --nologo -v q -o "$program/$1" -p:ContainerRepository="$1" \
        -p:ContainerBaseImage="$base" -p:ContainerUser="$2" -p:ContainerImageFormat=Docker \
        -p:ContainerArchiveOutputPath="$folder/$1.tar.gz" "${@:3}" >&2; then
        echo "image $1 was not built: is the registry of $base reachable? FLEET_BASE_IMAGE names another" >&2
        exit 1
    fi
    echo "$folder/$1.tar.gz"
}
publish fleet 1654
publish fleet-agent 0 --no-build
