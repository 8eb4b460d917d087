namespace Grpc.Core;

/// <summary>What a handler knows of its call.</summary>
public abstract class ServerCallContext
{
    /// <summary>Path of the method: "/service/method".</summary>
    public string Method => MethodCore;

    /// <summary>Authority that the client called.</summary>
    public string Host => HostCore;

    /// <summary>Address of the client: "ipv4:ADDRESS:PORT", "ipv6:[ADDRESS]:PORT" or "unix:PATH".</summary>
    public string Peer => PeerCore;

    /// <summary>Moment in UTC at which the call ends with DEADLINE_EXCEEDED; <see cref="DateTime.MaxValue"/>: none.</summary>
    public DateTime Deadline => DeadlineCore;

    /// <summary>Metadata that the client sent.</summary>
    public Metadata RequestHeaders => RequestHeadersCore;

    /// <summary>
    /// Cancelled when the client gave up, the connection broke or the deadline passed; with a stream of responses also when the host stops.
    /// </summary>
    public CancellationToken CancellationToken => CancellationTokenCore;

    /// <summary>Metadata to send after the last response.</summary>
    public Metadata ResponseTrailers => ResponseTrailersCore;

    /// <summary>Status to send after the last response; OK by default.</summary>
    public Status Status
    {
        get => StatusCore;
        set => StatusCore = value;
    }

    /// <summary>How responses are written; null: default.</summary>
    public WriteOptions? WriteOptions
    {
        get => WriteOptionsCore;
        set => WriteOptionsCore = value;
    }

    /// <summary>Anything that filters and handlers of the call share.</summary>
    public IDictionary<object, object> UserState => UserStateCore;

    /// <summary>Sends headers now instead of with the first response. Once per call.</summary>
    /// <param name="responseHeaders">Metadata to send.</param>
    public Task WriteResponseHeadersAsync(Metadata responseHeaders) => WriteResponseHeadersAsyncCore(responseHeaders);

    /// <summary>Implements <see cref="Method"/>.</summary>
    protected abstract string MethodCore { get; }

    /// <summary>Implements <see cref="Host"/>.</summary>
    protected abstract string HostCore { get; }

    /// <summary>Implements <see cref="Peer"/>.</summary>
    protected abstract string PeerCore { get; }

    /// <summary>Implements <see cref="Deadline"/>.</summary>
    protected abstract DateTime DeadlineCore { get; }

    /// <summary>Implements <see cref="RequestHeaders"/>.</summary>
    protected abstract Metadata RequestHeadersCore { get; }

    /// <summary>Implements <see cref="CancellationToken"/>.</summary>
    protected abstract CancellationToken CancellationTokenCore { get; }

    /// <summary>Implements <see cref="ResponseTrailers"/>.</summary>
    protected abstract Metadata ResponseTrailersCore { get; }

    /// <summary>Implements <see cref="Status"/>.</summary>
    protected abstract Status StatusCore { get; set; }

    /// <summary>Implements <see cref="WriteOptions"/>.</summary>
    protected abstract WriteOptions? WriteOptionsCore { get; set; }

    /// <summary>Implements <see cref="UserState"/>.</summary>
    protected virtual IDictionary<object, object> UserStateCore { get; } = new Dictionary<object, object>();

    /// <summary>Implements <see cref="WriteResponseHeadersAsync"/>.</summary>
    /// <param name="responseHeaders">Metadata to send.</param>
    protected abstract Task WriteResponseHeadersAsyncCore(Metadata responseHeaders);
}
