namespace Fleet.Proxy;

/// <summary>A server that the proxy starts with.</summary>
/// <param name="Id">Id of the node, unique: 1 to 63 of letters, digits, '.', '_' and '-'.</param>
/// <param name="Address">HOST:PORT.</param>
/// <param name="Weight">Share of load relative to the others, 0 to 1,000,000; 0 takes no requests.</param>
public sealed record ProxyServer(string Id, string Address, int Weight = 100)
{
    /// <summary>A server named by its address.</summary>
    public static ProxyServer At(string address) => new(address.Replace(':', '-').Trim('[', ']'), address);
}
