using System.Globalization;
using System.Net;

namespace Fleet.Hosting.Listening;

/// <summary>Where a service listens: ADDRESS:PORT or unix:/PATH.</summary>
public sealed record ListenAddress
{
    /// <summary>What is legal, for error messages.</summary>
    public const string Rule = "ADDRESS:PORT with an IP address and a port of 0 to 65535 (0: any free port), or unix:/PATH";

    private ListenAddress(IPEndPoint? endPoint, string? socketPath) => (EndPoint, SocketPath) = (endPoint, socketPath);

    /// <summary>The TCP end point; null for a socket file.</summary>
    public IPEndPoint? EndPoint { get; }

    /// <summary>The socket file; null for TCP.</summary>
    public string? SocketPath { get; }

    /// <summary>Whether only this host can reach the address, so that plain text stays inside it.</summary>
    public bool IsLocal => EndPoint is null || IPAddress.IsLoopback(EndPoint.Address);

    /// <summary>Why a service must not listen there; null when it may.</summary>
    /// <param name="text">The address as given.</param>
    /// <param name="hasTls">Whether the service has a certificate.</param>
    public static string? Problem(string text, bool hasTls) =>
        !TryParse(text, out ListenAddress address) || address.IsLocal || hasTls
            ? null
            : $"listen address '{text}' can be reached from other hosts, and without TLS anybody there could steer this service; legal without "
                + "TLS is a loopback address or unix:/PATH; give tls-cert, tls-key and tls-ca ('fleet certs init' makes them)";

    /// <summary>Parses the address; false when it is not legal (<see cref="Rule"/>).</summary>
    public static bool TryParse(string text, out ListenAddress address)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith("unix:/", StringComparison.Ordinal) && text.Length > "unix:/".Length)
        {
            address = new(null, text["unix:".Length..]);
            return true;
        }

        int colon = text.LastIndexOf(':');
        if (colon > 0
            && IPAddress.TryParse(text[..colon].Trim('[', ']'), out IPAddress? ip)
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port <= IPEndPoint.MaxPort)
        {
            address = new(new IPEndPoint(ip, port), null);
            return true;
        }

        address = null!;
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => SocketPath is { } path ? $"unix:{path}" : EndPoint!.ToString();
}
