using System.Net;

namespace Fleet.Proxy.Engine;

/// <summary>A node as the loops connect to it.</summary>
/// <param name="NodeId">Id, unique in its pool.</param>
/// <param name="Address">HOST:PORT as configured; the ring is laid by it.</param>
/// <param name="EndPoint">What the address resolved to.</param>
internal sealed record NodeTarget(string NodeId, string Address, IPEndPoint EndPoint);
