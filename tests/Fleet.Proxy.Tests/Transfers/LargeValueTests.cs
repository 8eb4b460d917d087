using System.Net.Sockets;
using Fleet.Proxy.Protocol;
using Fleet.Proxy.Tests.Protocol;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Transfers;

/// <summary>Values too large to pass whole, with a real memcached that takes 16 MiB.</summary>
public class LargeValueTests
{
    private const int Limit = 8 << 20;
    private const int Bytes = 5 << 20;

    [Fact]
    public async Task Large_and_small_values_keep_their_order_on_one_connection_and_over_several_nodes()
    {
        using MemcachedServer a = await StartAsync();
        using MemcachedServer b = await StartAsync();
        using MemcachedServer c = await StartAsync();
        await using ProxyHost proxy = await ProxyAsync(2, a, b, c);
        using var client = new TextClient(proxy);
        for (int i = 0; i < 8; i++)
        {
            (await client.SetAsync($"s{i}", $"small{i}")).ShouldBe("STORED");
            (await client.SetPatternAsync($"b{i}", Bytes + i)).ShouldBe("STORED");
        }

        await client.SendAsync($"get s0 b0 s1 b1 s2 missing b2 b3 s3 s4 b4 b5 b6 b7\r\nversion\r\nmg b1 k\r\ngets b2 s2\r\nmn\r\n");
        foreach (string key in "s0 b0 s1 b1 s2 b2 b3 s3 s4 b4 b5 b6 b7".Split(' '))
        {
            await ValueAsync(client, key);
        }

        (await client.LineAsync()).ShouldBe("END");
        (await client.LineAsync())!.ShouldStartWith("VERSION");
        (await client.LineAsync()).ShouldBe("HD kb1");
        (await client.LineAsync())!.ShouldMatch($"^VALUE b2 0 {Bytes + 2} [0-9]+$");
        await client.CheckPatternAsync(Bytes + 2);
        (await client.LineAsync()).ShouldBe("");
        (await client.LineAsync())!.ShouldMatch("^VALUE s2 0 6 [0-9]+$");
        (await client.LineAsync()).ShouldBe("small2");
        (await client.LineAsync()).ShouldBe("END");
        (await client.LineAsync()).ShouldBe("MN");
    }

    [Fact]
    public async Task Writes_and_reads_of_one_key_in_one_packet_keep_their_order()
    {
        using MemcachedServer server = await StartAsync();
        await using ProxyHost proxy = await ProxyAsync(1, server);
        using var client = new TextClient(proxy);
        for (int round = 0; round < 5; round++)
        {
            await client.SendAsync($"set k 0 0 5 noreply\r\nfirst\r\nget k\r\nset k 0 0 {Bytes} noreply\r\n");
            await client.SendPatternAsync(Bytes);
            await client.SendAsync($"\r\nappend k 0 0 1\r\nx\r\nmg k s\r\nset k 0 0 4\r\nlast\r\nget k\r\n");
            foreach (string line in new[] { "VALUE k 0 5", "first", "END", "STORED", $"HD s{Bytes + 1}", "STORED", "VALUE k 0 4", "last", "END" })
            {
                (await client.LineAsync()).ShouldBe(line);
            }
        }
    }

    [Fact]
    public async Task Meta_quiet_base64_and_conditional_stores_are_answered_as_small_ones_are()
    {
        using MemcachedServer server = await StartAsync();
        await using ProxyHost proxy = await ProxyAsync(1, server);
        using var client = new TextClient(proxy);
        await client.SendAsync($"ms Zm9v {Bytes} b q T0 F7\r\n");
        await client.SendPatternAsync(Bytes);
        await client.SendAsync("\r\nmg Zm9v b k f s v q\r\n");

        // Through the proxy the value is there when it is told; asked before, a quiet get of a server that has it not says nothing.
        string line = (await client.LineAsync()).ShouldNotBeNull();
        line.ShouldContain("f7");
        using var direct = new TextClient(server.Port);
        (await direct.AskAsync("mg Zm9v b k f s v q")).ShouldBe(line);
        await client.CheckPatternAsync(Bytes);
        (await client.LineAsync()).ShouldBe("");
        await client.SendAsync($"ms foo {Bytes} ME q k\r\n");
        await client.SendPatternAsync(Bytes);
        (await client.AskAsync("")).ShouldBe("NS kfoo");
        await client.SendAsync($"add foo 0 0 {Bytes}\r\n");
        await client.SendPatternAsync(Bytes);
        (await client.AskAsync("")).ShouldBe("NOT_STORED");
        await client.SendAsync($"cas foo 0 0 {Bytes} 999999\r\n");
        await client.SendPatternAsync(Bytes);
        (await client.AskAsync("")).ShouldBe("EXISTS");
        await client.SendAsync($"set foo 0 0 {Bytes}\r\n");
        await client.SendPatternAsync(Bytes);
        (await client.AskAsync("no line end")).ShouldBe("CLIENT_ERROR bad data chunk");
    }

