using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

public class AllocationTests
{
    [Fact]
    public async Task A_hundred_thousand_requests_allocate_nothing_in_the_loops()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([a.Address, b.Address]) with
            {
                TelemetryInterval = TimeSpan.FromSeconds(10),
                ProbeInterval = TimeSpan.FromMinutes(10),
            });
        const int Batch = 100;
        const int Batches = 1_000;
        string batch = string.Concat(Enumerable.Range(0, Batch / 4).Select(
            i => $"set k{i} 0 0 5\r\nhello\r\nget k{i}\r\nget k{i} k{i + 1}\r\ntouch k{i} 0\r\n"));
        using var client = new TextClient(proxy);
        await RunAsync(client, batch, 50);

        long before = proxy.Engine.Counters.Sum(c => Volatile.Read(ref c.AllocatedBytes));
        await RunAsync(client, batch, Batches);
        long allocated = proxy.Engine.Counters.Sum(c => Volatile.Read(ref c.AllocatedBytes)) - before;

        // The collections of telemetry allocate a little on the loop; a request that allocated would show 2.4 MB or more.
        allocated.ShouldBeLessThan(20_000);
    }

    private static async Task RunAsync(TextClient client, string batch, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await client.SendAsync(batch + "version\r\n");
            string? line = await client.LineAsync();
            while (!line!.StartsWith("VERSION", StringComparison.Ordinal))
            {
                line.StartsWith("SERVER_ERROR", StringComparison.Ordinal).ShouldBeFalse(line);
                line = await client.LineAsync();
            }
        }
    }
}
