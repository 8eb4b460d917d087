using System.Runtime.InteropServices;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Handover;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Tunnels;

/// <summary>
/// A client's connection joined to one of its own to a server: bytes go both ways unread, each way ends by itself, and a side that does not
/// take its bytes stops the other from being read. A server that cannot be reached is replaced by another before a byte has been sent.
/// </summary>
internal sealed class Tunnel
{
    private const int ReadBytes = 32 * 1024;
    private const int BufferedBytes = 128 * 1024;
    private const int ShutdownWrite = 1;

    private readonly EventLoop _loop;
    private readonly TunnelPool _pool;
    private readonly TunnelEnd _client;
    private readonly TunnelEnd _server;
    private readonly List<NodeTarget> _tried = [];
    private readonly bool _clientIsEncrypted;
    private bool _connecting;
    private bool _joined;
    private bool _closed;
    private long _connectStarted;
    private TrafficLedger? _ledger;

    /// <param name="loop">The loop.</param>
    /// <param name="pool">Chooses the server.</param>
    /// <param name="clientFd">The client's connection.</param>
    /// <param name="isEncrypted">That is the plain end of an encrypted one.</param>
    public Tunnel(EventLoop loop, TunnelPool pool, int clientFd, bool isEncrypted)
    {
        (_loop, _pool, _clientIsEncrypted) = (loop, pool, isEncrypted);
        _client = new TunnelEnd(this, loop.Buffers) { Fd = clientFd };
        _server = new TunnelEnd(this, loop.Buffers);
    }

    /// <summary>The server; the last one tried while none is connected.</summary>
    public NodeTarget Target => _tried[^1];

    /// <summary>When the tunnel is cut because its server has left the pool; 0 while it has not.</summary>
    public long CutAt { get; set; }

    /// <summary>Whether either side speaks TLS.</summary>
    public bool IsEncrypted => _clientIsEncrypted || _tried is [.., { Tls: not null }];

    /// <summary>Waits for a server's answer.</summary>
    public bool IsConnecting => _connecting;

    /// <summary>Joins the client to a server.</summary>
    public void Open()
    {
        _loop.Register(_client, 0);
        Connect();
    }

    /// <summary>Becomes what the tunnel was in the process that handed it over.</summary>
    public void Resume(TunnelState state, NodeTarget target)
    {
        _tried.Add(target);
        _joined = true;
        _pool.Joined(this);
        _ledger = _pool.LedgerOf(target);
        _server.Fd = state.Server.Descriptor;
        GoOn(Resume(_client, state.Client) && Resume(_server, state.Server));
    }

    /// <summary>Becomes nothing here and returns everything that another process needs to go on. A server that has not answered is left.</summary>
    public TunnelState Leave(string poolId)
    {
        bool answered = !_connecting;
        if (!answered)
        {
            CloseEnd(_server);
        }

        var state = new TunnelState(poolId, answered ? Target.NodeId : "", answered ? Target.Address : "")
        {
            Client = Leave(_client), Server = Leave(_server),
        };
        _closed = true;
        _pool.Closed(this);
        return state;
    }

    public void OnEvents(TunnelEnd end, uint events)
    {
        if (_connecting && end == _server)
        {
            Connected();
            return;
        }

        bool sound = (events & Libc.EpollOut) == 0 || Write(end);
        if (sound && (events & (Libc.EpollIn | Libc.EpollHangUp | Libc.EpollError)) != 0)
        {
            sound = !_connecting && Read(end, end == _client ? _server : _client);
        }

        GoOn(sound);
    }

    /// <summary>Gives up a connection attempt that got no answer.</summary>
    public void Tick(long now)
    {
        if (_connecting && now - _connectStarted > _loop.RequestTimeoutTicks)
        {
            TryAnother("the connection attempt got no answer in time");
        }
        else if (CutAt != 0 && now >= CutAt)
        {
            Close();
        }
    }

