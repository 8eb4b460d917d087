using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

public class TurnSpacingTests
{
    [Fact]
    public async Task Every_client_is_answered_rightly_by_a_loop_that_spaces_its_turns()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([a.Address, b.Address]) with
        {
            Loops = 1, TurnSpacing = TimeSpan.FromMilliseconds(1),
        });
        var load = new Load(proxy.Listening["default"].Port, clients: 32);
        await Until.TrueAsync(() => load.Done > 5000, "the load runs");

        // Stopping checks every client: a reply that was no value of its key, an error or a lost connection throws there.
        await load.StopAsync();
        load.Failed.ShouldBe(0);
    }

    [Fact]
    public void An_illegal_time_is_told_with_its_range() =>
        (TestProxy.Options(["127.0.0.1:1"]) with { TurnSpacing = TimeSpan.FromMilliseconds(2) }).Validate()
            .ShouldContain("turn spacing is 2000 us; legal is 0 to 1000 us");
}
