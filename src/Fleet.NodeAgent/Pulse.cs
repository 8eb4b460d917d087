using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent;

/// <summary>
/// The agent's one clock: what happens again and again happens at common moments. Waking a thread costs an idle virtual machine a tenth of a
/// millisecond, and an agent that guests on a server has few to spend: one thread sleeps, wakes and does all that is due itself. With another
/// clock than the system's (tests) that clock's own timers beat.
/// </summary>
internal sealed class Pulse(TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Beat> _beats = [];
    private readonly AutoResetEvent _changed = new(false);
    private readonly long _started = time.GetTimestamp();
    private Thread? _thread;
    private bool _ended;

    /// <summary>Calls an action at multiples of an interval until the result is disposed; then no call is under way any more.</summary>
    /// <param name="interval">Above zero.</param>
    /// <param name="action">Short, and never throws. What it writes may go on, on this thread, with what waited for it and ends a beat.</param>
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

    private void Run()
    {
        TimerSlack.Set(TimerSlack.Exact);
        TimeSpan wait = TimeSpan.Zero;
        while (true)
        {
            _ = _changed.WaitOne(wait);
            lock (_gate)
            {
                if (_ended)
                {
                    return;
                }

                // An action may end beats.
                TimeSpan now = Now();
                for (int i = _beats.Count - 1; i >= 0; i = Math.Min(i, _beats.Count) - 1)
                {
                    Beat beat = _beats[i];
                    if (beat.Due <= now)
                    {
                        beat.Due = After(now, beat.Interval);
                        beat.Action();
                    }
                }

                wait = UntilNext();
            }
        }
    }

    private TimeSpan UntilNext()
    {
        TimeSpan next = TimeSpan.MaxValue;
        foreach (Beat beat in _beats)
        {
            next = beat.Due < next ? beat.Due : next;
        }

        // A wait counts whole milliseconds; one that ends early would find nothing due.
        return next == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan
            : TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((next - Now()).TotalMilliseconds)));
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
