using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Fleet.Controller.Cluster;
using Fleet.Controller.Storage;
using Fleet.Core.Control;

namespace Fleet.Controller.Grains;

/// <summary>
/// The pools that this controller knows: the activations that it owns, and for the others the spec and the status that their owners
/// stored last.
/// </summary>
/// <param name="host">What grains get from their host.</param>
internal sealed class PoolDirectory(GrainHost host) : IAsyncDisposable
{
    private static readonly TimeSpan DeletionPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan DeletionPause = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<string, PoolGrain> _grains = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PoolPicture> _elsewhere = new(StringComparer.Ordinal);

    /// <summary>Decides which pools are activated here; set before the first pool is created.</summary>
    public IPoolOwnership Ownership { get; set; } = null!;

    /// <summary>Every known pool, by id.</summary>
    public IEnumerable<PoolRef> All => _grains.Keys.Concat(_elsewhere.Keys).Distinct(StringComparer.Ordinal)
        .Order(StringComparer.Ordinal).Where(id => Picture(id) is not null).Select(id => new PoolRef(id, this));

    /// <summary>Every known pool as it stands, by id.</summary>
    public IEnumerable<PoolPicture> Pictures => All.Select(p => Picture(p.PoolId)).OfType<PoolPicture>();

    /// <summary>The pools that are activated here.</summary>
    public IReadOnlyCollection<PoolGrain> Grains => [.. _grains.Values];

    /// <summary>The pool.</summary>
    /// <exception cref="FleetFault">There is none.</exception>
    public PoolRef Get(string poolId) => Picture(poolId) is null ? throw FleetFault.NoPool(poolId) : new PoolRef(poolId, this);

    /// <summary>The pool as it stands, null when there is none.</summary>
    public PoolPicture? Picture(string poolId)
    {
        PoolPicture? picture = _grains.GetValueOrDefault(poolId)?.Picture ?? _elsewhere.GetValueOrDefault(poolId);
        return picture is { Document.Deleting: false } ? picture : null;
    }

    /// <summary>The pool's activation here; null when another controller owns it, or nobody just now.</summary>
    public PoolGrain? Grain(string poolId) => _grains.GetValueOrDefault(poolId);

    /// <summary>Creates a pool.</summary>
    public async Task<PoolPicture> CreateAsync(PoolDocument document, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            CheckListen(document);
            await host.Store.WriteAsync(KeyOf(document.PoolId), document, null, ct).ConfigureAwait(false);
        }
        catch (EtagMismatchException)
        {
            throw new FleetFault(
                FaultKind.AlreadyExists,
                $"pool '{document.PoolId}' exists; update it, or delete it first",
                new FieldFault("spec.pool_id", document.PoolId, "an id that no pool has"));
        }
        finally
        {
            _gate.Release();
        }

