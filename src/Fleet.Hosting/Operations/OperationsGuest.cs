using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Fleet.Hosting.Operations;

/// <summary>
/// A service's operations pages on a port of its gRPC server's process: a second web server would be a second clock that wakes the host every
/// second. What comes in by that port sees the pages and nothing else.
/// </summary>
public sealed class OperationsGuest
{
    private readonly OperationsPages _pages;

    internal OperationsGuest(IPEndPoint endpoint, OperationsPages pages) => (EndPoint, _pages) = (endpoint, pages);

    /// <summary>Where the pages answer.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Opens the port.</summary>
    internal void Listen(KestrelServerOptions kestrel) => kestrel.Listen(EndPoint, port =>
    {
        port.Protocols = HttpProtocols.Http1;
        port.Use(next => connection =>
        {
            connection.Features.Set(this);
            return next(connection);
        });
    });

    /// <summary>Answers what came in by the port, and passes on the rest.</summary>
    internal RequestDelegate Before(RequestDelegate next) =>
        http => http.Features.Get<OperationsGuest>() is null ? next(http) : _pages.AnswerAsync(http);

    /// <summary>The address with a port that is free now.</summary>
    /// <exception cref="SocketException">The address is in use or not of this host.</exception>
    internal static IPEndPoint Free(IPEndPoint wanted)
    {
        using Socket probe = SocketTransportOptions.CreateDefaultBoundListenSocket(wanted);
        return (IPEndPoint)probe.LocalEndPoint!;
    }
}
