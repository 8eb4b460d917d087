using System.Collections.Immutable;
using Fleet.Controller.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Grains;

/// <summary>
/// Keeps one proxy at the desired routes: dials, watches its telemetry, sends every table until the proxy acknowledged it, dials again when
/// the link breaks. A proxy that was away gets everything again.
/// </summary>
internal sealed partial class ProxyWorker : IAsyncDisposable
{
    private static readonly TimeSpan RetryRefused = TimeSpan.FromSeconds(2);

    private readonly string _proxyId;
    private readonly IProxyPort _port;
    private readonly ProxySet _set;
    private readonly ProxyHostContext _context;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly Task _loop;
    private DateTimeOffset _renewDelaysAt;
    private volatile ImmutableDictionary<string, RouteTable> _acknowledged = ImmutableDictionary<string, RouteTable>.Empty;
    private volatile ImmutableDictionary<SendDelayWish, long> _delays = ImmutableDictionary<SendDelayWish, long>.Empty;
    private volatile string? _error = "not connected yet";

    /// <summary>Starts the worker.</summary>
    public ProxyWorker(string proxyId, string control, IProxyPort port, ProxySet set, ProxyHostContext context)
    {
        (_proxyId, Control, _port, _set, _context) = (proxyId, control, port, set, context);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>The proxy's control address.</summary>
    public string Control { get; }

    /// <summary>Whether the proxy answers.</summary>
    public bool Connected { get; private set; }

    /// <summary>Last error; null when none.</summary>
    public string? LastError => _error;

    /// <summary>Whether the proxy acknowledged this table of the pool's owner, or a later one, on the present link.</summary>
    public bool HasAcknowledged(string poolId, ulong epoch, long revision) =>
        _acknowledged.TryGetValue(poolId, out RouteTable? table) && table.Epoch == epoch && table.Revision >= revision;

    /// <summary>The delay that the proxy has for the wish on the present link, µs; null before it answered.</summary>
    public long? SendDelayInForce(SendDelayWish wish) => _delays.TryGetValue(wish, out long inForce) ? inForce : null;

    /// <summary>Says that the desired routes changed.</summary>
    public void Wake()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already awake.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
        _changed.Dispose();
    }

    private async Task RunAsync()
    {
        int failures = 0;
        while (!_stop.IsCancellationRequested)
        {
            string reason;
            bool wasConnected;
            try
            {
                await using IProxyLink link = _port.Dial(Control);
                reason = await FollowAsync(link).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                reason = failure.Message;
            }

            wasConnected = Connected;
            (Connected, _acknowledged) = (false, ImmutableDictionary<string, RouteTable>.Empty);
            _delays = ImmutableDictionary<SendDelayWish, long>.Empty;
            _set.Delays.Tell();
            if (!_stop.IsCancellationRequested)
            {
                failures = wasConnected ? 0 : failures + 1;
                Report(reason);
                await Quiet(Task.Delay(LinkTimings.Backoff(failures), _context.Time, _stop.Token)).ConfigureAwait(false);
            }
        }
    }

    private async Task<string> FollowAsync(IProxyLink link)
    {
        await TryAsync(link.HelloAsync, _stop.Token).ConfigureAwait(false);
        (Connected, _error) = (true, null);
        ProxyConnected(_context.Logger, _proxyId, Control);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        Task push = PushAsync(link, both.Token);
        Task watch = WatchAsync(link, both.Token);
        Task first = await Task.WhenAny(push, watch).ConfigureAwait(false);
        await both.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(Quiet(push), Quiet(watch)).ConfigureAwait(false);
        return first.Exception?.InnerException?.Message ?? "the proxy closed the stream of telemetry";
    }

    private async Task WatchAsync(IProxyLink link, CancellationToken ct)
    {
        await foreach (IReadOnlyList<NodeSlice> slices in link.WatchTelemetryAsync(ct).ConfigureAwait(false))
        {
            _set.TakeSlices(_proxyId, slices);
        }
    }

    private async Task PushAsync(IProxyLink link, CancellationToken ct)
    {
        while (true)
        {
            bool all = await PushOnceAsync(link, ct).ConfigureAwait(false);
            all &= await PushDelaysAsync(link, ct).ConfigureAwait(false);
            TimeSpan rest = !all ? RetryRefused : _set.Delays.Any ? LinkTimings.Renewal : Timeout.InfiniteTimeSpan;
            await _changed.WaitAsync(rest, ct).ConfigureAwait(false);
        }
    }