        await Ownership.CreatedAsync(document.PoolId, ct).ConfigureAwait(false);
        return _grains.GetValueOrDefault(document.PoolId)?.Picture ?? Note(document);
    }

    /// <summary>Refuses a pool whose listening address another pool has.</summary>
    /// <exception cref="FleetFault">Another pool listens there.</exception>
    public void CheckListen(PoolDocument document)
    {
        if (All.FirstOrDefault(p => p.Picture.Document.Listen == document.Listen && p.PoolId != document.PoolId) is { } other)
        {
            throw new FleetFault(
                FaultKind.AlreadyExists,
                $"pool '{other.PoolId}' listens on {document.Listen}; choose another address",
                new FieldFault("spec.listen", document.Listen, "an address that no pool listens on"));
        }
    }

    /// <summary>Changes a pool's spec in the store; returns it as written.</summary>
    /// <exception cref="FleetFault">There is no such pool, or the change is refused.</exception>
    public async Task<PoolDocument> WriteAsync(string poolId, Func<PoolDocument, PoolDocument> change, CancellationToken ct) =>
        EntityId.IsLegal(poolId)
            ? await host.Store.ChangeAsync<PoolDocument>(
                KeyOf(poolId), d => d.Deleting ? throw FleetFault.NoPool(poolId) : change(d), ct).ConfigureAwait(false)
                ?? throw FleetFault.NoPool(poolId)
            : throw FleetFault.NoPool(poolId);

    /// <summary>Makes a pool that is activated here follow its spec; null when it is not here, or no more.</summary>
    public async Task<PoolPicture?> ReconcileAsync(string poolId, CancellationToken ct)
    {
        if (!_grains.TryGetValue(poolId, out PoolGrain? grain))
        {
            return null;
        }

        try
        {
            PoolPicture? picture = await grain.ReconcileAsync(ct).ConfigureAwait(false);
            if (picture is null)
            {
                await DeactivateAsync(grain).ConfigureAwait(false);
                _elsewhere.TryRemove(poolId, out _);
                await Ownership.DeletedAsync(grain.Lease, ct).ConfigureAwait(false);
            }

            return picture;
        }
        catch (ChannelClosedException)
        {
            // It was handed over while the request was on its way: its new owner follows the spec.
            return null;
        }
    }

    /// <summary>Waits, with a bound, until a pool's documents are gone.</summary>
    public async Task GoneAsync(string poolId, CancellationToken ct)
    {
        long start = host.Time.GetTimestamp();
        while (host.Time.GetElapsedTime(start) < DeletionPatience
            && await host.Store.ReadAsync<PoolDocument>(KeyOf(poolId), ct).ConfigureAwait(false) is not null)
        {
            await Task.Delay(DeletionPause, host.Time, ct).ConfigureAwait(false);
        }

        _elsewhere.TryRemove(poolId, out _);
    }

    /// <summary>Activates a pool that this controller owns.</summary>
    /// <exception cref="DocumentException">Its documents cannot be used.</exception>
    public async Task ActivateAsync(PoolLease lease, CancellationToken ct)
    {
        var grain = new PoolGrain(new GrainContext(host, lease));
        try
        {
            await grain.ActivateAsync(ct).ConfigureAwait(false);
        }
        catch
        {
            await grain.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _grains[lease.PoolId] = grain;
        if (grain.Picture is { Document.Deleting: true })
        {
            await ReconcileAsync(lease.PoolId, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Deactivates a pool: it saves while its lease is held, and stops.</summary>
    public async Task DeactivateAsync(PoolGrain grain)
    {
        if (grain.Picture is { } last)
        {
            _elsewhere[grain.PoolId] = last;
        }

        _grains.TryRemove(KeyValuePair.Create(grain.PoolId, grain));
        await grain.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Notes the spec of a pool that another controller owns; returns its picture.</summary>
    public PoolPicture Note(PoolDocument document) => _elsewhere.AddOrUpdate(
        document.PoolId,
        _ => new PoolPicture(document, Unknown, ImmutableDictionary<string, string>.Empty),
        (_, known) => known with { Document = document });

    /// <summary>Notes how a pool of another controller stands.</summary>
    public void Note(string poolId, PoolStatusDocument status)
    {
        if (_elsewhere.TryGetValue(poolId, out PoolPicture? known))
        {
            _elsewhere.TryUpdate(poolId, known with { View = status.View, AgentErrors = status.AgentErrors }, known);
        }
    }

    /// <summary>Forgets pools of other controllers that are no longer stored.</summary>
    public void Keep(IReadOnlySet<string> stored)
    {
        foreach (string gone in _elsewhere.Keys.Where(id => !stored.Contains(id)))
        {
            _elsewhere.TryRemove(gone, out _);
        }
    }

    /// <summary>Gives slices to the pools that they belong to; a slice of a pool that is not here is another controller's.</summary>
    public void TakeSlices(string proxyId, IReadOnlyList<NodeSlice> slices)
    {
        // One turn of a pool's grain takes all of its slices.
        var pools = new Dictionary<string, List<NodeSlice>>(StringComparer.Ordinal);
        foreach (NodeSlice slice in slices)
        {
            if (!pools.TryGetValue(slice.PoolId, out List<NodeSlice>? pool))
            {
                pools[slice.PoolId] = pool = [];
            }

            pool.Add(slice);
        }

        foreach ((string poolId, List<NodeSlice> pool) in pools)
        {
            _grains.GetValueOrDefault(poolId)?.TakeSlices(proxyId, pool);
        }
    }

    /// <summary>Deactivates every pool; each saves.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_grains.Values.Select(DeactivateAsync)).ConfigureAwait(false);
        _elsewhere.Clear();
    }

    private static PoolView Unknown { get; } = new(0, null, null, null, null, null, []);

    private static DocumentKey KeyOf(string poolId) => new(DocumentKinds.Pools, poolId);
}
