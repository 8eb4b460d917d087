#!/usr/bin/env bash
# Runs every test project one after the other (they share two cores and the kernel's namespaces) and ends with one plain line:
# N passed, M failed[, K skipped]. Exit 1 when a test failed, a project died, or none ran.
set -uo pipefail
cd "$(dirname "$0")/.."

results=artifacts/test-results
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0 skipped=0 broken=()
for project in tests/*.Tests; do
    name=$(basename "$project")
    timeout --kill-after=10 "${FLEET_TEST_TIMEOUT:-900}" dotnet test "$project/$name.csproj" -c Release --no-build --nologo \
        --logger "trx;LogFileName=$name.trx" --results-directory "$results" -v q
    status=$?
    counters=$(grep -o '<Counters [^/]*/>' "$results/$name.trx" 2>/dev/null)
    if [[ -z $counters ]]; then
        ((status == 0)) || broken+=("$name (exit $status, no results)")
        continue
    fi
    count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<<"$counters"; }
    passed=$((passed + $(count passed)))
    failed=$((failed + $(count failed)))
    skipped=$((skipped + $(count total) - $(count executed)))
    if ((status != 0 && $(count failed) == 0)); then
        broken+=("$name (exit $status)")
    fi
done

for project in "${broken[@]}"; do
    echo "test project broke: $project" >&2
    failed=$((failed + 1))
done

if ((skipped > 0)); then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
((failed == 0 && passed > 0))
