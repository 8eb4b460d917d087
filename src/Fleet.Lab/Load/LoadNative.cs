using System.Runtime.InteropServices;

namespace Fleet.Lab.Load;

/// <summary>The few system calls that the load loop makes itself.</summary>
internal static unsafe partial class LoadNative
{
    public const int EpollIn = 0x1;
    public const int EpollOut = 0x4;
    public const int EpollAdd = 1;
    public const int EpollDel = 2;
    public const int EpollMod = 3;
    public const int EpollCloexec = 0x80000;
    public const int NoSignal = 0x4000;
    public const int Again = 11;
    public const int Interrupted = 4;
    public const int SetTimerSlack = 29;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int fd, byte* registration);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int maxEvents, Timespec* timeout, nint signals);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int ThreadControl(int option, nuint value, nuint unused3, nuint unused4, nuint unused5);

    /// <summary>C's <c>struct timespec</c> on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
