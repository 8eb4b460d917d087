using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Fleet.Core.Routing;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Tls;
using Fleet.Proxy.Yarp;

namespace Fleet.Proxy.Pools;

/// <summary>
/// The pools in force. A change is checked as a whole, goes into YARP's state, and the route table rebuilt from that state is published to
/// every loop; a refused change leaves everything as it was.
/// </summary>
internal sealed class PoolManager(
    ProxyEngine engine, YarpState yarp, HttpPools http, SnapshotMaker snapshots, PoolIdentities identities, StateFile? stateFile, TimeProvider time)
    : IDisposable
{
    private readonly SemaphoreSlim _oneChange = new(1, 1);
    private readonly Dictionary<string, PublishedPool> _published = new(StringComparer.OrdinalIgnoreCase);

    // Epochs outlive their pool: a removed pool must not come back by a stale controller.
    private readonly Dictionary<string, ulong> _epochs = new(StringComparer.OrdinalIgnoreCase);
    private volatile ImmutableDictionary<string, PoolRecord> _records =
        ImmutableDictionary.Create<string, PoolRecord>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The definitions in force with the bound listen address, by pool id.</summary>
    public IReadOnlyList<PoolDefinition> Pools =>
        [.. _records.Values.Select(r => r.Definition).OrderBy(d => d.PoolId, StringComparer.Ordinal)];

    /// <summary>What the loops serve by, by pool.</summary>
    public IReadOnlyList<PublishedPool> Served
    {
        get
        {
            lock (_published)
            {
                return [.. _published.Values];
            }
        }
    }

    /// <summary>The definition in force; null when there is none.</summary>
    public PoolDefinition? Find(string poolId) => _records.GetValueOrDefault(poolId)?.Definition;

    /// <summary>Puts a pool in force; returns when every loop serves by it.</summary>
    /// <exception cref="PoolRefusedException">The definition is illegal or the epoch is stale.</exception>
    public async Task<PoolDefinition> ConfigureAsync(PoolDefinition definition, ulong epoch, CancellationToken cancel)
    {
        await _oneChange.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            CheckEpoch(definition.PoolId, epoch);
            await ChangeAsync([new PoolRecord(definition, epoch)], [], cancel).ConfigureAwait(false);
            return Find(definition.PoolId)!;
        }
        finally
        {
            _oneChange.Release();
        }
    }

    /// <summary>
    /// Puts a whole set of pools in force, or refuses it whole. A pool that a controller has taken over keeps the controller's nodes and
    /// weights; the set decides its rules.
    /// </summary>
    /// <param name="wanted">The set.</param>
    /// <param name="drop">Pools that leave unless they are in the set.</param>
    /// <param name="cancel">Cancels before the change begins.</param>
    /// <exception cref="PoolRefusedException">Every problem; what was in force stays.</exception>
    public async Task ReplaceAsync(IReadOnlyList<PoolDefinition> wanted, IEnumerable<string> drop, CancellationToken cancel)
    {
        await _oneChange.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            Refuse([.. PoolProblems.Among(wanted)]);
            List<PoolRecord> changed = [.. wanted.Select(Merge).OfType<PoolRecord>()];
            string[] gone =
            [
                .. drop.Where(id => _records.ContainsKey(id))
                    .Where(id => wanted.All(w => !string.Equals(w.PoolId, id, StringComparison.OrdinalIgnoreCase))),
            ];
            await ChangeAsync(changed, gone, cancel).ConfigureAwait(false);
        }
        finally
        {
            _oneChange.Release();
        }
    }

    /// <summary>Takes a pool out of force; false when it was not there.</summary>
    public async Task<bool> RemoveAsync(string poolId, ulong epoch, CancellationToken cancel)
    {
        await _oneChange.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            CheckEpoch(poolId, epoch);
            if (!_records.ContainsKey(poolId))
            {
                return false;
            }

            _epochs[poolId] = epoch;
            await ChangeAsync([], [poolId], cancel).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _oneChange.Release();
        }
    }

    /// <summary>Publishes what health, slow start and the ends of moves have changed. Cheap when nothing has.</summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        await _oneChange.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            foreach (PublishedPool pool in Served)
            {
                if (Find(pool.PoolId) is { } definition && yarp.Find(pool.PoolId) is { } cluster
                    && snapshots.Refreshed(definition, cluster, pool.Current) is { } next)
                {
                    await engine.ApplyAsync(pool, next).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _oneChange.Release();
        }
    }

    /// <summary>Waits for a change in progress, then keeps every further one waiting until <see cref="Thaw"/>.</summary>
    /// <returns>The pools in force.</returns>
    public async Task<IReadOnlyList<PoolRecord>> FreezeAsync(CancellationToken cancel)
    {
        await _oneChange.WaitAsync(cancel).ConfigureAwait(false);
        return [.. _records.Values];
    }

    /// <summary>Lets changes go on.</summary>
    public void Thaw() => _oneChange.Release();

    public void Dispose() => _oneChange.Dispose();

    /// <summary>Refuses a controller that another one has followed.</summary>
    /// <exception cref="PoolRefusedException">The epoch is below the highest one seen for the pool.</exception>
    public void CheckEpoch(string poolId, ulong epoch)
    {
        if (_epochs.TryGetValue(poolId, out ulong highest) && epoch < highest)
        {
            throw new PoolRefusedException(
                stale: true,
                [$"epoch {epoch} of pool \"{poolId}\" is below {highest}, which this proxy has seen: another controller owns it"]);
        }
    }

    private PoolRecord? Merge(PoolDefinition wanted)
    {
        if (_records.GetValueOrDefault(wanted.PoolId) is not { } present)
        {
            return new PoolRecord(wanted, _epochs.GetValueOrDefault(wanted.PoolId));
        }

        PoolDefinition now = present.Definition;
        PoolDefinition next = present.Epoch > 0
            ? wanted with { Nodes = now.Nodes, Policy = now.Policy, Revision = now.Revision }
            : wanted with { Revision = now.Revision + 1 };
        bool sameListen = string.Equals(next.Listen, now.Listen, StringComparison.Ordinal) || next.Listen.EndsWith(":0", StringComparison.Ordinal);
        return sameListen && (next with { Listen = now.Listen }).Same(now) ? null : new PoolRecord(next, present.Epoch);
    }

    private async Task ChangeAsync(IReadOnlyList<PoolRecord> changes, IReadOnlyList<string> gone, CancellationToken cancel)
    {
        Refuse([.. changes.SelectMany(c => c.Definition.Problems()), .. changes.SelectMany(KindProblems)]);
        var targets = new List<ImmutableArray<NodeTarget>>();
        foreach (PoolRecord change in changes)
        {
            targets.Add(await ResolveAsync(change.Definition, cancel).ConfigureAwait(false));
        }

        IReadOnlyList<PoolRecord> bound = await ListenAsync(changes, cancel).ConfigureAwait(false);

        // From here on nothing may be cancelled half-way.
        List<PublishedPool> removed = Forget(gone);
        foreach (PoolRecord change in bound)
        {
            _epochs[change.Definition.PoolId] = change.Epoch;
            _records = _records.SetItem(change.Definition.PoolId, change);
        }

        await yarp.UpdateAsync(_records.Values.Select(r => r.Definition), time, CancellationToken.None).ConfigureAwait(false);
        for (int i = 0; i < bound.Count; i++)
        {
            await PublishAsync(bound[i].Definition, targets[i]).ConfigureAwait(false);
        }

        foreach (PublishedPool pool in removed)
        {
            await (pool.IsHttp ? http.RemoveAsync(pool.PoolId) : engine.RemoveAsync(pool.PoolId)).ConfigureAwait(false);
        }

        stateFile?.Write(_records.Values);
    }

    private async Task PublishAsync(PoolDefinition definition, ImmutableArray<NodeTarget> targets)
    {
        PublishedPool pool = Published(definition.PoolId)!;
        if (definition.ClientTls is { } files)
        {
            engine.Identify(definition.PoolId, identities.ForClients(files));
        }

        if (pool.IsHttp)
        {
            await http.ApplyAsync(definition).ConfigureAwait(false);
            return;
        }

        PoolSnapshot next = snapshots.Changed(definition, yarp.Find(definition.PoolId)!, targets, pool.Current);
        await engine.ApplyAsync(pool, next).ConfigureAwait(false);
    }

    private List<PublishedPool> Forget(IReadOnlyList<string> gone)
    {
        var removed = new List<PublishedPool>();
        foreach (string id in gone)
        {
            lock (_published)
            {
                if (_published.Remove(id, out PublishedPool? pool))
                {
                    removed.Add(pool);
                }
            }

            _records = _records.Remove(id);
        }

        return removed;
    }

    private IEnumerable<string> KindProblems(PoolRecord change)
    {
        PoolDefinition next = change.Definition;
        if (Find(next.PoolId) is { } present && (next.ClientTls is null) != (present.ClientTls is null))
        {
            yield return $"pool \"{next.PoolId}\" cannot change between TLS and plain text for its clients; give the new one another id";
        }

        if (Find(next.PoolId) is { } now && next.Kind != now.Kind)
        {
            yield return $"pool \"{next.PoolId}\" is of the kind {now.Kind.ToString().ToLowerInvariant()} and cannot become "
                + $"{next.Kind.ToString().ToLowerInvariant()}; give the new one another id";
        }
    }

    /// <summary>Opens what does not listen yet; when one cannot, closes again what was opened.</summary>
    private async Task<IReadOnlyList<PoolRecord>> ListenAsync(IReadOnlyList<PoolRecord> changes, CancellationToken cancel)
    {
        var bound = new List<PoolRecord>();
        var opened = new List<PublishedPool>();
        var problems = new List<string>();
        foreach (PoolRecord change in changes)
        {
            try
            {
                (PublishedPool pool, bool isNew) = await ListenAsync(change.Definition, cancel).ConfigureAwait(false);
                opened.AddRange(isNew ? [pool] : []);
                bound.Add(change with { Definition = change.Definition with { Listen = pool.Listen?.ToString() ?? "" } });
            }
            catch (PoolRefusedException e)
            {
                problems.AddRange(e.Problems);
            }
        }

        if (problems.Count > 0)
        {
            foreach (PublishedPool pool in opened)
            {
                lock (_published)
                {
                    _published.Remove(pool.PoolId);
                }

                await (pool.IsHttp ? http.RemoveAsync(pool.PoolId) : engine.RemoveAsync(pool.PoolId)).ConfigureAwait(false);
            }
        }

        Refuse(problems);
        return bound;
    }

    private async Task<(PublishedPool Pool, bool IsNew)> ListenAsync(PoolDefinition definition, CancellationToken cancel)
    {
        IPEndPoint? endpoint = null;
        if (definition.Listen.Length > 0)
        {
            _ = HostPort.TryParse(definition.Listen, "", allowAnyPort: true, out HostPort wanted, out _);
            endpoint = await ResolveAsync(wanted, $"listen address \"{definition.Listen}\"", cancel).ConfigureAwait(false);
        }

        if (Published(definition.PoolId) is { } existing)
        {
            bool same = Equals(existing.Listen?.Address, endpoint?.Address)
                && (endpoint is null || endpoint.Port == 0 || endpoint.Port == existing.Listen!.Port);
            Refuse(same
                ? []
                : [$"pool \"{definition.PoolId}\" listens on {existing.Listen?.ToString() ?? "nothing"}, not on {definition.Listen}; "
                    + "remove the pool first"]);
            return (existing, false);
        }

        try
        {
            PublishedPool pool = definition.Kind == PoolKind.Http
                ? await http.ListenAsync(definition, endpoint!, cancel).ConfigureAwait(false)
                : definition.ClientTls is { } files && endpoint is not null
                ? await engine.ListenAsync(
                    definition.PoolId, endpoint, identities.ForClients(files), definition.Kind == PoolKind.L4).ConfigureAwait(false)
                : await engine.ListenAsync(definition.PoolId, endpoint, definition.Kind == PoolKind.L4).ConfigureAwait(false);
            lock (_published)
            {
                _published.Add(definition.PoolId, pool);
            }

            return (pool, true);
        }
        catch (IOException e)
        {
            throw new PoolRefusedException(
                stale: false,
                [$"cannot listen on {definition.Listen} ({e.Message}); choose another address or port, or stop what uses it"]);
        }
    }

    private async Task<ImmutableArray<NodeTarget>> ResolveAsync(PoolDefinition definition, CancellationToken cancel)
    {
        ImmutableArray<NodeTarget> known = Published(definition.PoolId)?.Current.Targets ?? [];
        var targets = ImmutableArray.CreateBuilder<NodeTarget>();
        var problems = new List<string>();
        TlsDialer? tls = identities.ForServers(definition.ServerTls);
        foreach (RouteNode node in definition.Nodes)
        {
            // A node that stays keeps its address, so a name with several addresses does not reconnect at every change.
            NodeTarget? same = known.FirstOrDefault(t => t.NodeId == node.NodeId && t.Address == node.Address && t.Tls == tls);
            _ = HostPort.TryParse(node.Address, "", allowAnyPort: false, out HostPort address, out _);
            try
            {
                string thing = $"address \"{node.Address}\" of node \"{node.NodeId}\"";
                targets.Add(same ?? new NodeTarget(
                    node.NodeId, node.Address, await ResolveAsync(address, thing, cancel).ConfigureAwait(false)) { Tls = tls });
            }
            catch (PoolRefusedException e)
            {
                problems.AddRange(e.Problems);
            }
        }

        Refuse(problems);
        return targets.ToImmutable();
    }

    private static async Task<IPEndPoint> ResolveAsync(HostPort address, string thing, CancellationToken cancel)
    {
        try
        {
            return await address.ResolveAsync(cancel).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new PoolRefusedException(stale: false, [$"{thing} is not known ({e.Message}); give an IP address"]);
        }
    }

    /// <summary>The pool as the loops serve it; null when it is not served.</summary>
    public PublishedPool? Published(string poolId)
    {
        lock (_published)
        {
            return _published.GetValueOrDefault(poolId);
        }
    }

    private static void Refuse(List<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new PoolRefusedException(stale: false, problems);
        }
    }
}
