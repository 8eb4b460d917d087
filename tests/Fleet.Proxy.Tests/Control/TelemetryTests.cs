using Fleet.Proxy.Tests.Support;
using Fleet.V1;
using Slice = Fleet.V1.TrafficSlice;

namespace Fleet.Proxy.Tests.Control;

public class TelemetryTests
{
    [Fact]
    public async Task Slices_add_up_exactly_to_what_was_sent_for_every_watcher()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([a.Address, b.Address]) with { TelemetryInterval = TimeSpan.FromMilliseconds(50) });
        var first = new Watcher(proxy);
        var second = new Watcher(proxy);
        await Until.TrueAsync(() => first.Count > 0 && second.Count > 0, "both watchers see slices");

        const int Keys = 400;
        using var client = new TextClient(proxy);
        for (int i = 0; i < Keys; i++)
        {
            (await client.SetAsync($"k{i}", "v")).ShouldBe("STORED");
            (await client.GetAsync($"k{i}")).ShouldBe("v");
            (await client.GetAsync($"none{i}")).ShouldBeNull();
        }

        foreach (Watcher watcher in new[] { first, second })
        {
            await Until.TrueAsync(() => watcher.Sum(s => s.Requests) >= 3 * Keys, "all requests are in slices");
            watcher.Sum(s => s.Requests).ShouldBe(3u * Keys);
            watcher.Sum(s => s.GetHits).ShouldBe((ulong)Keys);
            watcher.Sum(s => s.GetMisses).ShouldBe((ulong)Keys);
            watcher.Sum(s => s.Errors).ShouldBe(0u);
            watcher.Sum(s => (ulong)s.Latency.Counts.Sum(c => (long)c)).ShouldBe(3u * Keys);
            watcher.Sum(s => s.BytesToNode).ShouldBeGreaterThan(3u * Keys * 8);
            watcher.All(s => s.NodeId is "n0" or "n1").ShouldBeTrue();
            watcher.Sum(s => s.NodeId == "n1" ? s.Requests : 0).ShouldBeInRange(Keys / 2ul, 5ul * Keys / 2);
        }
    }

    [Fact]
    public async Task Latencies_rebuild_into_the_histogram_that_the_loops_recorded()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([server.Address]) with { TelemetryInterval = TimeSpan.FromMilliseconds(50) });
        var watcher = new Watcher(proxy);
        await Until.TrueAsync(() => watcher.Count > 0, "the watcher sees slices");
        using var client = new TextClient(proxy);
        for (int i = 0; i < 200; i++)
        {
            (await client.GetAsync($"k{i}")).ShouldBeNull();
        }

        await Until.TrueAsync(() => watcher.Sum(s => s.Requests) == 200, "all requests are in slices");
        var all = new Core.Measurement.LatencyHistogram();
        watcher.All(s =>
        {
            all.Add(Core.Measurement.LatencyHistogram.FromSparse(s.Latency.Buckets, s.Latency.Counts, s.Latency.SumUs, s.Latency.MaxUs));
            return true;
        });
        all.Count.ShouldBe(200);
        all.PercentileUs(50).ShouldBeInRange(1, 1e6);
        all.SumUs.ShouldBeGreaterThan(200);
    }

    [Fact]
    public async Task Failed_requests_are_counted_as_errors_of_their_node()
    {
        using var broken = new FakeNode(_ => Task.FromResult<string?>(null));
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([broken.Address]) with { TelemetryInterval = TimeSpan.FromMilliseconds(50), Loops = 1 });
        var watcher = new Watcher(proxy);
        await Until.TrueAsync(() => watcher.Count > 0, "the watcher sees slices");
        using var client = new TextClient(proxy);
        for (int i = 0; i < 10; i++)
        {
            (await client.AskAsync("get a"))!.ShouldStartWith("SERVER_ERROR");
        }

        await Until.TrueAsync(() => watcher.Sum(s => s.Errors) >= 10, "all errors are in slices");
        watcher.Sum(s => s.Errors).ShouldBe(10u);
        watcher.Sum(s => s.Requests).ShouldBe(0u);
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_is_dropped_and_the_others_see_everything()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([server.Address]) with { TelemetryInterval = TimeSpan.FromMilliseconds(50) });
        await using IAsyncEnumerator<Telemetry> lazy =
            proxy.Telemetry.WatchAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        (await lazy.MoveNextAsync()).ShouldBeTrue();
        var eager = new Watcher(proxy);
        await Until.TrueAsync(
            () => eager.Count > Proxy.Control.TelemetryHub.WatcherBacklog + 5, "more slices than a watcher may be behind");
        await Should.ThrowAsync<Proxy.Control.WatcherTooSlowException>(async () =>
        {
            while (await lazy.MoveNextAsync())
            {
            }
        });
        int seen = eager.Count;
        await Until.TrueAsync(() => eager.Count > seen, "the other watcher goes on");
    }

    /// <summary>Reads slices in the background.</summary>
    private sealed class Watcher
    {
        private readonly List<Slice> _slices = [];
        private int _messages;

        public Watcher(ProxyHost proxy) => _ = ReadAsync(proxy);

        public int Count => Volatile.Read(ref _messages);

        public ulong Sum(Func<Slice, ulong> value)
        {
            lock (_slices)
            {
                return _slices.Aggregate(0ul, (sum, slice) => sum + value(slice));
            }
        }

        public bool All(Func<Slice, bool> predicate)
        {
            lock (_slices)
            {
                return _slices.All(predicate);
            }
        }

        private async Task ReadAsync(ProxyHost proxy)
        {
            await foreach (Telemetry telemetry in proxy.Telemetry.WatchAsync(TestContext.Current.CancellationToken))
            {
                lock (_slices)
                {
                    _slices.AddRange(telemetry.Slices);
                }

                Interlocked.Increment(ref _messages);
            }
        }
    }
}
