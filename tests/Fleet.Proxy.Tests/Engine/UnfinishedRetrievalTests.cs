using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>A retrieval that several nodes answer is written when it is whole, and nothing else waits for that.</summary>
public class UnfinishedRetrievalTests
{
    [Fact]
    public async Task Replies_before_a_retrieval_do_not_wait_for_a_node_that_does_not_answer()
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using MemcachedServer quick = await MemcachedServer.StartAsync();
        using FakeNode slow = Slow(opened.Task);
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, RulesProxy.Pool("main", quick.Address, slow.Address));
        (string first, string second) = (Key(proxy, "n0"), Key(proxy, "n1"));
        using TextClient client = proxy.Client("main");
        (await client.SetAsync(first, "value")).ShouldBe("STORED");

        // The whole reply of the first get arrives while the retrieval behind it cannot end.
        await client.SendAsync($"get {first}\r\nget {first} {second}\r\n");
        await LinesAsync(client, $"VALUE {first} 0 5", "value", "END");
        opened.SetResult();
        await LinesAsync(client, $"VALUE {first} 0 5", "value", "END");
    }

    [Fact]
    public async Task A_retrieval_comes_in_one_piece_when_its_nodes_answer_one_after_the_other()
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using MemcachedServer quick = await MemcachedServer.StartAsync();
        using FakeNode slow = Slow(opened.Task);
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, RulesProxy.Pool("main", quick.Address, slow.Address));
        (string first, string second) = (Key(proxy, "n0"), Key(proxy, "n1"));
        using TextClient client = proxy.Client("main");
        using TextClient other = proxy.Client("main");
        (await client.SetAsync(first, "value")).ShouldBe("STORED");
        await client.SendAsync($"get {first} {second}\r\n");

        // The quick node has answered the first key when it has answered what was asked of it later.
        await Until.TrueAsync(() => proxy.Totals("main", "n0").Requests >= 2, "the quick node has answered");
        (await other.GetAsync(first)).ShouldBe("value");
        client.Socket.Available.ShouldBe(0);
        opened.SetResult();
        string whole = $"VALUE {first} 0 5\r\nvalue\r\nEND\r\n";
        ReadOnlyMemory<byte> received = await client.SomeAsync(whole.Length);
        System.Text.Encoding.Latin1.GetString(received.Span).ShouldBe(whole);
    }

    [Fact]
    public async Task A_part_as_large_as_a_write_of_its_own_does_not_wait()
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using MemcachedServer quick = await MemcachedServer.StartAsync();
        using FakeNode slow = Slow(opened.Task);
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, RulesProxy.Pool("main", quick.Address, slow.Address));
        (string first, string second) = (Key(proxy, "n0"), Key(proxy, "n1"));
        using TextClient client = proxy.Client("main");
        string value = new('v', 40_000);
        (await client.SetAsync(first, value)).ShouldBe("STORED");
        await client.SendAsync($"get {first} {second}\r\n");
        await LinesAsync(client, $"VALUE {first} 0 40000", value);
        opened.SetResult();
        await LinesAsync(client, "END");
    }

    private static FakeNode Slow(Task opened) => new(async line =>
    {
        if (line.StartsWith("version", StringComparison.Ordinal))
        {
            return "VERSION 1.6\r\n";
        }

        await opened;
        return "EN\r\n";
    });

    private static string Key(RulesProxy proxy, string node) =>
        Enumerable.Range(0, 1000).Select(i => $"key{i}").First(k => proxy.Owner("main", k) == node);

    private static async Task LinesAsync(TextClient client, params string[] lines)
    {
        foreach (string line in lines)
        {
            (await client.LineAsync()).ShouldBe(line);
        }
    }
}
