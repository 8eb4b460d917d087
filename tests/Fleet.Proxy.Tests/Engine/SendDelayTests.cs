using Fleet.Proxy.Engine;
using Fleet.Proxy.Native;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

public class SendDelayTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task Values_come_back_right_to_every_client_while_requests_are_gathered()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await StartAsync(TestProxy.Options([a.Address, b.Address]) with { SendDelay = TimeSpan.FromMilliseconds(1) });
        var load = new Load(proxy.Listening["default"].Port, clients: 32);
        await Until.TrueAsync(() => load.Done > 3000, "the load runs");

        // Stopping checks every client: a reply that was no value of its key, an error or a lost connection throws there.
        await load.StopAsync();
        load.Failed.ShouldBe(0);
    }

    [Fact]
    public async Task The_wait_is_part_of_the_latency_that_is_told()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await StartAsync(TestProxy.Options([a.Address]) with { SendDelay = Delay, Loops = 1 });
        using var client = new TextClient(proxy);
        for (int i = 0; i < 5; i++)
        {
            (await client.GetAsync("a")).ShouldBeNull();
        }

        NodeTraffic traffic = (await proxy.Engine.CollectAsync()).Single().Traffic!;
        traffic.Requests.ShouldBe(5);

        // A gathered request leaves after seven eighths of the delay at the earliest.
        (traffic.Latency.PercentileUs(50) >= Delay.TotalMicroseconds * 0.8).ShouldBeTrue();
    }

    [Fact]
    public async Task A_delay_that_is_not_renewed_ends()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await StartAsync(TestProxy.Options([a.Address]));
        IReadOnlyList<NodeDelay> inForce = await proxy.Delays.SetAsync("default", [new NodeDelay("n0", Delay)], TimeSpan.FromMilliseconds(200), 1);
        inForce.ShouldBe([new NodeDelay("n0", Delay)]);
        PublishedPool pool = proxy.Pools.Published("default")!;
        pool.SendDelays["n0"].ShouldBe(Delay);
        await Until.TrueAsync(() => pool.SendDelays.IsEmpty, "the delay ended");
        using var client = new TextClient(proxy);
        (await client.SetAsync("a", "1")).ShouldBe("STORED");
    }

    [Fact]
    public async Task What_is_illegal_is_refused_whole()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await StartAsync(TestProxy.Options([a.Address]));
        (await RefusalAsync(proxy, "web", Delay, 1)).Message.ShouldContain("\"web\"");
        (await RefusalAsync(proxy, "default", TimeSpan.FromMilliseconds(11), 1)).Message.ShouldContain("11000");
        await proxy.Delays.SetAsync("default", [], TimeSpan.MaxValue, 0);
        proxy.Pools.Published("default")!.SendDelays.ShouldBeEmpty();
        await proxy.Pools.ConfigureAsync(proxy.Pools.Pools.Single() with { Revision = 1 }, 9, TestContext.Current.CancellationToken);
        (await RefusalAsync(proxy, "default", Delay, 8)).Stale.ShouldBeTrue();
    }

    [Fact]
    public void Options_name_the_legal_range() =>
        (TestProxy.Options(["127.0.0.1:1"]) with { SendDelay = TimeSpan.FromMilliseconds(20) }).Validate()
            .ShouldContain("send delay is 20000 us; legal is 0 to 10000 us");

    [Fact]
    public void A_loop_priority_that_the_system_refuses_is_named() =>
        (TestProxy.Options(["127.0.0.1:1"]) with { LoopPriority = 100 }).Validate().ShouldContain("loop priority is 100; legal is 0 to 99");

    private static Task<PoolRefusedException> RefusalAsync(ProxyHost proxy, string pool, TimeSpan delay, ulong epoch) =>
        Should.ThrowAsync<PoolRefusedException>(() => proxy.Delays.SetAsync(pool, [new NodeDelay("n0", delay)], TimeSpan.MaxValue, epoch));

    private static Task<ProxyHost> StartAsync(ProxyOptions options)
    {
        Assert.SkipUnless(Epoll.HasFineWait, "this kernel cannot wait for microseconds (epoll_pwait2 came with Linux 5.11)");
        return TestProxy.StartAsync(options);
    }
}
