using Fleet.Lab.Load;
using Fleet.Lab.Report;

namespace Fleet.Lab.Demo;

/// <summary>Makes the report of a run.</summary>
internal static class DemoReportBuilder
{
    private static readonly string[] CommonNotes =
    [
        "Kernel default and tuned alternate in the order ABBA within one run; a pair of windows shares the noise of its moment.",
        "Latency at the nodes is from the proxy's send to the node's reply and is what the promise is about; latency at the load counts "
            + "from when a request was due and includes the proxy and the load itself.",
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
        string source = script.Nodes.Select(n => n.PowerSource).FirstOrDefault(s => s.Length > 0) ?? "unknown";
        string power = source == "model" ? "Power is estimated from CPU time by the agents' model; it is not a measurement." : "";
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
            [.. CommonNotes.Concat(plant.Notes).Append(power).Where(n => n.Length > 0)]);
    }
}
