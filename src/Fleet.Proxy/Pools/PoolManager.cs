using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Fleet.Core.Routing;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Yarp;

namespace Fleet.Proxy.Pools;

/// <summary>
/// The pools in force. A change is checked as a whole, goes into YARP's state, and the route table rebuilt from that state is published to
/// every loop; a refused change leaves everything as it was.
/// </summary>
internal sealed class PoolManager(ProxyEngine engine, YarpState yarp, StateFile? stateFile, TimeProvider time) : IDisposable
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

    /// <summary>Every node of every pool.</summary>
    public IReadOnlyList<(string PoolId, NodeTarget Target)> Targets()
    {
        lock (_published)
        {
            return [.. _published.Values.SelectMany(p => p.Current.Targets.Select(t => (p.PoolId, t)))];
        }
    }

    /// <summary>Puts a pool in force; returns when every loop serves by it.</summary>
    /// <exception cref="PoolRefusedException">The definition is illegal or the epoch is stale.</exception>
    public async Task<PoolDefinition> ConfigureAsync(PoolDefinition definition, ulong epoch, CancellationToken cancel)
    {
        await _oneChange.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            CheckEpoch(definition.PoolId, epoch);
            Refuse(definition.Problems());
            ImmutableArray<NodeTarget> targets = await ResolveAsync(definition, cancel).ConfigureAwait(false);
            PublishedPool pool = await ListenAsync(definition, cancel).ConfigureAwait(false);
            definition = definition with { Listen = pool.Listen.ToString() };

            // From here on nothing may be cancelled half-way.
            _epochs[definition.PoolId] = epoch;
            _records = _records.SetItem(definition.PoolId, new PoolRecord(definition, epoch));
            await yarp.UpdateAsync(_records.Values.Select(r => r.Definition), time, CancellationToken.None).ConfigureAwait(false);
            RouteTable table = YarpState.Routes(yarp.Find(definition.PoolId)!);
            ImmutableArray<NodeTarget> ordered = [.. table.Nodes.Select(n => targets.First(t => t.NodeId == n.NodeId))];
            await engine.ApplyAsync(pool, new PoolSnapshot(table, ordered, definition.Revision)).ConfigureAwait(false);
            stateFile?.Write(_records.Values);
            return definition;
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
            string id = Published(poolId)!.PoolId;
            lock (_published)
            {
                _published.Remove(poolId);
            }

            _records = _records.Remove(poolId);
            await engine.RemoveAsync(id).ConfigureAwait(false);
            await yarp.UpdateAsync(_records.Values.Select(r => r.Definition), time, CancellationToken.None).ConfigureAwait(false);
            stateFile?.Write(_records.Values);
            return true;
        }
        finally
        {
            _oneChange.Release();
        }
    }

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

    private async Task<PublishedPool> ListenAsync(PoolDefinition definition, CancellationToken cancel)
    {
        _ = HostPort.TryParse(definition.Listen, "", allowAnyPort: true, out HostPort wanted, out _);
        IPEndPoint endpoint = await wanted.ResolveAsync(cancel).ConfigureAwait(false);
        if (Published(definition.PoolId) is { } existing)
        {
            bool same = existing.Listen.Address.Equals(endpoint.Address) && (endpoint.Port == 0 || endpoint.Port == existing.Listen.Port);
            Refuse(same
                ? []
                : [$"pool \"{definition.PoolId}\" listens on {existing.Listen}, not on {definition.Listen}; remove the pool first"]);
            return existing;
        }

        try
        {
            PublishedPool pool = await engine.ListenAsync(definition.PoolId, endpoint).ConfigureAwait(false);
            lock (_published)
            {
                _published.Add(definition.PoolId, pool);
            }

            return pool;
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
        foreach (RouteNode node in definition.Nodes)
        {
            // A node that stays keeps its address, so a name with several addresses does not reconnect at every change.
            NodeTarget? same = known.FirstOrDefault(t => t.NodeId == node.NodeId && t.Address == node.Address);
            _ = HostPort.TryParse(node.Address, "", allowAnyPort: false, out HostPort address, out _);
            try
            {
                targets.Add(same ?? new NodeTarget(node.NodeId, node.Address, await address.ResolveAsync(cancel).ConfigureAwait(false)));
            }
            catch (SocketException e)
            {
                problems.Add(
                    $"address \"{node.Address}\" of node \"{node.NodeId}\" is not known ({e.Message}); give an IP address");
            }
        }

        Refuse(problems);
        return targets.ToImmutable();
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
