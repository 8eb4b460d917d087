using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Fleet.Hosting.Endpoints;

/// <summary>Where a service listens or is reached: a TCP host and port, or the path of a unix socket.</summary>
public sealed record ServiceEndpoint
{
    /// <summary>Longest path of a unix socket in bytes: sockaddr_un holds 108 with the closing zero (unix(7)).</summary>
    public const int MaxSocketPathBytes = 107;

    private const string LegalForms = "legal forms: HOST:PORT, http://HOST:PORT, https://HOST:PORT, unix:/PATH";

    private ServiceEndpoint(string host, int port, string? socketPath)
    {
        Host = host;
        Port = port;
        SocketPath = socketPath;
    }

    /// <summary>Host name or IP address (IPv6 without brackets); empty for a unix socket.</summary>
    public string Host { get; }

    /// <summary>TCP port, 0 to 65,535; 0 lets the kernel choose when listening. 0 for a unix socket.</summary>
    public int Port { get; }

    /// <summary>Absolute path of a unix socket; null for TCP.</summary>
    public string? SocketPath { get; }

    /// <summary>Whether TLS was asked for by https.</summary>
    public bool Secure { get; private init; }

    /// <summary>The address for a gRPC channel: http://HOST:PORT, https://HOST:PORT or unix:/PATH.</summary>
    public string Address => SocketPath is not null ? "unix:" + SocketPath : (Secure ? "https://" : "http://") + Authority;

    private string Authority => (Host.Contains(':') ? $"[{Host}]" : Host) + ":" + Port.ToString(CultureInfo.InvariantCulture);

    /// <summary>Parses HOST:PORT, http://HOST:PORT, https://HOST:PORT or unix:/PATH.</summary>
    /// <param name="text">What a person wrote.</param>
    /// <exception cref="FormatException">The text is none of them; the message has the text and the legal forms.</exception>
    public static ServiceEndpoint Parse(string text) =>
        TryParse(text, out ServiceEndpoint? endpoint, out string? problem) ? endpoint : throw new FormatException(problem);

    /// <summary>Parses HOST:PORT, http://HOST:PORT, https://HOST:PORT or unix:/PATH.</summary>
    /// <param name="text">What a person wrote.</param>
    /// <param name="endpoint">The endpoint when true.</param>
    /// <param name="problem">What is wrong, with the text and the legal forms, when false.</param>
    public static bool TryParse(
        string? text, [NotNullWhen(true)] out ServiceEndpoint? endpoint, [NotNullWhen(false)] out string? problem)
    {
        endpoint = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            problem = $"address is empty; {LegalForms}";
            return false;
        }

        problem = text.StartsWith("unix:", StringComparison.Ordinal)
            ? ParseSocket(text, text["unix:".Length..], out endpoint)
            : ParseTcp(text, WithoutScheme(text), out endpoint);
        endpoint = endpoint is null ? null : endpoint with { Secure = text.StartsWith("https://", StringComparison.Ordinal) };
        return endpoint is not null;
    }

    /// <summary>HOST:PORT or unix:/PATH.</summary>
    public override string ToString() => SocketPath is not null ? "unix:" + SocketPath : Authority;

    private static string WithoutScheme(string text) =>
        new[] { "http://", "https://" }.FirstOrDefault(s => text.StartsWith(s, StringComparison.Ordinal)) is { } scheme
            ? text[scheme.Length..] : text;

    private static string? ParseSocket(string text, string path, out ServiceEndpoint? endpoint)
    {
        endpoint = null;
        path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
        int bytes = Encoding.UTF8.GetByteCount(path);
        if (path.Length < 2 || path[0] != '/')
        {
            return $"address '{text}' has no absolute path; {LegalForms}";
        }

        if (bytes > MaxSocketPathBytes)
        {
            return $"address '{text}' has a path of {bytes} bytes; a unix socket takes at most {MaxSocketPathBytes}";
        }

        endpoint = new ServiceEndpoint("", 0, path);
        return null;
    }

    private static string? ParseTcp(string text, string authority, out ServiceEndpoint? endpoint)
    {
        endpoint = null;
        authority = authority.EndsWith('/') ? authority[..^1] : authority;
        int colon = authority.LastIndexOf(':');
        if (colon < 0)
        {
            return $"address '{text}' has no port; {LegalForms}";
        }

        if (!int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port > 65_535)
        {
            return $"address '{text}' has port '{authority[(colon + 1)..]}'; legal: 0 to 65535; {LegalForms}";
        }

        string host = authority[..colon];
        bool bracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        host = bracketed ? host[1..^1] : host;
        UriHostNameType kind = Uri.CheckHostName(host);
        bool legal = bracketed ? kind == UriHostNameType.IPv6 : kind is UriHostNameType.IPv4 or UriHostNameType.Dns;
        if (!legal)
        {
            return $"address '{text}' has host '{host}', which is no host name, IPv4 address or IPv6 address in []; {LegalForms}";
        }

        endpoint = new ServiceEndpoint(host, port, null);
        return null;
    }
}
