using Fleet.Proxy.Native;

namespace Fleet.Proxy.Engine;

/// <summary>What a busy loop does before it looks again: it rests, so that events come together (see Moderation).</summary>
internal sealed unsafe partial class EventLoop
{
    // A shorter sleep costs as much as it saves.
    private static readonly TimeSpan ShortestRest = TimeSpan.FromMicroseconds(10);
    private static readonly TimeSpan BusyShareWindow = TimeSpan.FromMilliseconds(2);

    // Posted actions end a rest; everything else waits for its end.
    private readonly Epoll? _posts = Epoll.HasFineWait ? new Epoll() : null;
    private readonly Moderation _moderation;
    private readonly long _shortestRestTicks;
    private long _waitedSince;
    private long _restedSince;

    private void Rest()
    {
        _waitedSince = Now();
        long restTicks = _turnStart + _moderation.SpacingTicks - _waitedSince;
        if (restTicks >= _shortestRestTicks)
        {
            _ = _posts!.WaitFine((long)(restTicks * NsPerTick));
            _restedSince = _waitedSince;
        }
    }

    private void WaitEnded()
    {
        if (_waitedSince > 0)
        {
            _moderation.Waited(_waitedSince, _turnStart, Counters.BytesRead);
            _waitedSince = 0;
        }
    }

    /// <summary>
    /// The earliest time at which this turn's requests may have arrived: while the loop rested nobody looked, so they count from the
    /// start of the rest and their latency is told too long rather than too short.
    /// </summary>
    private long ArrivedSince(long now)
    {
        long since = _gate.ArrivedSince(now);
        since = _restedSince == 0 ? since : Math.Min(_restedSince, since);
        _restedSince = 0;
        return since;
    }
}
