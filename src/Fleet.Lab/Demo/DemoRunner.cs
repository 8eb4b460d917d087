using Fleet.Hosting.Errors;
using Fleet.Lab.Lab;
using Fleet.Lab.Report;

namespace Fleet.Lab.Demo;

/// <summary>Runs the demo on the lab, or on the simulated pool where the lab cannot run, and writes its report.</summary>
public sealed class DemoRunner(DemoOptions options, IDemoDisplay display, TimeProvider time)
{
    /// <summary>Name of the page in the output folder.</summary>
    public const string HtmlFile = "report.html";

    /// <summary>Name of the data in the output folder.</summary>
    public const string JsonFile = "report.json";

    /// <summary>Runs all parts, removes what it made, and returns the report, which is on disk then.</summary>
    /// <exception cref="StartupException">Options are illegal; all problems together.</exception>
    public async Task<DemoReport> RunAsync(CancellationToken cancellation)
    {
        StartupException.ThrowIfAny(options.Problems());
        var lab = new LabOptions { Servers = options.Servers };
        IReadOnlyList<string> obstacles = [.. lab.Validate(), .. await LabPreflight.CheckAsync(lab, cancellation)];
        string? reason = obstacles.Count == 0 ? null : string.Join("; ", obstacles);
        if (reason is not null)
        {
            display.Say($"the lab cannot run here: {reason}");
            display.Say("the same loop runs on the simulated pool, on virtual time");
        }

        await using IDemoPlant plant = reason is null ? new LabPlant(options, lab, display, time) : new SimulatedPlant(options);
        DateTimeOffset started = time.GetUtcNow();
        var script = new DemoScript(plant, options.Plan, display);
        await script.RunAsync(cancellation);
        DemoReport report = await DemoReportBuilder.BuildAsync(script, plant, reason, options, started, cancellation);
        Write(report);
        return report;
    }

    private void Write(DemoReport report)
    {
        Directory.CreateDirectory(options.OutputDirectory);
        File.WriteAllText(Path.Combine(options.OutputDirectory, JsonFile), report.ToJson());
        File.WriteAllText(Path.Combine(options.OutputDirectory, HtmlFile), HtmlReport.Page(report));
    }
}
