using System.Globalization;
using System.Net;

namespace Fleet.Controller.Admin;

/// <summary>What an address in a request may look like.</summary>
internal static class Endpoint
{
    /// <summary>Rule of a server address.</summary>
    public const string HostPortRule = "HOST:PORT with a port of 1 to 65535";

    /// <summary>Rule of a listening address.</summary>
    public const string ListenRule = "ADDRESS:PORT with an IP address and a port of 0 to 65535";

    /// <summary>Rule of a service address.</summary>
    public const string ServiceRule = "http://HOST:PORT, https://HOST:PORT or unix:/PATH";

    /// <summary>Whether the text is HOST:PORT; IPv6 hosts are in brackets.</summary>
    public static bool IsHostPort(string text) => Split(text) is { Port: >= 1 } parts && IsHost(parts.Host);

    /// <summary>Whether the text is ADDRESS:PORT with a literal address.</summary>
    public static bool IsListen(string text) => Split(text) is { } parts && IPAddress.TryParse(parts.Host.Trim('[', ']'), out _);

    /// <summary>Whether the text is the address of a Fleet service.</summary>
    public static bool IsService(string text) =>
        text.StartsWith("unix:/", StringComparison.Ordinal)
        ? text.Length > "unix:/".Length && !text.Contains('\0', StringComparison.Ordinal)
        : IsUrl(text, "http://") || IsUrl(text, "https://");

    private static bool IsUrl(string text, string scheme) =>
        text.StartsWith(scheme, StringComparison.Ordinal) && IsHostPort(text[scheme.Length..].TrimEnd('/'));

    private static bool IsHost(string host) =>
        host.StartsWith('[') ? host.EndsWith(']') && IPAddress.TryParse(host[1..^1], out _)
        : Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;

    private static (string Host, int Port)? Split(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= 65535
            ? (text[..colon], port)
            : null;
    }
}
