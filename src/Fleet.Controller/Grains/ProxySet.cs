using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fleet.Controller.Storage;

namespace Fleet.Controller.Grains;

/// <summary>
/// All proxies of the fleet: every proxy serves every pool. Holds the desired routes; one worker per proxy brings them there.
/// </summary>
/// <param name="store">Where the proxies' documents lie.</param>
/// <param name="port">How proxies are reached.</param>
/// <param name="context">Epoch, clock and log.</param>
internal sealed class ProxySet(IDocumentStore store, IProxyPort port, ProxyHostContext context) : IRouteSink, IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<string, Entry> _proxies = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, RouteTable> _desired = ImmutableDictionary<string, RouteTable>.Empty;

    /// <summary>Takes slices: proxy, then what it saw. Set before the first proxy is started.</summary>
    public Action<string, IReadOnlyList<NodeSlice>> TakeSlices { get; set; } = (_, _) => { };

    /// <summary>The routes that every proxy shall have, by pool.</summary>
    public ImmutableDictionary<string, RouteTable> Desired => Volatile.Read(ref _desired);

    /// <summary>Reads the stored proxies and starts talking to them.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        foreach (string id in await store.ListAsync(DocumentKinds.Proxies, ct).ConfigureAwait(false))
        {
            var state = new PersistentState<ProxyDocument>(store, new DocumentKey(DocumentKinds.Proxies, id));
            await state.ReadAsync(ct).ConfigureAwait(false);
            Begin(state);
        }
    }

    /// <summary>Adds a proxy; it gets every pool.</summary>
    public async Task<ProxyPicture> AddAsync(string proxyId, string control, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_proxies.ContainsKey(proxyId))
            {
                throw new FleetFault(FaultKind.AlreadyExists, $"proxy '{proxyId}' exists; remove it first");
            }

            if (_proxies.FirstOrDefault(p => p.Value.Worker.Control == control) is { Key: { } same })
            {
                throw new FleetFault(FaultKind.AlreadyExists, $"proxy '{same}' has the control address {control}; remove it first");
            }

            var state = new PersistentState<ProxyDocument>(store, new DocumentKey(DocumentKinds.Proxies, proxyId));
            await state.WriteAsync(new ProxyDocument(proxyId, control, []), ct).ConfigureAwait(false);
            return Picture(proxyId, Begin(state));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Forgets a proxy; it goes on serving what it has.</summary>
    public async Task RemoveAsync(string proxyId, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (!_proxies.TryRemove(proxyId, out Entry? entry))
            {
                throw new FleetFault(FaultKind.NotFound, $"proxy '{proxyId}' does not exist; 'fleet proxies list' shows the proxies");
            }

            await entry.Document.ClearAsync(ct).ConfigureAwait(false);
            // The worker may be about to take the gate for a finished removal: it is ended outside of it.
            _ = entry.Worker.DisposeAsync().AsTask();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Every proxy as it stands, by id.</summary>
    public IReadOnlyList<ProxyPicture> List() =>
        [.. _proxies.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => Picture(p.Key, p.Value))];

    /// <inheritdoc/>
    public void SetRoutes(RouteTable table)
    {
        if (Desired.TryGetValue(table.PoolId, out RouteTable? present) && present.Revision >= table.Revision)
        {
            return;
        }

        ImmutableInterlocked.AddOrUpdate(ref _desired, table.PoolId, table, (_, _) => table);
        WakeAll();
    }

    /// <inheritdoc/>
    public bool IsAcknowledged(string poolId, long revision)
    {
        ProxyWorker[] workers = [.. _proxies.Values.Select(p => p.Worker)];
        ProxyWorker[] connected = [.. workers.Where(w => w.Connected)];

        // Without any proxy nobody routes, so there is nothing to wait for; with proxies that are all away, nobody confirmed anything.
        return workers.Length == 0 || (connected.Length > 0 && connected.All(w => w.Acknowledged(poolId) >= revision));
    }

    /// <inheritdoc/>
    public async Task RemovePoolAsync(string poolId, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            foreach (Entry entry in _proxies.Values)
            {
                ProxyDocument document = entry.Document.Value!;
                if (!document.PendingRemovals.Contains(poolId))
                {
                    await entry.Document.WriteAsync(document with { PendingRemovals = document.PendingRemovals.Add(poolId) }, ct)
                        .ConfigureAwait(false);
                }
            }

            ImmutableInterlocked.TryRemove(ref _desired, poolId, out _);
        }
        finally
        {
            _gate.Release();
        }

        WakeAll();
    }

    /// <summary>Deleted pools that the proxy was not told about yet.</summary>
    public ImmutableArray<string> PendingRemovals(string proxyId) =>
        _proxies.TryGetValue(proxyId, out Entry? entry) && entry.Document.Value is { } document
            ? document.PendingRemovals.RemoveAll(Desired.ContainsKey)
            : [];

    /// <summary>The proxy forgot a deleted pool.</summary>
    public async Task RemovalDoneAsync(string proxyId, string poolId, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_proxies.TryGetValue(proxyId, out Entry? entry) && entry.Document.Value is { } document)
            {
                await entry.Document.WriteAsync(document with { PendingRemovals = document.PendingRemovals.Remove(poolId) }, ct)
                    .ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Entry entry in _proxies.Values)
        {
            await entry.Worker.DisposeAsync().ConfigureAwait(false);
        }

        _proxies.Clear();
    }

    private Entry Begin(PersistentState<ProxyDocument> state)
    {
        ProxyDocument document = state.Value!;
        var entry = new Entry(state, new ProxyWorker(document.ProxyId, document.Control, port, this, context));
        _proxies[document.ProxyId] = entry;
        entry.Worker.Wake();
        return entry;
    }

    private void WakeAll()
    {
        foreach (Entry entry in _proxies.Values)
        {
            entry.Worker.Wake();
        }
    }

    private static ProxyPicture Picture(string id, Entry entry) =>
        new(id, entry.Worker.Control, entry.Worker.Connected, entry.Worker.LastError);

    private sealed record Entry(PersistentState<ProxyDocument> Document, ProxyWorker Worker);
}

/// <summary>One proxy as it stands.</summary>
internal sealed record ProxyPicture(string ProxyId, string Control, bool Connected, string? LastError);
