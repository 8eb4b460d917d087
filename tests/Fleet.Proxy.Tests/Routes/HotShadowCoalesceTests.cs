using Fleet.Proxy.Pools;
using Fleet.Proxy.Routes;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Routes;

public class HotShadowCoalesceTests
{
    [Fact]
    public async Task A_hot_key_is_read_from_its_copies_which_live_shortly_and_follow_writes()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using MemcachedServer c = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1, RulesProxy.Pool("main", a.Address, b.Address, c.Address) with { HotKeys = new HotKeyRule(3, 20, 5) });
        using TextClient client = proxy.Client("main");
        (await client.SetAsync("hot", "1")).ShouldBe("STORED");
        for (int i = 0; i < 3_000; i++)
        {
            (await client.GetAsync(i % 2 == 0 ? "hot" : $"cold{i}")).ShouldBe(i % 2 == 0 ? "1" : null);
        }

        proxy.Counts("main").Spread.ShouldBeGreaterThan(100);
        (await client.SetAsync("hot", "2")).ShouldBe("STORED");
        for (int i = 0; i < 100; i++)
        {
            (await client.GetAsync("hot")).ShouldBe("2", "a write through this proxy is seen at once");
        }
    }

    [Fact]
    public void The_detector_finds_the_frequent_and_forgets_them()
    {
        var detector = new HotKeyDetector();
        for (ulong i = 0; i < 4_000; i++)
        {
            detector.Read(i % 10 == 0 ? 7 : 1_000 + i, sharePercent: 5);
        }

        detector.IsHot(7).ShouldBeTrue();
        detector.IsHot(1_001).ShouldBeFalse();
        for (ulong i = 0; i < 4_000; i++)
        {
            detector.Read(10_000 + i, sharePercent: 5);
        }

        detector.IsHot(7).ShouldBeFalse();
    }

    [Fact]
    public async Task A_share_of_the_keys_is_shadowed_and_a_silent_shadow_harms_nobody()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using var silent = new FakeNode(_ => Task.FromResult<string?>(""));
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1,
            RulesProxy.Pool("main", a.Address) with { Shadow = new ShadowRule("shadow", 30) },
            RulesProxy.Pool("other", a.Address) with { Shadow = new ShadowRule("silent", 100) },
            RulesProxy.Pool("shadow", b.Address) with { Listen = "" },
            RulesProxy.Pool("silent", silent.Address) with { Listen = "" });
        using TextClient client = proxy.Client("main");
        for (int i = 0; i < 500; i++)
        {
            (await client.SetAsync($"k{i}", "v")).ShouldBe("STORED");
        }

        using var direct = new TextClient(b.Port);
        await Until.TrueAsync(async () => await HeldAsync(direct) == proxy.Counts("main").Shadowed, "the shadow has what was sent to it");
        (await HeldAsync(direct)).ShouldBeInRange(100, 200);
        using TextClient other = proxy.Client("other");
        for (int i = 0; i < 500; i++)
        {
            (await other.GetAsync($"k{i}")).ShouldBe("v");
        }
    }

    [Fact]
    public async Task Identical_gets_that_overlap_share_one_request_and_a_write_between_parts_them()
    {
        var answers = new Queue<TaskCompletionSource<string?>>([new(), new()]);
        TaskCompletionSource<string?>[] all = [.. answers];
        int asked = 0;
        using var node = new FakeNode(line =>
        {
            if (!line.StartsWith("mg", StringComparison.Ordinal))
            {
                return Task.FromResult<string?>(line.StartsWith("set", StringComparison.Ordinal) ? "" : "STORED\r\n");
            }

            Interlocked.Increment(ref asked);
            return answers.Dequeue().Task;
        });
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, RulesProxy.Pool("main", node.Address) with { Coalesce = true });
        TextClient[] readers = [.. Enumerable.Range(0, 5).Select(_ => proxy.Client("main"))];
        foreach (TextClient reader in readers)
        {
            await reader.SendAsync("get k\r\n");
        }

        await Until.TrueAsync(() => proxy.Counts("main").Coalesced == 4, "four wait for the first's answer");
        using TextClient writer = proxy.Client("main");
        await writer.SendAsync("set k 0 0 1\r\nx\r\nget k\r\n");
        all[0].SetResult("VA 1 kk f3\r\no\r\n");
        foreach (TextClient reader in readers)
        {
            (await reader.LineAsync()).ShouldBe("VALUE k 3 1");
            (await reader.LineAsync()).ShouldBe("o");
            (await reader.LineAsync()).ShouldBe("END");
            reader.Dispose();
        }

        all[1].SetResult("VA 1 kk f3\r\nx\r\n");
        (await writer.LineAsync()).ShouldBe("STORED");
        (await writer.LineAsync()).ShouldBe("VALUE k 3 1");
        (await writer.LineAsync()).ShouldBe("x");
        asked.ShouldBe(2, "the read behind a write asks anew");
    }

    private static async Task<int> HeldAsync(TextClient client)
    {
        int held = 0;
        for (int i = 0; i < 500; i++)
        {
            held += await client.GetAsync($"k{i}") is null ? 0 : 1;
        }

        return held;
    }
}
