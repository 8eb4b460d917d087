using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;
using Fleet.Lab.Sweeps;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet sweep</c>: a static grid of settings on the lab, in the surface format.</summary>
internal static class SweepCommand
{
    private static readonly SweepOptions Defaults = new();

    private static readonly Option<string> Qps = new("--qps")
    {
        Description = "loads, requests/s, with commas", HelpName = "QPS,…", DefaultValueFactory = _ => "10000",
    };

    private static readonly Option<string[]> Knob = new("--knob")
    {
        Description = "values to try of one knob (default: every legal value); may be repeated", HelpName = "NAME=V,…",
    };

    private static readonly Option<double> Window = new("--window")
    {
        Description = "seconds of one measurement, 1 to 600", DefaultValueFactory = _ => Defaults.Window.TotalSeconds,
    };

    private static readonly Option<int> Repeats = new("--repeats")
    {
        Description = "measurements of each cell, 1 to 100", DefaultValueFactory = _ => Defaults.Repeats,
    };

    private static readonly Option<int> Seed = new("--seed") { Description = "seed of the load", DefaultValueFactory = _ => Defaults.Seed };

    private static readonly Option<string> Out = new("--out")
    {
        Description = "write the CSV here instead of standard output", HelpName = "FILE.csv",
    };

    private static readonly Option<string> Report = new("--report") { Description = "write power against p99 to a page", HelpName = "FILE.html" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "sweep",
            "Measure a static grid of settings on one lab server; the output feeds 'fleet bench optimizer' and 'fleet simulate'.")
        {
            Qps, Knob, Window, Repeats, Seed, Out, Report,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        SweepOptions options = Options(parsed);
        using var progress = new ProgressLine(parsed.InvocationConfiguration.Error, "sweeping");
        IReadOnlyList<SweepCell> cells = await new LabSweep(options, TimeProvider.System).RunAsync(progress.Set, cancellation);
        progress.Dispose();
        string csv = SweepCell.Csv(cells, "memcached on the lab's veth server; watts as the agent gives them, p99 at the load");
        if (parsed.GetValue(Out) is { } file)
        {
            await File.WriteAllTextAsync(file, csv, cancellation);
        }
        else
        {
            await parsed.InvocationConfiguration.Output.WriteAsync(csv);
        }

        if (parsed.GetValue(Report) is { } page)
        {
            await File.WriteAllTextAsync(page, SweepPage.Of(cells), cancellation);
        }

        return ExitCode.Ok;
    }

    private static SweepOptions Options(ParseResult parsed)
    {
        var problems = new List<string>();
        ImmutableArray<double> loads = CsvInput.Numbers("--qps", parsed.GetValue(Qps)!, problems);
        (double window, int repeats) = (parsed.GetValue(Window), parsed.GetValue(Repeats));
        problems.AddRange(loads.Where(q => q is < 100 or > 200_000).Select(q => Text($"--qps {q:0.###}: expected 100 to 200000")));
        if (window is not (>= 1 and <= 600))
        {
            problems.Add(Text($"--window {window:0.###}: expected 1 to 600 seconds"));
        }

        if (repeats is < 1 or > 100)
        {
            problems.Add(Text($"--repeats {repeats}: expected 1 to 100"));
        }

        var knobs = ImmutableDictionary.CreateBuilder<string, ImmutableArray<long>>(StringComparer.Ordinal);
        foreach (string text in parsed.GetValue(Knob) ?? [])
        {
            string[] halves = text.Split('=', 2);
            long[] values = halves.Length < 2 ? [] : [.. halves[1].Split(',')
                .Select(v => long.TryParse(v, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long n) ? n : long.MinValue)];
            if (halves[0].Length == 0 || values.Length == 0 || values.Contains(long.MinValue))
            {
                problems.Add($"--knob {text}: expected NAME=V,… with whole numbers");
            }
            else
            {
                knobs[halves[0]] = [.. values.Distinct()];
            }
        }

        StartupException.ThrowIfAny(problems);
        return new SweepOptions
        {
            Loads = [.. loads.Distinct()],
            Knobs = knobs.ToImmutable(),
            Window = TimeSpan.FromSeconds(window),
            Repeats = repeats,
            Seed = parsed.GetValue(Seed),
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
