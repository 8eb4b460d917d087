using System.Collections.Concurrent;

namespace Fleet.Controller.Grains;

/// <summary>
/// The processor time that a controller gives to models, all pools together. A fit takes tens of milliseconds: a small fleet's fits are done
/// at once, in the pool's turn; what exceeds a seventh of a core is done by one worker beside the pools, which rests longer than it works, so
/// that telemetry and commands of thousands of nodes never wait for it.
/// </summary>
internal sealed class ModelBudget : IDisposable
{
    /// <summary>Share of a core that pools may spend in their own turns.</summary>
    private const double InlineShare = 0.15;

    /// <summary>What may be spent at once after a rest.</summary>
    private static readonly TimeSpan InlineBurst = TimeSpan.FromMilliseconds(500);

    /// <summary>Rest of the worker, in times of the work before: 4 is a fifth of a core.</summary>
    private const double RestFactor = 4;

    /// <summary>Waiting work from which on no new search should start.</summary>
    private const int Enough = 4;

    private readonly TimeProvider _time;
    private readonly Func<TimeSpan> _spent;
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _worker;
    private readonly Lock _gate = new();
    private TimeSpan _allowance = InlineBurst;
    private long _at;

    /// <summary>Starts the worker.</summary>
    /// <param name="time">Fills the budget up.</param>
    /// <param name="spent">Processor time of the calling thread; null: the kernel's account.</param>
    public ModelBudget(TimeProvider time, Func<TimeSpan>? spent = null)
    {
        (_time, _at, _spent) = (time, time.GetTimestamp(), spent ?? ThreadClock.Now);
        _worker = new Thread(Run) { IsBackground = true, Name = "fleet models", Priority = ThreadPriority.BelowNormal };
        _worker.Start();
    }

    /// <summary>Whether a search that starts now would wait for its proposals.</summary>
    public bool Busy => _work.Count >= Enough;

    /// <summary>Does the work here and now when the allowance lets; false when it does not.</summary>
    public bool TryNow<T>(Func<T> work, out T? result)
    {
        result = default;
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            _allowance += _time.GetElapsedTime(_at, now) * InlineShare;
            _allowance = _allowance < InlineBurst ? _allowance : InlineBurst;
            _at = now;
            if (_allowance <= TimeSpan.Zero)
            {
                return false;
            }
        }

        TimeSpan begin = _spent();
        result = work();
        TimeSpan cost = _spent() - begin;
        lock (_gate)
        {
            _allowance -= cost;
        }

        return true;
    }

    /// <summary>Has the worker do it.</summary>
    public Task<T> Later<T>(Func<T> work)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            _work.Add(() =>
            {
                try
                {
                    answer.SetResult(work());
                }
                catch (Exception failure)
                {
                    answer.SetException(failure);
                }
            });
        }
        catch (InvalidOperationException)
        {
            // The controller stops.
            answer.SetCanceled();
        }

        return answer.Task;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _work.CompleteAdding();
        _worker.Join();
        _work.Dispose();
    }

    private void Run()
    {
        foreach (Action job in _work.GetConsumingEnumerable())
        {
            if (_work.IsAddingCompleted)
            {
                continue;
            }

            TimeSpan begin = _spent();
            job();
            Task.Delay((_spent() - begin) * RestFactor, _time).Wait();
        }
    }
}
