using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Fleet.Proxy.Engine;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Fleet.Proxy.Yarp;

/// <summary>
/// Counts what the servers of one HTTP pool are asked and answer, in the terms of the other pools: a request's latency ends with the head of
/// its response, so that neither a slow client nor a connection that becomes another protocol's counts against the server.
/// </summary>
internal sealed class HttpTraffic(string poolId, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, HttpLedger> _ledgers = new(StringComparer.OrdinalIgnoreCase);
    private volatile IReadOnlyDictionary<(string Host, int Port), string> _nodes = new Dictionary<(string, int), string>();

    /// <summary>The pool.</summary>
    public string PoolId => poolId;

    /// <summary>Takes the pool's servers: those that left are forgotten.</summary>
    /// <param name="servers">Id and address (http://HOST:PORT/) of each.</param>
    public void Know(IEnumerable<(string NodeId, Uri Address)> servers)
    {
        var nodes = new Dictionary<(string Host, int Port), string>();
        foreach ((string id, Uri address) in servers)
        {
            nodes.TryAdd((address.IdnHost, address.Port), id);
        }

        _nodes = nodes;
        foreach (string gone in _ledgers.Keys.Except(nodes.Values, StringComparer.OrdinalIgnoreCase))
        {
            _ledgers.TryRemove(gone, out _);
        }
    }

    /// <summary>Counts a request, around everything that is done with it.</summary>
    public async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(Answered, (this, context, time.GetTimestamp()));
        await next(context).ConfigureAwait(false);
        if (context.GetForwarderErrorFeature() is { } error && IsTheServers(error.Error) && Server(context) is { } server)
        {
            Ledger(server).Failed();
        }
    }

    /// <summary>Connects to a server; its bytes are counted.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        DnsEndPoint address = context.DnsEndPoint;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancel).ConfigureAwait(false);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return _nodes.TryGetValue((address.Host, address.Port), out string? node) ? new CountedStream(stream, Ledger(node)) : stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Each server's state, and what was counted of it since the last call. One caller at a time.</summary>
    public IEnumerable<NodeReport> Collect(ClusterState cluster) => cluster.DestinationsState.AllDestinations.Select(d =>
    {
        bool healthy = d.Health.Active != DestinationHealth.Unhealthy && d.Health.Passive != DestinationHealth.Unhealthy;
        return new NodeReport(poolId, d.DestinationId, healthy, d.ConcurrentRequestCount, "", Ledger(d.DestinationId).Collect())
        {
            Address = d.Model.Config.Address,
            Reachable = healthy,
        };
    });

    private static Task Answered(object state)
    {
        (HttpTraffic traffic, HttpContext context, long start) = ((HttpTraffic, HttpContext, long))state;
        if (context.GetForwarderErrorFeature() is null && Server(context) is { } server)
        {
            traffic.Ledger(server).Answered(traffic.Since(start));
        }

        return Task.CompletedTask;
    }

    private static string? Server(HttpContext context) => context.Features.Get<IReverseProxyFeature>()?.ProxiedDestination?.DestinationId;

    /// <summary>Clients that leave, and requests that nobody could take, are no server's fault.</summary>
    private static bool IsTheServers(ForwarderError error) => error switch
    {
        ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.RequestCreation => true,
        ForwarderError.RequestBodyDestination or ForwarderError.ResponseBodyDestination or ForwarderError.ResponseHeaders => true,
        ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination => true,
        _ => false,
    };

    private TimeSpan Since(long start) => time.GetElapsedTime(start);

    private HttpLedger Ledger(string node) => _ledgers.GetOrAdd(node, _ => new HttpLedger());
}
