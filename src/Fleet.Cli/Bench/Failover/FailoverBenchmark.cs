using Fleet.Lab.Load;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Cli.Bench.Failover;

/// <summary>
/// Strikes at the owner of a pool while its tuner is in a chosen phase and clients send requests, and looks what agents, clients and the
/// database saw of it.
/// </summary>
internal sealed class FailoverBenchmark
{
    private const double PromiseUs = 200_000;
    private const double ImpossibleUs = 10;

    private readonly FailoverFleet _fleet;
    private readonly LoadGenerator _load;
    private readonly TimeSpan _pause;
    private readonly TimeProvider _time;
    private double _percentile = 90;

    private FailoverBenchmark(FailoverFleet fleet, LoadGenerator load, TimeSpan pause, TimeProvider time) =>
        (_fleet, _load, _pause, _time) = (fleet, load, pause, time);

    /// <summary>Runs strikes one after the other.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="strikes">What to do and when.</param>
    /// <param name="pause">How long a controller is stopped or cut off.</param>
    /// <param name="progress">Told before each strike.</param>
    /// <param name="time">Clock.</param>
    /// <param name="ct">Gives up.</param>
    public static async Task<IReadOnlyList<FailoverRow>> RunAsync(
        FailoverFleet fleet,
        IReadOnlyList<(FailoverPhase Phase, FailoverStrike Strike)> strikes,
        TimeSpan pause,
        Action<string> progress,
        TimeProvider time,
        CancellationToken ct)
    {
        await RoutedAsync(fleet, time, ct).ConfigureAwait(false);
        using var load = new LoadGenerator(
            new LoadOptions
            {
                Host = "127.0.0.1", Port = FailoverFleet.FrontPort, Qps = 1000, Connections = 8, Keys = 500, Duration = null,
                RequestTimeout = TimeSpan.FromSeconds(20),
            },
            time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task<LoadWindow> total = load.RunAsync(null, stop.Token);
        var benchmark = new FailoverBenchmark(fleet, load, pause, time);
        var rows = new List<FailoverRow>();
        foreach ((FailoverPhase phase, FailoverStrike strike) in strikes)
        {
            progress($"{Word(phase)} {Word(strike)}");
            rows.Add(await benchmark.StrikeAsync(phase, strike, ct).ConfigureAwait(false));
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await total.ConfigureAwait(false);
        return rows;
    }

    private async Task<FailoverRow> StrikeAsync(FailoverPhase phase, FailoverStrike strike, CancellationToken ct)
    {
        await Until.TrueAsync(
            async () => await _fleet.Database.AliveAsync().ConfigureAwait(false) == FailoverFleet.Controllers, "three controllers live", _time, ct)
            .ConfigureAwait(false);
        await _load.CutAsync().ConfigureAwait(false);
        await ReachAsync(phase, ct).ConfigureAwait(false);
        (int struck, string id, long oldEpoch) = await OwnerAsync(ct).ConfigureAwait(false);
        int moved = _fleet.Controller(struck).Times("moved to another controller");
        IReadOnlyList<AgentAct>[] before = [.. _fleet.Audits.Select(a => a.Read())];
        DateTime heartbeat = await _fleet.Database.HeartbeatAsync(id).ConfigureAwait(false);
        DateTime at = await _fleet.Database.NowAsync().ConfigureAwait(false);
        DateTimeOffset wall = _time.GetUtcNow();
        Strike(struck, strike);
        if (strike == FailoverStrike.Stop)
        {
            // What was on its way when the owner stopped arrives before its successor's first command, or must be refused.
            heartbeat = await _fleet.Database.HeartbeatAsync(id).ConfigureAwait(false);
        }

        await Until.TrueAsync(
            async () => await _fleet.OwnerAsync().ConfigureAwait(false) is { } now && now.Epoch > oldEpoch,
            "another controller owns the pool", _time, ct).ConfigureAwait(false);
        (_, _, long newEpoch) = await OwnerAsync(ct).ConfigureAwait(false);
        _fleet.Agents.ForEach(a => a.Signal("CONT"));
        await RecoverAsync(struck, strike, moved, wall, ct).ConfigureAwait(false);
        await Until.TrueAsync(
            () => Task.FromResult(_fleet.Audits.All(a => a.Read().Any(e => e is { Done: true } && e.Epoch >= newEpoch))),
            "every agent obeyed the new owner", _time, ct).ConfigureAwait(false);
        (double sinceStrike, double sinceHeartbeat) =
            await _fleet.Database.TakeOverAsync(FailoverFleet.Pool, newEpoch, at, heartbeat).ConfigureAwait(false);
        LoadWindow window = await _load.CutAsync().ConfigureAwait(false);
        IReadOnlyList<AgentAct>[] after = [.. _fleet.Audits.Select(a => a.Read())];
        (int exploring, double settled) = Settled(after, wall, oldEpoch);
        return new FailoverRow(
            Word(phase), Word(strike), Math.Round(sinceStrike, 2), Math.Round(sinceHeartbeat, 2), oldEpoch, newEpoch, after.Sum(AgentAudit.Stale),
            after.Zip(before).Sum(p => p.First.Skip(p.Second.Count).Count(a => !a.Done && a.Epoch == oldEpoch)),
            window.Succeeded, window.Failed, exploring, Math.Round(settled, 2));
    }

    private void Strike(int struck, FailoverStrike strike)
    {
        switch (strike)
        {
            case FailoverStrike.Kill:
                _fleet.Controller(struck).Signal("KILL");
                break;
            case FailoverStrike.Stop:
                _fleet.Controller(struck).Signal("STOP");
                break;
            default:
                _fleet.Cut(struck, off: true);
                break;
        }
    }

    /// <summary>Brings the struck controller back; one that was away must notice that its lease moved.</summary>
    private async Task RecoverAsync(int struck, FailoverStrike strike, int moved, DateTimeOffset since, CancellationToken ct)
    {
        if (strike == FailoverStrike.Kill)
        {
            await _fleet.StartControllerAsync(struck, ct).ConfigureAwait(false);
            return;
        }

        TimeSpan rest = _pause - (_time.GetUtcNow() - since);
        if (rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, _time, ct).ConfigureAwait(false);
        }

        if (strike == FailoverStrike.Stop)
        {
            _fleet.Controller(struck).Signal("CONT");
        }
        else
        {
            _fleet.Cut(struck, off: false);
        }

        await Until.TrueAsync(
            () => Task.FromResult(_fleet.Controller(struck).Times("moved to another controller") > moved), "the struck controller noticed", _time, ct)
            .ConfigureAwait(false);
    }

    /// <summary>Nodes whose last act before the successor's first was a probe, and how long after the strike the last one was taken back.</summary>
    private static (int Exploring, double SettledAfterSeconds) Settled(
        IReadOnlyList<AgentAct>[] agents, DateTimeOffset strike, long oldEpoch)
    {
        (int exploring, double longest) = (0, 0);
        foreach (IReadOnlyList<AgentAct> acts in agents)
        {
            List<AgentAct> done = [.. acts.Where(a => a.Done)];
            int last = done.FindLastIndex(a => a.Epoch is { } epoch && epoch <= oldEpoch);
            if (last >= 0 && done[last].Exploring)
            {
                exploring++;
                AgentAct? back = done.Skip(last + 1).FirstOrDefault(a => !a.Exploring);
                longest = Math.Max(longest, back is null ? double.PositiveInfinity : (back.At - strike).TotalSeconds);
            }
        }

        return (exploring, longest);
    }

    private async Task ReachAsync(FailoverPhase phase, CancellationToken ct)
    {
        // Another percentile makes what was learned useless: the next search probes again.
        _percentile = _percentile < 98 ? _percentile + 1 : 90;
        if (phase is FailoverPhase.Hold or FailoverPhase.Apply)
        {
            await SeenAsync(n => n.Phase == TunerPhase.Hold, "hold", ct).ConfigureAwait(false);
        }

        switch (phase)
        {
            case FailoverPhase.Observe:
                await SetAsync(PromiseUs, Mode.Observe, ct).ConfigureAwait(false);
                await SeenAsync(n => n.Phase == TunerPhase.Observe, "observe", ct).ConfigureAwait(false);
                break;
            case FailoverPhase.Hold:
                break;
            case FailoverPhase.Apply:
                // An agent that does not run answers nothing, and finds the command when it goes on.
                _fleet.Agents.ForEach(a => a.Signal("STOP"));
                await SetAsync(PromiseUs, Mode.Active, ct).ConfigureAwait(false);
                await SeenAsync(n => n.Phase == TunerPhase.Apply, "apply", ct).ConfigureAwait(false);
                break;
            case FailoverPhase.Revert:
                await SetAsync(PromiseUs, Mode.Active, ct).ConfigureAwait(false);
                await SeenAsync(n => n.Phase == TunerPhase.Measure, "measure", ct).ConfigureAwait(false);
                _fleet.Agents.ForEach(a => a.Signal("STOP"));
                await SetAsync(ImpossibleUs, Mode.Active, ct).ConfigureAwait(false);
                await SeenAsync(n => n.Phase == TunerPhase.Revert, "revert", ct).ConfigureAwait(false);
                break;
            case FailoverPhase.Decide:
                await SetAsync(PromiseUs, Mode.Active, ct).ConfigureAwait(false);
                await SeenAsync(n => n.Phase == TunerPhase.Measure, "measure", ct).ConfigureAwait(false);
                await SeenAsync(n => n is { Phase: TunerPhase.Apply or TunerPhase.Settle, Trials: > 0 }, "a decision", ct).ConfigureAwait(false);
                break;
            case FailoverPhase.Propose:
                await SetAsync(PromiseUs, Mode.Active, ct).ConfigureAwait(false);
                await SeenAsync(n => n is { Phase: TunerPhase.Apply or TunerPhase.Settle, Trials: 0 }, "a proposal", ct).ConfigureAwait(false);
                break;
            default:
                TunerPhase wanted = phase == FailoverPhase.Settle ? TunerPhase.Settle : TunerPhase.Measure;
                await SetAsync(PromiseUs, Mode.Active, ct).ConfigureAwait(false);
                await SeenAsync(n => n.Phase == wanted, Word(phase), ct).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>Waits until the owner's status shows a node as wanted.</summary>
    private async Task SeenAsync(Func<NodeStatus, bool> wanted, string what, CancellationToken ct)
    {
        await Until.TrueAsync(
            async () =>
            {
                (int owner, _, _) = await OwnerAsync(ct).ConfigureAwait(false);
                ListNodesResponse nodes = await _fleet.Admin(owner).ListNodesAsync(
                    new ListNodesRequest { PoolId = FailoverFleet.Pool }, cancellationToken: ct).ResponseAsync.ConfigureAwait(false);
                return nodes.Nodes.Any(n => wanted(n.Status));
            },
            $"a node shows {what}", _time, ct).ConfigureAwait(false);
    }

    /// <summary>Changes the promise, which starts a search, or the mode.</summary>
    private async Task SetAsync(double latencyUs, Mode mode, CancellationToken ct)
    {
        (int owner, _, _) = await OwnerAsync(ct).ConfigureAwait(false);
        await _fleet.Admin(owner).UpdatePoolAsync(
            new UpdatePoolRequest { Spec = FailoverFleet.Spec(_percentile, latencyUs, mode) },
            cancellationToken: ct).ResponseAsync.ConfigureAwait(false);
    }

    private async Task<(int Controller, string Id, long Epoch)> OwnerAsync(CancellationToken ct)
    {
        (int, string, long)? owner = null;
        await Until.TrueAsync(
            async () => (owner = await _fleet.OwnerAsync().ConfigureAwait(false)) is not null,
            "the pool has an owner", _time, ct).ConfigureAwait(false);
        return owner!.Value;
    }

    private static Task RoutedAsync(FailoverFleet fleet, TimeProvider time, CancellationToken ct) => Until.TrueAsync(
        async () =>
        {
            if (await fleet.OwnerAsync().ConfigureAwait(false) is not { } owner)
            {
                return false;
            }

            try
            {
                ListNodesResponse nodes = await fleet.Admin(owner.Controller).ListNodesAsync(
                    new ListNodesRequest { PoolId = FailoverFleet.Pool }, cancellationToken: ct).ResponseAsync.ConfigureAwait(false);
                return nodes.Nodes.All(n => n.Status is { AgentConnected: true, Membership: "active" });
            }
            catch (RpcException)
            {
                return false;
            }
        },
        "every node is routed and its agent answers", time, ct);

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
