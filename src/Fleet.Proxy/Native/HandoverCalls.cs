using System.Runtime.InteropServices;

namespace Fleet.Proxy.Native;

/// <summary>The system calls that hand descriptors from one process to the next.</summary>
internal static unsafe partial class HandoverCalls
{
    public const int UnixFamily = 1;
    public const int SequencedPackets = 5;
    public const int PassDescriptors = 1;
    public const int CloseReceivedOnExec = 0x40000000;
    public const int SetDescriptorFlags = 2;
    public const short PollIn = 1;
    public const int DoNotWait = 1;

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int domain, int type, int protocol, int* pair);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PolledDescriptor* descriptors, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    public static partial int Spawn(int* pid, byte* path, void* fileActions, void* attributes, byte** arguments, byte** variables);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitForChild(int pid, int* status, int options);

    /// <summary>struct msghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public void* Name;
        public nuint NameLength;
        public Chunk* Chunks;
        public nuint ChunkCount;
        public void* Ancillary;
        public nuint AncillaryLength;
        public int Flags;
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Chunk
    {
        public void* Data;
        public nuint Length;
    }

    /// <summary>struct cmsghdr with one descriptor, padded to its alignment.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 24)]
    public struct PassedDescriptor
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PolledDescriptor
    {
        public int Descriptor;
        public short Wanted;
        public short Seen;
    }
}
