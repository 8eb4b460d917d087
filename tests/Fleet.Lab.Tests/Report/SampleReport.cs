using Fleet.Core.Measurement;
using Fleet.Lab.Load;
using Fleet.Lab.Report;

namespace Fleet.Lab.Tests.Report;

/// <summary>A small report with every part filled.</summary>
internal static class SampleReport
{
    public static ReportWindow Window(int pair, bool tuned, double cpuUs, long requests = 1000) => new(
        pair, tuned, (pair * 8) + (tuned ? 4 : 0), 3, requests, 0, 60, 150, 120, tuned ? 400 : 130, 0.995, cpuUs * requests, cpuUs,
        tuned ? 2 : 4, 500);

    public static DemoReport Create()
    {
        ReportWindow[] windows =
            [.. Enumerable.Range(1, 4).SelectMany(p => new[] { Window(p, true, 9 + (p * 0.1)), Window(p, false, 20) })];
        HeldWindows[] held = [new HeldWindows(500, 40, 39, 80_000, 79_500), new HeldWindows(200, 0, 0, 0, 0)];
        var comparison = Comparison.Of(windows);
        IReadOnlyList<DemoClaim> claims = ReportClaims.Judge(comparison, held, 0, 500);
        var load = new LoadWindow();
        load.Latency.RecordUs(100);
        return new DemoReport(
            DemoReport.SchemaName, "lab", null, DateTimeOffset.UnixEpoch, 120, 3, 15_000, 1, "model", claims.All(c => c.Holds), claims,
            comparison, held, LoadResult.Of(new LoadOptions { Host = "pool", Port = 1 }, load),
            [new ReportPhase("default", 0, 60), new ReportPhase("tune <fast>", 60, 120)],
            [new ReportNode("s1", "napi.gro_flush_timeout_us=400", "hold", 12, "p99 & power")],
            windows,
            [.. Enumerable.Range(1, 120).Select(s => new ReportSample(
                s, s <= 60 ? "default" : "tune", 500, 15_000, s == 30 ? null : 200 + s,
                new Dictionary<string, double> { ["s1"] = 100 + s, ["s2"] = 120 + s }, 20 - (s / 20.0), 4, 0))],
            [
                new VisitedSetting(61, "s1", "default", "probe", "start", 5000, 4, 80, 500, "first"),
                new VisitedSetting(64, "s1", "napi.gro_flush_timeout_us=400", "probe", "start", 5000, 2, 450, 500, "gain <40 %>"),
                new VisitedSetting(67, "s2", "napi.gro_flush_timeout_us=800", "probe", "start", 5000, 1.8, 900, 500, "\"far\""),
                new VisitedSetting(70, "s2", "napi.gro_flush_timeout_us=400", "hold", "start", 5000, null, null, 500, "no figures"),
            ],
            ["Power is estimated from CPU time by the agents' model; it is not a measurement."]);
    }

    public static LatencyHistogram Latencies(int count, double us)
    {
        var histogram = new LatencyHistogram();
        for (int i = 0; i < count; i++)
        {
            histogram.RecordUs(us);
        }

        return histogram;
    }
}
