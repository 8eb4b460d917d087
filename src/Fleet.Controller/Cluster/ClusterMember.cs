using System.Collections.Concurrent;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Controller.Storage.Postgres;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Cluster;

/// <summary>
/// One controller among others: beats once a second and at every wake-up call, keeps the leases that the beat renewed, lets go of those
/// that moved, takes and hands over pools until every live controller has its share. Nothing slow happens between two beats: a pool is
/// activated, followed and deactivated on a task of its own.
/// </summary>
internal sealed partial class ClusterMember : IPoolOwnership, IAsyncDisposable
{
    private readonly LeaseTable _table;
    private readonly PoolDirectory _directory;
    private readonly ProxySet _proxies;
    private readonly GrainHost _host;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly ConcurrentDictionary<string, PoolLease> _held = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task> _moves = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _unusableUntil = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _followed = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<string> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile MemberSelf _self;
    private volatile ClusterBeat? _last;
    private string? _proxiesMark;
    private string? _trouble;
    private Task _loops = Task.CompletedTask;

    /// <summary>Joins when started.</summary>
    public ClusterMember(LeaseTable table, PoolDirectory directory, ProxySet proxies, GrainHost host, MemberSelf self)
    {
        (_table, _directory, _proxies, _host, _self) = (table, directory, proxies, host, self);
    }

    /// <summary>Live controllers as of the last heartbeat.</summary>
    public int Members => _last?.Members.Length ?? 0;

    /// <inheritdoc/>
    public Task<string> Fatal => _fatal.Task;

    /// <inheritdoc/>
    public string? AddressOf(string poolId)
    {
        ClusterBeat? beat = _last;
        string? owner = beat?.Pools.FirstOrDefault(p => p.PoolId == poolId)?.Owner;
        return owner is null || owner == _self.ControllerId ? null : beat!.Members.FirstOrDefault(m => m.Controller_Id == owner)?.Address;
    }

    /// <summary>Joins: the first heartbeat must succeed, the rest goes on in the background.</summary>
    /// <exception cref="StoreUnavailableException">The database does not answer.</exception>
    public async Task StartAsync(PostgresListener listener, CancellationToken ct)
    {
        await BeatAsync(ct).ConfigureAwait(false);
        _loops = Task.WhenAll(
            Task.Run(LoopAsync, ct),
            Task.Run(() => listener.RunAsync(Wake, _stop.Token), ct),
            Task.Run(() => new StatusBoard(_table, _directory, _host).RunAsync(() => Members > 1, _stop.Token), ct));
    }

