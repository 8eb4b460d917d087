using System.Collections.Concurrent;

namespace Fleet.Lab.Load;

/// <summary>The load's books: one present window, ended windows handed to whoever asked for the cut, and the sum of all.</summary>
/// <remarks>The load's thread writes; <see cref="CutAsync"/> may be called from any thread.</remarks>
internal sealed class LoadTally(double ticksPerSecond)
{
    private readonly ConcurrentQueue<TaskCompletionSource<LoadWindow>> _cuts = new();
    private long _windowStart;
    private volatile bool _closed;

    /// <summary>Everything since <see cref="Open"/>; complete once <see cref="Close"/> was called.</summary>
    public LoadWindow Total { get; } = new();

    /// <summary>The present window.</summary>
    public LoadWindow Window { get; private set; } = new();

    /// <summary>Forgets what was counted so far and starts the first window.</summary>
    public void Open(long now)
    {
        Window = new LoadWindow();
        _windowStart = now;
    }

    /// <summary>Asks for the end of the present window.</summary>
    public Task<LoadWindow> CutAsync()
    {
        var cut = new TaskCompletionSource<LoadWindow>(TaskCreationOptions.RunContinuationsAsynchronously);
        _cuts.Enqueue(cut);
        if (_closed)
        {
            AnswerRest();
        }

        return cut.Task;
    }

    /// <summary>Ends the window for everyone who asked.</summary>
    public void ServeCuts(long now)
    {
        while (_cuts.TryDequeue(out TaskCompletionSource<LoadWindow>? cut))
        {
            cut.SetResult(EndWindow(now));
        }
    }

    /// <summary>Ends the last window; later cuts get empty ones.</summary>
    public void Close(long now)
    {
        ServeCuts(now);
        EndWindow(now);
        _closed = true;
        AnswerRest();
    }

    private void AnswerRest()
    {
        while (_cuts.TryDequeue(out TaskCompletionSource<LoadWindow>? cut))
        {
            cut.SetResult(new LoadWindow());
        }
    }

    private LoadWindow EndWindow(long now)
    {
        LoadWindow ended = Window;
        ended.Duration = _windowStart == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((now - _windowStart) / ticksPerSecond);
        Total.Add(ended);
        Window = new LoadWindow();
        _windowStart = now;
        return ended;
    }
}
