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

    private readonly ClientGate _gate = new();
    private readonly Wakeup _wakeup = new();
    private readonly Inbox _inbox = new();
    private readonly PollableTable _table = new();
    private readonly List<ClientConnection> _dirtyClients = [];
    private readonly List<ClientConnection> _resumed = [];
    private readonly List<NodeConnection> _dirtyNodes = [];
    private readonly List<NodeConnection> _nodes = [];
    private readonly GatheringNodes _gathering = new();
    private readonly List<Listener> _pausedListeners = [];
    private readonly Stack<ClientConnection> _freeClients = new();
    private readonly Stack<MultiGet> _freeMultiGets = new();
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
        _busyPollTicks = TicksOf(limits.BusyPoll);
        _moderation = new Moderation(_posts is null ? 0 : TicksOf(limits.TurnSpacing), TicksOf(BusyShareWindow));
        _shortestRestTicks = TicksOf(ShortestRest);
        MaxReplyValueBytes = Math.Max(limits.MaxValueBytes, 1 << 20) + (64 << 20);
        Register(_wakeup, Libc.EpollIn);
        _posts?.Control(Libc.EpollAdd, _wakeup.Fd, Libc.EpollIn, _wakeup.Registration);
    }

    public EngineLimits Limits { get; }

    public BufferPool Buffers { get; } = new();

    public SplicePipes Pipes { get; } = new();

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
        _inbox.Add(action);
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
            TakeEvents();
            _inbox.RunAll();
            Tick(_turnStart);
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
        if (!TryCountIn(fd))
        {
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

    /// <summary>A retrieval of many keys to begin; it frees itself when it has ended.</summary>
    public MultiGet NewMultiGet() => _freeMultiGets.TryPop(out MultiGet? free) ? free : new MultiGet(this);

    public void Free(MultiGet ended) => _freeMultiGets.Push(ended);

    public void AddDirty(ClientConnection client) => _dirtyClients.Add(client);

    public void AddDirty(NodeConnection node) => _dirtyNodes.Add(node);

    /// <summary>Notes that a node's requests leave at its <see cref="NodeConnection.DueAt"/>.</summary>
    public void AddGathering(NodeConnection node) => _gathering.Add(node);

    public void Resume(ClientConnection client) => _resumed.Add(client);

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

    /// <summary>
    /// Writes a connection's output and two spans after it in one call; what the socket does not take is left in the output. False when the
    /// connection is broken.
    /// </summary>
    public bool TryWrite(Pollable item, ByteBuffer output, ReadOnlySpan<byte> body, ReadOnlySpan<byte> tail)
    {
        int first = output.Length;
        nint count;
        fixed (byte* a = output.Data, b = body, c = tail)
        {
            IoVector* parts = stackalloc IoVector[3] { new(a, first), new(b, body.Length), new(c, tail.Length) };
            var message = new MessageHeader { Parts = parts, PartCount = 3 };
            count = Libc.SendMessage(item.Fd, &message, Libc.MsgNoSignal);
        }

        if (count < 0)
        {
            if (Marshal.GetLastPInvokeError() is not (Libc.ErrAgain or Libc.ErrInterrupted))
            {
                return false;
            }

            count = 0;
        }

        Counters.BytesWritten += count;
        int sent = (int)count;
        output.Consume(Math.Min(sent, first));
        sent -= Math.Min(sent, first);
        output.Append(body[Math.Min(sent, body.Length)..]);
        output.Append(tail[Math.Clamp(sent - body.Length, 0, tail.Length)..]);
        return true;
    }

    /// <summary>At most so many bytes received into a pipe; told as by the other, -1 also when the pipe is full.</summary>
    public int Receive(Pollable item, SplicePipe pipe, int bytes)
    {
        int count = pipe.Fill(item.Fd, bytes);
        Counters.BytesRead += Math.Max(count, 0);
        return count;
    }

    /// <summary>Moves from a pipe what the socket takes; false when the connection is broken.</summary>
    public bool TryMove(Pollable item, SplicePipe pipe)
    {
        int count = 0;
        while (pipe.Length > 0 && count >= 0)
        {
            count = pipe.MoveTo(item.Fd);
            Counters.BytesWritten += Math.Max(count, 0);
        }

        return count >= -1;
    }

    public void Dispose()
    {
        foreach (Pollable item in _table.All())
        {
            _ = Libc.Close(item.Fd);
            item.Fd = -1;
        }

        Pipes.Dispose();
        _everything.Dispose();
        _others?.Dispose();
        _posts?.Dispose();
    }

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
            long arrived = ArrivedSince(now);
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
            DropWhoWaitsForTooMuch();
        }
    }

    private void Tick(long now)
    {
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
