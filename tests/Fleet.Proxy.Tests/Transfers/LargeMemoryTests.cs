using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Transfers;

/// <summary>Values up to 1 GiB pass in bounded memory: of the proxy, the test's clients and the fake node together.</summary>
[Collection(AloneCollection.Name)]
public class LargeMemoryTests(ITestOutputHelper output)
{
    private const long MaxGrowthBytes = 64 << 20;

    [Fact]
    public async Task A_gibibyte_passes_both_ways_in_bounded_memory()
    {
        const long Bytes = 1 << 30;
        using var node = new EndlessNode(Bytes);
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([node.Address]) with { MaxValueBytes = 1 << 30, Loops = 1, ProbeInterval = TimeSpan.FromMinutes(5) });
        using var client = new TextClient(proxy);
        long before = ResidentMemory.Mark();
        (await client.SetPatternAsync("big", Bytes)).ShouldBe("STORED");
        node.Stored.ShouldBe(Bytes);
        await client.GetPatternAsync("big", Bytes);
        (await client.AskAsync("mn")).ShouldBe("MN");
        long growth = ResidentMemory.Most() - before;
        output.WriteLine($"resident memory grew by {growth >> 10} KiB at most");
        growth.ShouldBeLessThan(MaxGrowthBytes);
    }

    [Fact]
    public async Task A_real_server_stores_and_returns_200_MiB_in_every_protocol()
    {
        const int Bytes = 200 << 20;
        using MemcachedServer server = await MemcachedServer.StartAsync(0, "-I", "256m", "-m", "1024");
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([server.Address]) with { MaxValueBytes = 256 << 20, Loops = 1 });
        using var client = new TextClient(proxy);
        long before = ResidentMemory.Mark();
        (await client.SetPatternAsync("big", Bytes)).ShouldBe("STORED");
        await client.GetPatternAsync("big", Bytes);
        (await client.AskAsync("mg big s k t Oabc v")).ShouldBe($"VA {Bytes} s{Bytes} kbig t-1 Oabc");
        await client.CheckPatternAsync(Bytes);
        (await client.BytesAsync(2)).ShouldBe("\r\n");
        await client.SendAsync($"ms big {Bytes} T100 Odef\r\n");
        await client.SendPatternAsync(Bytes);
        await client.SendAsync("\r\nmg big t s\r\n");
        (await client.LineAsync()).ShouldBe("HD Odef");
        (await client.LineAsync())!.ShouldEndWith($" s{Bytes}");
        long growth = ResidentMemory.Most() - before;
        output.WriteLine($"resident memory grew by {growth >> 10} KiB at most");
        growth.ShouldBeLessThan(MaxGrowthBytes);
    }
}
