using Fleet.Core.Measurement;
using Fleet.Lab.Load;
using Fleet.Lab.Report;

namespace Fleet.Lab.Demo;

/// <summary>Everything that a run leaves for its report.</summary>
internal sealed class DemoRecord
{
    private const double Percentile = 99;
    private readonly Dictionary<string, (DemoInterval Window, DemoNode Node)> _holding = new(StringComparer.Ordinal);
    private readonly Dictionary<double, HeldWindows> _held = [];

    /// <summary>Length of a held window.</summary>
    public static readonly TimeSpan HeldWindow = TimeSpan.FromSeconds(2);

    /// <summary>Parts of the run.</summary>
    public List<ReportPhase> Phases { get; } = [];

    /// <summary>One sample a tick.</summary>
    public List<ReportSample> Series { get; } = [];

    /// <summary>Compared windows.</summary>
    public List<ReportWindow> Windows { get; } = [];

    /// <summary>Promises in force, by when they began.</summary>
    public List<(double AtSeconds, double SlaUs)> Promises { get; } = [];

    /// <summary>The whole load.</summary>
    public LoadWindow Load { get; } = new();

    /// <summary>Held windows per promise, in the order of the promises.</summary>
    public IReadOnlyList<HeldWindows> Held => [.. _held.Values];

    /// <summary>The promise in force at a time.</summary>
    public double SlaAt(double seconds) => Promises.LastOrDefault(p => p.AtSeconds <= seconds, Promises.FirstOrDefault()).SlaUs;

    /// <summary>Starts a part of the run; ends the one before.</summary>
    public void BeginPhase(string name, double now)
    {
        EndPhase(now);
        Phases.Add(new ReportPhase(name, now, double.PositiveInfinity));
    }

    /// <summary>Ends the present part.</summary>
    public void EndPhase(double now)
    {
        if (Phases.Count > 0 && double.IsPositiveInfinity(Phases[^1].EndSeconds))
        {
            Phases[^1] = Phases[^1] with { EndSeconds = now };
        }
    }

    /// <summary>Takes what one tick measured.</summary>
    public void Add(DemoInterval tick, double slaUs, bool tuning)
    {
        Load.Add(tick.Load);
        Series.Add(new ReportSample(
            Round(tick.End.TotalSeconds),
            Phases.Count == 0 ? "" : Phases[^1].Name,
            slaUs,
            Round(tick.Load.Qps),
            At(tick.Load.Latency, Percentile),
            tick.Nodes.Where(n => n.Value.Count > 0).ToDictionary(n => n.Key, n => Round(n.Value.PercentileUs(Percentile))),
            Known(tick.CpuUsPerRequest),
            Known(tick.Watts),
            tick.Load.Failed));
        foreach (DemoNode node in tick.View)
        {
            Hold(tick, node, slaUs, tuning);
        }
    }

    /// <summary>Takes a compared window.</summary>
    public void AddWindow(int pair, bool tuned, DemoInterval window, double slaUs)
    {
        var all = new LatencyHistogram();
        foreach (LatencyHistogram node in window.Nodes.Values)
        {
            all.Add(node);
        }

        Windows.Add(new ReportWindow(
            pair,
            tuned,
            Round(window.Start.TotalSeconds),
            Round(window.Duration.TotalSeconds),
            window.Load.Succeeded,
            window.Load.Failed,
            At(window.Load.Latency, 50),
            At(window.Load.Latency, Percentile),
            At(all, Percentile),
            Known(window.Nodes.Values.Where(n => n.Count > 0).Select(n => (double?)n.PercentileUs(Percentile)).Max()),
            all.Count == 0 ? null : 1 - ((double)all.CountAboveUs(slaUs) / all.Count),
            Known(window.ServerCpuMs * 1000),
            Known(window.CpuUsPerRequest),
            Known(window.Watts),
            slaUs));
    }

    // A held window: a node that holds one setting from before the window's start to its end, under one promise.
    private void Hold(DemoInterval tick, DemoNode node, double slaUs, bool tuning)
    {
        bool holds = tuning && node.Holds && node.Membership == "active";
        bool goesOn = holds && _holding.TryGetValue(node.Id, out var held) && held.Node.SettingText == node.SettingText;
        if (!holds)
        {
            _holding.Remove(node.Id);
            return;
        }

        if (!goesOn)
        {
            // The tick in which a node began to hold has other settings in it: the window starts with the next one.
            _holding[node.Id] = (new DemoInterval { Start = tick.End }, node);
            return;
        }

        DemoInterval window = _holding[node.Id].Window;
        window.Append(tick);
        if (window.Duration >= HeldWindow)
        {
            Judge(window, node.Id, slaUs);
            _holding[node.Id] = (new DemoInterval { Start = tick.End }, node);
        }
    }

    /// <summary>Forgets windows under way: what is in force changes.</summary>
    public void BreakHolds() => _holding.Clear();

    private void Judge(DemoInterval window, string node, double slaUs)
    {
        if (!window.Nodes.TryGetValue(node, out LatencyHistogram? latency) || latency.Count == 0)
        {
            return;
        }

        HeldWindows sum = _held.GetValueOrDefault(slaUs) ?? new HeldWindows(slaUs, 0, 0, 0, 0);
        _held[slaUs] = sum with
        {
            Windows = sum.Windows + 1,
            Met = sum.Met + (latency.PercentileUs(Percentile) <= slaUs ? 1 : 0),
            Requests = sum.Requests + latency.Count,
            RequestsWithin = sum.RequestsWithin + latency.Count - latency.CountAboveUs(slaUs),
        };
    }

    private static double? At(LatencyHistogram latency, double percentile) =>
        latency.Count == 0 ? null : Round(latency.PercentileUs(percentile));

    private static double? Known(double? value) => value is { } v && double.IsFinite(v) ? Math.Round(v, 3) : null;

    private static double Round(double value) => Math.Round(value, 3);
}
