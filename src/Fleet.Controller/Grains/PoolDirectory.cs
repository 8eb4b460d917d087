using System.Collections.Concurrent;
using Fleet.Controller.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Grains;

/// <summary>The activations of this controller: one grain per pool.</summary>
/// <param name="context">What grains get from their host.</param>
internal sealed partial class PoolDirectory(GrainContext context) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<string, PoolGrain> _pools = new(StringComparer.Ordinal);

    /// <summary>Every active pool, by id.</summary>
    public IEnumerable<PoolGrain> All => _pools.Values.OrderBy(p => p.PoolId, StringComparer.Ordinal);

    /// <summary>Activates every stored pool; returns one problem per pool whose documents cannot be used.</summary>
    public async Task<IReadOnlyList<string>> StartAsync(CancellationToken ct)
    {
        var problems = new List<string>();
        foreach (string id in await context.Store.ListAsync(DocumentKinds.Pools, ct).ConfigureAwait(false))
        {
            try
            {
                await ActivateAsync(id, null, ct).ConfigureAwait(false);
                Continued(context.Logger, id);
            }
            catch (DocumentException unusable)
            {
                problems.Add(unusable.Message);
            }
        }

        return problems;
    }

    /// <summary>The pool's grain.</summary>
    /// <exception cref="FleetFault">There is none.</exception>
    public PoolGrain Get(string poolId) => _pools.GetValueOrDefault(poolId) ?? throw FleetFault.NoPool(poolId);

    /// <summary>Creates a pool.</summary>
    public async Task<PoolPicture> CreateAsync(PoolDocument document, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_pools.ContainsKey(document.PoolId))
            {
                throw new FleetFault(FaultKind.AlreadyExists, $"pool '{document.PoolId}' exists; update it, or delete it first");
            }

            if (_pools.Values.FirstOrDefault(p => p.Picture?.Document.Listen == document.Listen) is { } other)
            {
                throw new FleetFault(
                    FaultKind.AlreadyExists, $"pool '{other.PoolId}' listens on {document.Listen}; choose another address");
            }

            return (await ActivateAsync(document.PoolId, document, ct).ConfigureAwait(false)).Picture!;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Deletes a pool.</summary>
    public async Task DeleteAsync(string poolId, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            PoolGrain grain = Get(poolId);
            await grain.DeleteAsync(ct).ConfigureAwait(false);
            _pools.TryRemove(poolId, out _);
            await grain.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Gives slices to the pools that they belong to; a slice of an unknown pool is nobody's.</summary>
    public void TakeSlices(string proxyId, IReadOnlyList<NodeSlice> slices)
    {
        foreach (NodeSlice slice in slices)
        {
            _pools.GetValueOrDefault(slice.PoolId)?.TakeSlice(proxyId, slice);
        }
    }

    /// <summary>Deactivates every pool; each saves.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_pools.Values.Select(p => p.DisposeAsync().AsTask())).ConfigureAwait(false);
        _pools.Clear();
    }

    private async Task<PoolGrain> ActivateAsync(string poolId, PoolDocument? create, CancellationToken ct)
    {
        var grain = new PoolGrain(poolId, context);
        try
        {
            await grain.ActivateAsync(create, ct).ConfigureAwait(false);
        }
        catch
        {
            await grain.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _pools[poolId] = grain;
        return grain;
    }

    [LoggerMessage(2004, LogLevel.Information, "pool {Pool}: goes on from its stored state")]
    private static partial void Continued(ILogger logger, string pool);
}
