using System.Globalization;

namespace Fleet.Lab.Report;

/// <summary>The plots of a demo's report.</summary>
internal static class ReportPlots
{
    /// <summary>Latency against cost of every setting that the tuners measured; those below the promise's line keep it.</summary>
    public static SvgPlot Pareto(DemoReport report)
    {
        VisitedSetting[] measured = [.. report.Settings.Where(s => s.Watts is not null && s.P99Us is not null)];
        double[] promises = [.. report.Phases.Count > 0 ? report.Series.Select(s => s.SlaUs).Distinct() : []];
        var plot = new SvgPlot(
            "visited settings",
            PlotAxis.Around($"power of the node, W ({report.PowerSource})", measured.Select(s => s.Watts!.Value)),
            PlotAxis.Around(
                "latency at the promise's percentile, us", measured.Select(s => s.P99Us!.Value).Concat(promises), logarithmic: true),
            340);
        double low = measured.Length == 0 ? 1 : measured.Min(s => s.Watts!.Value);
        double high = measured.Length == 0 ? 10 : measured.Max(s => s.Watts!.Value);
        foreach (double promise in promises)
        {
            plot.Level(promise, low, high, "sla", Text($"promise {promise:0} us"));
        }

        foreach (VisitedSetting setting in measured)
        {
            string style = setting.Setting == "default" ? "dot plain" : setting.P99Us <= setting.SlaUs ? "dot good" : "dot bad";
            plot.Dot(
                setting.Watts!.Value,
                setting.P99Us!.Value,
                style,
                Text($"{setting.Node} {setting.Setting}: {setting.Watts:0.00} W, {setting.P99Us:0} us, {setting.Qps:0}/s ({setting.Kind})"));
        }

        return plot;
    }

    /// <summary>Server CPU per request over time.</summary>
    public static SvgPlot Cpu(DemoReport report) => Timeline(
        report,
        "server CPU per request",
        PlotAxis.Around("server CPU, us per request", report.Series.Select(s => s.CpuUsPerRequest ?? double.NaN), fromZero: true))
        .Line(report.Series.Select(s => (s.AtSeconds, s.CpuUsPerRequest)), "s0", "server CPU per request");

    /// <summary>Power over time.</summary>
    public static SvgPlot Power(DemoReport report) => Timeline(
        report,
        "power",
        PlotAxis.Around($"power of all nodes, W ({report.PowerSource})", report.Series.Select(s => s.Watts ?? double.NaN)),
        200)
        .Line(report.Series.Select(s => (s.AtSeconds, s.Watts)), "s1", $"power ({report.PowerSource})");

    /// <summary>p99 per node and at the load over time, with the promise.</summary>
    public static SvgPlot Latency(DemoReport report)
    {
        IEnumerable<double> all = report.Series
            .SelectMany(s => s.NodeP99Us.Values.Append(s.SlaUs).Append(s.ClientP99Us ?? double.NaN));
        SvgPlot plot = Timeline(report, "p99", PlotAxis.Around("p99, us", all, logarithmic: true), 340);
        plot.Line(report.Series.Select(s => (s.AtSeconds, s.ClientP99Us)), "client", "at the load, from when due");
        string[] nodes = [.. report.Series.SelectMany(s => s.NodeP99Us.Keys).Distinct().Order(StringComparer.Ordinal)];
        for (int i = 0; i < nodes.Length; i++)
        {
            plot.Line(
                report.Series.Select(s => (s.AtSeconds, s.NodeP99Us.TryGetValue(nodes[i], out double us) ? us : (double?)null)),
                $"s{i % 6}",
                nodes[i]);
        }

        return plot.Line(report.Series.Select(s => (s.AtSeconds, (double?)s.SlaUs)), "promise", "promise");
    }

    /// <summary>The interleaved windows: server CPU per request of both sides.</summary>
    public static SvgPlot Pairs(DemoReport report)
    {
        ReportWindow[] windows = [.. report.Windows.Where(w => w.CpuUsPerRequest is not null)];
        var plot = new SvgPlot(
            "interleaved windows",
            PlotAxis.Around("seconds", windows.Select(w => w.StartSeconds)),
            PlotAxis.Around("server CPU, us per request", windows.Select(w => w.CpuUsPerRequest!.Value), fromZero: true),
            240);
        foreach (ReportWindow w in windows)
        {
            plot.Dot(
                w.StartSeconds,
                w.CpuUsPerRequest!.Value,
                w.Tuned ? "dot good" : "dot plain",
                Text($"pair {w.Pair} {(w.Tuned ? "tuned" : "kernel default")}: {w.CpuUsPerRequest:0.0} us, p99 {w.WorstNodeP99Us:0} us"));
        }

        return plot;
    }

    private static SvgPlot Timeline(DemoReport report, string name, PlotAxis y, double height = 280)
    {
        double end = report.Series.Count == 0 ? 1 : report.Series[^1].AtSeconds;
        var plot = new SvgPlot(name, new PlotAxis("seconds", 0, end), y, height);
        for (int i = 0; i < report.Phases.Count; i++)
        {
            ReportPhase phase = report.Phases[i];
            plot.Band(phase.StartSeconds, Math.Min(phase.EndSeconds, end), i % 2 == 1, phase.Name);
        }

        return plot;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
