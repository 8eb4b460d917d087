using System.Collections.Concurrent;
using Grpc.Core;

namespace Fleet.Grpc.Tests;

/// <summary>What the handlers of one server saw.</summary>
public sealed class ProbeLog
{
    private int _disposed;
    private int _cancelled;

    public ConcurrentQueue<ServerCallContext> Calls { get; } = new();

    /// <summary>Completes when a handler starts to wait for its cancellation.</summary>
    public TaskCompletionSource Hanging { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a waiting handler saw its cancellation.</summary>
    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Handlers that were disposed after their call.</summary>
    public int Disposed => Volatile.Read(ref _disposed);

    /// <summary>Waiting handlers that saw their cancellation.</summary>
    public int CancelledHandlers => Volatile.Read(ref _cancelled);

    public void CountCancelled()
    {
        Interlocked.Increment(ref _cancelled);
        Cancelled.TrySetResult();
    }

    public void CountDisposed() => Interlocked.Increment(ref _disposed);
}
