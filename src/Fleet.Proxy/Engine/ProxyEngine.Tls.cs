using System.Collections.Concurrent;
using System.Net;
using Fleet.Hosting.Security;
using Fleet.Proxy.Native;
using Fleet.Proxy.Tls;

namespace Fleet.Proxy.Engine;

/// <summary>Pools whose clients speak TLS, and the way to nodes that do.</summary>
internal sealed partial class ProxyEngine
{
    private readonly ConcurrentDictionary<string, TlsFront> _fronts = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentBag<TlsFront> _left = [];
    private readonly CancellationTokenSource _cut = new();

    /// <summary>Adds a pool with one encrypted listening socket; its clients are spread over the loops in turn.</summary>
    /// <exception cref="IOException">The address cannot be bound, for example because its port is in use.</exception>
    public async Task<PublishedPool> ListenAsync(string poolId, IPEndPoint endpoint, TlsIdentity identity, bool tunnels)
    {
        IReadOnlyList<int> inherited = _inherit(poolId, endpoint);
        IPEndPoint bound = inherited.Count > 0 ? SocketCalls.LocalEndPoint(inherited[0], endpoint.AddressFamily) : endpoint;
        if (inherited.Count == 0 && !_takesOver)
        {
            // A socket that shares its port would share it with a stranger too; one that does not refuses that.
            int probe = SocketCalls.Listen(endpoint, reusePort: false);
            bound = SocketCalls.LocalEndPoint(probe, endpoint.AddressFamily);
            _ = Libc.Close(probe);
        }

        int fd = inherited.Count > 0 ? inherited[0] : SocketCalls.Listen(bound, reusePort: true);
        foreach (int further in inherited.Skip(1))
        {
            _ = Libc.Close(further);
        }

        PublishedPool published = await AddAsync(new PublishedPool(poolId, bound, isTunnel: tunnels), []).ConfigureAwait(false);
        var front = new TlsFront(
            fd, bound, identity, (client, address) => Admit(poolId, client, address), _limits.MaxConnections, tunnels, _time);
        _fronts[poolId] = front;
        if (inherited.Count == 0)
        {
            front.Start();
        }

        return published;
    }

    /// <summary>Shows another certificate, or lets other clients in, from the next connection on.</summary>
    public void Identify(string poolId, TlsIdentity identity)
    {
        if (_fronts.TryGetValue(poolId, out TlsFront? front))
        {
            front.Identity = identity;
        }
    }

    /// <summary>The way to nodes that speak TLS.</summary>
    public TlsDialer Dialer(TlsIdentity identity) => new(identity, _limits.RequestTimeout, _time, _cut.Token);

    private void Admit(string poolId, int client, IPEndPoint address)
    {
        EventLoop loop = _loops[(uint)Interlocked.Increment(ref _nextLoop) % (uint)_loops.Length];
        loop.Post(() => loop.AdmitDecrypted(client, poolId, address));
    }

    private void RemoveFront(string poolId)
    {
        if (_fronts.TryRemove(poolId, out TlsFront? front))
        {
            // Its clients have their last replies to get; what is left of them then is cut with the engine.
            front.StopAccepting();
            _left.Add(front);
        }
    }

    private void StopFronts()
    {
        foreach (TlsFront front in _fronts.Values)
        {
            front.StopAccepting();
        }
    }

    private void CutFronts()
    {
        _cut.Cancel();
        foreach (TlsFront front in _fronts.Values.Concat(_left))
        {
            front.Dispose();
        }

        _cut.Dispose();
    }
}
