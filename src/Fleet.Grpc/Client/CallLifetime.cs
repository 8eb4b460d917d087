using Grpc.Core;

namespace Fleet.Grpc.Client;

/// <summary>Why and when a call stops: its caller, its deadline, its channel or its own end.</summary>
internal sealed class CallLifetime
{
    // Timers take at most 0xFFFFFFFE milliseconds; a deadline beyond 49 days needs no timer.
    private static readonly TimeSpan MaxTimer = TimeSpan.FromMilliseconds(0xFFFFFFFE);

    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _linked;
    private readonly CancellationToken _caller;

    public CallLifetime(CallOptions options, CancellationToken shutdown, TimeProvider time)
    {
        _caller = options.CancellationToken;
        _deadline = new CancellationTokenSource();
        if (options.Deadline is { } deadline && deadline != DateTime.MaxValue)
        {
            TimeSpan left = deadline.ToUniversalTime() - time.GetUtcNow().UtcDateTime;
            if (left <= TimeSpan.Zero)
            {
                _deadline.Cancel();
            }
            else if (left <= MaxTimer)
            {
                _deadline.Dispose();
                _deadline = new CancellationTokenSource(left, time);
            }
        }

        _linked = CancellationTokenSource.CreateLinkedTokenSource(_caller, shutdown, _deadline.Token);
        Token = _linked.Token;
    }

    public CancellationToken Token { get; }

    public bool DeadlinePassed => _deadline.IsCancellationRequested;

    public bool CancelledByCaller => _caller.IsCancellationRequested;

    /// <summary>Stops everything that the call still does.</summary>
    public void End()
    {
        // Cancelling runs the callbacks of the transport; they must not run on the reader's stack while it holds its buffers.
        _ = _linked.CancelAsync().ContinueWith(
            static (_, state) =>
            {
                var self = (CallLifetime)state!;
                self._linked.Dispose();
                self._deadline.Dispose();
            },
            this,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }
}
