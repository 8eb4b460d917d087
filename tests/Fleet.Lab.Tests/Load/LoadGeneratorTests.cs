using Fleet.Hosting.Errors;
using Fleet.Lab.Load;

namespace Fleet.Lab.Tests.Load;

public class LoadGeneratorTests
{
    private static LoadOptions Small(int port) => new()
    {
        Host = "127.0.0.1", Port = port, Qps = 1_000, Duration = TimeSpan.FromSeconds(0.5), Connections = 4, Keys = 200,
    };

    [Fact]
    public async Task EveryRequestIsCountedOnce()
    {
        await using var server = new FakeMemcached();
        using var load = new LoadGenerator(Small(server.Port) with { SetRatio = 0.2 }, TimeProvider.System);
        LoadWindow total = await load.RunAsync(null, TestContext.Current.CancellationToken);

        server.Stored.ShouldBe(200);
        total.Sent.ShouldBeGreaterThan(100);
        total.Succeeded.ShouldBe(total.Sent);
        (total.Hits + total.Stores).ShouldBe(total.Sent);
        total.Stores.ShouldBeGreaterThan(0);
        total.Failed.ShouldBe(0);
        total.Misses.ShouldBe(0);
    }

    [Fact]
    public async Task WrongValuesAndRefusalsAreFailuresOfTheirOwn()
    {
        await using var server = new FakeMemcached();
        server.OnRead = (number, reply) => number switch
        {
            10 or 20 or 30 => "VALUE wrong 0 1\r\nx\r\nEND\r\n",
            40 or 50 => "SERVER_ERROR busy\r\n",
            _ => reply,
        };
        using var load = new LoadGenerator(Small(server.Port) with { SetRatio = 0 }, TimeProvider.System);
        LoadWindow total = await load.RunAsync(null, TestContext.Current.CancellationToken);

        total.Mismatches.ShouldBe(3);
        total.ServerErrors.ShouldBe(2);
        total.Failed.ShouldBe(5);
        total.Succeeded.ShouldBe(total.Sent - 5);
    }

    [Fact]
    public async Task AMissedKeyIsStored()
    {
        await using var server = new FakeMemcached();
        using var load = new LoadGenerator(Small(server.Port) with { SetRatio = 0, Keys = 20, Preload = false }, TimeProvider.System);
        LoadWindow total = await load.RunAsync(null, TestContext.Current.CancellationToken);

        total.Misses.ShouldBeGreaterThanOrEqualTo(20);
        server.Stored.ShouldBe(20);
        total.Hits.ShouldBeGreaterThan(0);
        total.Failed.ShouldBe(0);
    }

    [Fact]
    public async Task AStalledServerShowsInEveryRequestThatWasDueMeanwhile()
    {
        await using var server = new FakeMemcached();
        var gate = new TaskCompletionSource();
        using var load = new LoadGenerator(
            Small(server.Port) with { SetRatio = 0, MaxOutstanding = 1, RequestTimeout = TimeSpan.FromSeconds(30), Duration = null },
            TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<LoadWindow> running = load.RunAsync(null, stop.Token);
        await load.CutAsync();
        server.Gate = gate.Task;
        await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System, TestContext.Current.CancellationToken);
        gate.SetResult();
        for (LoadWindow window = await load.CutAsync(); window.Succeeded < 300; window.Add(await load.CutAsync()))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        LoadWindow total = await running;

        // Four connections of one request each: were latency counted from sending, four requests would be slow; about 300 were due.
        total.Latency.CountAboveUs(100_000).ShouldBeGreaterThan(100);
        total.Failed.ShouldBe(0);
    }

    [Fact]
    public async Task SilenceIsATimeoutAndTheConnectionIsReplaced()
    {
        await using var server = new FakeMemcached();
        var gate = new TaskCompletionSource();
        using var load = new LoadGenerator(
            Small(server.Port) with { SetRatio = 0, RequestTimeout = TimeSpan.FromMilliseconds(50), Duration = null }, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<LoadWindow> running = load.RunAsync(null, stop.Token);
        await load.CutAsync();
        server.Gate = gate.Task;
        await Until(async () => (await load.CutAsync()).Timeouts > 0);
        gate.SetResult();
        await Until(async () => (await load.CutAsync()).Hits > 10);
        await stop.CancelAsync();
        (await running).Timeouts.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task ALostConnectionFailsItsRequestsAndComesBack()
    {
        await using var server = new FakeMemcached();
        server.Gate = new TaskCompletionSource().Task;
        using var load = new LoadGenerator(Small(server.Port) with { SetRatio = 0, Duration = null }, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<LoadWindow> running = load.RunAsync(null, stop.Token);
        await Until(async () => (await load.CutAsync()).Sent > 0);
        server.Gate = Task.CompletedTask;
        server.CutAll();
        await Until(async () => (await load.CutAsync()).Hits > 10);
        await stop.CancelAsync();
        LoadWindow total = await running;
        total.ConnectionErrors.ShouldBeGreaterThan(0);
        (total.Succeeded + total.Failed).ShouldBe(total.Sent);
    }

    [Fact]
    public async Task TheRateChangesWhileTheLoadRuns()
    {
        await using var server = new FakeMemcached();
        using var load = new LoadGenerator(Small(server.Port) with { Qps = 1, Duration = null }, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<LoadWindow> running = load.RunAsync(null, stop.Token);
        await load.CutAsync();
        load.SetQps(5_000);
        await Until(async () => (await load.CutAsync()).Sent > 20);
        await stop.CancelAsync();
        (await running).Failed.ShouldBe(0);
    }

    [Fact]
    public async Task ATargetThatRefusesThePreloadIsNamed()
    {
        await using var server = new FakeMemcached { OnStore = () => "SERVER_ERROR out of memory storing object\r\n" };
        using var load = new LoadGenerator(Small(server.Port), TimeProvider.System);
        StartupException error =
            await Should.ThrowAsync<StartupException>(load.RunAsync(null, TestContext.Current.CancellationToken));
        error.Message.ShouldContain($"127.0.0.1:{server.Port}");
        error.Message.ShouldContain("refused");
    }

    [Fact]
    public async Task ADeadTargetIsNamed()
    {
        int port;
        await using (var server = new FakeMemcached())
        {
            port = server.Port;
        }

        using var load = new LoadGenerator(Small(port), TimeProvider.System);
        StartupException error =
            await Should.ThrowAsync<StartupException>(load.RunAsync(null, TestContext.Current.CancellationToken));
        error.Message.ShouldContain($"127.0.0.1:{port}");
    }

    [Fact]
    public void EveryIllegalOptionIsReported()
    {
        LoadOptions bad = Small(0) with { Qps = 0, Keys = -1, Connections = 0, SetRatio = double.NaN, Duration = TimeSpan.Zero };
        bad.Problems().Count.ShouldBe(6);
        Should.Throw<StartupException>(() => new LoadGenerator(bad, TimeProvider.System)).Problems.Count.ShouldBe(6);
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        for (int i = 0; i < 500; i++)
        {
            if (await condition())
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("the condition did not come true within 5 s");
    }
}