    private async Task<bool> PushOnceAsync(IProxyLink link, CancellationToken ct)
    {
        string? refused = null;
        foreach (RouteTable table in _set.Desired.Values.Where(IsNew))
        {
            string? problem = await TryAsync(c => link.ConfigurePoolAsync(table, c), ct).ConfigureAwait(false);
            refused = problem ?? refused;
            if (problem is null)
            {
                _acknowledged = _acknowledged.SetItem(table.PoolId, table);
            }
        }

        foreach (PendingRemoval removal in _set.PendingRemovals(_proxyId))
        {
            ulong epoch = Math.Max(removal.Epoch, _context.Epoch);
            string? problem = await TryAsync(c => ForgetAsync(link, removal.PoolId, epoch, c), ct).ConfigureAwait(false);
            refused = problem ?? refused;
            if (problem is null)
            {
                await _set.RemovalDoneAsync(_proxyId, removal, ct).ConfigureAwait(false);
                _acknowledged = _acknowledged.Remove(removal.PoolId);
            }
        }

        if (refused is not null)
        {
            Report(refused);
        }
        else
        {
            _error = null;
        }

        return refused is null;
    }

    private static async Task ForgetAsync(IProxyLink link, string poolId, ulong epoch, CancellationToken ct)
    {
        try
        {
            await link.RemovePoolAsync(epoch, poolId, ct).ConfigureAwait(false);
        }
        catch (ProxyRefusedException refused) when (refused.Stale)
        {
            // A later owner serves a pool of the same name: the removal is history.
        }
    }

    private bool IsNew(RouteTable table) =>
        !_acknowledged.TryGetValue(table.PoolId, out RouteTable? known) || table.IsAfter(known.Epoch, known.Revision);

    /// <summary>Sends the delays that the proxy does not have, and renews the others before they end.</summary>
    private async Task<bool> PushDelaysAsync(IProxyLink link, CancellationToken ct)
    {
        DateTimeOffset now = _context.Time.GetUtcNow();
        bool renew = now >= _renewDelaysAt;
        _renewDelaysAt = renew ? now + LinkTimings.Renewal : _renewDelaysAt;
        string? refused = null;
        var inForce = new Dictionary<SendDelayWish, long>();
        foreach (IGrouping<(string PoolId, ulong Epoch), SendDelayWish> pool in _set.Delays.All.GroupBy(w => (w.Delay.PoolId, w.Delay.Epoch)))
        {
            var due = new Dictionary<string, SendDelayWish>();
            foreach (SendDelayWish wish in pool)
            {
                // "At once" needs no renewal.
                if (SendDelayInForce(wish) is { } known && (!renew || wish.Delay.DelayUs == 0))
                {
                    inForce[wish] = known;
                }
                else
                {
                    due[wish.Delay.NodeId] = wish;
                }
            }

            refused = (due.Count == 0 ? null : await SendAsync(link, pool.Key.PoolId, pool.Key.Epoch, due, inForce, ct).ConfigureAwait(false))
                ?? refused;
        }

        _delays = inForce.ToImmutableDictionary();
        _set.Delays.Tell();
        if (refused is not null)
        {
            Report(refused);
        }

        return refused is null;
    }

    private Task<string?> SendAsync(
        IProxyLink link,
        string poolId,
        ulong epoch,
        Dictionary<string, SendDelayWish> due,
        Dictionary<SendDelayWish, long> inForce,
        CancellationToken ct) =>
        TryAsync(
            async c =>
            {
                SendDelay[] wanted = [.. due.Values.Select(w => w.Delay)];
                foreach (SendDelay answer in await link.SetSendDelaysAsync(epoch, poolId, wanted, c).ConfigureAwait(false))
                {
                    inForce[due[answer.NodeId]] = answer.DelayUs;
                }
            },
            ct);

    private async Task<string?> TryAsync(Func<CancellationToken, Task> call, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(LinkTimings.Call, _context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            await call(either.Token).ConfigureAwait(false);
            return null;
        }
        catch (ProxyRefusedException refused)
        {
            return refused.Message;
        }
    }

    private void Report(string reason)
    {
        if (_error != reason)
        {
            _error = reason;
            ProxyTrouble(_context.Logger, _proxyId, Control, reason);
        }
    }

    private static async Task Quiet(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    [LoggerMessage(2030, LogLevel.Information, "proxy {Proxy} at {Control}: connected")]
    private static partial void ProxyConnected(ILogger logger, string proxy, string control);

    [LoggerMessage(2031, LogLevel.Warning, "proxy {Proxy} at {Control}: {Reason}")]
    private static partial void ProxyTrouble(ILogger logger, string proxy, string control, string reason);
}
