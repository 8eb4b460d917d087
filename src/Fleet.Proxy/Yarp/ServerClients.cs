using Fleet.Hosting.Security;
using Yarp.ReverseProxy.Forwarder;

namespace Fleet.Proxy.Yarp;

/// <summary>Makes what YARP asks the servers of one pool with: connections that are counted, and encrypted where the pool says so.</summary>
internal sealed class ServerClients(HttpTraffic traffic, HttpIdentities identities) : ForwarderHttpClientFactory
{
    private volatile TlsIdentity? _used;

    /// <inheritdoc/>
    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) =>
        base.CanReuseOldClient(context) && _used == identities.Servers;

    /// <inheritdoc/>
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.ConnectCallback = traffic.ConnectAsync;
        _used = identities.Servers;
        if (_used is { } servers)
        {
            handler.SslOptions = servers.ForClient();
        }
    }
}
