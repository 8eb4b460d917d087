using System.IO.Pipelines;
using Fleet.Grpc.Wire;
using Grpc.Core;

namespace Fleet.Grpc.Client;

/// <summary>One call at its client: sends the request, reads responses, ends with a status exactly once.</summary>
/// <typeparam name="TRequest">Request message.</typeparam>
/// <typeparam name="TResponse">Response message.</typeparam>
internal sealed class ClientCall<TRequest, TResponse> : IDisposable
    where TRequest : class
    where TResponse : class
{
    private readonly FleetChannel _channel;
    private readonly string? _host;
    private readonly CallOptions _options;
    private readonly CallLifetime _lifetime;
    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<(Status Status, Metadata Trailers)> _end =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task<FrameReader?> _responses = Task.FromResult<FrameReader?>(null);
    private HttpResponseMessage? _response;

    public ClientCall(FleetChannel channel, Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        _channel = channel;
        _host = host;
        _options = options;
        Method = method;
        _lifetime = new CallLifetime(options, channel.Shutdown, channel.Options.TimeProvider);
        CompressesRequests = options.Headers?.GetValue(GrpcHeaders.RequestEncoding) == Gzip.Name;

        // Callers need not look at the headers, so their failure is observed here.
        _ = _headers.Task.ContinueWith(
            static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    public Method<TRequest, TResponse> Method { get; }

    public Task<Metadata> Headers => _headers.Task;

    /// <summary>Completes with the status and the trailers of the call.</summary>
    public Task<(Status Status, Metadata Trailers)> End => _end.Task;

    /// <summary>Cancelled by the caller, the deadline, the channel's end and the call's own end.</summary>
    public CancellationToken Cancelled => _lifetime.Token;

    /// <summary>True while somebody waits for a response, and so will learn how the call ends.</summary>
    public bool IsReading { get; private set; }

    public WriteOptions? WriteOptions => _options.WriteOptions;

    /// <summary>True when requests travel compressed unless a message says otherwise.</summary>
    public bool CompressesRequests { get; }

    public ReadOnlyMemory<byte> Frame(TRequest request, WriteOptions? options) => MessageFrame.Write(
        Method.RequestMarshaller,
        request,
        CompressesRequests && options?.Flags.HasFlag(WriteFlags.NoCompress) != true,
        _channel.Options.MaxSendMessageSize);

    /// <summary>Body of a method with one request; null when the request cannot be sent, which ends the call.</summary>
    public HttpContent? SingleRequest(TRequest request)
    {
        try
        {
            ArgumentNullException.ThrowIfNull(request);
            return new MessageContent(Frame(request, WriteOptions));
        }
        catch (RpcException e)
        {
            Fail(e);
            return null;
        }
    }

    /// <summary>Sends the request; does not wait.</summary>
    public void Start(HttpContent? content)
    {
        // A deadline or cancellation ends the call, and resets its stream, even while nobody reads or writes.
        _lifetime.Token.UnsafeRegister(
            static state => ((ClientCall<TRequest, TResponse>)state!).Fail(new OperationCanceledException()), this);
        if (content is not null)
        {
            _responses = TryOpenAsync(content);
        }
    }

    /// <summary>The response of a method with exactly one.</summary>
    public async Task<TResponse> ReadSingleAsync()
    {
        TResponse? response = await ReadAsync().ConfigureAwait(false);
        if (response is not null && await ReadAsync().ConfigureAwait(false) is not null)
        {
            throw Fail(new RpcException(new Status(StatusCode.Internal, "the server sent more than one response to a unary method")));
        }

        return response
            ?? throw new RpcException(new Status(StatusCode.Internal, "the server sent OK without the response of a unary method"));
    }

    /// <summary>The next response, or null at the end of a call that succeeded. Throws the status of one that failed.</summary>
    public async Task<TResponse?> ReadAsync()
    {
        try
        {
            IsReading = true;
            FrameReader? responses = await _responses.ConfigureAwait(false);
            if (responses is not null && !_end.Task.IsCompleted)
            {
                var (found, message) = await responses.ReadAsync(Method.ResponseMarshaller, _lifetime.Token).ConfigureAwait(false);
                if (found)
                {
                    return message;
                }

                var (status, trailers) = ResponseStatus.FromTrailers(_response!);
                Finish(status, trailers);
            }
        }
#pragma warning disable CA1031 // Every failure of a call is an RpcException for its caller.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw Fail(e);
        }
        finally
        {
            IsReading = false;
        }

        var end = await _end.Task.ConfigureAwait(false);
        return end.Status.StatusCode == StatusCode.OK ? null : throw new RpcException(end.Status, end.Trailers);
    }

    /// <summary>Ends the call with the status of a failure, unless it ended before.</summary>
    /// <returns>The exception for the caller: the status with which the call really ended.</returns>
    public RpcException Fail(Exception exception)
    {
        Status status = ResponseStatus.FromException(exception, _lifetime);
        Finish(status, (exception as RpcException)?.Trailers ?? Metadata.Empty);
        return new RpcException(_end.Task.Result.Status, _end.Task.Result.Trailers);
    }

    public Status GetStatus() => _end.Task.IsCompleted ? _end.Task.Result.Status : throw NotEnded();

    public Metadata GetTrailers() => _end.Task.IsCompleted ? _end.Task.Result.Trailers : throw NotEnded();

    public void Dispose() => Finish(new Status(StatusCode.Cancelled, "The client disposed the call."), Metadata.Empty);

    private static InvalidOperationException NotEnded() => new("The call has not ended yet, so it has no status and no trailers.");

    private async Task<FrameReader?> TryOpenAsync(HttpContent content)
    {
        try
        {
            return await OpenAsync(content).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Every failure of a call is an RpcException for its caller.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(e);
            return null;
        }
    }

    private async Task<FrameReader?> OpenAsync(HttpContent content)
    {
        using HttpRequestMessage request = CallRequest.Create(_channel, Method.FullName, _host, _options, content);
        HttpResponseMessage response = await _channel.SendAsync(request, _lifetime.Token).ConfigureAwait(false);
        _response = response;
        if (_end.Task.IsCompleted)
        {
            // The call ended while its response arrived, so nobody else frees it.
            response.Dispose();
            return null;
        }

        Metadata headers = ResponseStatus.HeadersOf(response);
        if (ResponseStatus.FromHeaders(response) is { } early)
        {
            // Trailers-only: what the server sent as headers are trailers by meaning.
            _headers.TrySetResult([]);
            Finish(early, headers);
            return null;
        }

        _headers.TrySetResult(headers);
        string? encoding = ResponseStatus.EncodingOf(response);
        Stream body = await response.Content.ReadAsStreamAsync(_lifetime.Token).ConfigureAwait(false);
        return new FrameReader(PipeReader.Create(body), encoding, _channel.Options.MaxReceiveMessageSize);
    }

    private void Finish(Status status, Metadata trailers)
    {
        if (!_end.TrySetResult((status, trailers)))
        {
            return;
        }

        if (!_headers.Task.IsCompleted)
        {
            _headers.TrySetException(new RpcException(status, trailers));
        }

        // Frees the request's body and, when the server has not finished, resets the stream.
        _lifetime.End();
        _response?.Dispose();
    }
}