    public void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        CloseEnd(_client);
        CloseEnd(_server);
        _pool.Closed(this);
    }

    /// <summary>Takes the tunnel off its server's count.</summary>
    public void PartIfJoined()
    {
        if (_joined)
        {
            _joined = false;
            _pool.Parted(this);
        }
    }

    private bool Resume(TunnelEnd end, TunnelSide side)
    {
        (end.EndOfInput, end.EndOfOutput) = (side.EndOfInput, side.EndOfOutput);
        end.Output.Append(side.Output);
        if (end.Fd < 0)
        {
            return true;
        }

        _loop.Register(end, 0);
        return Write(end);
    }

    private TunnelSide Leave(TunnelEnd end)
    {
        byte[] output = end.Output.Data.ToArray();
        end.Output.Clear();
        return new TunnelSide(end.Fd < 0 ? -1 : _loop.StopWatching(end), end.EndOfInput, end.EndOfOutput, output);
    }

    private void Connect()
    {
        while (_pool.Pick(_tried) is { } target)
        {
            _tried.Add(target);
            try
            {
                if (target.Tls is { } tls)
                {
                    int attempt = _tried.Count;
                    tls.Dial(_loop, target, (fd, error) => Dialled(attempt, fd, error), eachWayEnds: true);
                }
                else
                {
                    _server.Fd = SocketCalls.StartConnect(target.EndPoint);
                    _loop.Register(_server, Libc.EpollOut);
                }

                (_connecting, _connectStarted) = (true, _loop.Now());
                _joined = true;
                _pool.Joined(this);
                return;
            }
            catch (IOException e)
            {
                _pool.Failed(target, e.Message);
            }
        }

        Close();
    }

    /// <summary>The attempt to reach a server by TLS has ended, perhaps after it was given up.</summary>
    private void Dialled(int attempt, int fd, string error)
    {
        if (_closed || !_connecting || attempt != _tried.Count)
        {
            _ = fd < 0 ? 0 : Libc.Close(fd);
        }
        else if (fd < 0)
        {
            TryAnother(error);
        }
        else
        {
            _server.Fd = fd;
            _loop.Register(_server, 0);
            Connected();
        }
    }

    private void Connected()
    {
        int error = SocketCalls.PendingError(_server.Fd);
        if (error != 0)
        {
            TryAnother($"connect: {Marshal.GetPInvokeErrorMessage(error)}");
            return;
        }

        _connecting = false;
        _pool.Took(Target, _loop.Now() - _connectStarted);
        _ledger = _pool.LedgerOf(Target);
        GoOn(sound: true);
    }

    private void TryAnother(string why)
    {
        _connecting = false;
        _pool.Failed(Target, why);
        PartIfJoined();
        CloseEnd(_server);
        Connect();
    }

    private bool Read(TunnelEnd from, TunnelEnd to)
    {
        if (from.EndOfInput || to.Output.Length >= BufferedBytes)
        {
            return true;
        }

        nint count = _loop.Receive(from, to.Output.Reserve(ReadBytes));
        if (count > 0)
        {
            to.Output.Commit((int)count);
            Count(from, count);
            return Write(to);
        }

        to.Output.Consume(0);
        from.EndOfInput = count == 0;
        return count >= -1;
    }

    private void Count(TunnelEnd from, nint bytes)
    {
        if (_ledger?.Current is { } traffic)
        {
            traffic.BytesToNode += from == _client ? bytes : 0;
            traffic.BytesFromNode += from == _server ? bytes : 0;
        }
    }

    private bool Write(TunnelEnd end) => end.Fd < 0 ? end.Output.Length == 0 : _loop.TryWrite(end, end.Output);

    private void GoOn(bool sound)
    {
        if (_closed)
        {
            return;
        }

        bool clientOver = Finish(_client, _server);
        bool serverOver = Finish(_server, _client);
        if (!sound || (clientOver && serverOver))
        {
            Close();
            return;
        }

        Watch(_client, _server);
        Watch(_server, _client);
    }

    /// <summary>Passes the end of input on once everything before it is sent; true when both directions of the end are over.</summary>
    private static bool Finish(TunnelEnd end, TunnelEnd other)
    {
        if (end.Fd >= 0 && other.EndOfInput && end.Output.Length == 0 && !end.EndOfOutput)
        {
            end.EndOfOutput = true;
            _ = Libc.Shutdown(end.Fd, ShutdownWrite);
        }

        return end.EndOfInput && end.EndOfOutput;
    }

    private void Watch(TunnelEnd end, TunnelEnd other)
    {
        if (end.Fd < 0 || (_connecting && end == _server))
        {
            return;
        }

        if (end.EndOfInput && end.EndOfOutput)
        {
            // Over both ways: watched further it would report its hang-up at every turn.
            CloseEnd(end);
            return;
        }

        bool read = !_connecting && !end.EndOfInput && other.Output.Length < BufferedBytes;
        _loop.SetInterest(end, (read ? Libc.EpollIn : 0) | (end.Output.Length > 0 ? Libc.EpollOut : 0));
    }

    private void CloseEnd(TunnelEnd end)
    {
        if (end.Fd >= 0)
        {
            _loop.Unregister(end);
        }

        end.Output.Clear();
    }
}
