using System.Globalization;
using Fleet.Lab.Demo;

namespace Fleet.Cli.Demo;

/// <summary>A run as plain lines, for pipes and logs: one per node every five seconds, and every event.</summary>
internal sealed class LineDisplay(TextWriter output) : IDemoDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private TimeSpan _next;

    /// <inheritdoc/>
    public void Begin(string phase, string text) => output.WriteLine($"== {phase}: {text}");

    /// <inheritdoc/>
    public void Say(string text) => output.WriteLine($"   {text}");

    /// <inheritdoc/>
    public void Show(DemoInterval second, double slaUs)
    {
        if (second.End < _next)
        {
            return;
        }

        _next = second.End + Interval;
        output.WriteLine(Totals(second, slaUs));
        foreach (DemoNode node in second.View)
        {
            output.WriteLine("   " + string.Join("  ", Cells(node)));
        }
    }

    /// <summary>The pool in one line.</summary>
    public static string Totals(DemoInterval second, double slaUs)
    {
        string change = second.ChangeInProgress.Length > 0 ? $", {second.ChangeInProgress}" : "";
        string p99 = second.Load.Latency.Count == 0 ? "-" : F($"{second.Load.Latency.PercentileUs(99):0}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{second.End.TotalSeconds,6:0.0} s  {second.Load.Qps:0} req/s, p99 at the load {p99} us, promise {slaUs:0} us, server CPU ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"{second.CpuUsPerRequest:0.0} us/req, {second.Watts:0.00} W, failed {second.Load.Failed}{change}");
    }

    /// <summary>A node's figures: id, phase, load, p99, power with its source, saving, CPU, setting.</summary>
    public static string[] Cells(DemoNode n) =>
    [
        n.Id,
        n.Membership == "active" ? n.Phase : n.Membership,
        F($"{n.Qps:0}/s"),
        n.P99Us is null ? "p99 -" : F($"p99 {n.P99Us:0} us"),
        n.Watts is null ? "no power" : F($"{n.Watts:0.00} W ({n.PowerSource})"),
        n.SavedRatio is null ? "saved -" : F($"saved {n.SavedRatio:P0}"),
        n.CpuUsPerRequest is null ? "cpu -" : F($"{n.CpuUsPerRequest:0.0} us/req"),
        n.ShortSetting,
    ];

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
