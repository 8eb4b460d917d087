using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Fleet.Lab.Lab;
using Fleet.Lab.Load;

namespace Fleet.Lab.Bench;

/// <summary>One closed-loop client: a fixed number of requests wait on it at any time, oldest first.</summary>
/// <remarks>Used by the benchmark's one thread only. Nothing is allocated after the connection is made.</remarks>
internal sealed unsafe class BenchConnection : IDisposable
{
    private readonly BenchTraffic _traffic;
    private readonly ReplyChecker _checker;
    private readonly BenchRequest[] _pending;
    private readonly Socket _socket;
    private readonly string _target;
    private int _oldest;
    private int _outstanding;
    private int _unsent;
    private int _sentOfFirst;

    /// <summary>Connects.</summary>
    public BenchConnection(IPEndPoint target, BenchTraffic traffic, int pipeline)
    {
        _traffic = traffic;
        _checker = new ReplyChecker(traffic);
        _pending = new BenchRequest[pipeline];
        _target = target.ToString();
        _socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(target);
        _socket.Blocking = false;
        Fd = (int)_socket.SafeHandle.DangerousGetHandle();
    }

    /// <summary>The socket, for the epoll set.</summary>
    public int Fd { get; }

    /// <summary>Whether the socket did not take all that is to be sent.</summary>
    public bool HasUnsent => _unsent > 0;

    /// <summary>Whether the epoll set watches for room to write.</summary>
    public bool IsWatchedForRoom { get; set; }

    /// <summary>Whether one more request may wait.</summary>
    public bool HasRoom => _outstanding < _pending.Length;

    /// <summary>Whether a reply is due.</summary>
    public bool IsWaiting => _outstanding > 0;

    /// <summary>Adds a request to what is sent next.</summary>
    public void Add(BenchRequest request)
    {
        _pending[(_oldest + _outstanding) % _pending.Length] = request;
        _outstanding++;
        _unsent++;
    }

    /// <summary>Sends as far as the socket takes it.</summary>
    /// <param name="scratch">Where requests are put together; shared by all connections.</param>
    public void Send(byte[] scratch)
    {
        while (_unsent > 0)
        {
            int filled = Fill(scratch);
            nint sent;
            fixed (byte* start = scratch)
            {
                sent = LoadNative.Send(Fd, start, filled, LoadNative.NoSignal);
            }

            if (sent < 0)
            {
                RequireMayGoOn();
                return;
            }

            Advance((int)sent);
            if (sent < filled)
            {
                return;
            }
        }
    }

    /// <summary>Takes what arrived once; every ended request is given to <paramref name="ended"/>. Returns how many ended.</summary>
    public int Receive(byte[] scratch, Action<BenchRequest> ended)
    {
        nint received;
        fixed (byte* start = scratch)
        {
            received = LoadNative.Receive(Fd, start, scratch.Length, 0);
        }

        if (received == 0)
        {
            throw new LabException($"{_target} closed a connection with {_outstanding} requests waiting");
        }

        if (received < 0)
        {
            RequireMayGoOn();
            return 0;
        }

        ReadOnlySpan<byte> arrived = scratch.AsSpan(0, (int)received);
        int count = 0;
        while (_outstanding > 0 && _checker.TryEnd(_pending[_oldest], ref arrived))
        {
            ended(_pending[_oldest]);
            _oldest = (_oldest + 1) % _pending.Length;
            _outstanding--;
            count++;
        }

        string? problem = _checker.Problem ?? (arrived.Length > 0 ? $"{arrived.Length} bytes that no request asked for" : null);
        return problem is null ? count : throw new LabException($"{_target}: {problem}");
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private int Fill(byte[] scratch)
    {
        int filled = 0;
        int skip = _sentOfFirst;
        for (int i = _outstanding - _unsent; i < _outstanding && filled < scratch.Length; i++)
        {
            ReadOnlySpan<byte> bytes = _traffic.Bytes(_pending[(_oldest + i) % _pending.Length])[skip..];
            int take = Math.Min(bytes.Length, scratch.Length - filled);
            bytes[..take].CopyTo(scratch.AsSpan(filled));
            filled += take;
            skip = 0;
        }

        return filled;
    }

    private void Advance(int sent)
    {
        while (sent > 0)
        {
            int rest = _traffic.Bytes(_pending[(_oldest + _outstanding - _unsent) % _pending.Length]).Length - _sentOfFirst;
            if (sent < rest)
            {
                _sentOfFirst += sent;
                return;
            }

            sent -= rest;
            _sentOfFirst = 0;
            _unsent--;
        }
    }

    private void RequireMayGoOn()
    {
        int error = Marshal.GetLastPInvokeError();
        if (error is not (LoadNative.Again or LoadNative.Interrupted))
        {
            throw new LabException($"{_target}: connection lost: {new SocketException(error).Message}");
        }
    }
}
