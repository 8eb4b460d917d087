using System.Text.RegularExpressions;
using Fleet.Testing;

namespace Fleet.Cli.Tests.Commands;

/// <summary>The commands of docs/studies.md, run as they stand.</summary>
[Collection(nameof(LabCollection))]
public sealed partial class StudiesPageTests : IDisposable
{
    // Blocks that do not run here, by how they begin, and what shows them instead.
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        ["./fleet agent --device eth0"] = "SweepOnLabTests sweeps a node through its agent",
        ["./fleet demo --day"] = "SimulatedDayTests plays the day, docs/benchmarks/day.md reports a real one",
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = 300_000)]
    public async Task The_commands_of_the_page_run_as_they_stand()
    {
        await SweepOnLabTests.LabOrSkipAsync();
        Assert.SkipWhen(Tool.Find("NPtcp") is null, Tool.Missing("NPtcp"));
        string fleet = _folder.File("fleet");
        await File.WriteAllTextAsync(
            fleet, $"#!/bin/sh\nexec dotnet {Path.Combine(AppContext.BaseDirectory, "fleet.dll")} \"$@\"\n", TestContext.Current.CancellationToken);
        (await Tool.RunAsync("/bin/chmod", ["+x", fleet])).ExitCode.ShouldBe(0);
        string page = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs/studies.md"), TestContext.Current.CancellationToken);
        string[] blocks = [.. ShellBlock().Matches(page).Select(m => m.Groups[1].Value)];
        string[] left = [.. blocks.Where(b => Elsewhere.Keys.Any(e => b.StartsWith(e, StringComparison.Ordinal)))];
        left.Length.ShouldBe(Elsewhere.Count);
        blocks.Length.ShouldBe(left.Length + 3);
        foreach (string block in blocks.Except(left))
        {
            // The promise alone is changed: a busy machine's latency is not the page's.
            await RunAsync(block.Replace("--sla 500", "--sla 1000000", StringComparison.Ordinal));
        }

        foreach (string written in (string[])
        [
            "surface.csv", "sweep.json", "sweep.html", "netpipe.csv", "netpipe.json", "netpipe.html", "search.json", "search.html", "day.json",
            "day.html", "again.html",
        ])
        {
            File.Exists(_folder.File(written)).ShouldBeTrue(written);
        }

        (await File.ReadAllTextAsync(_folder.File("again.html"), TestContext.Current.CancellationToken)).ShouldBe(
            await File.ReadAllTextAsync(_folder.File("day.html"), TestContext.Current.CancellationToken));
    }

    private async Task RunAsync(string block)
    {
        await using FleetProcess shell = FleetProcess.Program("/bin/bash", "-c", $"cd {_folder.Path} && set -e\n{block}");
        (await shell.ExitAsync(200)).ShouldBe(0, block + shell.Output + shell.Error);
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
