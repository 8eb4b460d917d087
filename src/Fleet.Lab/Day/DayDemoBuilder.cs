using Fleet.Lab.Demo;
using Fleet.Lab.Load;
using Fleet.Lab.Report;

namespace Fleet.Lab.Day;

/// <summary>Makes the report of a replayed day.</summary>
internal static class DayDemoBuilder
{
    private static readonly string[] CommonNotes =
    [
        "Every hour is played twice in the same run: by the kernel default with the load spread evenly, and by the fleet's control, which tunes "
            + "the servers and plans who carries load. Blocks of hours alternate in the order ABBA; the pair of a window is its hour.",
        "The pool is replicated: every server has every key, so weights move reads and no key, and a parked server still takes the writes.",
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"A plan gives one server at most {PlannedPool.Compressed.MostNodeShare:P0} of the peak, which stands for the most that it carries, and ")
            + "keeps one server more than the load needs.",
        "The servers learn at peak load before the day; the searches that the day itself needs are in the fleet's hours.",
        DemoNotes.Latency,
        "A held window is 2 s of one node that holds the outcome of a search under the promise.",
        "Power and server CPU are of all members of the pool, parked ones included.",
    ];

    /// <summary>Puts the report together.</summary>
    public static async Task<DayDemoReport> BuildAsync(
        DayScript script, IDayPlant plant, string? plantReason, DayPlan plan, DateTimeOffset started, CancellationToken cancellation)
    {
        DemoRecord record = script.Record;
        var comparison = Comparison.Of(record.Windows);
        DaySample[] fleet = [.. script.Series.Where(s => s.Phase == "fleet" && s.Hour is not null)];
        DemoClaim[] claims = Claims(comparison, record, fleet, plan);
        string source = DemoNotes.PowerSource(script.Nodes);
        return new DayDemoReport(
            DayDemoReport.SchemaName,
            plant.Kind,
            plantReason,
            started,
            Math.Round(plant.Elapsed.TotalSeconds, 1),
            plan.Source,
            plan.Shares.Length,
            Math.Round(plan.HourLength.TotalSeconds, 3),
            plan.Blocks,
            plant.OfferedQps,
            plan.SlaUs,
            plan.Servers,
            plan.Seed,
            source,
            claims.All(c => c.Holds),
            claims,
            comparison,
            fleet.Length == 0 ? null : Math.Round(fleet.Average(s => s.ActiveNodes), 3),
            fleet.Length == 0 ? null : fleet.Min(s => s.ActiveNodes),
            fleet.Length == 0 ? null : Math.Round(fleet.Average(s => s.Nodes), 3),
            record.Held,
            LoadResult.Of(new LoadOptions { Host = "pool", Port = 1, Qps = plant.OfferedQps, Seed = plan.Seed }, record.Load),
            record.Phases,
            record.Windows,
            script.Series,
            [.. (await plant.SettingsAsync(cancellation)).Select(s => s with { SlaUs = plan.SlaUs })],
            DemoNotes.All(CommonNotes, plant, source));
    }

    private static DemoClaim[] Claims(Comparison? comparison, DemoRecord record, DaySample[] fleet, DayPlan plan)
    {
        double? active = fleet.Length == 0 ? null : fleet.Average(s => s.ActiveNodes);
        double members = fleet.Length == 0 ? 0 : fleet.Average(s => s.Nodes);
        return
        [
            .. ReportClaims.Judge(comparison, record.Held, record.Load.Failed, plan.SlaUs),
            new DemoClaim(
                "consolidated", "mean nodes with load in the fleet's hours, below the pool's members", active, Math.Round(members, 3), "nodes",
                active < members, false),
        ];
    }
}
