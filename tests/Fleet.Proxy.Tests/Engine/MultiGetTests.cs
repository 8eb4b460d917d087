using System.Text;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>Gets of many keys, which each owner answers by one reply.</summary>
public class MultiGetTests
{
    private const int Many = 100;

    // Nobody's key: what a damaged node tells unasked.
    private const string Stranger = "stranger";

    [Theory]
    [InlineData("get")]
    [InlineData("gets")]
    public async Task The_reply_is_that_of_one_server_byte_for_byte(string verb)
    {
        using MemcachedServer alone = await MemcachedServer.StartAsync();
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a, b);
        using var direct = new TextClient(alone.Port);
        using var client = new TextClient(proxy);
        foreach (TextClient each in new[] { direct, client })
        {
            for (int i = 0; i < Many; i += 3)
            {
                // A unique number counts the stores of a server: all of the same key make it the same everywhere.
                (await each.SetAsync(Key(i), new string((char)('a' + (i % 26)), i))).ShouldBe("STORED");
            }
        }

        // Misses, doubled keys, doubled spaces, a key that holds another.
        string keys = string.Join(' ', Enumerable.Range(0, Many).Select(Key)) + $"  {Key(3)} {Key(3)} none {Key(33)}x";
        string[] expected = await ReplyAsync(direct, $"{verb} {keys}\r\n");
        string[] replies = await ReplyAsync(client, $"{verb} {keys}\r\n");
        expected.Length.ShouldBe(73);
        (verb == "get" ? replies : WithoutUnique(replies)).ShouldBe(verb == "get" ? expected : WithoutUnique(expected));
    }

    [Fact]
    public async Task Replies_stay_in_order_among_other_requests_of_a_pipeline()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a, b);
        using var client = new TextClient(proxy);
        for (int i = 0; i < Many; i++)
        {
            await client.SetAsync(Key(i), $"value{i}");
        }

        var script = new StringBuilder();
        var expected = new List<string>();
        for (int round = 0; round < 50; round++)
        {
            int[] keys = [.. Enumerable.Range(0, 10 + round).Select(i => (i * 7 + round) % Many)];
            script.Append($"get {Key(round)}\r\nget {string.Join(' ', keys.Select(Key))}\r\ntouch none 0\r\n");
            expected.AddRange([.. Value(round), "END", .. keys.SelectMany(Value), "END", "NOT_FOUND"]);
        }

        await client.SendAsync(script.ToString());
        foreach (string line in expected)
        {
            (await client.LineAsync()).ShouldBe(line);
        }
    }

    [Fact]
    public async Task Values_that_fill_every_buffer_arrive_whole()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync(0, "-m", "256");
        using MemcachedServer b = await MemcachedServer.StartAsync(0, "-m", "256");
        await using ProxyHost proxy = await TestProxy.StartAsync(a, b);
        using var client = new TextClient(proxy);
        int[] sizes = [.. Enumerable.Range(0, 40).Select(i => 1 + (i * 17_000))];
        for (int i = 0; i < sizes.Length; i++)
        {
            (await client.SetAsync(Key(i), new string((char)('a' + (i % 26)), sizes[i]))).ShouldBe("STORED");
        }

        await client.SendAsync($"get {string.Join(' ', sizes.Select((_, i) => Key(i)))}\r\n");
        for (int i = 0; i < sizes.Length; i++)
        {
            (await client.LineAsync()).ShouldBe($"VALUE {Key(i)} 0 {sizes[i]}");
            for (int left = sizes[i]; left > 0;)
            {
                ReadOnlyMemory<byte> some = await client.SomeAsync(left);
                some.Span.ContainsAnyExcept((byte)('a' + (i % 26))).ShouldBeFalse();
                left -= some.Length;
            }

            (await client.LineAsync()).ShouldBe("");
        }

        (await client.LineAsync()).ShouldBe("END");
    }

    [Theory]
    [InlineData("SERVER_ERROR out of memory writing get response\r\n", "SERVER_ERROR out of memory writing get response")]
    [InlineData(null, "SERVER_ERROR connection to node lost")]
    [InlineData("VALUE " + Stranger + " 0 1\r\nx\r\nEND\r\n", "SERVER_ERROR node sent a malformed reply")]
    [InlineData("VALUE key1 0 1\r\nxx\r\nEND\r\n", "SERVER_ERROR node sent a malformed reply")]
    [InlineData("STORED\r\n", "SERVER_ERROR node sent a malformed reply")]
    public async Task A_node_that_fails_ends_the_reply_with_its_error_where_its_values_should_be(string? answer, string error)
    {
        using var node = new FakeNode(
            line => Task.FromResult(line.StartsWith("get key0", StringComparison.Ordinal)
                ? answer is null ? null : "VALUE key0 0 1\r\nx\r\n" + answer
                : line.StartsWith("version", StringComparison.Ordinal) ? "VERSION 1.6\r\n" : "EN\r\n"));
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([node.Address]) with { Loops = 1 });
        using var client = new TextClient(proxy);
        await client.SendAsync($"get {string.Join(' ', Enumerable.Range(0, 10).Select(Key))}\r\nversion\r\n");
        if (answer is not null)
        {
            (await client.LineAsync()).ShouldBe("VALUE key0 0 1");
            (await client.LineAsync()).ShouldBe("x");
        }

        (await client.LineAsync()).ShouldBe(error);
        (await client.LineAsync())!.ShouldStartWith("VERSION");
    }

    [Fact]
    public async Task A_node_that_is_down_is_told_at_its_first_key_and_its_keys_are_counted()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1, RulesProxy.Pool("main", a.Address, $"127.0.0.1:{MemcachedServer.FreePort()}"));
        using TextClient client = proxy.Client("main");
        string[] up = [.. Enumerable.Range(0, 1000).Select(Key).Where(k => proxy.Owner("main", k) == "n0").Take(5)];
        string[] down = [.. Enumerable.Range(0, 1000).Select(Key).Where(k => proxy.Owner("main", k) == "n1").Take(5)];
        await client.SetAsync(up[0], "first");
        await Until.TrueAsync(async () => (await client.AskAsync($"touch {down[0]} 0"))!.StartsWith("SERVER_ERROR"), "the node is down");
        await client.SendAsync($"get {string.Join(' ', [.. up, .. down])}\r\nversion\r\n");
        (await client.LineAsync()).ShouldBe($"VALUE {up[0]} 0 5");
        (await client.LineAsync()).ShouldBe("first");
        (await client.LineAsync())!.ShouldStartWith("SERVER_ERROR");
        (await client.LineAsync())!.ShouldStartWith("VERSION");
        await Until.TrueAsync(() => proxy.Totals("main", "n0").Requests == 1 + up.Length, "the store and each key count");
    }

    [Fact]
    public async Task A_client_that_leaves_early_harms_nobody()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([a.Address, b.Address]) with { Loops = 1 });
        using var client = new TextClient(proxy);
        for (int i = 0; i < Many; i++)
        {
            await client.SetAsync(Key(i), new string('v', 2000));
        }

        string command = $"get {string.Join(' ', Enumerable.Range(0, Many).Select(Key))}\r\n";
        for (int round = 0; round < 100; round++)
        {
            using (var hasty = new TextClient(proxy))
            {
                await hasty.SendAsync(command);
                hasty.Socket.LingerState = new System.Net.Sockets.LingerOption(enable: true, seconds: 0);
            }

            (await ReplyAsync(client, command)).Length.ShouldBe((2 * Many) + 1);
        }
    }

    private static string Key(int i) => $"key{i}";

    private static string[] Value(int i) => [$"VALUE {Key(i)} 0 {$"value{i}".Length}", $"value{i}"];

    private static string[] WithoutUnique(string[] lines) =>
        [.. lines.Select(l => l.StartsWith("VALUE", StringComparison.Ordinal) ? l[..l.LastIndexOf(' ')] : l)];

    private static async Task<string[]> ReplyAsync(TextClient client, string command)
    {
        await client.SendAsync(command);
        var lines = new List<string>();
        while (lines.Count == 0 || lines[^1] is not "END")
        {
            lines.Add((await client.LineAsync())!);
        }

        return [.. lines];
    }
}
