using System.Globalization;

namespace Fleet.Lab.Demo;

/// <summary>
/// The parts of a demo, on any plant: kernel default; tuning under the first promise; interleaved windows of default and tuned; the second
/// promise; one node removed and one added under load.
/// </summary>
internal sealed class DemoScript(IDemoPlant plant, DemoPlan plan, IDemoDisplay display)
{
    private double _slaUs = plan.FirstSlaUs;
    private bool _tuning;

    /// <summary>What was measured so far.</summary>
    public DemoRecord Record { get; } = new();

    /// <summary>The pool's nodes as last seen.</summary>
    public IReadOnlyList<DemoNode> Nodes { get; private set; } = [];

    /// <summary>Runs all parts.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        Begin("start", "building servers, proxy and controller; storing the keys");
        await plant.StartAsync(_slaUs, cancellation);
        Record.Promises.Add((0, _slaUs));

        Begin("default", "kernel default, nothing tuned");
        await Ticks(plan.Baseline, cancellation);

        Begin("tune", Text($"promise: 99 % within {_slaUs:0} us; every node searches for its cheapest setting"));
        await SetAsync(plan.FirstSlaUs, true, cancellation);
        await TicksUntilHeld(plan.TuneLimit, cancellation);

        Begin("compare", Text($"{plan.Pairs} pairs of windows, kernel default and tuned in turn (ABBA)"));
        await Compare(cancellation);

        Begin("retune", Text($"the promise is changed live to 99 % within {plan.SecondSlaUs:0} us"));
        await SetAsync(plan.SecondSlaUs, true, cancellation);
        await TicksUntilHeld(plan.RetuneLimit, cancellation);
        await Ticks(plan.Watch, cancellation);

        await ChangeMembers(cancellation);
        Record.EndPhase(plant.Elapsed.TotalSeconds);
    }

    private async Task Compare(CancellationToken cancellation)
    {
        for (int pair = 1; pair <= plan.Pairs; pair++)
        {
            // ABBA: a drift of the machine over the run falls on both sides alike.
            bool tunedFirst = pair % 2 == 1;
            await Window(pair, tunedFirst, cancellation);
            await Window(pair, !tunedFirst, cancellation);
        }

        await SetAsync(_slaUs, true, cancellation);
    }

    private async Task Window(int pair, bool tuned, CancellationToken cancellation)
    {
        await SetAsync(_slaUs, tuned, cancellation);
        for (int i = 0; i < 10 && !Nodes.All(n => tuned ? n.Holds : n.AtDefault); i++)
        {
            await Tick(TimeSpan.FromMilliseconds(500), cancellation);
        }

        await Tick(plan.Settle, cancellation);
        TimeSpan from = plant.Elapsed;
        DemoInterval? window = null;
        while (plant.Elapsed - from < plan.Window - TimeSpan.FromMilliseconds(50))
        {
            DemoInterval tick = await Tick(plan.Tick, cancellation);
            window ??= new DemoInterval { Start = tick.Start };
            window.Append(tick);
        }

        Record.AddWindow(pair, tuned, window!, _slaUs);
    }

    private async Task ChangeMembers(CancellationToken cancellation)
    {
        string leaving = Nodes[^1].Id;
        Begin("remove", $"node {leaving} is removed under load");
        await plant.RemoveNodeAsync(leaving, cancellation);
        bool left = await TicksUntil(
            plan.ChangeLimit, t => t.View.All(n => n.Id != leaving) && t.ChangeInProgress.Length == 0, cancellation);
        display.Say(left ? $"node {leaving} has left" : $"node {leaving} has not left within {plan.ChangeLimit.TotalSeconds:0} s");
        await Ticks(plan.AfterChange, cancellation);

        Begin("add", "a new node is added under load");
        string joining = await plant.AddNodeAsync(cancellation);
        bool joined = await TicksUntil(
            plan.ChangeLimit,
            t => t.View.Any(n => n.Id == joining && n.Membership == "active") && t.ChangeInProgress.Length == 0,
            cancellation);
        display.Say(joined ? $"node {joining} serves its share" : $"node {joining} is not active in {plan.ChangeLimit.TotalSeconds:0} s");
        await Ticks(plan.AfterChange, cancellation);
    }

    private async Task SetAsync(double slaUs, bool tuning, CancellationToken cancellation)
    {
        if (slaUs == _slaUs && tuning == _tuning)
        {
            return;
        }

        Record.BreakHolds();
        if (slaUs != _slaUs)
        {
            Record.Promises.Add((plant.Elapsed.TotalSeconds, slaUs));
        }

        (_slaUs, _tuning) = (slaUs, tuning);
        await plant.SetPoolAsync(slaUs, tuning, cancellation);
    }

    private Task<bool> TicksUntilHeld(TimeSpan limit, CancellationToken cancellation)
    {
        int heldTicks = 0;
        return TicksUntil(
            limit,
            tick =>
            {
                heldTicks = tick.View.Count > 0 && tick.View.All(n => n.Holds) ? heldTicks + 1 : 0;
                return heldTicks >= 4;
            },
            cancellation);
    }

    private async Task<bool> TicksUntil(TimeSpan limit, Func<DemoInterval, bool> done, CancellationToken cancellation)
    {
        TimeSpan until = plant.Elapsed + limit;
        while (plant.Elapsed < until)
        {
            if (done(await Tick(plan.Tick, cancellation)))
            {
                return true;
            }
        }

        return false;
    }

    private Task<bool> Ticks(TimeSpan time, CancellationToken cancellation) => TicksUntil(time, _ => false, cancellation);

    private async Task<DemoInterval> Tick(TimeSpan length, CancellationToken cancellation)
    {
        DemoInterval tick = await plant.RunAsync(length, cancellation);
        Nodes = tick.View;
        Record.Add(tick, _slaUs, _tuning);
        display.Show(tick, _slaUs);
        return tick;
    }

    private void Begin(string phase, string text)
    {
        Record.BeginPhase(phase, plant.Elapsed.TotalSeconds);
        display.Begin(phase, text);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
