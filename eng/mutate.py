#!/usr/bin/env python3
"""Shows that the tests of Fleet.Core bite: changes one operator or constant at a time and runs the tests against each change.

    python3 eng/mutate.py --count 80 --seed 1 --report docs/benchmarks/mutation.md

Works on a copy of the tree in a temporary directory. A change that does not compile is drawn anew; one that makes a test fail, or that
keeps the tests busy for four times as long as usual, is killed; one that no test notices survives and is listed with its line. With
--near only the tests of the changed room run: faster, and the score is a lower bound of what all tests would give.
"""

import argparse
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOMS = ("Models", "Search", "Tuning", "Numerics")
# Where a room is tested; the models by what the search makes of them.
NEAR = {"Models": ("Search",), "Numerics": ("Numerics", "Search")}
OPERATORS = [
    (r"(?<=[\w\)\]]) < (?=[\w\(\-])", " <= "),
    (r"(?<=[\w\)\]]) <= (?=[\w\(\-])", " < "),
    (r"(?<=[\w\)\]]) > (?=[\w\(\-])", " >= "),
    (r"(?<=[\w\)\]]) >= (?=[\w\(\-])", " > "),
    (r"(?<=[\w\)\]]) == (?=[\w\(\-])", " != "),
    (r"(?<=[\w\)\]]) \+ (?=[\w\(])", " - "),
    (r"(?<=[\w\)\]]) - (?=[\w\(])", " + "),
    (r"(?<=[\w\)\]]) \* (?=[\w\(])", " / "),
    (r"(?<=[\w\)\]]) / (?=[\w\(])", " * "),
    (r" && ", " || "),
    (r" \|\| ", " && "),
    (r"\bMath\.Max\(", "Math.Min("),
    (r"\bMath\.Min\(", "Math.Max("),
    (r"\btrue\b", "false"),
    (r"\bfalse\b", "true"),
    (r"(?<=[(\s])!(?=[\w(])", ""),
    (r"\bOrderBy\(", "OrderByDescending("),
    (r"\bMinBy\(", "MaxBy("),
]


def code_lines(text):
    """Lines that hold code: no comment, attribute, directive, or text for people."""
    for number, line in enumerate(text.split("\n")):
        bare = line.strip()
        if bare and not bare.startswith(("//", "///", "[", "using ", "namespace ", "*")) and '"' not in line and "=> \"" not in line:
            yield number, line


def mutants_of(path):
    """Every change of one file: (line, column, old, new, changed line)."""
    for number, line in code_lines(path.read_text()):
        code = line.split(" // ")[0]
        for pattern, new in OPERATORS:
            for match in re.finditer(pattern, code):
                yield number, match.start(), match.group(0), new, line[: match.start()] + new + line[match.end():]


def run(command, cwd, limit):
    """Exit code of a command; None when it takes longer than the limit, seconds."""
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        subprocess.run(["kill", "-9", f"-{process.pid}"], check=False)
        process.wait()
        return None


def build(copy):
    """Builds Fleet.Core alone, without analysers, and puts it before the tests."""
    code = run(["dotnet", "build", "src/Fleet.Core", "-c", "Release", "--no-restore", "--nologo", "-v", "q", "-p:RunAnalyzers=false",
                "-p:TreatWarningsAsErrors=false", "-p:GenerateDocumentationFile=false"], copy, 300)
    if code == 0:
        shutil.copy(copy / "src/Fleet.Core/bin/Release/net10.0/Fleet.Core.dll", copy / "tests/Fleet.Core.Tests/bin/Release/net10.0/")
    return code == 0


def test(copy, limit, near, near_only):
    """Exit code of the tests, None when they take longer than the limit; those of the changed room first, the likeliest to fail."""
    place = copy / "tests/Fleet.Core.Tests/bin/Release/net10.0"
    command = ["dotnet", "Fleet.Core.Tests.dll", "-stopOnFail", "-noColor"]
    spaces = [part for room in near for part in ("-namespace", f"Fleet.Core.Tests.{room}*")]
    code = run([*command, *spaces], place, limit) if spaces else 0
    return code if code != 0 or near_only else run(command, place, limit)


