using System.Net;
using System.Runtime.InteropServices;

namespace Fleet.Proxy.Native;

/// <summary>
/// Some congestion controls (BBR, where it is the system's default) hold a sender back with timers, so that it sends no faster than it believes
/// the path to be. A path within the host has no queue to spare; there every long reply would wait for timers, each of which costs a virtual
/// machine a call into its host. A socket's own control is chosen before it connects or listens: a connection that was paced once stays so.
/// </summary>
internal static unsafe class Pacing
{
    private const int TcpCongestion = 13;
    private const int NameBytes = 16;

    /// <summary>Has connections within the host go unpaced; leaves all others as the system has them.</summary>
    /// <param name="fd">A TCP socket that has no connection yet.</param>
    /// <param name="endpoint">Where it will connect or listen.</param>
    public static void LeaveOutOnLoopback(int fd, IPEndPoint endpoint)
    {
        if (IPAddress.IsLoopback(endpoint.Address) && Control(fd).StartsWith("bbr", StringComparison.Ordinal))
        {
            // Every kernel has Reno, and allows it to everybody.
            fixed (byte* reno = "reno"u8)
            {
                _ = Libc.SetSocketOption(fd, Libc.IpProtoTcp, TcpCongestion, (int*)reno, 4);
            }
        }
    }

    /// <summary>Name of a socket's congestion control; empty when the system does not tell it.</summary>
    public static string Control(int fd)
    {
        byte* name = stackalloc byte[NameBytes];
        int length = NameBytes - 1;
        bool told = Libc.GetSocketOption(fd, Libc.IpProtoTcp, TcpCongestion, (int*)name, &length) == 0;
        return told ? Marshal.PtrToStringUTF8((nint)name)! : "";
    }
}
