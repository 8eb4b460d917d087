using System.Runtime.InteropServices;

namespace Fleet.Proxy.Native;

/// <summary>One epoll descriptor and the buffer that its events arrive in.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    /// <summary>Most events that one wait returns.</summary>
    public const int MaxEvents = 512;

    private const long NsPerSecond = 1_000_000_000;

    // struct epoll_event is packed on x86-64 only: { uint32 events; uint64 data } in 12 bytes, else 16 with data at 8.
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = Stride - sizeof(ulong);

    private readonly byte* _events = (byte*)NativeMemory.AllocZeroed(MaxEvents, 16);
    private readonly int _fd = SocketCalls.Check(Libc.EpollCreate(Libc.EpollCloExec), "epoll_create1");

    /// <summary>The descriptor, which another set can wait for.</summary>
    public int Fd => _fd;

    /// <summary>Waits; the number of events, 0 after the timeout or an interruption. -1 waits without limit.</summary>
    public int Wait(int timeoutMs)
    {
        int count = Libc.EpollWait(_fd, _events, MaxEvents, timeoutMs);
        return count >= 0 || Marshal.GetLastPInvokeError() == Libc.ErrInterrupted
            ? Math.Max(count, 0)
            : SocketCalls.Check(count, "epoll_wait");
    }

    /// <summary>Whether the kernel can wait for less than a millisecond.</summary>
    public static bool HasFineWait { get; } = ProbeFineWait();

    /// <summary>As <see cref="Wait"/>, for at most so many nanoseconds. Only where <see cref="HasFineWait"/>.</summary>
    public int WaitFine(long timeoutNs)
    {
        long* timeout = stackalloc long[2] { timeoutNs / NsPerSecond, timeoutNs % NsPerSecond };
        nint count = Libc.EpollWaitFine(Libc.SysEpollPwait2, _fd, _events, MaxEvents, timeout, 0, 0);
        return count >= 0 || Marshal.GetLastPInvokeError() == Libc.ErrInterrupted
            ? Math.Max((int)count, 0)
            : SocketCalls.Check((int)count, "epoll_pwait2");
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

    // Without a descriptor a kernel that knows the call says "bad descriptor", another one "no such call".
    private static bool ProbeFineWait()
    {
        long* timeout = stackalloc long[2];
        byte* none = stackalloc byte[16];
        return Libc.EpollWaitFine(Libc.SysEpollPwait2, -1, none, 1, timeout, 0, 0) < 0
            && Marshal.GetLastPInvokeError() != Libc.ErrNoSuchCall;
    }

    public void Dispose()
    {
        Libc.Close(_fd);
        NativeMemory.Free(_events);
    }
}
