#!/usr/bin/env bash
# Runs every test project one after the other (they share two cores and the kernel's namespaces) and ends with one plain line:
# N passed, M failed[, K skipped]. Exit 1 when a test failed, a project died, or none ran. What failed is named just above that line.
#
# Tests of real processes in real time meet whatever else the machine does. When at most three of a project's tests fail, they run once
# more by themselves: one that passes then counts as passed and is told as unsteady, with its first message; it is a defect to mend.
# Projects in which nothing depends on time get no second look.
set -uo pipefail
cd "$(dirname "$0")/.."

results=artifacts/test-results
timeless=" Fleet.Core.Tests Fleet.Simulation.Tests Fleet.Tidy.Tests "
again_at_most=3
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0 skipped=0 broken=() failures=() unsteady=()

# run NAME LOG [OPTION...]: runs a project's tests.
run() {
    local name=$1 log=$2
    shift 2
    timeout --kill-after=10 "${FLEET_TEST_TIMEOUT:-900}" dotnet test "tests/$name/$name.csproj" -c Release --no-build --nologo \
        --logger "trx;LogFileName=$log.trx" --results-directory "$results" -v q "$@"
}

# count LOG WHAT: the number of tests of a run that are total, executed, passed or failed.
count() { grep -o '<Counters [^/]*/>' "$results/$1.trx" 2>/dev/null | sed -E "s/.* $2=\"([0-9]+)\".*/\1/"; }

# failed_tests LOG: one line per failed test: its name, a tab, the first line of its message.
failed_tests() {
    awk '/<UnitTestResult /{ name = ""; if (/outcome="Failed"/ && match($0, /testName="[^"]*"/)) name = substr($0, RSTART + 10, RLENGTH - 11) }
        /<Message>/ && name != "" { sub(/.*<Message>/, ""); sub(/<\/Message>.*/, ""); print name "\t" $0; name = "" }' "$results/$1.trx" |
        sed -e 's/&quot;/"/g' -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&#x[0-9A-F]*;/ /g' -e 's/&amp;/\&/g' | tr -d '\r'
}

for project in tests/*.Tests; do
    name=$(basename "$project")
    run "$name" "$name"
    status=$?
    if [[ -z $(count "$name" total) ]]; then
        ((status == 0)) || broken+=("$name (exit $status, no results)")
        continue
    fi

    ended_failed=$(count "$name" failed)
    mapfile -t failing < <(failed_tests "$name")
    if ((ended_failed > 0 && ended_failed <= again_at_most)) && [[ $timeless != *" $name "* && ${#failing[@]} -eq $ended_failed ]]; then
        methods=$(printf '%s\n' "${failing[@]}" | sed -E 's/[(\t].*//' | sort -u | sed 's/^/FullyQualifiedName=/' | paste -sd '|')
        run "$name" "$name.again" --filter "$methods"
        if (($? == 0 && $(count "$name.again" passed) >= ended_failed)); then
            unsteady+=("${failing[@]}")
            passed=$((passed + ended_failed))
            ended_failed=0 status=0 failing=()
        fi
    fi

    failures+=("${failing[@]}")
    passed=$((passed + $(count "$name" passed)))
    failed=$((failed + ended_failed))
    skipped=$((skipped + $(count "$name" total) - $(count "$name" executed)))
    if ((status != 0 && ended_failed == 0)); then
        broken+=("$name (exit $status)")
    fi
done

for project in "${broken[@]}"; do
    failures+=("test project broke: $project")
    failed=$((failed + 1))
done

((${#unsteady[@]} == 0)) || printf 'unsteady, failed once and then passed alone: %s\n' "${unsteady[@]//$'\t'/: }"
((${#failures[@]} == 0)) || printf 'failed: %s\n' "${failures[@]//$'\t'/: }"
if ((skipped > 0)); then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
((failed == 0 && passed > 0))
