using System.Net;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;
using Microsoft.Extensions.Logging;

namespace Fleet.Proxy.Yarp;

/// <summary>The HTTP pools, each a YARP of its own on its own port: they come and go while the others serve.</summary>
internal sealed class HttpPools(ILoggerFactory loggers, ProxyOptions options, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Ports may still be in use by the process that this one takes over from.</summary>
    public bool TakesOver { get; init; }

    private readonly Dictionary<string, HttpFront> _fronts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Starts serving a pool.</summary>
    /// <exception cref="IOException">The address cannot be bound.</exception>
    public async Task<PublishedPool> ListenAsync(PoolDefinition definition, IPEndPoint endpoint, CancellationToken cancel)
    {
        HttpFront front = await HttpFront.StartAsync(definition, endpoint, loggers, options, time, TakesOver, cancel).ConfigureAwait(false);
        _fronts.Add(definition.PoolId, front);
        return new PublishedPool(definition.PoolId, front.Listen, isHttp: true);
    }

    /// <summary>Puts servers, weights and rules in force: requests in progress finish where they are.</summary>
    public Task ApplyAsync(PoolDefinition definition)
    {
        _fronts[definition.PoolId].Apply(definition);
        return Task.CompletedTask;
    }

    /// <summary>Takes no new requests, lets those in progress finish within the stop timeout, ends.</summary>
    public async Task RemoveAsync(string poolId)
    {
        if (_fronts.Remove(poolId, out HttpFront? front))
        {
            await front.StopAsync(options.StopTimeout).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_fronts.Keys.ToArray().Select(RemoveAsync)).ConfigureAwait(false);
}
