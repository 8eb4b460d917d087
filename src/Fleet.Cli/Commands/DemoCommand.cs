using System.CommandLine;
using Fleet.Cli.Demo;
using Fleet.Lab.Demo;
using Fleet.Lab.Report;

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

    /// <summary>Builds the command. Exit code 1: a request failed, the promise was missed, or the run broke off.</summary>
    public static Command Create()
    {
        var command = new Command(
            "demo",
            "Tunes real memcached servers under load and compares the kernel default with the tuned settings (under five minutes). "
                + "Exit code 1 when a request failed or the promise was not kept in 95 % of the held windows.")
        {
            Servers, Qps, Seed, Out, Json, Keep,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
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
}
