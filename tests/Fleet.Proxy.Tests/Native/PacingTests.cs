using System.Net;
using System.Net.Sockets;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Tests.Native;

public class PacingTests
{
    private const int TcpCongestion = 13;

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.8.8.8", false)]
    [InlineData("::1", false)]
    [InlineData("0.0.0.0", true)]
    [InlineData("::", true)]
    [InlineData("192.0.2.1", true)]
    public void Connections_within_the_host_are_not_paced(string address, bool paced)
    {
        using Socket socket = Paced(IPAddress.Parse(address).AddressFamily);
        Pacing.LeaveOutOnLoopback((int)socket.Handle, new IPEndPoint(IPAddress.Parse(address), 1));
        Control(socket).ShouldBe(paced ? "bbr" : "reno");
    }

    [Fact]
    public void A_control_that_does_not_pace_stays()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetRawSocketOption(6, TcpCongestion, "reno"u8);
        Pacing.LeaveOutOnLoopback((int)socket.Handle, new IPEndPoint(IPAddress.Loopback, 1));
        Control(socket).ShouldBe("reno");
    }

    [Fact]
    public void What_the_proxy_opens_within_the_host_is_not_paced()
    {
        int listening = SocketCalls.Listen(new IPEndPoint(IPAddress.Loopback, 0), reusePort: false);
        int connecting = SocketCalls.StartConnect(SocketCalls.LocalEndPoint(listening));
        try
        {
            Pacing.Control(listening).ShouldNotStartWith("bbr");
            Pacing.Control(connecting).ShouldNotStartWith("bbr");
            Pacing.Control(connecting).ShouldNotBeEmpty();
        }
        finally
        {
            _ = Libc.Close(connecting);
            _ = Libc.Close(listening);
        }
    }

    private static string Control(Socket socket) => Pacing.Control((int)socket.Handle);

    private static Socket Paced(AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetRawSocketOption(6, TcpCongestion, "bbr"u8);
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            Assert.Skip($"this system has no congestion control that paces (bbr): {refused.Message}");
        }

        return socket;
    }
}
