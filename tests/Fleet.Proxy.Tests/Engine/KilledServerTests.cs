using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>A server is killed under 20,000 requests per second.</summary>
public class KilledServerTests(ITestOutputHelper output)
{
    private const int Connections = 20;
    private const int Burst = 5;
    private const int Requests = 4_000;
    private const string InFlight = "SERVER_ERROR connection to node lost";

    [Fact]
    public async Task Only_what_was_in_flight_to_it_is_lost_each_with_an_error_and_its_return_heals()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        MemcachedServer b = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            2, RulesProxy.Pool("main", a.Address, b.Address) with { Failover = new FailoverRule(null, 10) });
        long started = TimeProvider.System.GetTimestamp();
        var load = new PacedLoad(proxy.Port("main"), Connections, Burst, Requests);
        await Until.TrueAsync(() => load.Good > 20_000, "the load runs");
        b.Kill();
        await Until.TrueAsync(async () => (await proxy.Host.Engine.StatusAsync()).Any(n => !n.Connected), "the server is lost");
        await Until.TrueAsync(() => load.Good + load.Lost > 45_000, "the others are served");
        using MemcachedServer again = await MemcachedServer.StartAsync(b.Port);
        b.Dispose();
        await Until.TrueAsync(async () => (await proxy.Host.Engine.StatusAsync()).All(n => n.Connected), "every loop has found the server again");
        long lost = load.Lost;
        await load.EndAsync();
        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        output.WriteLine($"{load.Sent} requests, {load.Sent / seconds:F0} per second, {load.Lost} lost: {string.Join(", ", load.Errors)}");

        load.Sent.ShouldBe((long)Connections * Requests);
        (load.Good + load.Lost).ShouldBe(load.Sent, "every request is answered");
        load.Lost.ShouldBe(lost, "none is lost once the server is back");
        load.Errors.Keys.ShouldBeSubsetOf([InFlight]);
        await Until.TrueAsync(
            () => proxy.Host.Telemetry.Totals.Read((_, _, node) => node.Errors).Sum() == load.Lost,
            "the proxy has counted each loss that a client saw, and no other");
        using var direct = new TextClient(again.Port);
        string key = Enumerable.Range(0, 100).Select(i => $"heal{i}").First(k => proxy.Owner("main", k) == "n1");
        using TextClient client = proxy.Client("main");
        await Until.TrueAsync(
            async () => await client.SetAsync(key, "v") == "STORED" && await direct.GetAsync(key) == "v",
            "the prober has found it well and its keys are its own again");
    }
}
