using Fleet.Grpc.Client;
using Fleet.Hosting.Security;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Wire;

/// <summary>How this controller connects to agents, proxies and other controllers.</summary>
internal static class PeerChannel
{
    /// <summary>Options for channels; null without TLS. The certificate is read again when its files change.</summary>
    /// <exception cref="Hosting.Errors.StartupException">The files are unusable.</exception>
    public static FleetChannelOptions? Of(TlsFiles? tls, TimeProvider time, ILogger logger) =>
        tls is null ? null : new FleetChannelOptions { Tls = TlsIdentity.Load(tls, time, logger).ForClient() };
}
