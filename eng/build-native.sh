#!/usr/bin/env bash
# Builds the C parts into artifacts/native; does nothing when they are newer than their sources.
set -euo pipefail
cd "$(dirname "$0")/.."

source=src/Fleet.NodeAgent/native/busypoll.c
library=artifacts/native/libfleet-busypoll.so
[[ $library -nt $source ]] && exit 0
if ! command -v cc >/dev/null 2>&1; then
    echo "no C compiler: $library is not built, so the lab's servers cannot suspend interrupts; install it with: apt-get install gcc libc6-dev" >&2
    exit 0
fi

mkdir -p artifacts/native
cc -std=gnu11 -O2 -Wall -Wextra -Werror -fPIC -shared -o "$library.new" "$source" -ldl
mv -f "$library.new" "$library"