    /// <inheritdoc/>
    public async Task CreatedAsync(string poolId, CancellationToken ct)
    {
        if (_last is { } beat && _held.Count * Math.Max(1, beat.Members.Length) <= beat.Pools.Length)
        {
            await MoveAsync(poolId, AcquireAsync).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task DeletedAsync(PoolLease lease, CancellationToken ct)
    {
        lease.End();
        _held.TryRemove(KeyValuePair.Create(lease.PoolId, lease));
        await _table.ForgetAsync(lease, ct).ConfigureAwait(false);
    }

    /// <summary>Hands everything over and leaves.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(ClusterTimings.Drain, _host.Time);
        try
        {
            _self = _self with { Draining = true };
            Wake();
            await Task.WhenAll(Moves()).WaitAsync(patience.Token).ConfigureAwait(false);
            await Task.WhenAll(_held.Keys.Select(id => MoveAsync(id, ReleaseAsync, always: true))).WaitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            LeftWithout(_host.Logger, failure.Message);
        }

        foreach (PoolLease lease in _held.Values)
        {
            lease.End();
        }

        // The heart stops first: a beat after the farewell would put this controller on the list again.
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(false);
        try
        {
            await _table.LeaveAsync(_self.ControllerId, patience.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            LeftWithout(_host.Logger, failure.Message);
        }

        _stop.Dispose();
        _wake.Dispose();
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (Exception awake) when (awake is SemaphoreFullException or ObjectDisposedException)
        {
            // Already awake, or gone.
        }
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await BeatAsync(_stop.Token).ConfigureAwait(false);
                Report(null);
            }
            catch (Exception failure) when (!_stop.IsCancellationRequested)
            {
                // Leases end by themselves; whoever reaches the database goes on.
                Report(failure.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await PauseAsync().ConfigureAwait(false);
        }
    }

    private async Task PauseAsync()
    {
        try
        {
            await _wake.WaitAsync(ClusterTimings.Beat, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the loop's condition ends it.
        }
    }

    private async Task BeatAsync(CancellationToken ct)
    {
        PoolLease[] held = [.. _held.Values];
        long askedAt = _host.Time.GetTimestamp();
        ClusterBeat beat = await _table.BeatAsync(_self, held, ClusterTimings.Lease, ct).ConfigureAwait(false);
        foreach (PoolLease lease in held)
        {
            if (beat.Renewed.Contains((lease.PoolId, lease.Epoch)))
            {
                lease.Extend(askedAt, ClusterTimings.Lease);
            }
            else if (_held.TryRemove(KeyValuePair.Create(lease.PoolId, lease)))
            {
                Lost(_host.Logger, lease.PoolId, lease.Epoch);
                lease.End();
                _ = MoveAsync(lease.PoolId, id => DeactivateAsync(id, lease), always: true);
            }
        }

        if (beat.Schema > PostgresSchema.Version)
        {
            _fatal.TrySetResult(
                $"the schema was migrated to version {beat.Schema}, newer than this program's {PostgresSchema.Version}; start the newer program");
        }

        _last = beat;
        Follow(beat);
        Placement.Moves moves = Placement.Decide(_self.ControllerId, beat);
        foreach (string poolId in moves.Acquire.Where(id => _host.Time.GetTimestamp() >= _unusableUntil.GetValueOrDefault(id)))
        {
            _ = MoveAsync(poolId, AcquireAsync);
        }

        foreach (string poolId in moves.Release)
        {
            _ = MoveAsync(poolId, ReleaseAsync);
        }
    }

    /// <summary>Follows what was written, here or elsewhere.</summary>
    private void Follow(ClusterBeat beat)
    {
        if (_proxiesMark != beat.ProxiesMark)
        {
            _proxiesMark = beat.ProxiesMark;
            _ = QuietlyAsync("proxies", () => _proxies.ReconcileAsync(_stop.Token), () => _proxiesMark = null);
        }

        _directory.Keep(beat.Pools.Select(p => p.PoolId).ToHashSet(StringComparer.Ordinal));
        foreach (PoolSeat seat in beat.Pools)
        {
            lock (_followed)
            {
                if (_followed.GetValueOrDefault(seat.PoolId) == seat.Etag)
                {
                    continue;
                }

                _followed[seat.PoolId] = seat.Etag;
            }

            _ = QuietlyAsync($"pool {seat.PoolId}", () => FollowAsync(seat.PoolId), () => Forget(seat.PoolId));
        }
    }

    private async Task FollowAsync(string poolId)
    {
        if (await _directory.ReconcileAsync(poolId, _stop.Token).ConfigureAwait(false) is null
            && (await _host.Store.ReadAsync<PoolDocument>(new DocumentKey(DocumentKinds.Pools, poolId), _stop.Token)
                .ConfigureAwait(false))?.Value is { } document)
        {
            _directory.Note(document);
        }
    }

    private void Forget(string poolId)
    {
        lock (_followed)
        {
            _followed.Remove(poolId);
        }
    }

    private async Task AcquireAsync(string poolId)
    {
        long askedAt = _host.Time.GetTimestamp();
        if (_self.Draining
            || await _table.AcquireAsync(poolId, _self.ControllerId, ClusterTimings.Lease, _stop.Token).ConfigureAwait(false) is not { } epoch)
        {
            return;
        }

        var lease = new PoolLease(poolId, epoch, _host.Time);
        lease.Extend(askedAt, ClusterTimings.Lease);
        _held[poolId] = lease;
        try
        {
            await _directory.ActivateAsync(lease, _stop.Token).ConfigureAwait(false);
            Owns(_host.Logger, poolId, epoch);
        }
        catch (Exception failure) when (failure is DocumentException or FleetFault or IOException or FencedException)
        {
            Unusable(_host.Logger, poolId, failure.Message);
            _unusableUntil[poolId] = _host.Time.GetTimestamp()
                + (long)(ClusterTimings.RetryActivation.TotalSeconds * _host.Time.TimestampFrequency);
            await LetGoAsync(lease).ConfigureAwait(false);
        }
    }

    private async Task ReleaseAsync(string poolId)
    {
        if (_held.TryGetValue(poolId, out PoolLease? lease))
        {
            await DeactivateAsync(poolId, lease).ConfigureAwait(false);
            await LetGoAsync(lease).ConfigureAwait(false);
            HandedOver(_host.Logger, poolId, lease.Epoch);
        }
    }

    private async Task LetGoAsync(PoolLease lease)
    {
        lease.End();
        _held.TryRemove(KeyValuePair.Create(lease.PoolId, lease));
        await _table.ReleaseAsync(lease, _self.ControllerId, _stop.Token).ConfigureAwait(false);
    }

    private async Task DeactivateAsync(string poolId, PoolLease lease)
    {
        if (_directory.Grains.FirstOrDefault(g => g.PoolId == poolId && g.Lease == lease) is { } grain)
        {
            await _directory.DeactivateAsync(grain).ConfigureAwait(false);
        }
    }

    /// <summary>Starts a move of a pool, unless one is under way: the next heartbeat decides again. Never throws.</summary>
    private Task MoveAsync(string poolId, Func<string, Task> move) => MoveAsync(poolId, move, always: false);

    /// <summary>Starts a move of a pool; <paramref name="always"/>: after the one that is under way.</summary>
    private Task MoveAsync(string poolId, Func<string, Task> move, bool always)
    {
        lock (_moves)
        {
            Task before = _moves.GetValueOrDefault(poolId, Task.CompletedTask);
            if (!before.IsCompleted && !always)
            {
                return before;
            }

            return _moves[poolId] = Task.Run(async () =>
            {
                await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await QuietlyAsync($"pool {poolId}", () => move(poolId), () => { }).ConfigureAwait(false);
            });
        }
    }

    private Task[] Moves()
    {
        lock (_moves)
        {
            return [.. _moves.Values];
        }
    }

    private async Task QuietlyAsync(string what, Func<Task> work, Action failed)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            failed();
            if (!_stop.IsCancellationRequested)
            {
                MoveFailed(_host.Logger, what, failure.Message);
            }
        }
    }

    private void Report(string? trouble)
    {
        if (_trouble != trouble)
        {
            _trouble = trouble;
            if (trouble is null)
            {
                StoreBack(_host.Logger);
            }
            else
            {
                StoreAway(_host.Logger, trouble);
            }
        }
    }

    [LoggerMessage(2040, LogLevel.Information, "pool {Pool}: owned by this controller, epoch {Epoch}")]
    private static partial void Owns(ILogger logger, string pool, ulong epoch);

    [LoggerMessage(2041, LogLevel.Warning, "pool {Pool}: the lease of epoch {Epoch} moved to another controller; this one stops acting")]
    private static partial void Lost(ILogger logger, string pool, ulong epoch);

    [LoggerMessage(2042, LogLevel.Information, "pool {Pool}: handed over, epoch {Epoch} ends")]
    private static partial void HandedOver(ILogger logger, string pool, ulong epoch);

    [LoggerMessage(2043, LogLevel.Error, "pool {Pool}: cannot be activated here: {Problem}")]
    private static partial void Unusable(ILogger logger, string pool, string problem);

    [LoggerMessage(2044, LogLevel.Warning, "cluster: {Problem}; leases end until the database answers")]
    private static partial void StoreAway(ILogger logger, string problem);

    [LoggerMessage(2045, LogLevel.Information, "cluster: the database answers")]
    private static partial void StoreBack(ILogger logger);

    [LoggerMessage(2046, LogLevel.Warning, "cluster: {What}: {Problem}; tried again with the next heartbeat")]
    private static partial void MoveFailed(ILogger logger, string what, string problem);

    [LoggerMessage(2047, LogLevel.Warning, "cluster: left without handing everything over: {Problem}; leases end by themselves")]
    private static partial void LeftWithout(ILogger logger, string problem);
}
