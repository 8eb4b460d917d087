using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Fleet.Proxy.Pools;

/// <summary>An address as people write it: HOST:PORT, with an IPv6 host in brackets.</summary>
internal readonly record struct HostPort(string Host, int Port)
{
    /// <summary>Parses; the problem names the value, what is legal and an example.</summary>
    public static bool TryParse(string? text, string thing, bool allowAnyPort, out HostPort address, out string problem)
    {
        address = default;
        problem = "";
        int colon = (text ?? "").LastIndexOf(':');
        string host = colon > 0 ? text![..colon] : "";
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        host = bracketed ? host[1..^1] : host;
        if (host.Length == 0 || host.Any(char.IsWhiteSpace) || (host.Contains(':') && !bracketed)
            || !int.TryParse(text![(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port > ushort.MaxValue || (port == 0 && !allowAnyPort))
        {
            string ports = allowAnyPort ? "0 to 65535 (0: any free port)" : "1 to 65535";
            problem = $"{thing} \"{text}\" is not HOST:PORT with a port of {ports}; for example 127.0.0.1:11211 or [::1]:11211";
            return false;
        }

        address = new HostPort(host, port);
        return true;
    }

    /// <summary>The first address that the host has.</summary>
    /// <exception cref="SocketException">The name is not known.</exception>
    public async Task<IPEndPoint> ResolveAsync(CancellationToken cancel)
    {
        if (IPAddress.TryParse(Host, out IPAddress? literal))
        {
            return new IPEndPoint(literal, Port);
        }

        IPAddress[] found = await Dns.GetHostAddressesAsync(Host, cancel).ConfigureAwait(false);
        return new IPEndPoint(found.OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).First(), Port);
    }
}
