using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Fleet.Lab.Load;

/// <summary>One client connection: a non-blocking socket, fixed buffers and the requests that wait on it, oldest first.</summary>
/// <remarks>Used by the load's one thread only. Nothing is allocated after the connection is made.</remarks>
internal sealed unsafe class LoadConnection(int token, IPEndPoint target, int maxOutstanding) : IDisposable
{
    private const int BufferBytes = 64 * 1024;
    private readonly byte[] _out = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private readonly byte[] _in = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private readonly PendingRequest[] _pending = new PendingRequest[maxOutstanding];
    private Socket? _socket;
    private int _fd = -1;
    private int _outFrom;
    private int _outTo;
    private int _inFrom;
    private int _inTo;
    private int _oldest;

    /// <summary>Index of the connection.</summary>
    public int Token => token;

    /// <summary>Whether requests can be sent.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether a connection attempt is under way.</summary>
    public bool IsConnecting => _socket is not null && !IsOpen;

    /// <summary>Clock ticks at which the present attempt began or the next one may begin.</summary>
    public long ConnectAt { get; set; }

    /// <summary>Whether bytes wait to be flushed.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Whether the epoll set watches for room to write.</summary>
    public bool IsWatchedForRoom { get; set; }

    /// <summary>Requests that wait for an answer.</summary>
    public int Outstanding { get; private set; }

    /// <summary>The request that is answered next.</summary>
    public PendingRequest Oldest => _pending[_oldest];

    /// <summary>Bytes that arrived and are not consumed.</summary>
    public ReadOnlySpan<byte> Arrived => _in.AsSpan(_inFrom, _inTo - _inFrom);

    /// <summary>The socket, for the epoll set.</summary>
    public int Fd => _fd;

    /// <summary>Begins to connect; returns null, or why it failed at once.</summary>
    public string? BeginConnect()
    {
        _socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false };
        try
        {
            _socket.Connect(target);
        }
        catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            return null;
        }
        catch (SocketException failure)
        {
            Close();
            return failure.Message;
        }

        return null;
    }

    /// <summary>Whether the attempt ended within the time; <paramref name="error"/> tells why when it failed.</summary>
    public bool TryFinishConnect(int waitUs, out string? error)
    {
        error = null;
        if (_socket is null || !_socket.Poll(waitUs, SelectMode.SelectWrite))
        {
            return false;
        }

        int code = (int)_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (code != 0)
        {
            error = new SocketException(code).Message;
            Close();
            return true;
        }

        _fd = (int)_socket.SafeHandle.DangerousGetHandle();
        IsOpen = true;
        return true;
    }

    /// <summary>Queues a request; false when too many wait or the buffer is full.</summary>
    public bool TryEnqueue(ItemCatalog items, PendingRequest request)
    {
        if (Outstanding == _pending.Length)
        {
            return false;
        }

        Span<byte> room = _out.AsSpan(_outTo);
        int written = request.IsStore ? items.WriteSet(request.Item, room) : items.WriteGet(request.Item, room);
        if (written == 0)
        {
            return false;
        }

        _outTo += written;
        _pending[(_oldest + Outstanding) % _pending.Length] = request;
        Outstanding++;
        return true;
    }

    /// <summary>Sends what is queued as far as the socket takes it; false when the connection is dead.</summary>
    public bool Flush()
    {
        fixed (byte* start = _out)
        {
            while (_outFrom < _outTo)
            {
                nint sent = LoadNative.Send(_fd, start + _outFrom, _outTo - _outFrom, LoadNative.NoSignal);
                if (sent < 0)
                {
                    return MayGoOn();
                }

                _outFrom += (int)sent;
            }
        }

        _outFrom = _outTo = 0;
        return true;
    }

    /// <summary>Whether <see cref="Flush"/> left bytes that the socket did not take.</summary>
    public bool HasUnsentBytes => _outFrom < _outTo;

    /// <summary>Takes what arrived; false when the connection ended.</summary>
    public bool Receive()
    {
        if (_inFrom == _inTo)
        {
            _inFrom = _inTo = 0;
        }
        else if (_inTo == _in.Length)
        {
            Arrived.CopyTo(_in);
            (_inFrom, _inTo) = (0, _inTo - _inFrom);
        }

        fixed (byte* start = _in)
        {
            nint received = LoadNative.Receive(_fd, start + _inTo, _in.Length - _inTo, 0);
            if (received > 0)
            {
                _inTo += (int)received;
                return true;
            }

            return received < 0 && MayGoOn();
        }
    }

    /// <summary>Drops the oldest request and the bytes of its answer.</summary>
    public void Answered(int consumed)
    {
        _inFrom += consumed;
        _oldest = (_oldest + 1) % _pending.Length;
        Outstanding--;
    }

    /// <summary>Closes the socket and forgets all that waits; returns how many requests waited.</summary>
    public int Close()
    {
        int lost = Outstanding;
        _socket?.Dispose();
        _socket = null;
        _fd = -1;
        _outFrom = _outTo = _inFrom = _inTo = _oldest = Outstanding = 0;
        IsOpen = IsDirty = IsWatchedForRoom = false;
        return lost;
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private static bool MayGoOn() => Marshal.GetLastPInvokeError() is LoadNative.Again or LoadNative.Interrupted;
}
