using System.Net;

namespace Fleet.Proxy.Handover;

/// <summary>A listening socket that a predecessor gave.</summary>
/// <param name="PoolId">Whose.</param>
/// <param name="Bound">Where it listens.</param>
/// <param name="Descriptor">The socket.</param>
internal sealed record InheritedListener(string PoolId, IPEndPoint Bound, int Descriptor);
