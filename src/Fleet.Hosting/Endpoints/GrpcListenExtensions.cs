using System.Net;
using System.Net.Sockets;
using Fleet.Hosting.Errors;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Fleet.Hosting.Endpoints;

/// <summary>Makes Kestrel listen for gRPC.</summary>
public static class GrpcListenExtensions
{
    /// <summary>
    /// Listens with HTTP/2 without TLS. HTTP/1.1 is off: without TLS nothing negotiates the version, so one port speaks one of them.
    /// The socket file of a dead process is removed; that of a live one is a <see cref="StartupException"/>.
    /// </summary>
    /// <param name="kestrel">Options of the server.</param>
    /// <param name="endpoint">Where to listen. A host name listens on every address that it resolves to.</param>
    public static void ListenGrpc(this KestrelServerOptions kestrel, ServiceEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        ArgumentNullException.ThrowIfNull(endpoint);
        if (endpoint.SocketPath is { } path)
        {
            UnixSocketFile.RemoveIfStale(path);
            kestrel.ListenUnixSocket(path, UseHttp2);
            return;
        }

        foreach (IPAddress address in Resolve(endpoint))
        {
            kestrel.Listen(address, endpoint.Port, UseHttp2);
        }
    }

    private static void UseHttp2(ListenOptions listen) => listen.Protocols = HttpProtocols.Http2;

    private static IPAddress[] Resolve(ServiceEndpoint endpoint)
    {
        if (IPAddress.TryParse(endpoint.Host, out IPAddress? address))
        {
            return [address];
        }

        try
        {
            IPAddress[] addresses = [.. Dns.GetHostAddresses(endpoint.Host).Distinct()];

            // A port that the kernel chooses is one port: a name with two addresses would get two different ones.
            return endpoint.Port == 0 ? addresses[..1] : addresses;
        }
        catch (SocketException e)
        {
            throw new StartupException($"cannot listen on '{endpoint}': host '{endpoint.Host}' does not resolve ({e.Message})", e);
        }
    }
}
