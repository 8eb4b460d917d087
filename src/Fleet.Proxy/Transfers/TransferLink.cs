using Fleet.Proxy.Engine;
using Fleet.Proxy.Native;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Transfers;

/// <summary>
/// A connection to a node that carries one large value and then closes. The shared connection of the loop would make everybody else wait
/// behind the value, and behind the client at its other end.
/// </summary>
internal sealed class TransferLink : Pollable
{
    private const int ReadBytes = 64 * 1024;

    private readonly EventLoop _loop;
    private readonly ITransfer _transfer;
    private bool _connecting;
    private bool _closed;
    private bool _reads = true;
    private long _progressAt;

    public TransferLink(EventLoop loop, NodeConnection node, ITransfer transfer)
    {
        (_loop, Node, _transfer) = (loop, node, transfer);
        Input = new ByteBuffer(loop.Buffers);
        Output = new ByteBuffer(loop.Buffers);
    }

    /// <summary>The shared connection to the same node: it counts what passes here.</summary>
    public NodeConnection Node { get; }

    /// <summary>What the node sent and the transfer has not taken yet.</summary>
    public ByteBuffer Input { get; }

    /// <summary>What the node has not taken yet.</summary>
    public ByteBuffer Output { get; }

    /// <summary>The node owes something: bytes that it does not take, or a reply. While it does, it is held to the request timeout.</summary>
    public bool NodeIsDue { get; set; }

    /// <summary>The node's bytes are wanted; false leaves them in the network.</summary>
    public bool Reads
    {
        get => _reads;
        set
        {
            if (_reads != value)
            {
                _reads = value;
                _progressAt = _loop.Now();
                Watch();
            }
        }
    }

    /// <summary>Connects; a failure is told at the next tick, so that the caller is not called back from here.</summary>
    public void Open()
    {
        _loop.AddTransfer(this);
        _progressAt = _loop.Now();
        if (Node.Target.Tls is { } tls)
        {
            _connecting = true;
            tls.Dial(_loop, Node.Target, Dialled);
            return;
        }

        try
        {
            Fd = SocketCalls.StartConnect(Node.Target.EndPoint);
            _connecting = true;
            _loop.Register(this, Libc.EpollOut);
        }
        catch (IOException)
        {
            _progressAt = long.MinValue / 2;
        }
    }

    /// <summary>Sends what is in <see cref="Output"/>, as far as the node takes it now.</summary>
    public void Send()
    {
        if (Fd < 0 || _connecting)
        {
            return;
        }

        int before = Output.Length;
        if (!_loop.TryWrite(this, Output))
        {
            Lose(Replies.ConnectionLost);
            return;
        }

        Node.Ledger.Current.BytesToNode += before - Output.Length;
        _progressAt = before > Output.Length ? _loop.Now() : _progressAt;
        Watch();
    }

    /// <inheritdoc />
    public override void OnEvents(uint events)
    {
        if (_connecting)
        {
            _connecting = false;
            if (SocketCalls.PendingError(Fd) != 0)
            {
                Lose(Replies.ConnectFailed);
                return;
            }

            Send();
            return;
        }

        if ((events & Libc.EpollOut) != 0)
        {
            Send();
            if (!_closed)
            {
                _transfer.OnProgress(this);
            }
        }

        if (!_closed && (events & (Libc.EpollIn | Libc.EpollHangUp | Libc.EpollError)) != 0)
        {
            Read();
        }
    }

    /// <summary>Gives a node up that does not do what it owes.</summary>
    public void Tick(long now)
    {
        bool due = _connecting || Fd < 0 || (NodeIsDue && _reads) || Output.Length > 0;
        if (!_closed && due && now - _progressAt > _loop.RequestTimeoutTicks)
        {
            Lose(Fd < 0 ? Replies.ConnectFailed : Replies.TimedOut);
        }
    }

    /// <summary>Closes without a word to anybody.</summary>
    public void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        if (Fd >= 0)
        {
            _loop.Unregister(this);
        }

        Input.Clear();
        Output.Clear();
        _loop.RemoveTransfer(this);
    }

    private void Dialled(int fd, string error)
    {
        if (_closed || fd < 0)
        {
            _ = fd < 0 ? 0 : Libc.Close(fd);
            if (!_closed)
            {
                Lose(Replies.ConnectFailed);
            }

            return;
        }

        Fd = fd;
        _connecting = false;
        _loop.Register(this, 0);
        Send();
    }

    private void Read()
    {
        nint count = _loop.Receive(this, Input.Reserve(ReadBytes));
        if (count <= 0)
        {
            Input.Consume(0);
            if (count != -1)
            {
                Lose(Replies.ConnectionLost);
            }

            return;
        }

        Input.Commit((int)count);
        Node.Ledger.Current.BytesFromNode += count;
        _progressAt = _loop.Now();
        _transfer.OnProgress(this);
    }

    private void Lose(byte[] reply)
    {
        Close();
        Node.Ledger.Current.Errors++;
        _transfer.OnLost(this, reply);
    }

    private void Watch()
    {
        if (Fd >= 0 && !_connecting)
        {
            _loop.SetInterest(this, (_reads ? Libc.EpollIn : 0) | (Output.Length > 0 ? Libc.EpollOut : 0));
        }
    }
}
