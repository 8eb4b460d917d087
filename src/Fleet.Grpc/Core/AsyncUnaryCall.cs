using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>A call with one response.</summary>
/// <typeparam name="TResponse">Response message.</typeparam>
/// <param name="responseAsync">The response.</param>
/// <param name="responseHeadersAsync">Headers of the response.</param>
/// <param name="getStatusFunc">Status of the finished call.</param>
/// <param name="getTrailersFunc">Trailers of the finished call.</param>
/// <param name="disposeAction">Cancels an unfinished call and frees it.</param>
public sealed class AsyncUnaryCall<TResponse>(
    Task<TResponse> responseAsync,
    Task<Metadata> responseHeadersAsync,
    Func<Status> getStatusFunc,
    Func<Metadata> getTrailersFunc,
    Action disposeAction) : IDisposable
{
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
