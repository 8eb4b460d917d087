using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>A retrieval that several nodes answer is written when it is whole, and nothing else waits for that.</summary>
public class UnfinishedRetrievalTests
{
    [Fact]
    public async Task Replies_before_a_retrieval_do_not_wait_for_a_node_that_does_not_answer()
    {
        await using Stage stage = await Stage.StartAsync();
        (TextClient client, string first, string second) = (stage.Client, stage.First, stage.Second);
        (await client.SetAsync(first, "value")).ShouldBe("STORED");

        // The whole reply of the first get arrives while the retrieval behind it cannot end.
        await client.SendAsync($"get {first}\r\nget {first} {second}\r\n");
        await LinesAsync(client, $"VALUE {first} 0 5", "value", "END");
        stage.LetTheSlowNodeAnswer();
        await LinesAsync(client, $"VALUE {first} 0 5", "value", "END");
    }

    [Fact]
    public async Task A_retrieval_comes_in_one_piece_when_its_nodes_answer_one_after_the_other()
    {
        await using Stage stage = await Stage.StartAsync();
        (TextClient client, string first, string second) = (stage.Client, stage.First, stage.Second);
        using TextClient other = stage.Proxy.Client("main");
        (await client.SetAsync(first, "value")).ShouldBe("STORED");
        await client.SendAsync($"get {first} {second}\r\n");

        // The quick node has answered the first key when it has answered what was asked of it later.
        await Until.TrueAsync(() => stage.Proxy.Totals("main", "n0").Requests >= 2, "the quick node has answered");
        (await other.GetAsync(first)).ShouldBe("value");
        client.Socket.Available.ShouldBe(0);
        stage.LetTheSlowNodeAnswer();
        string whole = $"VALUE {first} 0 5\r\nvalue\r\nEND\r\n";
        ReadOnlyMemory<byte> received = await client.SomeAsync(whole.Length);
        System.Text.Encoding.Latin1.GetString(received.Span).ShouldBe(whole);
    }

    [Fact]
    public async Task A_part_as_large_as_a_write_of_its_own_does_not_wait()
    {
        await using Stage stage = await Stage.StartAsync();
        (TextClient client, string first, string second) = (stage.Client, stage.First, stage.Second);
        string value = new('v', 40_000);
        (await client.SetAsync(first, value)).ShouldBe("STORED");
        await client.SendAsync($"get {first} {second}\r\n");
        await LinesAsync(client, $"VALUE {first} 0 40000", value);
        stage.LetTheSlowNodeAnswer();
        await LinesAsync(client, "END");
    }

    private static async Task LinesAsync(TextClient client, params string[] lines)
    {
        foreach (string line in lines)
        {
            (await client.LineAsync()).ShouldBe(line);
        }
    }

    /// <summary>A proxy before a server and a node that answers, with a miss, only when it is let; a key of each.</summary>
    private sealed class Stage : IAsyncDisposable
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly MemcachedServer _quick;
        private readonly FakeNode _slow;

        private Stage(MemcachedServer quick)
        {
            _quick = quick;
            _slow = new FakeNode(async line =>
            {
                if (line.StartsWith("version", StringComparison.Ordinal))
                {
                    return "VERSION 1.6\r\n";
                }

                await _opened.Task;
                return "EN\r\n";
            });
        }

        public RulesProxy Proxy { get; private set; } = null!;

        public TextClient Client { get; private set; } = null!;

        public string First => Key("n0");

        public string Second => Key("n1");

        public static async Task<Stage> StartAsync()
        {
            var stage = new Stage(await MemcachedServer.StartAsync());
            stage.Proxy = await RulesProxy.StartAsync(1, RulesProxy.Pool("main", stage._quick.Address, stage._slow.Address));
            stage.Client = stage.Proxy.Client("main");
            return stage;
        }

        public void LetTheSlowNodeAnswer() => _opened.SetResult();

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await Proxy.DisposeAsync();
            _slow.Dispose();
            _quick.Dispose();
        }

        private string Key(string node) => Enumerable.Range(0, 1000).Select(i => $"key{i}").First(k => Proxy.Owner("main", k) == node);
    }
}
