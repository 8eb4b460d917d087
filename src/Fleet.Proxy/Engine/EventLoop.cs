using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Fleet.Proxy.Native;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>
/// One thread that owns its clients, its connection to each node and all their buffers. A turn: take every event, parse everything that
/// arrived, append to the nodes' outputs, write each node once, write each client once. Other threads only post actions.
/// </summary>
internal sealed unsafe partial class EventLoop : IDisposable
{
    private const int TickMs = 50;
    private const ulong TimerSlackNs = 1000;
    private const double NsPerSecond = 1e9;

    private readonly Epoll _epoll = new();
    private readonly ClientGate _gate;
    private readonly Wakeup _wakeup = new();
    private readonly ConcurrentQueue<Action> _inbox = new();
    private readonly PollableTable _table = new();
    private readonly List<ClientConnection> _dirtyClients = [];
    private readonly List<ClientConnection> _resumed = [];
    private readonly List<NodeConnection> _dirtyNodes = [];
    private readonly List<NodeConnection> _nodes = [];
    private readonly GatheringNodes _gathering = new();
    private readonly List<Listener> _pausedListeners = [];
    private readonly Stack<ClientConnection> _freeClients = new();
    private readonly TimeProvider _time;
    private readonly EngineShared _shared;
    private long _lastTick;
    private bool _exit;

    public EventLoop(EngineLimits limits, EngineShared shared, TimeProvider time)
    {
        (Limits, _shared, _time) = (limits, shared, time);
        Scratch = new ByteBuffer(Buffers);
        NsPerTick = NsPerSecond / time.TimestampFrequency;
        RequestTimeoutTicks = TicksOfMs((long)limits.RequestTimeout.TotalMilliseconds);
        MaxReplyValueBytes = Math.Max(limits.MaxValueBytes, 1 << 20) + (64 << 20);
        Register(_wakeup, Libc.EpollIn);
        _gate = new ClientGate(this);
        Register(_gate, Libc.EpollIn);
    }

    public EngineLimits Limits { get; }

    public BufferPool Buffers { get; } = new();

    /// <summary>Room to put a reply together; empty between uses.</summary>
    public ByteBuffer Scratch { get; }

    public LoopCounters Counters { get; } = new();

    public double NsPerTick { get; }

    public long RequestTimeoutTicks { get; }

    /// <summary>A node may hold values larger than this proxy would store; beyond this a reply is taken for damaged.</summary>
    public int MaxReplyValueBytes { get; }

    /// <summary>The loop's pools by id.</summary>
    public Dictionary<string, LoopPool> Pools { get; } = [];

    /// <summary>Every node connection that exists, draining ones included.</summary>
    public IReadOnlyList<NodeConnection> NodeConnections => _nodes;

    public long Now() => _time.GetTimestamp();

    public long TicksOfMs(long ms) => ms * _time.TimestampFrequency / 1000;

    public long TicksOf(TimeSpan span) => (long)(span.TotalNanoseconds / NsPerTick);

    /// <summary>Has the loop's thread run something at its next turn. Callable from any thread.</summary>
    public void Post(Action action)
    {
        _inbox.Enqueue(action);
        _wakeup.Signal();
    }

    /// <summary>Runs until <see cref="Exit"/>; the thread that calls this owns the loop.</summary>
    public void Run()
    {
        // The default slack of 50 us would be added to every gathering delay; where it cannot be lowered, delays are that much longer.
        _ = Libc.ProcessControl(Libc.SetTimerSlack, TimerSlackNs);
        _ = RealTime.TryEnter(Limits.LoopPriority);
        while (!_exit)
        {
            int count = Wait();
            Take(_epoll, count);
            _gate.LookIfDue(Now());

            while (_inbox.TryDequeue(out Action? action))
            {
                action();
            }

            Tick();
            EndTurn();
            if (_gathering.SendDue(_gathering.Any ? Now() : 0))
            {
                // A connection that broke while sending has answered its clients.
                EndTurn();
            }

            Counters.Turns++;
            Counters.AllocatedBytes = GC.GetAllocatedBytesForCurrentThread();
        }
    }

    /// <summary>Ends <see cref="Run"/> after the present turn.</summary>
    public void Exit() => _exit = true;

