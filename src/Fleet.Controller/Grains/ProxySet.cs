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
    private readonly SendDelayWishes _delays = new();
    private ImmutableDictionary<string, RouteTable> _desired = ImmutableDictionary<string, RouteTable>.Empty;

    /// <summary>Takes slices: proxy, then what it saw. Set before the first proxy is started.</summary>
    public Action<string, IReadOnlyList<NodeSlice>> TakeSlices { get; set; } = (_, _) => { };

    /// <summary>The routes that every proxy shall have, by pool.</summary>
    public ImmutableDictionary<string, RouteTable> Desired => Volatile.Read(ref _desired);

    /// <summary>Reads the stored proxies: talks to new ones, forgets those that are gone.</summary>
    /// <exception cref="DocumentException">A document cannot be used.</exception>
    public async Task ReconcileAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            IReadOnlyList<string> stored = await store.ListAsync(DocumentKinds.Proxies, ct).ConfigureAwait(false);
            foreach (string gone in _proxies.Keys.Except(stored, StringComparer.Ordinal))
            {
                Forget(gone);
            }

            foreach (string id in stored)
            {
                if ((await store.ReadAsync<ProxyDocument>(KeyOf(id), ct).ConfigureAwait(false))?.Value is { } document)
                {
                    Take(document);
                }
            }
        }
        finally
        {
            _gate.Release();
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
                throw new FleetFault(
                    FaultKind.AlreadyExists,
                    $"proxy '{proxyId}' exists; remove it first",
                    new FieldFault("spec.proxy_id", proxyId, "an id that no proxy has"));
            }

            if (_proxies.FirstOrDefault(p => p.Value.Worker.Control == control) is { Key: { } same })
            {
                throw new FleetFault(
                    FaultKind.AlreadyExists,
                    $"proxy '{same}' has the control address {control}; remove it first",
                    new FieldFault("spec.control", control, "an address that no proxy has"));
            }

            var document = new ProxyDocument(proxyId, control, []);
            await store.WriteAsync(KeyOf(proxyId), document, null, ct).ConfigureAwait(false);
            return Picture(proxyId, Take(document));
        }
        catch (EtagMismatchException)
        {
            throw new FleetFault(
                FaultKind.AlreadyExists,
                $"proxy '{proxyId}' exists; remove it first",
                new FieldFault("spec.proxy_id", proxyId, "an id that no proxy has"));
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
            if (!_proxies.ContainsKey(proxyId))
            {
                throw FleetFault.NoProxy(proxyId);
            }

            await store.DeleteAsync(KeyOf(proxyId), ct).ConfigureAwait(false);
            Forget(proxyId);
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
        if (Desired.TryGetValue(table.PoolId, out RouteTable? present) && !table.IsAfter(present.Epoch, present.Revision))
        {
            return;
        }

        ImmutableInterlocked.AddOrUpdate(ref _desired, table.PoolId, table, (_, _) => table);
        WakeAll();
    }

    /// <inheritdoc/>
    public bool IsAcknowledged(string poolId, ulong epoch, long revision)
    {
        ProxyWorker[] workers = [.. _proxies.Values.Select(p => p.Worker)];
        ProxyWorker[] connected = [.. workers.Where(w => w.Connected)];

        // Without any proxy nobody routes, so there is nothing to wait for; with proxies that are all away, nobody confirmed anything.
        return workers.Length == 0 || (connected.Length > 0 && connected.All(w => w.HasAcknowledged(poolId, epoch, revision)));
    }

    /// <summary>How long requests to nodes are to be gathered.</summary>
    public SendDelayWishes Delays => _delays;

    /// <inheritdoc/>
    public async Task<long> DelaySendsAsync(SendDelay delay, CancellationToken ct)
    {
        SendDelayWish wish = _delays.Set(delay);
        WakeAll();
        while (true)
        {
            Task news = _delays.News;
            ProxyWorker[] connected = [.. _proxies.Values.Select(p => p.Worker).Where(w => w.Connected)];
            if (_proxies.IsEmpty || (connected.Length > 0 && connected.All(w => w.SendDelayInForce(wish) is not null)))
            {
                return connected.Length == 0 ? delay.DelayUs : connected.Min(w => w.SendDelayInForce(wish) ?? 0);
            }

            await news.WaitAsync(ct).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void ForgetNode(string poolId, string nodeId) => _delays.Remove(poolId, nodeId);

    /// <inheritdoc/>
    public void EndSendDelay(string poolId, string nodeId)
    {
        if (_delays.End(poolId, nodeId))
        {
            WakeAll();
        }
    }

    /// <inheritdoc/>
    public void Release(string poolId, ulong epoch)
    {
        if (Desired.TryGetValue(poolId, out RouteTable? present) && present.Epoch == epoch)
        {
            ImmutableInterlocked.TryRemove(ref _desired, poolId, out _);
            _delays.RemovePool(poolId);
        }
    }

    /// <inheritdoc/>
    public async Task RemovePoolAsync(string poolId, ulong epoch, CancellationToken ct)
    {
        var removal = new PendingRemoval(poolId, epoch);
        foreach (string id in await store.ListAsync(DocumentKinds.Proxies, ct).ConfigureAwait(false))
        {
            await ChangeAsync(id, d => d with { PendingRemovals = [.. d.PendingRemovals.Where(r => r.PoolId != poolId), removal] }, ct)
                .ConfigureAwait(false);
        }

        Release(poolId, epoch);
        WakeAll();
    }

    /// <summary>Deleted pools that the proxy was not told about yet.</summary>
    public ImmutableArray<PendingRemoval> PendingRemovals(string proxyId) =>
        _proxies.TryGetValue(proxyId, out Entry? entry)
            ? entry.Document.PendingRemovals.RemoveAll(r => Desired.ContainsKey(r.PoolId))
            : [];

    /// <summary>The proxy forgot a deleted pool.</summary>
    public Task RemovalDoneAsync(string proxyId, PendingRemoval removal, CancellationToken ct) => ChangeAsync(
        proxyId, d => d.PendingRemovals.Contains(removal) ? d with { PendingRemovals = d.PendingRemovals.Remove(removal) } : d, ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Entry entry in _proxies.Values)
        {
            await entry.Worker.DisposeAsync().ConfigureAwait(false);
        }

        _proxies.Clear();
    }

    private async Task ChangeAsync(string proxyId, Func<ProxyDocument, ProxyDocument> change, CancellationToken ct)
    {
        ProxyDocument? document = await store.ChangeAsync(KeyOf(proxyId), change, ct).ConfigureAwait(false);
        if (document is not null && _proxies.TryGetValue(proxyId, out Entry? entry))
        {
            entry.Document = document;
        }
    }

    private Entry Take(ProxyDocument document)
    {
        if (_proxies.TryGetValue(document.ProxyId, out Entry? known) && known.Worker.Control == document.Control)
        {
            known.Document = document;
            known.Worker.Wake();
            return known;
        }

        Forget(document.ProxyId);
        var entry = new Entry(new ProxyWorker(document.ProxyId, document.Control, port, this, context)) { Document = document };
        _proxies[document.ProxyId] = entry;
        entry.Worker.Wake();
        return entry;
    }

    private void Forget(string proxyId)
    {
        if (_proxies.TryRemove(proxyId, out Entry? entry))
        {
            // The worker may be in the middle of a call: nobody waits for its end.
            _ = entry.Worker.DisposeAsync().AsTask();
        }
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

    private static DocumentKey KeyOf(string proxyId) => new(DocumentKinds.Proxies, proxyId);

    private sealed class Entry(ProxyWorker worker)
    {
        private volatile ProxyDocument _document = null!;

        public ProxyWorker Worker { get; } = worker;

        public ProxyDocument Document
        {
            get => _document;
            set => _document = value;
        }
    }
}

/// <summary>One proxy as it stands.</summary>
internal sealed record ProxyPicture(string ProxyId, string Control, bool Connected, string? LastError);
