using System.Collections.Concurrent;
using System.Net;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Native;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tls;
using Microsoft.Extensions.Logging;

namespace Fleet.Proxy.Yarp;

/// <summary>The HTTP pools, each a YARP of its own on its own port: they come and go while the others serve.</summary>
internal sealed class HttpPools(PoolIdentities identities, ILoggerFactory loggers, ProxyOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, HttpFront> _fronts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Listening sockets that a predecessor gave for a pool at an address.</summary>
    public Func<string, IPEndPoint, IReadOnlyList<int>> Inherit { get; init; } = (_, _) => [];

    /// <summary>The listening sockets, by pool; they stay the pools'.</summary>
    public IReadOnlyList<(string PoolId, IPEndPoint Bound, int Descriptor)> Listeners =>
        [.. _fronts.Select(f => (f.Key, f.Value.Listener.Bound, f.Value.Listener.Descriptor))];

    /// <summary>Starts serving a pool; on an inherited socket once <see cref="OpenInherited"/> is called.</summary>
    /// <exception cref="IOException">The address cannot be bound.</exception>
    public async Task<PublishedPool> ListenAsync(PoolDefinition definition, IPEndPoint endpoint, CancellationToken cancel)
    {
        IReadOnlyList<int> inherited = Inherit(definition.PoolId, endpoint);
        int descriptor = inherited.Count > 0 ? inherited[0] : SocketCalls.Listen(endpoint, reusePort: false);
        foreach (int further in inherited.Skip(1))
        {
            _ = Libc.Close(further);
        }

        var listener = new HttpListener(descriptor, SocketCalls.LocalEndPoint(descriptor, endpoint.AddressFamily), time);
        var published = new PublishedPool(definition.PoolId, listener.Bound, isHttp: true);
        try
        {
            var certificates = new HttpIdentities(identities);
            _fronts[definition.PoolId] = await HttpFront.StartAsync(
                definition, published, listener, certificates, loggers, options, time, cancel).ConfigureAwait(false);
        }
        catch
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        if (inherited.Count == 0)
        {
            listener.Begin();
        }

        return published;
    }

    /// <summary>Begins to accept on inherited sockets.</summary>
    public void OpenInherited()
    {
        foreach (HttpFront front in _fronts.Values)
        {
            front.Listener.Begin();
        }
    }

    /// <summary>Puts servers, weights and rules in force: requests in progress finish where they are.</summary>
    public Task ApplyAsync(PoolDefinition definition)
    {
        _fronts[definition.PoolId].Apply(definition);
        return Task.CompletedTask;
    }

    /// <summary>What was counted of each pool's servers since the last call. One caller at a time.</summary>
    public IEnumerable<NodeReport> Collect() => _fronts.Values.SelectMany(f => f.Collect());

    /// <summary>Takes no new requests, lets those in progress finish within the stop timeout, ends.</summary>
    public Task RemoveAsync(string poolId) => RemoveAsync(poolId, handedOver: false);

    /// <summary>Leaves every listening socket to the process that takes over, and its clients, each after its next reply.</summary>
    public Task HandOverAsync() => RemoveAllAsync(handedOver: true);

    public async ValueTask DisposeAsync() => await RemoveAllAsync(handedOver: false).ConfigureAwait(false);

    private Task RemoveAllAsync(bool handedOver) => Task.WhenAll(_fronts.Keys.ToArray().Select(id => RemoveAsync(id, handedOver)));

    private async Task RemoveAsync(string poolId, bool handedOver)
    {
        if (_fronts.TryRemove(poolId, out HttpFront? front))
        {
            await front.StopAsync(options.StopTimeout, handedOver).ConfigureAwait(false);
        }
    }
}
