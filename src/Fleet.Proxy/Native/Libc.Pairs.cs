using System.Runtime.InteropServices;

namespace Fleet.Proxy.Native;

/// <summary>Connected pairs of sockets within the process.</summary>
internal static unsafe partial class Libc
{
    private const int FamilyUnix = 1;

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPair(int domain, int type, int protocol, int* pair);

    /// <summary>Two non-blocking sockets that are connected with each other.</summary>
    /// <exception cref="IOException">There are no descriptors left.</exception>
    public static (int One, int Other) Pair()
    {
        int* pair = stackalloc int[2];
        SocketCalls.Check(SocketPair(FamilyUnix, SockStream | SockNonBlock | SockCloExec, 0, pair), "socketpair");
        return (pair[0], pair[1]);
    }
}
