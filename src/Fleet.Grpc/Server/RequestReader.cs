using Grpc.Core;

namespace Fleet.Grpc.Server;

/// <summary>The requests of a call at its server.</summary>
/// <typeparam name="T">Request message.</typeparam>
internal sealed class RequestReader<T>(ServerCall call, Marshaller<T> marshaller) : IAsyncStreamReader<T>
    where T : class
{
    private T? _current;
    private int _reading;
    private bool _ended;

    public T Current => _current ?? throw new InvalidOperationException("There is no current message: MoveNext has not found one.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _reading, 1) == 1)
        {
            throw new InvalidOperationException("Can't read the next message because the previous read is still in progress.");
        }

        try
        {
            _current = null;
            if (_ended)
            {
                return false;
            }

            (bool found, _current) = await ReadAsync(cancellationToken).ConfigureAwait(false);
            _ended = !found;
            return found;
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    /// <summary>Reads the one request of a method without request stream.</summary>
    public async Task<T> ReadSingleAsync()
    {
        var (found, request) = await ReadAsync(default).ConfigureAwait(false);
        if (!found)
        {
            throw NotOne("no message");
        }

        var (more, _) = await ReadAsync(default).ConfigureAwait(false);
        return more ? throw NotOne("more than one message") : request!;
    }

    private static RpcException NotOne(string what) =>
        new(new Status(StatusCode.Internal, $"the request has {what}; this method takes exactly one"));

    private async Task<(bool Found, T? Message)> ReadAsync(CancellationToken cancellationToken)
    {
        CancellationToken ended = call.CancellationToken;
        using var linked = cancellationToken.CanBeCanceled
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ended)
            : null;
        try
        {
            return await call.Requests.ReadAsync(marshaller, linked?.Token ?? ended).ConfigureAwait(false);
        }
        catch (IOException e) when (ended.IsCancellationRequested)
        {
            throw new OperationCanceledException("The call ended while a request was read.", e, ended);
        }
    }
}
