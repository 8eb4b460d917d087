using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

public class BusyPollTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(10);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Every_client_is_answered_rightly_by_a_loop_that_looks_for_work(int gatherMs)
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([a.Address, b.Address]) with
        {
            BusyPoll = Longest, SendDelay = TimeSpan.FromMilliseconds(gatherMs),
        });
        var load = new Load(proxy.Listening["default"].Port, clients: 16);
        await Until.TrueAsync(() => load.Done > 2000, "the load runs");

        // Stopping checks every client: a reply that was no value of its key, an error or a lost connection throws there.
        await load.StopAsync();
        load.Failed.ShouldBe(0);
    }

    [Fact]
    public async Task A_loop_that_found_nothing_for_so_long_sleeps()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([a.Address]) with { BusyPoll = Longest });
        using var client = new TextClient(proxy);
        (await client.SetAsync("a", "1")).ShouldBe("STORED");

        // Every loop of this process, of other tests too, is asleep at some moment; one that always looks never is.
        var awake = Loops().ToHashSet();
        awake.ShouldNotBeEmpty();
        await Until.TrueAsync(
            () =>
            {
                awake.RemoveWhere(task => State(task) != 'R');
                return awake.Count == 0;
            },
            "every loop was seen asleep");
        (await client.GetAsync("a")).ShouldBe("1");
    }

    [Fact]
    public void An_illegal_time_is_told_with_its_range() =>
        (TestProxy.Options(["127.0.0.1:1"]) with { BusyPoll = TimeSpan.FromMilliseconds(11) }).Validate()
            .ShouldContain("busy poll is 11000 us; legal is 0 to 10000 us");

    private static IEnumerable<string> Loops() => Directory.EnumerateDirectories("/proc/self/task")
        .Where(t => Read(t, "comm").StartsWith("fleet-loop-", StringComparison.Ordinal));

    /// <summary>R: running; anything else: asleep, or ended.</summary>
    private static char State(string task) => Read(task, "stat").Split(") ") is [_, [var state, ..], ..] ? state : 'X';

    private static string Read(string task, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, file));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
