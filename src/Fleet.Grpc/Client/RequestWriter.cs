using Grpc.Core;

namespace Fleet.Grpc.Client;

/// <summary>The requests of a call at its client.</summary>
/// <typeparam name="TRequest">Request message.</typeparam>
/// <typeparam name="TResponse">Response message.</typeparam>
internal sealed class RequestWriter<TRequest, TResponse>(ClientCall<TRequest, TResponse> call, StreamContent requests)
    : IClientStreamWriter<TRequest>
    where TRequest : class
    where TResponse : class
{
    private int _writing;
    private bool _complete;

    public WriteOptions? WriteOptions { get; set; } = call.WriteOptions;

    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        Enter();
        try
        {
            if (_complete)
            {
                throw new InvalidOperationException("Requests can't be written after CompleteAsync.");
            }

            ThrowIfEnded();
            ReadOnlyMemory<byte> frame = call.Frame(message, WriteOptions);
            using (cancellationToken.UnsafeRegister(
                static state => ((ClientCall<TRequest, TResponse>)state!).Fail(new OperationCanceledException()), call))
            {
                await SendAsync(frame).ConfigureAwait(false);
            }
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }

    public Task CompleteAsync()
    {
        Enter();
        _complete = true;
        Volatile.Write(ref _writing, 0);
        requests.Complete();
        return Task.CompletedTask;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> frame)
    {
        try
        {
            Stream stream = await requests.Stream.WaitAsync(call.Cancelled).ConfigureAwait(false);
            await stream.WriteAsync(frame, call.Cancelled).ConfigureAwait(false);
            if (WriteOptions?.Flags.HasFlag(WriteFlags.BufferHint) != true)
            {
                await stream.FlushAsync(call.Cancelled).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException)
        {
            await ThrowEndAsync(e).ConfigureAwait(false);
        }
    }

    // The body closes before the status is read: the status says why, the broken body does not.
    private async Task ThrowEndAsync(Exception cause)
    {
        if (cause is OperationCanceledException)
        {
            call.Fail(cause);
        }

        if (!call.IsReading && !call.End.IsCompleted)
        {
            throw new RpcException(new Status(
                StatusCode.Unavailable, "The server takes no more requests; the responses end with the status of the call.", cause));
        }

        await call.End.ConfigureAwait(false);
        ThrowIfEnded();
    }

    private void ThrowIfEnded()
    {
        if (call.End.IsCompleted)
        {
            throw new RpcException(call.GetStatus(), call.GetTrailers());
        }
    }

    private void Enter()
    {
        if (Interlocked.Exchange(ref _writing, 1) == 1)
        {
            throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
        }
    }
}
