using System.Net;

namespace Fleet.Lab.Bench;

/// <summary>A target that accepts connections.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where clients connect.</param>
/// <param name="Pid">Process of the proxy; null for the target without a proxy.</param>
internal sealed record RunningTarget(string Name, IPEndPoint Address, int? Pid);
