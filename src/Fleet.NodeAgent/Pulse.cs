using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent;

/// <summary>
/// The agent's one clock: what happens again and again happens at common moments. Waking a thread costs an idle virtual machine a tenth of a
/// millisecond, and an agent that guests on a server has few to spend: the clock's thread sleeps, wakes, and wakes the pool's one worker, which
/// does all that is due, and finds the work that follows (the socket's) queued behind it while it is awake. With another clock than the
/// system's (tests) that clock's own timers beat.
/// </summary>
internal sealed class Pulse(TimeProvider time) : IThreadPoolWorkItem, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Beat> _beats = [];
    private readonly AutoResetEvent _changed = new(false);
    private readonly long _started = time.GetTimestamp();
    private Thread? _thread;
    private bool _queued;
    private bool _ended;

    /// <summary>Calls an action at multiples of an interval until the result is disposed; then no call is under way any more.</summary>
    /// <param name="interval">Above zero.</param>
    /// <param name="action">Short, and never throws.</param>
    internal IDisposable Every(TimeSpan interval, Action action)
    {
        if (!ReferenceEquals(time, TimeProvider.System))
        {
            return time.CreateTimer(_ => action(), null, interval, interval);
        }

        lock (_gate)
        {
            var beat = new Beat(this, interval, action) { Due = After(Now(), interval) };
            _beats.Add(beat);
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "pulse" };
                _thread.Start();
            }

            _changed.Set();
            return beat;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            _beats.Clear();
        }

        _changed.Set();
        _thread?.Join();
        _changed.Dispose();
    }

    /// <summary>Does what is due, on the pool's worker.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        lock (_gate)
        {
            _queued = false;
            TimeSpan now = Now();
            for (int i = _beats.Count - 1; i >= 0 && !_ended; i--)
            {
                Beat beat = _beats[i];
                if (beat.Due <= now)
                {
                    beat.Due = After(now, beat.Interval);
                    beat.Action();
                }
            }
        }
    }

    private void Run()
    {
        TimerSlack.Set(TimerSlack.Exact);
        TimeSpan wait = TimeSpan.Zero;
        while (true)
        {
            bool early = _changed.WaitOne(wait);
            bool due;
            lock (_gate)
            {
                if (_ended)
                {
                    return;
                }

                // What the worker has not finished by the next moment is done once, not twice.
                due = !early && !_queued && _beats.Count > 0;
                _queued |= due;
                wait = UntilNext();
            }

            if (due)
            {
                // Outside the lock, which is the first thing that the worker wants.
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }
    }

    /// <summary>Moments are multiples of the intervals, so the next one is known before the worker has done this one's work.</summary>
    private TimeSpan UntilNext()
    {
        TimeSpan now = Now(), next = TimeSpan.MaxValue;
        foreach (Beat beat in _beats)
        {
            TimeSpan due = After(now, beat.Interval);
            next = due < next ? due : next;
        }

        // A wait counts whole milliseconds; one that ends early would find nothing due.
        return next == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Ceiling((next - now).TotalMilliseconds));
    }

    private void Remove(Beat beat)
    {
        // The lock is held while actions run: behind it none of this beat's is under way.
        lock (_gate)
        {
            _beats.Remove(beat);
        }
    }

    private TimeSpan Now() => time.GetElapsedTime(_started);

    private static TimeSpan After(TimeSpan now, TimeSpan interval) => interval * (Math.Floor(now / interval) + 1);

    private sealed class Beat(Pulse pulse, TimeSpan interval, Action action) : IDisposable
    {
        internal TimeSpan Interval { get; } = interval;

        internal Action Action { get; } = action;

        internal TimeSpan Due { get; set; }

        public void Dispose() => pulse.Remove(this);
    }
}
