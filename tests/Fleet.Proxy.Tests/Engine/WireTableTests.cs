using System.Net.Sockets;
using Fleet.Proxy.Tests.Protocol;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>The shared wire table through the proxy and against memcached itself, byte for byte.</summary>
public class WireTableTests
{
    private const int EveryCutBelow = 300;

    [Fact]
    public async Task Every_case_is_answered_as_memcached_answers_it_or_as_the_documented_difference_says()
    {
        using MemcachedServer judge = await MemcachedServer.StartAsync();
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a, b);
        int port = proxy.Listening["default"].Port;
        foreach (WireCase wire in WireCase.All)
        {
            WireCase.Normal(await ReplyAsync(port, wire.Input, wire.Input.Length)).ShouldBe(wire.Reply, wire.Name);
            string direct = WireCase.Normal(await ReplyAsync(judge.Port, wire.Input, wire.Input.Length));
            if (wire.Difference is null)
            {
                direct.ShouldBe(wire.Reply, wire.Name);
            }
        }
    }

    [Fact]
    public async Task Every_case_is_answered_alike_however_it_is_cut()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(server);
        int port = proxy.Listening["default"].Port;
        foreach (WireCase wire in WireCase.All.Where(w => w.Input.Length < EveryCutBelow))
        {
            for (int cut = 1; cut < wire.Input.Length; cut++)
            {
                WireCase.Normal(await ReplyAsync(port, wire.Input, cut)).ShouldBe(wire.Reply, $"{wire.Name}, cut at byte {cut}");
            }
        }
    }

    private static async Task<string> ReplyAsync(int port, string input, int cut)
    {
        using (var cleaner = new TextClient(port))
        {
            (await cleaner.AskAsync("flush_all")).ShouldBe("OK");
        }

        using var client = new TextClient(port);
        try
        {
            await client.SendAsync(input[..cut]);
            await client.SendAsync(input[cut..]);
            client.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other side closed before everything was sent, as some cases want.
        }

        return await client.RestAsync();
    }
}
