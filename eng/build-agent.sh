#!/usr/bin/env bash
# Compiles the node agent's program to native code, as fleet-agent beside the command line; does nothing when it is built from what is there.
# usage: eng/build-agent.sh [FOLDER]    FOLDER (default: the command line's build) holds the assemblies of Fleet
# Needs a C compiler as the linker, and the package microsoft.dotnet.ilcompiler; without them it says so, and the agent runs inside the
# command line.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder="${1:-src/Fleet.Cli/bin/Release/net10.0}"
mkdir -p artifacts
exec 9>artifacts/agent.lock
flock 9
stamp() { cat "$folder"/Fleet.{Contracts,Core,Grpc,Hosting,NodeAgent}.dll 2>/dev/null | sha256sum | cut -d' ' -f1; }

[[ -x $folder/fleet-agent && $(cat "$folder/fleet-agent.sha256" 2>/dev/null) == "$(stamp)" ]] && exit 0
if ! command -v gcc >/dev/null 2>&1; then
    echo "no C compiler: the native agent is not built; install it with: apt-get install gcc libc6-dev" >&2
    exit 0
fi

case "$(uname -m)" in
x86_64) rid=linux-x64 ;;
aarch64) rid=linux-arm64 ;;
*) echo "no native agent for $(uname -m)" >&2; exit 0 ;;
esac

echo "fleet: compiling the native agent ..." >&2
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
if ! log="$(FleetNative=true dotnet publish src/Fleet.NodeAgent -c Release -r "$rid" -o "$out" --artifacts-path artifacts/agent --nologo -v q -clp:NoSummary 2>&1)"; then
    printf '%s\n' "$log" >&2
    echo "the native agent is not built; the agent runs inside the command line" >&2
    exit 0
fi

install -m 755 "$out/Fleet.NodeAgent" "$folder/fleet-agent.new"
mv -f "$folder/fleet-agent.new" "$folder/fleet-agent"
stamp >"$folder/fleet-agent.sha256"
