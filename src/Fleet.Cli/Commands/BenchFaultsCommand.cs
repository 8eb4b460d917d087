using System.CommandLine;
using System.Text.Json;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;
using Fleet.Simulation.Pools;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench faults</c>: simulated pools in bad weather; every step checks the invariants, a failing seed tells its replay.</summary>
internal static class BenchFaultsCommand
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static readonly Option<int> Seed = new("--seed") { Description = "first seed, from 0", DefaultValueFactory = _ => 1 };

    private static readonly Option<int> Runs = new("--runs") { Description = "seeds, 1 to 1000000", DefaultValueFactory = _ => 100 };

    private static readonly Option<double> Seconds = new("--seconds")
    {
        Description = "virtual seconds of each seed", DefaultValueFactory = _ => 120,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("faults", "Seeded trouble in simulated pools: invariants at every step, a failing seed tells how to replay it.")
        {
            Seed, Runs, Seconds, Json,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        (int seed, int runs, double seconds) = (parsed.GetValue(Seed), parsed.GetValue(Runs), parsed.GetValue(Seconds));
        StartupException.ThrowIfAny(
        [
            .. seed >= 0 ? [] : new[] { $"--seed {seed}: expected 0 or more" },
            .. runs is >= 1 and <= 1_000_000 ? [] : new[] { $"--runs {runs}: expected 1 to 1000000" },
            .. seconds is > 0 and <= 86_400 ? [] : new[] { $"--seconds {seconds}: expected more than 0, at most 86400" },
        ]);
        var counts = new FaultCounts();
        var broken = new SortedDictionary<int, string>();
        using (var progress = new ProgressLine(parsed.InvocationConfiguration.Error, "simulating"))
        {
            int done = 0;
            Parallel.For(0, runs, i =>
            {
                try
                {
                    FaultCounts one = Storm.Play((ulong)(seed + i), seconds);
                    lock (broken)
                    {
                        counts.Add(one);
                    }
                }
                catch (InvariantBrokenException failure)
                {
                    lock (broken)
                    {
                        broken[seed + i] = failure.Message;
                    }
                }

                progress.Set((double)Interlocked.Increment(ref done) / runs);
            });
        }

        Write(parsed, runs, counts, broken);
        return broken.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Write(ParseResult parsed, int runs, FaultCounts counts, SortedDictionary<int, string> broken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Json))
        {
            output.WriteLine(JsonSerializer.Serialize(new { runs, faults = counts.All, broken = broken.Values }, Web));
            return;
        }

        var table = new TextTable("FAULT", "TIMES");
        foreach (string kind in FaultCounts.Kinds)
        {
            table.Add(kind, Figures.Number(counts[kind]));
        }

        table.Write(output);
        output.WriteLine($"{runs - broken.Count} of {runs} seeds kept every invariant");
        foreach (string problem in broken.Values)
        {
            output.WriteLine(problem);
        }
    }
}
