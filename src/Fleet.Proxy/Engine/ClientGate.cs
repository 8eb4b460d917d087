namespace Fleet.Proxy.Engine;

/// <summary>
/// When the loop looks at its clients. While every node gathers requests the gate opens once per pause: a loop that only woke to add a
/// request to a batch would spend more on waking than on the request. The first arrival after a quiet pause is taken at once.
/// </summary>
internal sealed class ClientGate
{
    private long _lookedAt;
    private long _arrivedSince;

    /// <summary>Time between looks, in ticks; 0 takes every arrival at once.</summary>
    public long PauseTicks { get; set; }

    /// <summary>When clients are looked at next although no event said so; <see cref="long.MaxValue"/> while the gate is open.</summary>
    public long LookAt { get; private set; } = long.MaxValue;

    /// <summary>Clients' events wait for the end of a pause.</summary>
    public bool IsClosed => LookAt != long.MaxValue;

    /// <summary>The pause is over.</summary>
    public bool IsDue(long now) => now >= LookAt;

    /// <summary>Something arrived while the gate was open.</summary>
    public void Arrived(long now)
    {
        _arrivedSince = 0;
        CloseIfPausing(now);
    }

    /// <summary>The clients were looked at after a pause; the gate opens when nothing had come.</summary>
    public void Look(long now, bool arrived)
    {
        _arrivedSince = _lookedAt;
        LookAt = long.MaxValue;
        if (arrived)
        {
            CloseIfPausing(now);
        }
    }

    /// <summary>
    /// The earliest time at which the requests of this turn may have arrived: during a pause nobody looked, so they count from its start
    /// and their latency is told too long rather than too short.
    /// </summary>
    public long ArrivedSince(long now)
    {
        long since = _arrivedSince == 0 ? now : _arrivedSince;
        _arrivedSince = 0;
        return since;
    }

    private void CloseIfPausing(long now)
    {
        if (PauseTicks > 0)
        {
            _lookedAt = now;
            LookAt = now + PauseTicks;
        }
    }
}
