using Fleet.Proxy.Native;

namespace Fleet.Proxy.Engine;

/// <summary>
/// The clients' descriptors as one event of the loop. While every node gathers requests the gate opens once per pause: a loop that only
/// woke to add a request to a batch would spend more on waking than on the request. The first arrival after a quiet pause is taken at once.
/// </summary>
internal sealed class ClientGate : Pollable
{
    private readonly EventLoop _loop;
    private long _lookedAt;
    private long _arrivedSince;

    public ClientGate(EventLoop loop) => (_loop, Fd) = (loop, Clients.Fd);

    /// <summary>Holds the clients' descriptors.</summary>
    public Epoll Clients { get; } = new();

    /// <summary>Time between looks, in ticks; 0 takes every arrival at once.</summary>
    public long PauseTicks { get; set; }

    /// <summary>When clients are looked at next although no event said so; <see cref="long.MaxValue"/> while the gate is open.</summary>
    public long LookAt { get; private set; } = long.MaxValue;

    /// <summary>Something arrived while the gate was open.</summary>
    public override void OnEvents(uint events)
    {
        _arrivedSince = 0;
        _ = _loop.TakeClients(Clients);
        if (PauseTicks > 0)
        {
            Close(_loop.Now());
        }
    }

    /// <summary>Looks at the clients when the pause is over; opens when nothing had come.</summary>
    public void LookIfDue(long now)
    {
        if (now < LookAt)
        {
            return;
        }

        _arrivedSince = _lookedAt;
        if (_loop.TakeClients(Clients) && PauseTicks > 0)
        {
            Close(now);
        }
        else
        {
            LookAt = long.MaxValue;
            _loop.SetInterest(this, Libc.EpollIn);
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

    private void Close(long now)
    {
        _lookedAt = now;
        LookAt = now + PauseTicks;
        _loop.SetInterest(this, 0);
    }
}
