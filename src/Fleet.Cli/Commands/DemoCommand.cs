using System.CommandLine;
using Fleet.Cli.Demo;
using Fleet.Hosting.Errors;
using Fleet.Lab.Day;
using Fleet.Lab.Demo;
using Fleet.Lab.Report;
using Fleet.Simulation.Days;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet demo</c>: the whole loop on real servers, with a report.</summary>
internal static class DemoCommand
{
    private static readonly DemoOptions Defaults = new();

    private static readonly Option<int> Servers = new("--servers")
    {
        Description = "memcached servers, 2 to 8", DefaultValueFactory = _ => Defaults.Servers,
    };

    private static readonly Option<double> Qps = new("--qps")
    {
        Description = "most requests per second for all servers together, 1000 to 200000; fewer where the machine cannot carry them",
        DefaultValueFactory = _ => Defaults.Qps,
    };

    private static readonly Option<int> Seed = new("--seed")
    {
        Description = "seed of the load", DefaultValueFactory = _ => Defaults.Seed,
    };

    private static readonly Option<string> Out = new("--out")
    {
        Description = "folder for report.html and report.json", HelpName = "FOLDER", DefaultValueFactory = _ => Defaults.OutputDirectory,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the report as JSON; progress goes to standard error" };

    private static readonly Option<bool> Keep = new("--keep")
    {
        Description = "leave servers, proxy and controller running (remove them with 'fleet lab down')",
    };

    private static readonly Option<bool> Day = new("--day")
    {
        Description = "replay a compressed day instead: 24 hours of load on either side, planner on, servers join and leave",
    };

    private static readonly Option<double> DayMinutes = new("--day-minutes")
    {
        Description = "with --day: minutes that the day takes, 1 to 120", DefaultValueFactory = _ => new DayPlan().Length.TotalMinutes,
    };

    private static readonly Option<string> TraceFile = new("--trace")
    {
        Description = "with --day: load over time, as of 'fleet simulate' (default: the project's own diurnal curve)", HelpName = "FILE.csv",
    };

    private static readonly Option<string> Column = new("--trace-column") { Description = "with --trace: column of the load", HelpName = "NAME" };

    private static readonly Option<double> SlaUs = new("--sla-us")
    {
        Description = "with --day: promised latency at 99 %, µs, 50 to 1000000", DefaultValueFactory = _ => new DayPlan().SlaUs,
    };

    /// <summary>Builds the command. Exit code 1: a request failed, the promise was missed, or the run broke off.</summary>
    public static Command Create()
    {
        var command = new Command(
            "demo",
            "Tunes real memcached servers under load and compares the kernel default with the tuned settings (under five minutes). "
                + "Exit code 1 when a request failed or the promise was not kept in 95 % of the held windows.")
        {
            Servers, Qps, Seed, Out, Json, Keep, Day, DayMinutes, TraceFile, Column, SlaUs,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(Day))
        {
            return await RunDayAsync(parsed, cancellation);
        }

        StartupException.ThrowIfAny([.. new Option[] { DayMinutes, TraceFile, Column, SlaUs }
            .Where(o => parsed.GetResult(o) is { Implicit: false }).Select(o => $"{o.Name} is of the replayed day; give --day with it")]);

        var options = new DemoOptions
        {
            Servers = parsed.GetValue(Servers),
            Qps = parsed.GetValue(Qps),
            Seed = parsed.GetValue(Seed),
            OutputDirectory = parsed.GetRequiredValue(Out),
            Keep = parsed.GetValue(Keep),
        };
        bool json = parsed.GetValue(Json);
        TextWriter output = parsed.InvocationConfiguration.Output;
        TextWriter talk = json ? parsed.InvocationConfiguration.Error : output;
        DemoReport report = json || Console.IsOutputRedirected
            ? await new DemoRunner(options, new LineDisplay(talk), TimeProvider.System).RunAsync(cancellation)
            : await LiveDisplay.RunAsync(display => new DemoRunner(options, display, TimeProvider.System).RunAsync(cancellation));
        if (json)
        {
            output.WriteLine(report.ToJson());
        }
        else
        {
            DemoSummary.Write(report, options.OutputDirectory, output);
        }

        return report.Claims.Any(c => c.DecidesExit && !c.Holds) ? ExitCode.Failed : ExitCode.Ok;
    }

    private static async Task<int> RunDayAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DayPlan plan = Plan(parsed);
        string folder = parsed.GetResult(Out) is { Implicit: false } ? parsed.GetRequiredValue(Out) : Path.Combine("artifacts", "demo-day");
        bool json = parsed.GetValue(Json);
        TextWriter output = parsed.InvocationConfiguration.Output;
        TextWriter talk = json ? parsed.InvocationConfiguration.Error : output;
        DayDemoReport report = json || Console.IsOutputRedirected
            ? await new DayRunner(plan, folder, new LineDisplay(talk), TimeProvider.System).RunAsync(cancellation)
            : await LiveDisplay.RunAsync(display => new DayRunner(plan, folder, display, TimeProvider.System).RunAsync(cancellation));
        if (json)
        {
            output.WriteLine(report.ToJson());
        }
        else
        {
            DaySummary.Write(report, folder, output);
        }

        return report.Claims.Any(c => c.DecidesExit && !c.Holds) ? ExitCode.Failed : ExitCode.Ok;
    }

    private static DayPlan Plan(ParseResult parsed)
    {
        var problems = new List<string>();
        string? file = parsed.GetValue(TraceFile);
        Trace? trace = file is null ? null : CsvInput.Trace("--trace", file, parsed.GetValue(Column), problems);
        double minutes = parsed.GetValue(DayMinutes);
        var plan = new DayPlan
        {
            Servers = parsed.GetValue(Servers),
            PeakQps = parsed.GetValue(Qps),
            Seed = parsed.GetValue(Seed),
            SlaUs = parsed.GetValue(SlaUs),
            Length = TimeSpan.FromMinutes(double.IsFinite(minutes) ? Math.Clamp(minutes, 0, 1e6) : 0),
        };
        if (trace is not null)
        {
            plan = plan with { Shares = DayCurve.Of(trace), Source = $"{Path.GetFileName(file)}, {trace.Column}" };
        }

        problems.AddRange(plan.Problems());
        if (parsed.GetValue(Keep))
        {
            problems.Add("--keep is of the short demo; leave it out with --day");
        }

        StartupException.ThrowIfAny(problems);
        return plan;
    }
}
