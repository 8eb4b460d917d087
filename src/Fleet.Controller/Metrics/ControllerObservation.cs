using Fleet.Controller.Grains;
using Fleet.Hosting.Metrics;
using Fleet.Hosting.Operations;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Metrics;

/// <summary>What the controller shows of itself and its fleet: metrics, health, and word to systemd.</summary>
internal sealed class ControllerObservation : IAsyncDisposable
{
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(10);
    private readonly ServiceMeter _meter = new("controller");
    private readonly CancellationTokenSource _stop = new();
    private readonly PoolDirectory _pools;
    private ServiceLife? _life;
    private Task _sampling = Task.CompletedTask;

    private ControllerObservation(PoolDirectory pools, FleetViews views, CountedDecisions decisions, TimeProvider time)
    {
        _pools = pools;
        Promises = new PromiseAccounts(Promise, time);
        Sampler = new FleetSampler(views, decisions, Promises, time);
    }

    /// <summary>How the promises are kept.</summary>
    public PromiseAccounts Promises { get; }

    /// <summary>Energy and histories.</summary>
    public FleetSampler Sampler { get; }

    /// <summary>Starts showing; not ready yet.</summary>
    public static async Task<ControllerObservation> StartAsync(
        ControllerOptions options,
        PoolDirectory pools,
        ProxySet proxies,
        CountedDecisions decisions,
        ulong epoch,
        TimeProvider time,
        ILogger logger,
        CancellationToken ct)
    {
        FleetViews views = FleetViews.Of(pools, proxies);
        var observation = new ControllerObservation(pools, views, decisions, time);
        new ControllerMetrics(views, decisions, observation.Promises, observation.Sampler, time).AddTo(observation._meter, epoch);
        observation._life = await ServiceLife.StartAsync(options.Operations, observation._meter, time, logger, ct).ConfigureAwait(false);
        observation.Watch(time);
        return observation;
    }

    /// <summary>Gives a proxy's slices to the accounts and to the pools.</summary>
    public void TakeSlices(string proxyId, IReadOnlyList<NodeSlice> slices)
    {
        Promises.Take(proxyId, slices);
        _pools.TakeSlices(proxyId, slices);
    }

    /// <summary>The controller works.</summary>
    public void Ready() => _life!.Ready($"{_pools.Grains.Count} pools");

    /// <summary>The controller takes nothing new.</summary>
    public void Stopping() => _life!.Stopping();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sampling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_life is not null)
        {
            await _life.DisposeAsync().ConfigureAwait(false);
        }

        _meter.Dispose();
        _stop.Dispose();
    }

    private void Watch(TimeProvider time)
    {
        var sampling = new LoopProgress(StuckAfter, time);
        Sampler.Looked += _ => sampling.Beat();
        _life!.Health.AddLiveness("sampling", sampling.Problem);
        _life.Health.AddLiveness("pools", () => _pools.Grains
            .Where(p => Sampler.Pool(p.PoolId, t => time.GetElapsedTime(t.ChangedAt), TimeSpan.Zero) > StuckAfter)
            .Select(p => $"the owner of pool '{p.PoolId}' has not acted for {StuckAfter.TotalSeconds:0} s").FirstOrDefault());
        _sampling = Sampler.RunAsync(_stop.Token);
    }

    private (double Percentile, double LatencyUs)? Promise(string poolId) =>
        _pools.Picture(poolId) is { } picture
            ? (picture.Document.Percentile, picture.Document.LatencyUs)
            : null;
}