def write(args, killed, slow, survived, broken):
    """The report as Markdown, rewritten after every mutant so that an interrupted run leaves what it found."""
    total = killed + len(survived)
    lines = [
        "# Do the tests bite?", "",
        f"`python3 eng/mutate.py --count {args.count} --seed {args.seed}{' --near' if args.near else ''} --report docs/benchmarks/mutation.md`",
        f"changes one operator at a time in `src/Fleet.Core/{{{','.join(ROOMS)}}}`, builds, and runs "
        + ("the changed room's tests" if args.near else "`Fleet.Core.Tests`") + " until the first failure.", "",
        "| mutants | killed | survived | score |", "| --- | --- | --- | --- |",
        f"| {total} | {killed} | {len(survived)} | {100 * killed / max(total, 1):.0f} % |", "",
        f"{broken} further changes did not compile and were drawn anew. Of the killed, {slow} took four times as long as the tests without a change:",
        "a loop without end, or a busy machine.", "",
    ]
    if survived:
        lines += ["## Survivors", "", "| place | change | line |", "| --- | --- | --- |"]
        lines += [f"| {place} | `{old.strip()}` → `{new.strip() or 'nothing'}` | `{line.strip().replace('|', chr(92) + '|')}` |"
                  for place, old, new, line in survived]
    pathlib.Path(args.report).write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=80, help="mutants, 1 to 10000 (default 80)")
    parser.add_argument("--seed", type=int, default=1, help="decides which (default 1)")
    parser.add_argument("--near", action="store_true", help="run only the tests of the changed room")
    parser.add_argument("--report", required=True, help="where the Markdown goes")
    args = parser.parse_args()
    if not 1 <= args.count <= 10_000:
        parser.error(f"--count {args.count}: expected 1 to 10000")

    root = pathlib.Path(__file__).resolve().parent.parent
    copy = pathlib.Path(tempfile.mkdtemp(prefix="fleet-mutate-"))
    try:
        shutil.copytree(root, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git", "bin", "obj", "artifacts"))
        whole = ["dotnet", "build", "tests/Fleet.Core.Tests", "-c", "Release", "--nologo", "-v", "q", "-p:RunAnalyzers=false"]
        if run(whole, copy, 900) != 0 or not build(copy):
            sys.exit("the tree does not build")
        before = time.monotonic()
        if test(copy, 600, (), False) != 0:
            sys.exit("the tests fail without a change")
        limit = max(30.0, 4 * (time.monotonic() - before))
        files = sorted(f for room in ROOMS for f in (copy / "src/Fleet.Core" / room).rglob("*.cs"))
        mutants = [(f, *m) for f in files for m in mutants_of(f)]
        random.Random(args.seed).shuffle(mutants)
        killed, slow, survived, broken = 0, 0, [], 0
        for path, number, column, old, new, changed in mutants:
            if killed + len(survived) == args.count:
                break
            original = path.read_text()
            lines = original.split("\n")
            line, lines[number] = lines[number], changed
            path.write_text("\n".join(lines))
            place = f"{path.relative_to(copy / 'src/Fleet.Core')}:{number + 1}:{column + 1}"
            if not build(copy):
                broken += 1
            elif (code := test(copy, limit, NEAR.get(room := path.relative_to(copy / "src/Fleet.Core").parts[0], (room,)), args.near)) == 0:
                survived.append((place, old, new, line))
            else:
                killed, slow = killed + 1, slow + (code is None)
            path.write_text(original)
            print(f"{killed} killed, {len(survived)} survived of {len(mutants)} possible; {place}", flush=True)
            write(args, killed, slow, survived, broken)
    finally:
        shutil.rmtree(copy, ignore_errors=True)


if __name__ == "__main__":
    main()
