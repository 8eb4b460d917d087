using Grpc.Core;

namespace Fleet.Grpc.Client;

/// <summary>The responses of a call at its client.</summary>
/// <typeparam name="TRequest">Request message.</typeparam>
/// <typeparam name="TResponse">Response message.</typeparam>
internal sealed class ResponseReader<TRequest, TResponse>(ClientCall<TRequest, TResponse> call) : IAsyncStreamReader<TResponse>
    where TRequest : class
    where TResponse : class
{
    private TResponse? _current;
    private int _reading;

    public TResponse Current =>
        _current ?? throw new InvalidOperationException("There is no current message: MoveNext has not found one.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _reading, 1) == 1)
        {
            throw new InvalidOperationException("Can't read the next message because the previous read is still in progress.");
        }

        try
        {
            _current = null;
            using (cancellationToken.UnsafeRegister(
                static state => ((ClientCall<TRequest, TResponse>)state!).Fail(new OperationCanceledException()), call))
            {
                _current = await call.ReadAsync().ConfigureAwait(false);
            }

            return _current is not null;
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }
}
