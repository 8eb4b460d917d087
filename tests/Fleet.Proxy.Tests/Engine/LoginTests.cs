using System.Net.Sockets;
using Fleet.Proxy.Protocol;
using Fleet.Proxy.Tests.Protocol;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>Logging in, compared with memcached -Y where it answers each command for itself.</summary>
public class LoginTests
{
    private const string Password = "secret";

    [Theory]
    [InlineData("get a\r\n", "CLIENT_ERROR unauthenticated\r\n", true)]
    [InlineData("version\r\n", "CLIENT_ERROR unauthenticated\r\n", true)]
    [InlineData("mn\r\n", "CLIENT_ERROR unauthenticated\r\n", true)]
    [InlineData("add a 0 0 9\r\n", "CLIENT_ERROR unauthenticated\r\n", true)]
    [InlineData("set a 0 0\r\n", "CLIENT_ERROR unauthenticated\r\n", true)]
    [InlineData("set a 0 0 10\r\napp wrong1\r\n", "CLIENT_ERROR authentication failure\r\n", true)]
    [InlineData("set a 0 0 3\r\napp\r\n", "CLIENT_ERROR bad authentication token format\r\n", true)]
    [InlineData("set a 0 0 10\r\napp secret\r\nget a\r\n", "STORED\r\nEND\r\n", true)]
    [InlineData("set k x y 10\r\napp secret\r\nset a 0 0 1\r\n1\r\nget a\r\n", "STORED\r\nSTORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n", true)]
    [InlineData("get a\r\nset a 0 0 10\r\napp wrong1\r\nset a 0 0 10\r\napp secret\r\nget a\r\n",
        "CLIENT_ERROR unauthenticated\r\nCLIENT_ERROR authentication failure\r\nSTORED\r\nEND\r\n", false)]
    [InlineData("set a 0 0 5\r\nx\r\nversion\r\n", "CLIENT_ERROR bad command line termination\r\nCLIENT_ERROR unauthenticated\r\n", false)]
    public async Task Text_clients_log_in_as_with_memcached(string input, string reply, bool same)
    {
        using var users = new UsersFile($"app:{Password}");
        using MemcachedServer judge = await MemcachedServer.StartAsync(0, "-Y", users.Path);
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with { UsersFile = users.Path });
        (await AskAsync(proxy.Listening["default"].Port, input)).ShouldBe(reply);
        if (same)
        {
            (await AskAsync(judge.Port, input)).ShouldBe(reply);
        }
    }

    [Fact]
    public async Task Binary_clients_log_in_by_SASL_PLAIN()
    {
        using var users = new UsersFile($"app:{Password}");
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with { UsersFile = users.Path });
        int port = proxy.Listening["default"].Port;
        string wrong = BinaryWire.Ask(BinaryOpcode.SaslAuth, "PLAIN", value: "\0app\0wrong");
        string right = BinaryWire.Ask(BinaryOpcode.SaslAuth, "PLAIN", value: $"\0app\0{Password}");
        string refused = BinaryWire.Told(BinaryOpcode.SaslAuth, BinaryStatus.AuthFailure);
        (await AskAsync(port, BinaryWire.Ask(BinaryOpcode.SaslList) + wrong + right + BinaryWire.Ask(BinaryOpcode.Get, "a"))).ShouldBe(
            BinaryWire.Told(BinaryOpcode.SaslList, value: "PLAIN") + refused
            + BinaryWire.Told(BinaryOpcode.SaslAuth, value: "Authenticated") + BinaryWire.Told(BinaryOpcode.Get, BinaryStatus.NotFound));
        string other = BinaryWire.Ask(BinaryOpcode.SaslAuth, "CRAM-MD5", value: "x");
        (await AskAsync(port, other + BinaryWire.Ask(BinaryOpcode.SaslStep, "PLAIN", value: "x"))).ShouldBe(
            refused + BinaryWire.Told(BinaryOpcode.SaslStep, BinaryStatus.AuthFailure));
        (await AskAsync(port, BinaryWire.Ask(BinaryOpcode.Get, "a") + right)).ShouldBe(
            BinaryWire.Told(BinaryOpcode.Get, BinaryStatus.AuthFailure), "an unknown client is sent away");
    }

    private static async Task<string> AskAsync(int port, string input)
    {
        using var client = new TextClient(port);
        await client.SendAsync(input);
        client.Socket.Shutdown(SocketShutdown.Send);
        return await client.RestAsync();
    }
}
