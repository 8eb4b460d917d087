using Fleet.Grpc.Client;
using Fleet.Hosting.Security;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Wire;

/// <summary>How this controller connects to agents, proxies and other controllers.</summary>
internal static class PeerChannel
{
    // A proxy's telemetry is one message for all nodes, about half a KiB each: 10,000 nodes are more than the usual 4 MiB.
    private const int LargestAnswer = 64 << 20;

    /// <summary>Options for channels. The certificate is read again when its files change.</summary>
    /// <exception cref="Hosting.Errors.StartupException">The files are unusable.</exception>
    public static FleetChannelOptions Of(TlsFiles? tls, TimeProvider time, ILogger logger) => new()
    {
        MaxReceiveMessageSize = LargestAnswer,
        Tls = tls is null ? null : TlsIdentity.Load(tls, time, logger).ForClient(),
    };
}
