using Fleet.Hosting.Errors;
using Fleet.Lab.Demo;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Day;

/// <summary>Replays a day on the lab, or on the simulated pool where the lab cannot run, and writes its report.</summary>
public sealed class DayRunner(DayPlan plan, string folder, IDemoDisplay display, TimeProvider time)
{
    /// <summary>Plays the day, removes what it made, and returns the report, which is on disk then.</summary>
    /// <exception cref="StartupException">The plan is illegal; all problems together.</exception>
    public async Task<DayDemoReport> RunAsync(CancellationToken cancellation)
    {
        DemoOptions options = Options();
        StartupException.ThrowIfAny([.. plan.Problems().Union(options.Problems())]);
        var lab = new LabOptions { Servers = plan.Servers };
        IReadOnlyList<string> obstacles = [.. lab.Validate(), .. await LabPreflight.CheckAsync(lab, cancellation)];
        string? reason = obstacles.Count == 0 ? null : string.Join("; ", obstacles);
        if (reason is not null)
        {
            display.Say($"the lab cannot run here: {reason}");
            display.Say("the same day is played on the simulated pool, on virtual time");
        }

        await using IDayPlant plant = reason is null
            ? new LabPlant(options, lab, display, time, PlannedPool.Compressed)
            : new SimulatedPlant(options, PlannedPool.Compressed);
        DateTimeOffset started = time.GetUtcNow();
        var script = new DayScript(plant, plan, display);
        await script.RunAsync(cancellation);
        DayDemoReport report = await DayDemoBuilder.BuildAsync(script, plant, reason, plan, started, cancellation);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, DemoRunner.JsonFile), report.ToJson(), cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder, DemoRunner.HtmlFile), DayDemoPage.Of(report), cancellation);
        return report;
    }

    private DemoOptions Options() => new()
    {
        Servers = plan.Servers, Qps = plan.PeakQps, Seed = plan.Seed, OutputDirectory = folder,
    };
}
