using System.Net;
using System.Runtime.InteropServices;
using Fleet.Proxy.Native;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>
/// One loop's only connection to a node, shared by all clients of the loop. Requests leave in the order of arrival and replies are matched
/// in that order. When the connection is lost or the oldest request waits too long, everything in flight is answered with SERVER_ERROR in
/// order; requests are refused at once until the node answers again, because queueing for a dead node only adds latency to the failure.
/// </summary>
internal sealed partial class NodeConnection : Pollable, IOutlet
{
    // So much does not wait for more: it fills several segments, which is all the batch that a send can carry.
    private const int GatheredBytes = 16 * 1024;
    private const long FirstBackoffMs = 20;
    private const long LastBackoffMs = 1000;

    private readonly EventLoop _loop;
    private readonly IPEndPoint _endpoint;
    private readonly PendingRing _pending = new();
    private readonly ByteBuffer _input;
    private readonly ByteBuffer _translated;
    private NodeLinkState _state;
    private bool _dirty;
    private bool _congested;
    private bool _draining;
    private long _connectStarted;
    private long _connectedAt;
    private long _retryAt;
    private long _backoffMs;

    public NodeConnection(EventLoop loop, string poolId, NodeTarget target)
    {
        _loop = loop;
        PoolId = poolId;
        Target = target;
        _endpoint = target.EndPoint;
        _input = new ByteBuffer(loop.Buffers);
        _translated = new ByteBuffer(loop.Buffers);
        _keys = new ByteBuffer(loop.Buffers);
        Output = new ByteBuffer(loop.Buffers);
        Connect(patient: true);
    }

    public string PoolId { get; }

    public NodeTarget Target { get; }

    public ByteBuffer Output { get; }

    /// <summary>What was counted.</summary>
    public TrafficLedger Ledger { get; } = new();

    public int InFlight => _pending.Count;

    public bool IsConnected => _state == NodeLinkState.Up;

    /// <summary>Drained and closed: nothing will happen any more.</summary>
    public bool IsGone => _state == NodeLinkState.Gone;

    /// <summary>Last error; empty when none since the connection was made.</summary>
    public string LastError { get; private set; } = "";

    /// <summary>True while a timer of this connection runs, so the loop must not sleep without limit.</summary>
    public bool HasTimer => _pending.Count > 0 || _state is NodeLinkState.Down or NodeLinkState.Connecting or NodeLinkState.Retrying;

    /// <summary>Why a request cannot be taken now, as the reply to it; null when it can.</summary>
    public byte[]? Refusal()
    {
        if (_state is NodeLinkState.Up or NodeLinkState.Connecting)
        {
            bool full = Output.Length >= _loop.Limits.NodeQueueBytes || _pending.Count >= _loop.Limits.NodeQueueRequests;
            return full ? Replies.NodeFull : null;
        }

        return Replies.NodeDown;
    }

    /// <summary>Notes a request whose bytes the caller appends to <see cref="Output"/> now.</summary>
    public void Add(in PendingRequest request)
    {
        request.Client.InFlight++;
        _pending.Add(request);
        if (!_dirty)
        {
            _dirty = true;
            _loop.AddDirty(this);
        }
    }

    /// <summary>
    /// How long requests are gathered before they leave together, in ticks; 0 sends at the end of the turn. A request's latency counts
    /// from the turn that took it, so the wait is part of it.
    /// </summary>
    public long SendDelayTicks { get; set; }

    /// <summary>When the gathered requests leave; 0 while none are gathered.</summary>
    public long DueAt { get; private set; }

    /// <summary>Writes what the turn appended, or gathers it for a later turn.</summary>
    /// <param name="now">The time.</param>
    /// <param name="arrived">The earliest time at which the turn's requests may have arrived.</param>
    public void EndTurn(long now, long arrived)
    {
        _dirty = false;
        if (_state != NodeLinkState.Up)
        {
            return;
        }

        _pending.Stamp(arrived);
        if (SendDelayTicks == 0 || _congested || Output.Length >= GatheredBytes)
        {
            Flush(now);
        }
        else if (DueAt == 0)
        {
            DueAt = arrived + SendDelayTicks;
            _loop.AddGathering(this);
        }
    }

    /// <summary>Sends what was gathered.</summary>
    public void SendGathered(long now)
    {
        DueAt = 0;
        if (_state == NodeLinkState.Up)
        {
            Flush(now);
        }
    }

