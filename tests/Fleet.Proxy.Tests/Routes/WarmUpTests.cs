using Fleet.Core.Routing;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Routes;

public class WarmUpTests
{
    private const int Keys = 300;

    [Fact]
    public async Task A_joining_node_is_filled_in_with_the_moved_keys_only_with_flags_and_remaining_life()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using MemcachedServer c = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await StartAsync(0, a, b);
        using TextClient client = proxy.Client("main");
        for (int i = 0; i < Keys; i++)
        {
            (await client.AskAsync($"set k{i} {i} 500 {$"v{i}".Length}\r\nv{i}")).ShouldBe("STORED");
        }

        await proxy.ChangeAsync("main", p => p with { Nodes = [.. p.Nodes, new RouteNode("n2", c.Address, 100)] });
        int moved = Enumerable.Range(0, Keys).Count(i => proxy.Owner("main", $"k{i}") == "n2");
        moved.ShouldBeInRange(Keys / 5, Keys / 2);
        for (int i = 0; i < Keys; i++)
        {
            (await client.AskAsync($"get k{i}")).ShouldBe($"VALUE k{i} {i} {$"v{i}".Length}");
            (await client.LineAsync()).ShouldBe($"v{i}");
            (await client.LineAsync()).ShouldBe("END");
        }

        MoveCounts counts = proxy.Host.Pools.Published("main")!.Current.Moves.Single().Sum();
        await Until.TrueAsync(
            () => (counts = proxy.Host.Pools.Published("main")!.Current.Moves.Single().Sum()).Filled == moved, "every fill is answered");
        (counts.Asked, counts.Found, counts.HeldOff, counts.Overtaken).ShouldBe((moved, moved, 0, 0));

        using var joined = new TextClient(c.Port);
        for (int i = 0; i < Keys; i++)
        {
            string? line = await joined.AskAsync($"mg k{i} f t");
            if (proxy.Owner("main", $"k{i}") != "n2")
            {
                line.ShouldBe("EN", "keys that did not move are not copied");
                continue;
            }

            string[] words = line!.Split(' ');
            words[1].ShouldBe($"f{i}");
            int.Parse(words[2][1..]).ShouldBeInRange(400, 500);
        }
    }

    [Fact]
    public async Task Other_reads_of_moved_keys_are_answered_by_the_new_owner_after_the_fill()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await StartAsync(0, a);
        using TextClient client = proxy.Client("main");
        for (int i = 0; i < 40; i++)
        {
            (await client.SetAsync($"k{i}", $"v{i}")).ShouldBe("STORED");
        }

        await proxy.ChangeAsync("main", p => p with { Nodes = [.. p.Nodes, new RouteNode("n1", b.Address, 100)] });
        for (int i = 0; i < 40; i++)
        {
            string[] line = (await client.AskAsync($"gets k{i}"))!.Split(' ');
            line[..2].ShouldBe(["VALUE", $"k{i}"]);
            (await client.LineAsync()).ShouldBe($"v{i}");
            (await client.LineAsync()).ShouldBe("END");
            (await client.AskAsync($"cas k{i} 0 0 1 {line[^1]}\r\nx")).ShouldBe("STORED", "the version is the new owner's");
            (await client.AskAsync($"mg k{i} s v q O7")).ShouldBe("VA 1 s1 O7");
            (await client.LineAsync()).ShouldBe("x");
            (await client.AskAsync($"mg none{i} v q\r\nmn")).ShouldBe("MN");
        }
    }

    [Fact]
    public async Task What_was_written_or_deleted_after_the_move_never_comes_back()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await StartAsync(2_000, a);
        using TextClient client = proxy.Client("main");
        for (int i = 0; i < 60; i++)
        {
            (await client.SetAsync($"k{i}", "old")).ShouldBe("STORED");
        }

        await proxy.ChangeAsync("main", p => p with { Nodes = [.. p.Nodes, new RouteNode("n1", b.Address, 100)] });
        string[] moved = [.. Enumerable.Range(0, 60).Select(i => $"k{i}").Where(k => proxy.Owner("main", k) == "n1")];
        foreach (string key in moved)
        {
            (await client.AskAsync($"delete {key}")).ShouldBeOneOf("DELETED", "NOT_FOUND");
            (await client.GetAsync(key)).ShouldBeNull("a deleted key is not fetched from its previous owner");
        }

        using var previous = new TextClient(a.Port);
        foreach (string key in moved)
        {
            (await previous.GetAsync(key)).ShouldBeNull("it is gone there too, should the key ever move back");
        }

        foreach (string key in moved)
        {
            (await client.SetAsync(key, "new")).ShouldBe("STORED");
            (await client.GetAsync(key)).ShouldBe("new");
        }

        await proxy.ChangeAsync("main", p => p with { Nodes = [p.Nodes[0]] });
        foreach (string key in moved)
        {
            (await client.GetAsync(key)).ShouldBeOneOf("new", null);
        }
    }

    [Fact]
    public async Task A_delete_that_overtakes_the_fill_wins()
    {
        var answer = new TaskCompletionSource<string?>();
        var asked = new TaskCompletionSource();
        bool deleted = false;
        using var previous = new FakeNode(line =>
        {
            deleted |= line.StartsWith("md", StringComparison.Ordinal);
            if (!line.StartsWith("mg", StringComparison.Ordinal) || deleted)
            {
                return Task.FromResult<string?>(line.StartsWith("mg", StringComparison.Ordinal) ? "EN\r\n" : "HD\r\n");
            }

            asked.TrySetResult();
            return answer.Task;
        });
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1, RulesProxy.Pool("main", previous.Address) with { WarmUp = new WarmUpRule(60, 0) });
        await proxy.ChangeAsync("main", p => p with { Nodes = [new RouteNode("n1", b.Address, 100)] });
        using TextClient reader = proxy.Client("main");
        using TextClient writer = proxy.Client("main");
        await reader.SendAsync("get k\r\n");
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        (await writer.AskAsync("delete k")).ShouldBe("NOT_FOUND");
        answer.SetResult("VA 3 kk f0 t-1\r\nold\r\n");
        (await reader.LineAsync()).ShouldBe("END");
        (await writer.GetAsync("k")).ShouldBeNull();
        using var owner = new TextClient(b.Port);
        (await owner.GetAsync("k")).ShouldBeNull();
        proxy.Host.Pools.Published("main")!.Current.Moves.Single().Sum().HeldOff.ShouldBe(1);
    }

    [Fact]
    public async Task After_several_steps_of_weight_a_key_is_still_found_where_it_was_first()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await StartAsync(0, a, b);
        using TextClient client = proxy.Client("main");
        for (int i = 0; i < Keys; i++)
        {
            (await client.SetAsync($"k{i}", $"v{i}")).ShouldBe("STORED");
        }

        foreach (int weight in new[] { 70, 40, 10, 0 })
        {
            await proxy.ChangeAsync("main", p => p with { Nodes = [p.Nodes[0] with { Weight = weight }, p.Nodes[1]] });
        }

        for (int i = 0; i < Keys; i++)
        {
            (await client.GetAsync($"k{i}")).ShouldBe($"v{i}");
        }

        Move[] moves = [.. proxy.Host.Pools.Published("main")!.Current.Moves];
        moves.Length.ShouldBe(4);
        moves.ShouldAllBe(m => m.Sum().Found > 0);
    }

    private static Task<RulesProxy> StartAsync(int holdOffMs, params MemcachedServer[] servers) => RulesProxy.StartAsync(
        2, RulesProxy.Pool("main", [.. servers.Select(s => s.Address)]) with { WarmUp = new WarmUpRule(60, holdOffMs) });
}
