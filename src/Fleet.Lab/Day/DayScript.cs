using System.Globalization;
using Fleet.Core.Measurement;
using Fleet.Lab.Demo;

namespace Fleet.Lab.Day;

/// <summary>
/// A day on any plant. The servers learn at peak load; then the day is played in blocks of hours, each block twice: with the kernel default
/// and the load spread evenly, and with the fleet's control, which tunes and plans who is active. The sides take turns in the order ABBA, so
/// a drift of the machine falls on both alike. After the first block a server joins, before the last one leaves, both under load.
/// </summary>
internal sealed class DayScript(IDayPlant plant, DayPlan plan, IDemoDisplay display)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private bool _fleet;
    private string _phase = "start";
    private double? _hour;

    /// <summary>What the demo's own record keeps: load, held windows, compared windows.</summary>
    public DemoRecord Record { get; } = new();

    /// <summary>One sample a second.</summary>
    public List<DaySample> Series { get; } = [];

    /// <summary>The pool's nodes as last seen.</summary>
    public IReadOnlyList<DemoNode> Nodes { get; private set; } = [];

    /// <summary>Plays the day.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        Begin("start", "building servers, proxy and controller; storing the keys");
        await plant.StartAsync(plan.SlaUs, cancellation);
        Record.Promises.Add((0, plan.SlaUs));

        plant.SetLoad(Qps(plan.Shares.Max()));
        Begin("learn", Text($"peak load, promise 99 % within {plan.SlaUs:0} us: every node searches for its cheapest setting"));
        await SideAsync(true, cancellation);
        int held = 0;
        await TicksUntil(
            plan.LearnLimit,
            t => (held = t.View.Count > 0 && t.View.All(n => n.Holds || n.Membership == "parked") ? held + 1 : 0) >= 4,
            cancellation);

        for (int block = 0; block < plan.Blocks; block++)
        {
            bool fleetFirst = block % 2 == 1;
            await BlockAsync(block, fleetFirst, cancellation);
            await BlockAsync(block, !fleetFirst, cancellation);
            await ChangeMembersAsync(block, cancellation);
        }

        Record.EndPhase(plant.Elapsed.TotalSeconds);
    }

    private async Task BlockAsync(int block, bool fleet, CancellationToken cancellation)
    {
        Range hours = plan.HoursOf(block);
        string side = fleet ? "fleet" : "default";
        Begin(side, Text($"hours {hours.Start} to {hours.End}, {(fleet ? "tuned and planned" : "kernel default, load spread evenly")}"));
        plant.SetLoad(Qps(plan.Shares[hours.Start.Value]));
        await SideAsync(fleet, cancellation);
        await TicksUntil(plan.Settle, _ => false, cancellation);
        for (int hour = hours.Start.Value; hour < hours.End.Value; hour++)
        {
            plant.SetLoad(Qps(plan.Shares[hour]));
            TimeSpan from = plant.Elapsed;
            var window = new DemoInterval { Start = from };
            while (plant.Elapsed - from < plan.HourLength - TimeSpan.FromMilliseconds(50))
            {
                TimeSpan left = plan.HourLength - (plant.Elapsed - from);
                _hour = hour + Math.Clamp((plant.Elapsed - from) / plan.HourLength, 0, 0.999);
                window.Append(await Tick(left < Second ? left : Second, cancellation));
            }

            _hour = null;
            Record.AddWindow(hour, fleet, window, plan.SlaUs);
        }
    }

    // Blocks end with the fleet's side when their number is even, so that both changes meet the planner at work.
    private async Task ChangeMembersAsync(int block, CancellationToken cancellation)
    {
        if (block == 0)
        {
            Begin("join", "a server joins under load");
            string joining = await plant.AddNodeAsync(cancellation);
            bool joined = await TicksUntil(
                plan.ChangeLimit,
                t => t.View.Any(n => n.Id == joining && n.Membership is "active" or "parked") && t.ChangeInProgress.Length == 0,
                cancellation);
            display.Say(joined ? $"node {joining} is a member" : Text($"node {joining} is no member in {plan.ChangeLimit.TotalSeconds:0} s"));
        }
        else if (block == (plan.Blocks - 1) / 2 * 2 && Nodes.Count > 2)
        {
            string leaving = Nodes[0].Id;
            Begin("leave", $"node {leaving} is removed under load");
            await plant.RemoveNodeAsync(leaving, cancellation);
            bool left = await TicksUntil(
                plan.ChangeLimit, t => t.View.All(n => n.Id != leaving) && t.ChangeInProgress.Length == 0, cancellation);
            display.Say(left ? $"node {leaving} has left" : Text($"node {leaving} has not left within {plan.ChangeLimit.TotalSeconds:0} s"));
        }
    }

    private async Task SideAsync(bool fleet, CancellationToken cancellation)
    {
        if (fleet != _fleet)
        {
            Record.BreakHolds();
            _fleet = fleet;
            await plant.SetPoolAsync(plan.SlaUs, fleet, cancellation);
        }
    }

    private async Task<bool> TicksUntil(TimeSpan limit, Func<DemoInterval, bool> done, CancellationToken cancellation)
    {
        TimeSpan until = plant.Elapsed + limit;
        while (plant.Elapsed < until)
        {
            if (done(await Tick(Second, cancellation)))
            {
                return true;
            }
        }

        return false;
    }

    private async Task<DemoInterval> Tick(TimeSpan length, CancellationToken cancellation)
    {
        DemoInterval tick = await plant.RunAsync(length, cancellation);
        Nodes = tick.View;
        Record.Add(tick, plan.SlaUs, _fleet);
        LatencyHistogram[] nodes = [.. tick.Nodes.Values.Where(n => n.Count > 0)];
        Series.Add(new DaySample(
            Math.Round(tick.End.TotalSeconds, 2),
            _phase,
            _hour is { } hour ? Math.Round(hour, 3) : null,
            Math.Round(tick.Load.Qps, 1),
            tick.Load.Latency.Count > 0 ? Math.Round(tick.Load.Latency.PercentileUs(99), 1) : null,
            nodes.Length > 0 ? Math.Round(nodes.Max(n => n.PercentileUs(99)), 1) : null,
            Known(tick.CpuUsPerRequest),
            Known(tick.Watts),
            tick.View.Count(n => n.Membership is not ("parked" or "failed" or "lost")),
            tick.View.Count,
            tick.View.ToDictionary(n => n.Id, n => n.Membership == "parked" ? "parked" : n.ShortSetting, StringComparer.Ordinal),
            tick.ChangeInProgress,
            tick.Load.Failed));
        display.Show(tick, plan.SlaUs);
        return tick;
    }

    private void Begin(string phase, string text)
    {
        _phase = phase;
        Record.BeginPhase(phase, plant.Elapsed.TotalSeconds);
        display.Begin(phase, text);
    }

    private double Qps(double share) => Math.Max(1, share * plant.OfferedQps);

    private static double? Known(double? value) => value is { } v && double.IsFinite(v) ? Math.Round(v, 3) : null;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