    [Fact]
    public async Task Binary_clients_store_and_read_large_values()
    {
        using MemcachedServer server = await StartAsync();
        await using ProxyHost proxy = await ProxyAsync(1, server);
        using var client = new TextClient(proxy);
        byte[] value = new byte[Bytes];
        Pattern.Fill(value, 0);
        string text = System.Text.Encoding.Latin1.GetString(value);
        await client.SendAsync(BinaryWire.Ask(BinaryOpcode.SetQ, "big", BinaryWire.Item(9), text)
            + BinaryWire.Ask(BinaryOpcode.GetK, "big") + BinaryWire.Ask(BinaryOpcode.Get, "big") + BinaryWire.Ask(BinaryOpcode.Noop));
        foreach ((BinaryOpcode opcode, string key) in new[] { (BinaryOpcode.GetK, "big"), (BinaryOpcode.Get, "") })
        {
            string header = await client.BytesAsync(24 + 4 + key.Length);
            header[..2].ShouldBe($"\u0081{(char)opcode}");
            header[6..8].ShouldBe("\0\0");
            header[24..].ShouldBe("\0\0\0\u0009" + key);
            await client.CheckPatternAsync(Bytes);
        }

        (await client.BytesAsync(24)).ShouldBe(BinaryWire.Told(BinaryOpcode.Noop));
    }

    [Fact]
    public async Task A_larger_value_than_allowed_is_dropped_and_the_old_one_goes()
    {
        using MemcachedServer server = await StartAsync();
        await using ProxyHost proxy = await ProxyAsync(1, server);
        using var client = new TextClient(proxy);
        (await client.SetAsync("k", "old")).ShouldBe("STORED");
        (await client.SetPatternAsync("k", Limit + 1)).ShouldBe("SERVER_ERROR object too large for cache");
        (await client.GetAsync("k")).ShouldBeNull();
        await client.SendAsync($"ms k {Limit + 1} q\r\n");
        await client.SendPatternAsync(Limit + 1);
        (await client.AskAsync("")).ShouldBe("SERVER_ERROR object too large for cache");

        // The proxy allows what the server does not: its words, and the rest of the value is no command.
        using MemcachedServer small = await MemcachedServer.StartAsync();
        await using ProxyHost other = await ProxyAsync(1, small);
        using var second = new TextClient(other);
        (await second.SetPatternAsync("k", Bytes)).ShouldBe("SERVER_ERROR object too large for cache");
        (await second.SetAsync("k", "v")).ShouldBe("STORED");
        (await second.GetAsync("k")).ShouldBe("v");
    }

