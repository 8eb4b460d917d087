namespace Fleet.NodeAgent.Safety;

/// <summary>
/// What the agent did on its own, for every watcher: each reads from where it stopped. Keeps the last 64; a watcher that is further
/// behind misses the oldest.
/// </summary>
internal sealed class EventLog
{
    private const int Kept = 64;

    private readonly Lock _gate = new();
    private readonly Queue<string> _events = [];
    private long _next;

    /// <summary>Position after the newest event.</summary>
    internal long Position
    {
        get
        {
            lock (_gate)
            {
                return _next;
            }
        }
    }

    internal void Add(string text)
    {
        lock (_gate)
        {
            _events.Enqueue(text);
            _next++;
            if (_events.Count > Kept)
            {
                _events.Dequeue();
            }
        }
    }

    /// <summary>Events since <paramref name="position"/>, joined; moves the position. Empty when there are none.</summary>
    internal string Since(ref long position)
    {
        lock (_gate)
        {
            int fresh = (int)Math.Min(_next - position, _events.Count);
            position = _next;
            return fresh <= 0 ? "" : string.Join("; ", _events.Skip(_events.Count - fresh));
        }
    }
}
