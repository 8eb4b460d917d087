namespace Fleet.Grpc.Client;

/// <summary>Where a channel connects: a URI for the requests and, for a unix socket, its path.</summary>
/// <param name="BaseUri">Scheme and authority of the requests.</param>
/// <param name="SocketPath">Path of a unix socket; null: TCP.</param>
internal sealed record ChannelAddress(Uri BaseUri, string? SocketPath)
{
    private const string LegalForms = "legal forms: http://HOST:PORT, https://HOST:PORT, unix:/PATH";

    public static ChannelAddress Parse(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.StartsWith("unix:", StringComparison.Ordinal))
        {
            string path = address["unix:".Length..];
            path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
            return path.StartsWith('/')
                ? new ChannelAddress(new Uri("http://localhost"), path)
                : throw new ArgumentException($"gRPC address '{address}' has no absolute path; {LegalForms}", nameof(address));
        }

        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/"
            ? new ChannelAddress(uri, null)
            : throw new ArgumentException($"gRPC address '{address}' is not understood; {LegalForms}", nameof(address));
    }
}
