using Fleet.Lab.Load;
using Fleet.Lab.Report;

namespace Fleet.Lab.Demo;

/// <summary>Makes the report of a run.</summary>
internal static class DemoReportBuilder
{
    private static readonly string[] CommonNotes =
    [
        "Kernel default and tuned alternate in the order ABBA within one run; a pair of windows shares the noise of its moment.",
        DemoNotes.Latency,
        "A held window is 2 s of one node that holds the outcome of a search under one promise.",
    ];

    /// <summary>Puts the report together.</summary>
    public static async Task<DemoReport> BuildAsync(
        DemoScript script,
        IDemoPlant plant,
        string? plantReason,
        DemoOptions options,
        DateTimeOffset started,
        CancellationToken cancellation)
    {
        DemoRecord record = script.Record;
        var comparison = Comparison.Of(record.Windows);
        IReadOnlyList<DemoClaim> claims = ReportClaims.Judge(comparison, record.Held, record.Load.Failed, options.Plan.FirstSlaUs);
        VisitedSetting[] settings =
            [.. (await plant.SettingsAsync(cancellation)).Select(s => s with { SlaUs = record.SlaAt(s.AtSeconds) })];
        string source = DemoNotes.PowerSource(script.Nodes);
        return new DemoReport(
            DemoReport.SchemaName,
            plant.Kind,
            plantReason,
            started,
            Math.Round(plant.Elapsed.TotalSeconds, 1),
            options.Servers,
            plant.OfferedQps,
            options.Seed,
            source,
            claims.All(c => c.Holds),
            claims,
            comparison,
            record.Held,
            LoadResult.Of(new LoadOptions { Host = "pool", Port = 1, Qps = plant.OfferedQps, Seed = options.Seed }, record.Load),
            record.Phases,
            [.. script.Nodes.Select(n => new ReportNode(n.Id, n.SettingText, n.Phase, n.Trials, n.Reason))],
            record.Windows,
            record.Series,
            settings,
            DemoNotes.All(CommonNotes, plant, source));
    }
}
