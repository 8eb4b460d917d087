using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Fleet.Lab.Load;

/// <summary>A set of sockets to wait on with nanosecond time-outs (epoll_pwait2: Linux 5.11, glibc 2.35).</summary>
internal sealed unsafe class EpollSet : IDisposable
{
    private const int MaxEvents = 128;

    // struct epoll_event is packed on x86-64 only.
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = Stride - 8;

    private readonly byte* _events = (byte*)NativeMemory.AllocZeroed(MaxEvents, 16);
    private readonly int _epoll = LoadNative.EpollCreate(LoadNative.EpollCloexec);
    private bool _disposed;

    /// <summary>Makes the set.</summary>
    public EpollSet() => Require(_epoll);

    /// <summary>Asks the kernel to wake the calling thread when its timers are due: within 1 ns instead of 50 µs.</summary>
    public static void UseExactTimers() => Require(LoadNative.ThreadControl(LoadNative.SetTimerSlack, 1, 0, 0, 0));

    /// <summary>Starts to watch a socket.</summary>
    public void Add(int fd, int token, bool writable) => Control(LoadNative.EpollAdd, fd, token, writable);

    /// <summary>Changes whether room to write is watched too.</summary>
    public void Modify(int fd, int token, bool writable) => Control(LoadNative.EpollMod, fd, token, writable);

    /// <summary>Waits until a socket is ready or the time has passed; returns how many are ready.</summary>
    public int Wait(long nanoseconds)
    {
        var timeout = new LoadNative.Timespec { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        int ready = LoadNative.EpollWait(_epoll, _events, MaxEvents, &timeout, 0);
        if (ready < 0 && Marshal.GetLastPInvokeError() == LoadNative.Interrupted)
        {
            return 0;
        }

        Require(ready);
        return ready;
    }

    /// <summary>Token of the ready socket number <paramref name="index"/>.</summary>
    public int Token(int index) => *(int*)(_events + (index * Stride) + DataOffset);

    /// <summary>Closes the set.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _ = LoadNative.Close(_epoll);
            NativeMemory.Free(_events);
        }
    }

    private void Control(int operation, int fd, int token, bool writable)
    {
        byte* registration = stackalloc byte[16];
        *(uint*)registration = (uint)(LoadNative.EpollIn | (writable ? LoadNative.EpollOut : 0));
        *(long*)(registration + DataOffset) = token;
        Require(LoadNative.EpollControl(_epoll, operation, fd, registration));
    }

    private static void Require(int result)
    {
        if (result < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }
}