    public NodeConnection OpenNode(string poolId, NodeTarget target)
    {
        var node = new NodeConnection(this, poolId, target);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Forgets connections that have drained; their last traffic has been collected.</summary>
    public void ForgetGone() => _nodes.RemoveAll(n => n.IsGone);

    public void Listen(int fd, LoopPool pool)
    {
        var listener = new Listener(this, pool) { Fd = fd };
        pool.Listeners.Add(listener);
        Register(listener, Libc.EpollIn);
    }

    /// <summary>Takes over an accepted connection, or refuses it when there are too many.</summary>
    public void Admit(int fd, LoopPool pool)
    {
        if (!_shared.TryAddConnection(Limits.MaxConnections))
        {
            Counters.ConnectionsRefused++;
            fixed (byte* reply = "SERVER_ERROR too many connections\r\n"u8)
            {
                _ = Libc.Send(fd, reply, 35, Libc.MsgNoSignal);
            }

            Libc.Close(fd);
            return;
        }

        SocketCalls.SetOption(fd, Libc.IpProtoTcp, Libc.TcpNoDelay, 1);
        SocketCalls.SetOption(fd, Libc.SolSocket, Libc.SoKeepAlive, 1);
        _ = Open(fd, pool);
    }

    /// <summary>Out of descriptors: tries again at the next tick instead of spinning on an event that cannot be served.</summary>
    public void PauseAccepting(Listener listener)
    {
        SetInterest(listener, 0);
        _pausedListeners.Add(listener);
        _shared.DescriptorsExhausted();
    }

    public void NodeChanged(NodeConnection node) => _shared.NodeChanged(node);

    /// <summary>Answers a request for statistics, at once or when the other loops have told theirs.</summary>
    public void AnswerStats(ClientConnection client, in PendingRequest request, StatsTopic topic)
    {
        client.InFlight++;
        _shared.AnswerStats(this, client.Pool.Published, request, topic);
    }

    /// <summary>Reply to config get cluster.</summary>
    public byte[] ClusterReply(ClientConnection client) => _shared.ClusterReply(Limits.Advertised, client);

    /// <summary>A closed client whose last request at a node has been answered can serve the next connection.</summary>
    public void RecycleWhenIdle(ClientConnection client)
    {
        if (client is { Fd: < 0, InFlight: 0 })
        {
            _freeClients.Push(client);
        }
    }

    public void AddDirty(ClientConnection client) => _dirtyClients.Add(client);

    public void AddDirty(NodeConnection node) => _dirtyNodes.Add(node);

    /// <summary>Notes that a node's requests leave at its <see cref="NodeConnection.DueAt"/>.</summary>
    public void AddGathering(NodeConnection node) => _gathering.Add(node);

    public void Resume(ClientConnection client) => _resumed.Add(client);

    public void Register(Pollable item, uint interest)
    {
        item.Registration = _table.Add(item);
        item.Interest = interest;
        SetOf(item).Control(Libc.EpollAdd, item.Fd, interest, item.Registration);
    }

    public void SetInterest(Pollable item, uint interest)
    {
        if (item.Interest != interest)
        {
            item.Interest = interest;
            SetOf(item).Control(Libc.EpollModify, item.Fd, interest, item.Registration);
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

    /// <summary>Bytes received; 0 at the end of input, -1 when nothing is there now, -2 when the connection is broken.</summary>
    public nint Receive(Pollable item, Span<byte> room)
    {
        fixed (byte* buffer = room)
        {
            nint count = Libc.Receive(item.Fd, buffer, room.Length, 0);
            if (count < 0)
            {
                return Marshal.GetLastPInvokeError() is Libc.ErrAgain or Libc.ErrInterrupted ? -1 : -2;
            }

            Counters.BytesRead += count;
            return count;
        }
    }

    /// <summary>Writes what the socket takes; false when the connection is broken.</summary>
    public bool TryWrite(Pollable item, ByteBuffer output)
    {
        if (output.Length == 0)
        {
            return true;
        }

        fixed (byte* data = output.Data)
        {
            nint count = Libc.Send(item.Fd, data, output.Length, Libc.MsgNoSignal);
            if (count < 0)
            {
                return Marshal.GetLastPInvokeError() is Libc.ErrAgain or Libc.ErrInterrupted;
            }

            Counters.BytesWritten += count;
            output.Consume((int)count);
            return true;
        }
    }

    public void Dispose()
    {
        foreach (Pollable item in _table.All().Where(i => i != _gate))
        {
            _ = Libc.Close(item.Fd);
            item.Fd = -1;
        }

        _gate.Clients.Dispose();
        _epoll.Dispose();
    }

    /// <summary>
    /// Clients are looked at once per the shortest delay when every node gathers: looking more often would find requests that only wait.
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

        _gate.PauseTicks = shortest == long.MaxValue ? 0 : shortest;
    }

    private Epoll SetOf(Pollable item) => item is ClientConnection ? _gate.Clients : _epoll;

    private void EndTurn()
    {
        while (_dirtyNodes.Count + _dirtyClients.Count + _resumed.Count + _staged.Count > 0)
        {
            for (int i = 0; i < _resumed.Count; i++)
            {
                _resumed[i].Process();
            }

            _resumed.Clear();
            CompleteStaged();
            long now = _dirtyNodes.Count > 0 ? Now() : 0;
            long arrived = _gate.ArrivedSince(now);
            for (int i = 0; i < _dirtyNodes.Count; i++)
            {
                _dirtyNodes[i].EndTurn(now, arrived);
            }

            _dirtyNodes.Clear();
            for (int i = 0; i < _dirtyClients.Count; i++)
            {
                _dirtyClients[i].EndTurn();
            }

            _dirtyClients.Clear();
        }
    }

    /// <summary>Takes every event that is there for clients; false when there was none.</summary>
    public bool TakeClients(Epoll clients)
    {
        int count = clients.Wait(0);
        Take(clients, count);
        for (int more = count; more == Epoll.MaxEvents; Take(clients, more))
        {
            more = clients.Wait(0);
        }

        return count > 0;
    }

    private void Take(Epoll epoll, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _table.Find(epoll.DataAt(i))?.OnEvents(epoll.EventsAt(i));
        }
    }

    private int Wait()
    {
        long until = Math.Min(_gathering.EarliestDue, _gate.LookAt);
        return until == long.MaxValue
            ? _epoll.Wait(NeedsTick() ? TickMs : -1)
            : _epoll.WaitFine((long)(Math.Max(until - Now(), 0) * NsPerTick));
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

    private void Tick()
    {
        long now = Now();
        if (now - _lastTick < TicksOfMs(TickMs))
        {
            return;
        }

        _lastTick = now;
        for (int i = 0; i < _nodes.Count; i++)
        {
            _nodes[i].Tick(now);
        }

        TickTunnels(now);
        foreach (Listener listener in _pausedListeners)
        {
            if (listener.Fd >= 0)
            {
                SetInterest(listener, Libc.EpollIn);
            }
        }

        _pausedListeners.Clear();
    }
}