    public override void OnEvents(uint events)
    {
        if (_state is NodeLinkState.Connecting or NodeLinkState.Retrying)
        {
            Connected();
            return;
        }

        if ((events & (Libc.EpollIn | Libc.EpollHangUp | Libc.EpollError)) != 0)
        {
            Read();
        }

        if ((events & Libc.EpollOut) != 0 && _state == NodeLinkState.Up)
        {
            Flush(_loop.Now());
        }
    }

    /// <summary>Timers: the oldest request's timeout, the connection attempt's, and the next attempt.</summary>
    public void Tick(long now)
    {
        long timeout = _loop.RequestTimeoutTicks;
        switch (_state)
        {
            case NodeLinkState.Up when _pending.Count > 0 && _pending.Oldest.SentAt > 0 && now - OldestAt > timeout:
                Lose(Replies.TimedOut, "a request got no answer in time", reconnectNow: false);
                break;
            case NodeLinkState.Connecting or NodeLinkState.Retrying when now - _connectStarted > timeout:
                Lose(Replies.TimedOut, "the connection attempt got no answer in time", reconnectNow: false);
                break;
            case NodeLinkState.Down when now >= _retryAt:
                Connect(patient: false);
                break;
            default:
                break;
        }
    }

    /// <param name="patient">Requests may queue for this attempt: the node is new, or was just there.</param>
    private void Connect(bool patient)
    {
        _state = patient ? NodeLinkState.Connecting : NodeLinkState.Retrying;
        _connectStarted = _loop.Now();
        if (Target.Tls is { } tls)
        {
            Dial(tls);
            return;
        }

        try
        {
            Fd = SocketCalls.StartConnect(_endpoint);
            _loop.Register(this, Libc.EpollOut);
        }
        catch (IOException e)
        {
            Lose(Replies.ConnectFailed, e.Message, reconnectNow: false);
        }
    }

    private void Connected()
    {
        int error = SocketCalls.PendingError(Fd);
        if (error != 0)
        {
            Lose(Replies.ConnectFailed, $"connect: {Marshal.GetPInvokeErrorMessage(error)}", reconnectNow: false);
            return;
        }

        _state = NodeLinkState.Up;
        _backoffMs = 0;
        _connectedAt = _loop.Now();
        LastError = "";
        Announce();
        Flush(_connectedAt);
    }

    private void Flush(long now)
    {
        int before = Output.Length;
        _pending.Stamp(now);
        _pending.MarkSent();
        if (!_loop.TryWrite(this, Output))
        {
            Lose(Replies.ConnectionLost, "the connection broke while sending", reconnectNow: true);
            return;
        }

        Ledger.Current.BytesToNode += before - Output.Length;
        _congested = Output.Length > 0;
        _loop.SetInterest(this, Libc.EpollIn | (_congested ? Libc.EpollOut : 0));
    }

    private void Lose(byte[] reply, string why, bool reconnectNow)
    {
        LastError = why;
        WasUp = _state == NodeLinkState.Up;
        if (Fd >= 0)
        {
            _loop.Unregister(this);
        }

        ClearInput();
        Output.Clear();
        _skip = 0;
        _congested = false;
        _state = NodeLinkState.Down;
        FailPending(reply);
        CloseWhenDrained();
        if (_state == NodeLinkState.Gone)
        {
            return;
        }

        _loop.NodeChanged(this);
        if (reconnectNow && _loop.Now() - _connectedAt > _loop.TicksOfMs(LastBackoffMs))
        {
            Connect(patient: true);
            return;
        }

        _backoffMs = Math.Clamp(_backoffMs * 2, FirstBackoffMs, LastBackoffMs);
        _retryAt = _loop.Now() + _loop.TicksOfMs(_backoffMs);
    }

    private void FailPending(byte[] reply)
    {
        _keys.Clear();
        while (_pending.Count > 0)
        {
            PendingRequest request = _pending.Take();
            Ledger.Current.Errors += request.Client is MultiGet many ? many.KeysOf(request) : 1;
            request.Client.OnReply(request, reply, ReplyOutcome.Error, reply);
        }
    }

    private void CloseWhenDrained()
    {
        if (_draining && _pending.Count == 0 && _state != NodeLinkState.Gone)
        {
            if (Fd >= 0)
            {
                _loop.Unregister(this);
            }

            ClearInput();
            Output.Clear();
            _state = NodeLinkState.Gone;
        }
    }
}
