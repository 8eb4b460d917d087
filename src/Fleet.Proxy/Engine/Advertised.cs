using System.Net;

namespace Fleet.Proxy.Engine;

/// <summary>Addresses as auto-discovering clients read them: HOST|IP|PORT, the IP empty when only the name is known.</summary>
internal static class Advertised
{
    public static string Of(IPEndPoint endpoint) => $"{endpoint.Address}|{endpoint.Address}|{endpoint.Port}";

    public static string Of(string host, int port) => $"{host}|{(IPAddress.TryParse(host, out _) ? host : "")}|{port}";
}
