using System.Net;
using Fleet.Grpc.Wire;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fleet.Grpc.Server;

/// <summary>One call at its server: its context for the handler, its response, its deadline and its end.</summary>
internal sealed class ServerCall : ServerCallContext, IDisposable
{
    public static readonly Status DeadlineStatus = new(StatusCode.DeadlineExceeded, "Deadline Exceeded");

    // Timers take at most 0xFFFFFFFE milliseconds; a deadline beyond 49 days is no deadline.
    private static readonly TimeSpan MaxTimer = TimeSpan.FromMilliseconds(0xFFFFFFFE);

    private readonly HttpContext _http;
    private readonly ServerEnvironment _environment;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationToken _stopping;
    private readonly TaskCompletionSource _deadlinePassed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string? _badTimeout;
    private Metadata? _requestHeaders;
    private Task _flush = Task.CompletedTask;
    private bool _headersGiven;
    private bool _buffered;
    private bool _isEnded;

    public ServerCall(HttpContext http, string method, MethodType type, ServerEnvironment environment)
    {
        _http = http;
        _environment = environment;
        MethodCore = method;
        string? timeoutText = http.Request.Headers[GrpcHeaders.Timeout];
        TimeSpan timeout = Timeout.InfiniteTimeSpan;
        if (timeoutText is not null && !TimeoutHeader.TryParse(timeoutText, out timeout))
        {
            _badTimeout = timeoutText;
            timeout = Timeout.InfiniteTimeSpan;
        }

        DeadlineCore = DateTime.MaxValue;
        if (timeout >= TimeSpan.Zero && timeout <= MaxTimer)
        {
            DeadlineCore = environment.Time.GetUtcNow().UtcDateTime + timeout;
            _deadline = new CancellationTokenSource(timeout, environment.Time);
        }
        else
        {
            _deadline = new CancellationTokenSource();
        }

        _deadline.Token.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), _deadlinePassed);

        // A stream of responses may last for ever and would hold up the host's stop; a single response is waited for.
        _stopping = type is MethodType.ServerStreaming or MethodType.DuplexStreaming ? environment.Stopping : CancellationToken.None;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _deadline.Token, _stopping);
    }

    /// <summary>The HTTP request that carries the call.</summary>
    public HttpContext Http => _http;

    /// <summary>Completes when the deadline passes, never before.</summary>
    public Task DeadlinePassed => _deadlinePassed.Task;

    /// <summary>Reads the request's messages; made by <see cref="Open"/>.</summary>
    public FrameReader Requests { get; private set; } = null!;

    public int? MaxSendBytes => _environment.Options.MaxSendMessageSize;

    /// <summary>True when responses travel compressed unless a message says otherwise.</summary>
    public bool CompressesResponses { get; private set; }

    protected override string MethodCore { get; }

    protected override string HostCore => _http.Request.Host.Value ?? "";

    protected override string PeerCore => _http.Connection.RemoteIpAddress switch
    {
        null => "unix:",
        { AddressFamily: System.Net.Sockets.AddressFamily.InterNetwork } v4 => $"ipv4:{v4}:{_http.Connection.RemotePort}",
        IPAddress v6 => $"ipv6:[{v6}]:{_http.Connection.RemotePort}",
    };

    protected override DateTime DeadlineCore { get; }

    protected override Metadata RequestHeadersCore => _requestHeaders ?? Metadata.Empty;

    protected override CancellationToken CancellationTokenCore => _ended.Token;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    /// <summary>Reads the headers of the request. Throws the status of a request that cannot be served.</summary>
    public void Open()
    {
        IHeaderDictionary headers = _http.Request.Headers;
        if (_badTimeout is not null)
        {
            throw new RpcException(new Status(
                StatusCode.Internal, $"grpc-timeout '{_badTimeout}' is malformed; legal: 1 to 8 digits and one of H, M, S, m, u, n"));
        }

        string? encoding = headers[GrpcHeaders.Encoding];
        if (encoding is not (null or "identity" or Gzip.Name))
        {
            _http.Response.Headers[GrpcHeaders.AcceptEncoding] = GrpcHeaders.SupportedEncodings;
            throw new RpcException(new Status(
                StatusCode.Unimplemented, $"grpc-encoding '{encoding}' is not supported; supported: {GrpcHeaders.SupportedEncodings}"));
        }

        _requestHeaders = [];
        foreach (var (name, values) in headers)
        {
            foreach (string? value in values)
            {
                MetadataWire.AddHeader(_requestHeaders, name, value ?? "");
            }
        }

        _requestHeaders.Freeze();
        Requests = new FrameReader(_http.Request.BodyReader, encoding, _environment.Options.MaxReceiveMessageSize);
        CompressesResponses = _environment.Options.ResponseCompressionAlgorithm is not null
            && headers[GrpcHeaders.AcceptEncoding].ToString().Split(',').Any(e => e.Trim() == Gzip.Name);
        if (CompressesResponses)
        {
            _http.Response.Headers[GrpcHeaders.Encoding] = Gzip.Name;
        }
    }

    /// <summary>Writes a framed message.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="flush">False: the frame may wait for the next one.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    public async Task WriteAsync(ReadOnlyMemory<byte> frame, bool flush, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            CheckOpen();
            CancellationToken.ThrowIfCancellationRequested();
            await _flush.WaitAsync(cancellationToken).ConfigureAwait(false);
            _headersGiven = true;
            _buffered = !flush;
            frame.Span.CopyTo(_http.Response.BodyWriter.GetSpan(frame.Length));
            _http.Response.BodyWriter.Advance(frame.Length);
            if (flush)
            {
                // Kestrel resets the stream when a flush is cancelled, and the status would be lost: the wait is cancelled, not the flush.
                _flush = _http.Response.BodyWriter.FlushAsync(CancellationToken.None).AsTask();
                await _flush.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Takes the outcome of a handler that threw.</summary>
    public void Fail(Exception exception)
    {
        if (_deadline.IsCancellationRequested)
        {
            Status = DeadlineStatus;
        }
        else if (exception is RpcException rpc)
        {
            Status = rpc.Status;
            foreach (Metadata.Entry entry in rpc.Trailers)
            {
                ResponseTrailers.Add(entry);
            }
        }
        else if (_http.RequestAborted.IsCancellationRequested)
        {
            Status = new Status(StatusCode.Cancelled, "The client cancelled the call.");
        }
        else if (exception is OperationCanceledException && _stopping.IsCancellationRequested)
        {
            Status = new Status(StatusCode.Unavailable, "The server is stopping.");
        }
        else
        {
            // The message of an exception may name paths, addresses or data, so it stays here.
            ServerLog.HandlerFailed(_environment.Logger, exception, Method);
            Status = new Status(StatusCode.Unknown, "Exception was thrown by handler.");
        }
    }

    /// <summary>Ends the response with a status and the trailers. The first call counts.</summary>
    public async Task EndAsync(Status status)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isEnded || _http.RequestAborted.IsCancellationRequested)
            {
                _isEnded = true;
                return;
            }

            _isEnded = true;
            if (_buffered)
            {
                await _http.Response.BodyWriter.FlushAsync().ConfigureAwait(false);
            }

            // Before anything else was sent, the status travels in the headers: a trailers-only response.
            IHeaderDictionary target = _http.Response.HasStarted
                ? _http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers
                : _http.Response.Headers;
            StatusHeaders.Write(status, ResponseTrailers, target);
            await _http.Response.CompleteAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _ended.Dispose();
        _deadline.Dispose();
    }

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        await _gate.WaitAsync(CancellationToken).ConfigureAwait(false);
        try
        {
            CheckOpen();
            if (_headersGiven)
            {
                throw new InvalidOperationException("Response headers were sent already.");
            }

            _headersGiven = true;
            foreach (var (name, value) in MetadataWire.ToHeaders(responseHeaders))
            {
                _http.Response.Headers.Append(name, value);
            }

            await _http.Response.BodyWriter.FlushAsync(CancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private void CheckOpen()
    {
        if (_isEnded)
        {
            throw new InvalidOperationException("The call is complete, so nothing more can be sent.");
        }
    }
}
