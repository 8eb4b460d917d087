using System.Net;
using System.Net.Sockets;
using System.Text;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Protocol;
using Fleet.Proxy.Routes;
using Fleet.Proxy.Tests.Protocol;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>In steady state a request allocates nothing, whatever its protocol and with these rules of its pool.</summary>
public class AllocationTests
{
    private const int Keys = 25;
    private const int BatchesOfRound = 400;

    // What is kept for reuse grows in the first rounds.
    private const int MostRounds = 12;

    // The collections of telemetry allocate a little on the loop; if one of a batch's requests allocated, a round would show 240,000 or more.
    private const long FewBytes = 40_000;

    private static readonly string Classic = Batch(
        i => $"set k{i} 0 0 5\r\nhello\r\nget k{i}\r\nget k{i} k{i + 1}\r\ntouch k{i} 0\r\ngets k{i}\r\ngat 0 k{i}\r\nincr k{i} 1\r\n")
        + $"get {string.Join(' ', Enumerable.Range(0, Keys).Select(i => $"k{i}"))}\r\nmn\r\n";

    private static readonly string Meta = Batch(
        i => $"ms k{i} 5 T0\r\nhello\r\nmg k{i} v t f\r\nmg k{i} k v q\r\nmg none{i} v q\r\n"
            + $"ma n{i} N0 J1 v\r\nmd k{i} q\r\nmg k{i} v\r\n") + "mn\r\n";

    private static readonly string Binary = Batch(
        i => BinaryWire.Ask(BinaryOpcode.Set, $"k{i}", BinaryWire.Item(), "hello") + BinaryWire.Ask(BinaryOpcode.Get, $"k{i}")
            + BinaryWire.Ask(BinaryOpcode.GetKQ, $"k{i}") + BinaryWire.Ask(BinaryOpcode.GetQ, $"none{i}")
            + BinaryWire.Ask(BinaryOpcode.Increment, $"n{i}", BinaryWire.Count(1, 1)) + BinaryWire.Ask(BinaryOpcode.Delete, $"k{i}"))
        + BinaryWire.Ask(BinaryOpcode.Noop);

    // Below the hot share, twice the hot share, and misses.
    private static readonly string Ruled = Batch(
        i => $"set k{i} 0 0 5\r\nhello\r\nget k{i}\r\nget k{i} hot none{i}\r\nget hot\r\nmg k{i} v\r\ndelete k{i}\r\nget k{i}\r\n") + "mn\r\n";

    public static TheoryData<string> Protocols => ["classic", "meta", "binary"];

    public static TheoryData<string> Rules => ["replicated", "failover", "hot keys", "prefix", "shadow", "shared gets"];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Requests_of_every_protocol_allocate_nothing_in_the_loops(string protocol)
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([a.Address, b.Address]) with
            {
                TelemetryInterval = TimeSpan.FromSeconds(10),
                ProbeInterval = TimeSpan.FromMinutes(10),
            });
        string batch = protocol switch { "meta" => Meta, "binary" => Binary, _ => Classic };
        await RequireNoneAsync(proxy, proxy.Listening["default"].Port, batch);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Requests_through_rules_allocate_nothing_in_the_loops(string rule)
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using MemcachedServer c = await MemcachedServer.StartAsync();
        PoolDefinition main = RulesProxy.Pool("main", a.Address, b.Address);
        main = rule switch
        {
            "replicated" => main with { Kind = PoolKind.Replicated },
            "failover" => main with { Failover = new FailoverRule(null, 10) },
            "shadow" => main with { Shadow = new ShadowRule("other", 50) },
            "shared gets" => main with { Coalesce = true },
            "hot keys" => main with { HotKeys = new HotKeyRule(2, 5, 3600) },
            _ => main with { Prefixes = [new PrefixRule("k", "other")] },
        };
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, main, RulesProxy.Pool("other", c.Address));
        using TextClient client = proxy.Client("main");
        (await client.SetAsync("hot", "value")).ShouldBe("STORED");
        await RequireNoneAsync(proxy.Host, proxy.Port("main"), Ruled);

        // The rule was at work.
        RouteCounts counts = proxy.Counts("main");
        (rule switch { "shadow" => counts.Shadowed, "shared gets" => counts.Coalesced, "hot keys" => counts.Spread, _ => 1 }).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Long_values_that_go_through_a_pipe_allocate_nothing_in_the_loops()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([server.Address]));
        using var client = new TextClient(proxy);
        (await client.SetAsync("long", new string('v', 150_000))).ShouldBe("STORED");
        await RequireNoneAsync(proxy, proxy.Listening["default"].Port, "get long\r\nget none\r\nmn\r\n");
        proxy.Engine.Counters.Sum(c => Volatile.Read(ref c.ValuesPiped)).ShouldBeGreaterThan(0);
    }

    private static async Task RequireNoneAsync(ProxyHost proxy, int port, string batch)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        byte[] bytes = Encoding.Latin1.GetBytes(batch);
        long allocated = long.MaxValue;
        for (int round = 0; round < MostRounds && allocated >= FewBytes; round++)
        {
            long before = proxy.Engine.Counters.Sum(c => Volatile.Read(ref c.AllocatedBytes));
            await RunAsync(socket, bytes, BatchesOfRound);
            allocated = proxy.Engine.Counters.Sum(c => Volatile.Read(ref c.AllocatedBytes)) - before;
        }

        allocated.ShouldBeLessThan(FewBytes);
    }

    // Every batch ends with a request that is answered last and by nothing that a value contains.
    private static async Task RunAsync(Socket socket, ReadOnlyMemory<byte> batch, int count)
    {
        byte[] received = new byte[256 * 1024];
        for (int i = 0; i < count; i++)
        {
            await socket.SendAsync(batch, TestContext.Current.CancellationToken);
            int length = 0;
            while (!EndsBatch(received.AsSpan(0, length)))
            {
                int more = await socket.ReceiveAsync(received.AsMemory(length), TestContext.Current.CancellationToken);
                more.ShouldBeGreaterThan(0);
                length += more;
            }

            received.AsSpan(0, length).IndexOf("SERVER_ERROR"u8).ShouldBe(-1);
        }
    }

    private static bool EndsBatch(ReadOnlySpan<byte> received)
    {
        const int Header = 24;
        return received.EndsWith("\r\nMN\r\n"u8)
            || (received.Length >= Header && received[^Header] == 0x81 && received[^(Header - 1)] == (byte)BinaryOpcode.Noop);
    }

    private static string Batch(Func<int, string> requests) => string.Concat(Enumerable.Range(0, Keys).Select(requests));
}
