using Fleet.Proxy.Native;

namespace Fleet.Proxy.Engine;

/// <summary>
/// What the loop waits for. Usually that is one set with every descriptor: a turn costs one wait. While the gate is closed to clients the
/// loop waits for a second set, with everything but clients, and looks at the first one when the pause is over; so opening and closing the
/// gate costs no system call.
/// </summary>
internal sealed unsafe partial class EventLoop
{
    private const int LooksPerDelay = 4;

    private readonly Epoll _everything = new();
    private readonly long _busyPollTicks;
    private Epoll? _others;
    private long _turnStart;

    public void Register(Pollable item, uint interest)
    {
        item.Registration = _table.Add(item);
        item.Interest = interest;
        _everything.Control(Libc.EpollAdd, item.Fd, interest, item.Registration);
        if (item is not ClientConnection)
        {
            _others?.Control(Libc.EpollAdd, item.Fd, interest, item.Registration);
        }
    }

    public void SetInterest(Pollable item, uint interest)
    {
        if (item.Interest != interest)
        {
            item.Interest = interest;
            _everything.Control(Libc.EpollModify, item.Fd, interest, item.Registration);
            if (item is not ClientConnection)
            {
                _others?.Control(Libc.EpollModify, item.Fd, interest, item.Registration);
            }
        }
    }

    /// <summary>Takes a descriptor out of the sets; closing it does that only when no other process has it open.</summary>
    private void Forget(Pollable item)
    {
        _everything.Control(Libc.EpollDelete, item.Fd, 0, item.Registration);
        if (item is not ClientConnection)
        {
            _others?.Control(Libc.EpollDelete, item.Fd, 0, item.Registration);
        }
    }

    /// <summary>Closes the descriptor.</summary>
    public void Unregister(Pollable item)
    {
        _table.Remove(item.Registration);
        _ = Libc.Close(item.Fd);
        item.Fd = -1;
        if (item is ClientConnection)
        {
            Counters.Connections--;
            _shared.RemoveConnection();
        }
    }

    /// <summary>
    /// Clients are looked at a few times per the shortest delay when every node gathers: looking at each of them at once would find requests
    /// that only wait, and looking once would count all of the delay for a request that came just before the look.
    /// </summary>
    public void SendDelaysChanged()
    {
        long shortest = long.MaxValue;
        foreach (LoopPool pool in Pools.Values)
        {
            foreach (NodeConnection node in pool.Nodes)
            {
                shortest = Math.Min(shortest, node.SendDelayTicks);
            }
        }

        _gate.PauseTicks = shortest == long.MaxValue ? 0 : shortest / LooksPerDelay;
        if (_gate.PauseTicks > 0 && _others is null)
        {
            _others = new Epoll();
            foreach (Pollable item in _table.All().Where(i => i is not ClientConnection))
            {
                _others.Control(Libc.EpollAdd, item.Fd, item.Interest, item.Registration);
            }
        }
    }

    private void TakeEvents()
    {
        Epoll waitedFor = _gate.IsClosed ? _others! : _everything;
        int count = Wait(waitedFor);
        _turnStart = Now();
        WaitEnded();
        bool clients = Take(waitedFor, count);

        // A wake-up for nodes that are due is paid for: what has come to the clients meanwhile leaves with it.
        if (waitedFor == _others && (count == 0 || _gate.IsDue(_turnStart)))
        {
            _gate.Look(_turnStart, TakeAll());
        }
        else if (clients)
        {
            _gate.Arrived(_turnStart);
        }
    }

    /// <summary>Takes every event that is there; true when one was of a client.</summary>
    private bool TakeAll()
    {
        int count = _everything.Wait(0);
        bool clients = Take(_everything, count);
        while (count == Epoll.MaxEvents)
        {
            count = _everything.Wait(0);
            clients |= Take(_everything, count);
        }

        return clients;
    }

    private bool Take(Epoll epoll, int count)
    {
        bool clients = false;
        for (int i = 0; i < count; i++)
        {
            Pollable? item = _table.Find(epoll.DataAt(i));
            clients |= item is ClientConnection;
            item?.OnEvents(epoll.EventsAt(i));
        }

        return clients;
    }

    private int Wait(Epoll epoll)
    {
        long until = Math.Min(_gathering.EarliestDue, _gate.LookAt);
        if (_busyPollTicks > 0 && BusyPoll(epoll, until) is > 0 and var found)
        {
            return found;
        }

        if (until == long.MaxValue && _moderation.IsOn)
        {
            Rest();
        }

        return until == long.MaxValue
            ? epoll.Wait(NeedsTick() ? TickMs : -1)
            : epoll.WaitFine((long)(Math.Max(until - Now(), 0) * NsPerTick));
    }

    /// <summary>Looks without sleeping for as long as the options allow, at most until something is due.</summary>
    private int BusyPoll(Epoll epoll, long until)
    {
        long end = Math.Min(until, Now() + _busyPollTicks);
        int found;
        do
        {
            found = epoll.Wait(0);
        }
        while (found == 0 && Now() < end);
        return found;
    }

    private bool NeedsTick()
    {
        if (_pausedListeners.Count > 0 || TunnelsNeedTick())
        {
            return true;
        }

        for (int i = 0; i < _nodes.Count; i++)
        {
            if (_nodes[i].HasTimer)
            {
                return true;
            }
        }

        return false;
    }
}
