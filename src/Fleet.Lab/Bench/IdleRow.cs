namespace Fleet.Lab.Bench;

/// <summary>Memory of connections that say nothing.</summary>
/// <param name="Target">Which proxy.</param>
/// <param name="Connections">Connections that were open at the same time.</param>
/// <param name="ResidentBytesPerConnection">Growth of the proxy's resident memory over their number.</param>
public sealed record IdleRow(string Target, int Connections, double ResidentBytesPerConnection);
