using System.Runtime.InteropServices;

namespace Fleet.Proxy.Native;

/// <summary>One epoll descriptor and the buffer that its events arrive in.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    private const int MaxEvents = 512;

    // struct epoll_event is packed on x86-64 only: { uint32 events; uint64 data } in 12 bytes, else 16 with data at 8.
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = Stride - sizeof(ulong);

    private readonly byte* _events = (byte*)NativeMemory.AllocZeroed(MaxEvents, 16);
    private readonly int _fd = SocketCalls.Check(Libc.EpollCreate(Libc.EpollCloExec), "epoll_create1");

    /// <summary>Waits; the number of events, 0 after the timeout or an interruption. -1 waits without limit.</summary>
    public int Wait(int timeoutMs)
    {
        int count = Libc.EpollWait(_fd, _events, MaxEvents, timeoutMs);
        return count >= 0 || Marshal.GetLastPInvokeError() == Libc.ErrInterrupted
            ? Math.Max(count, 0)
            : SocketCalls.Check(count, "epoll_wait");
    }

    public uint EventsAt(int index) => *(uint*)(_events + (index * Stride));

    public ulong DataAt(int index) => *(ulong*)(_events + (index * Stride) + DataOffset);

    public void Control(int operation, int fd, uint events, ulong data)
    {
        byte* item = stackalloc byte[16];
        *(uint*)item = events;
        *(ulong*)(item + DataOffset) = data;
        SocketCalls.Check(Libc.EpollControl(_fd, operation, fd, item), "epoll_ctl");
    }

    public void Dispose()
    {
        Libc.Close(_fd);
        NativeMemory.Free(_events);
    }
}