    [Fact]
    public async Task A_client_that_leaves_half_way_stores_nothing_and_one_that_does_not_read_or_send_holds_up_nobody()
    {
        using MemcachedServer server = await StartAsync();
        await using ProxyHost proxy = await ProxyAsync(1, server);
        using var good = new TextClient(proxy);
        (await good.SetPatternAsync("big", Bytes)).ShouldBe("STORED");
        (await good.SetAsync("half", "old")).ShouldBe("STORED");
        using var sender = new TextClient(proxy);
        await sender.SendAsync($"set half 0 0 {Bytes}\r\n");
        await sender.SendPatternAsync(Bytes / 2);
        using var reader = new TextClient(proxy);
        await reader.SendAsync("get big\r\nget big\r\n");
        (await reader.LineAsync()).ShouldBe($"VALUE big 0 {Bytes}");
        for (int i = 0; i < 2_000; i++)
        {
            (await good.SetAsync($"k{i % 10}", $"v{i}")).ShouldBe("STORED");
            (await good.GetAsync($"k{i % 10}")).ShouldBe($"v{i}");
        }

        sender.Socket.Shutdown(SocketShutdown.Send);
        (await sender.RestAsync()).ShouldBe("");
        (await good.GetAsync("half")).ShouldBe("old");
        await reader.CheckPatternAsync(Bytes);
        (await reader.BytesAsync(7)).ShouldBe("\r\nEND\r\n");
        (await reader.LineAsync()).ShouldBe($"VALUE big 0 {Bytes}");
        await reader.CheckPatternAsync(Bytes);
        (await reader.BytesAsync(7)).ShouldBe("\r\nEND\r\n");
    }

    [Fact]
    public async Task A_node_that_dies_or_refuses_is_told_and_the_value_is_no_command()
    {
        MemcachedServer server = await StartAsync();
        await using ProxyHost proxy = await ProxyAsync(1, server);
        using var client = new TextClient(proxy);
        (await client.SetPatternAsync("big", Bytes)).ShouldBe("STORED");
        await client.SendAsync($"set big 0 0 {Bytes}\r\n");
        await client.SendPatternAsync(Bytes / 2);
        server.Kill();
        server.Dispose();
        await client.SendPatternAsync(Bytes - (Bytes / 2), Bytes / 2);
        await client.SendAsync("\r\nversion\r\n");
        (await client.LineAsync())!.ShouldStartWith("SERVER_ERROR");
        (await client.LineAsync())!.ShouldStartWith("VERSION");
        (await client.SetPatternAsync("big", Bytes))!.ShouldStartWith("SERVER_ERROR");
        (await client.AskAsync("version"))!.ShouldStartWith("VERSION");
    }

    [Fact]
    public async Task A_node_that_dies_within_a_value_ends_the_connection_of_who_reads_it()
    {
        string head = $"VA {Bytes} f0\r\n";
        string half = head + new string('v', Bytes / 2);
        int reads = 0;
        // The shared connection tells of the size; the value itself comes over one of its own.
        using var node = new FakeNode(
            line => Task.FromResult<string?>(
                !line.StartsWith("mg", StringComparison.Ordinal) ? "VERSION 1.6.18\r\n"
                : Interlocked.Increment(ref reads) == 1 ? head + new string('v', Bytes) + "\r\n"
                : half),
            reply => ReferenceEquals(reply, half));
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([node.Address]) with { MaxValueBytes = Limit, Loops = 1 });
        using var reader = new TextClient(proxy);
        await reader.SendAsync("get big\r\nversion\r\n");
        (await reader.LineAsync()).ShouldBe($"VALUE big 0 {Bytes}");
        string rest = await reader.RestAsync();
        rest.Length.ShouldBeLessThanOrEqualTo(Bytes / 2, "half a value ends the connection");
        rest.ShouldAllBe(c => c == 'v', "no later reply follows half a value");
        await Until.TrueAsync(() => proxy.Engine.Connections == 0, "the reader is gone");
    }

    private static async Task ValueAsync(TextClient client, string key)
    {
        bool small = key[0] == 's';
        string value = $"small{key[1..]}";
        int bytes = small ? value.Length : Bytes + int.Parse(key[1..]);
        (await client.LineAsync()).ShouldBe($"VALUE {key} 0 {bytes}");
        if (small)
        {
            (await client.BytesAsync(bytes)).ShouldBe(value);
        }
        else
        {
            await client.CheckPatternAsync(bytes);
        }

        (await client.LineAsync()).ShouldBe("");
    }

    private static Task<MemcachedServer> StartAsync() => MemcachedServer.StartAsync(0, "-I", "16m");

    private static Task<ProxyHost> ProxyAsync(int loops, params MemcachedServer[] servers) =>
        TestProxy.StartAsync(TestProxy.Options(servers.Select(s => s.Address)) with { MaxValueBytes = Limit, Loops = loops });
}
