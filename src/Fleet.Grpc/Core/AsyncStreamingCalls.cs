using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>A call with a stream of responses.</summary>
/// <typeparam name="TResponse">Response message.</typeparam>
/// <param name="responseStream">The responses.</param>
/// <param name="responseHeadersAsync">Headers of the response.</param>
/// <param name="getStatusFunc">Status of the finished call.</param>
/// <param name="getTrailersFunc">Trailers of the finished call.</param>
/// <param name="disposeAction">Cancels an unfinished call and frees it.</param>
public sealed class AsyncServerStreamingCall<TResponse>(
    IAsyncStreamReader<TResponse> responseStream,
    Task<Metadata> responseHeadersAsync,
    Func<Status> getStatusFunc,
    Func<Metadata> getTrailersFunc,
    Action disposeAction) : IDisposable
{
    /// <summary>The responses.</summary>
    public IAsyncStreamReader<TResponse> ResponseStream { get; } = responseStream;

    /// <summary>Headers of the response.</summary>
    public Task<Metadata> ResponseHeadersAsync { get; } = responseHeadersAsync;

    /// <summary>Status of the finished call; an error before that.</summary>
    public Status GetStatus() => getStatusFunc();

    /// <summary>Trailers of the finished call; an error before that.</summary>
    public Metadata GetTrailers() => getTrailersFunc();

    /// <summary>Cancels an unfinished call and frees it.</summary>
    public void Dispose() => disposeAction();
}

/// <summary>A call with a stream of requests and one response.</summary>
/// <typeparam name="TRequest">Request message.</typeparam>
/// <typeparam name="TResponse">Response message.</typeparam>
/// <param name="requestStream">The requests.</param>
/// <param name="responseAsync">The response.</param>
/// <param name="responseHeadersAsync">Headers of the response.</param>
/// <param name="getStatusFunc">Status of the finished call.</param>
/// <param name="getTrailersFunc">Trailers of the finished call.</param>
/// <param name="disposeAction">Cancels an unfinished call and frees it.</param>
public sealed class AsyncClientStreamingCall<TRequest, TResponse>(
    IClientStreamWriter<TRequest> requestStream,
    Task<TResponse> responseAsync,
    Task<Metadata> responseHeadersAsync,
    Func<Status> getStatusFunc,
    Func<Metadata> getTrailersFunc,
    Action disposeAction) : IDisposable
{
    /// <summary>The requests.</summary>
    public IClientStreamWriter<TRequest> RequestStream { get; } = requestStream;

    /// <summary>The response; fails with <see cref="RpcException"/>.</summary>
    public Task<TResponse> ResponseAsync { get; } = responseAsync;

    /// <summary>Headers of the response.</summary>
    public Task<Metadata> ResponseHeadersAsync { get; } = responseHeadersAsync;

    /// <summary>Awaits the response.</summary>
    public TaskAwaiter<TResponse> GetAwaiter() => ResponseAsync.GetAwaiter();

    /// <summary>Awaits the response with or without the captured context.</summary>
    /// <param name="continueOnCapturedContext">True: continue on the captured context.</param>
    public ConfiguredTaskAwaitable<TResponse> ConfigureAwait(bool continueOnCapturedContext) =>
        ResponseAsync.ConfigureAwait(continueOnCapturedContext);

    /// <summary>Status of the finished call; an error before that.</summary>
    public Status GetStatus() => getStatusFunc();

    /// <summary>Trailers of the finished call; an error before that.</summary>
    public Metadata GetTrailers() => getTrailersFunc();

    /// <summary>Cancels an unfinished call and frees it.</summary>
    public void Dispose() => disposeAction();
}

/// <summary>A call with streams both ways.</summary>
/// <typeparam name="TRequest">Request message.</typeparam>
/// <typeparam name="TResponse">Response message.</typeparam>
/// <param name="requestStream">The requests.</param>
/// <param name="responseStream">The responses.</param>
/// <param name="responseHeadersAsync">Headers of the response.</param>
/// <param name="getStatusFunc">Status of the finished call.</param>
/// <param name="getTrailersFunc">Trailers of the finished call.</param>
/// <param name="disposeAction">Cancels an unfinished call and frees it.</param>
public sealed class AsyncDuplexStreamingCall<TRequest, TResponse>(
    IClientStreamWriter<TRequest> requestStream,
    IAsyncStreamReader<TResponse> responseStream,
    Task<Metadata> responseHeadersAsync,
    Func<Status> getStatusFunc,
    Func<Metadata> getTrailersFunc,
    Action disposeAction) : IDisposable
{
    /// <summary>The requests.</summary>
    public IClientStreamWriter<TRequest> RequestStream { get; } = requestStream;

    /// <summary>The responses.</summary>
    public IAsyncStreamReader<TResponse> ResponseStream { get; } = responseStream;

    /// <summary>Headers of the response.</summary>
    public Task<Metadata> ResponseHeadersAsync { get; } = responseHeadersAsync;

    /// <summary>Status of the finished call; an error before that.</summary>
    public Status GetStatus() => getStatusFunc();

    /// <summary>Trailers of the finished call; an error before that.</summary>
    public Metadata GetTrailers() => getTrailersFunc();

    /// <summary>Cancels an unfinished call and frees it.</summary>
    public void Dispose() => disposeAction();
}
