using System.Net.Security;

namespace Fleet.Grpc.Client;

/// <summary>Limits and transport of a <see cref="FleetChannel"/>.</summary>
public sealed record FleetChannelOptions
{
    /// <summary>
    /// Largest response message in bytes, before and after decompression; larger ones end their call with RESOURCE_EXHAUSTED. Default
    /// 4,194,304 (the default of the official implementations). Null: no limit.
    /// </summary>
    public int? MaxReceiveMessageSize { get; init; } = 4 * 1024 * 1024;

    /// <summary>Largest request message in bytes before compression. Default null: no limit.</summary>
    public int? MaxSendMessageSize { get; init; }

    /// <summary>Time for one attempt to connect; after it a call fails with UNAVAILABLE. Default 5 s; longer than 0.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Silence after which a connection with calls is probed with an HTTP/2 PING; without an answer for half as long again its calls fail
    /// with INTERNAL, since HttpClient reports it as HTTP/2 error 1 (PROTOCOL_ERROR). Default 20 s; 1 s or longer.
    /// </summary>
    public TimeSpan KeepAlivePingDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>TLS options for https addresses, such as trust in a private authority; null: the system's trust.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>Clock of deadlines. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Transport instead of the channel's own; not disposed with the channel. It must speak HTTP/2.</summary>
    public HttpMessageHandler? HttpHandler { get; init; }
}
