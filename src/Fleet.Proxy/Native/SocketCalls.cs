using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Fleet.Proxy.Native;

/// <summary>Non-blocking TCP sockets by address.</summary>
internal static unsafe class SocketCalls
{
    /// <summary>Argument of shutdown(2): this side writes no more.</summary>
    public const int EndWriting = 1;

    private const int Backlog = 4096;

    /// <summary>Returns the result of a system call or throws with its error.</summary>
    public static int Check(int result, string call) => result >= 0 ? result : throw Failure(call);

    /// <summary>The exception of the last system call.</summary>
    public static IOException Failure(string call) => new($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    /// <summary>A listening socket, shared by port with the other loops' sockets when <paramref name="reusePort"/> is set.</summary>
    public static int Listen(IPEndPoint endpoint, bool reusePort)
    {
        int fd = Open(endpoint.AddressFamily);
        try
        {
            SetOption(fd, Libc.SolSocket, Libc.SoReuseAddr, 1);
            if (reusePort)
            {
                SetOption(fd, Libc.SolSocket, Libc.SoReusePort, 1);
            }

            fixed (byte* address = Native(endpoint, out int length))
            {
                Check(Libc.Bind(fd, address, length), "bind");
            }

            Pacing.LeaveOutOnLoopback(fd, endpoint);
            Check(Libc.Listen(fd, Backlog), "listen");
            return fd;
        }
        catch
        {
            Libc.Close(fd);
            throw;
        }
    }

    /// <summary>Starts to connect; the socket is writable when the attempt has ended.</summary>
    public static int StartConnect(IPEndPoint endpoint)
    {
        int fd = Open(endpoint.AddressFamily);
        SetOption(fd, Libc.IpProtoTcp, Libc.TcpNoDelay, 1);
        Pacing.LeaveOutOnLoopback(fd, endpoint);
        fixed (byte* address = Native(endpoint, out int length))
        {
            if (Libc.Connect(fd, address, length) < 0 && Marshal.GetLastPInvokeError() != Libc.ErrInProgress)
            {
                IOException failure = Failure("connect");
                Libc.Close(fd);
                throw failure;
            }
        }

        return fd;
    }

    /// <summary>The pending error of a socket (errno), 0 for none.</summary>
    public static int PendingError(int fd)
    {
        int error = 0;
        int length = sizeof(int);
        Check(Libc.GetSocketOption(fd, Libc.SolSocket, Libc.SoError, &error, &length), "getsockopt");
        return error;
    }

    public static IPEndPoint LocalEndPoint(int fd, AddressFamily family)
    {
        var address = new SocketAddress(family);
        int length = address.Size;
        fixed (byte* native = address.Buffer.Span)
        {
            Check(Libc.GetSocketName(fd, native, &length), "getsockname");
        }

        return (IPEndPoint)new IPEndPoint(family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0).Create(address);
    }

    /// <summary>The local address of a connected socket.</summary>
    public static IPEndPoint LocalEndPoint(int fd)
    {
        var address = new SocketAddress(AddressFamily.InterNetworkV6);
        int length = address.Size;
        fixed (byte* native = address.Buffer.Span)
        {
            Check(Libc.GetSocketName(fd, native, &length), "getsockname");
        }

        return LocalEndPoint(fd, address.Family);
    }

    public static void SetOption(int fd, int level, int name, int value) =>
        Check(Libc.SetSocketOption(fd, level, name, &value, sizeof(int)), "setsockopt");

    /// <summary>
    /// Marks a descriptor as one that another process has too: .NET shuts a socket down when it disposes it in the middle of a call, for
    /// every process, unless it is not closed at an exec.
    /// </summary>
    public static void Share(int fd) => Check(HandoverCalls.Control(fd, HandoverCalls.SetDescriptorFlags, 0), "fcntl");

    private static int Open(AddressFamily family) => Check(
        Libc.Socket(new SocketAddress(family).Buffer.Span[0], Libc.SockStream | Libc.SockNonBlock | Libc.SockCloExec, 0), "socket");

    private static Span<byte> Native(IPEndPoint endpoint, out int length)
    {
        SocketAddress address = endpoint.Serialize();
        length = address.Size;
        return address.Buffer.Span;
    }
}
