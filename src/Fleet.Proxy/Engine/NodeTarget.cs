using System.Net;
using Fleet.Proxy.Tls;

namespace Fleet.Proxy.Engine;

/// <summary>A node as the loops connect to it.</summary>
/// <param name="NodeId">Id, unique in its pool.</param>
/// <param name="Address">HOST:PORT as configured; the ring is laid by it.</param>
/// <param name="EndPoint">What the address resolved to.</param>
internal sealed record NodeTarget(string NodeId, string Address, IPEndPoint EndPoint)
{
    /// <summary>Connects by TLS; null: in plain text.</summary>
    public TlsDialer? Tls { get; init; }

    /// <summary>The name that the node's certificate must have.</summary>
    public string Host => Address[..Address.LastIndexOf(':')].Trim('[', ']');
}
