using System.Net;
using System.Net.Sockets;
using Fleet.Hosting.Errors;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests;

public class ProxyHostTests
{
    [Fact]
    public async Task A_port_in_use_is_named_with_the_next_step()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        StartupException refused = await Should.ThrowAsync<StartupException>(
            () => TestProxy.StartAsync(TestProxy.Options(["127.0.0.1:1"]) with { Listen = taken.LocalEndpoint.ToString() }));
        refused.Message.ShouldContain(taken.LocalEndpoint.ToString()!);
        refused.Message.ShouldContain("choose another");
    }

    [Fact]
    public async Task A_port_of_another_proxy_is_in_use_too()
    {
        await using ProxyHost first = await TestProxy.StartAsync(TestProxy.Options(["127.0.0.1:1"]));
        ProxyOptions second = TestProxy.Options(["127.0.0.1:1"]) with { Listen = first.Listening["default"].ToString() };
        (await Should.ThrowAsync<StartupException>(() => TestProxy.StartAsync(second))).Message.ShouldContain("cannot listen");
    }

    [Fact]
    public async Task Bad_options_are_reported_together()
    {
        var options = new ProxyOptions
        {
            Listen = "nonsense",
            Servers = [ProxyServer.At("127.0.0.1:99999")],
            Loops = 0,
            ControlEndpoint = "ftp://x",
            RequestTimeout = TimeSpan.Zero,
        };
        StartupException refused = await Should.ThrowAsync<StartupException>(() => TestProxy.StartAsync(options));
        refused.Problems.Count.ShouldBe(5, refused.Message);
    }

    [Fact]
    public void An_empty_command_says_what_is_missing() =>
        new ProxyOptions().Validate().Single().ShouldContain("--listen HOST:PORT");

    [Fact]
    public async Task A_restarted_proxy_serves_its_last_configuration()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        string state = Path.Combine(Directory.CreateTempSubdirectory("fleet-proxy").FullName, "state.json");
        ProxyOptions options = TestProxy.Options([a.Address]) with { StateFile = state };
        int port;
        await using (ProxyHost first = await TestProxy.StartAsync(options))
        {
            port = first.Listening["default"].Port;
            PoolDefinition pool = first.Pools.Pools.Single();
            await first.Pools.ConfigureAsync(
                pool with { Nodes = [new Core.Routing.RouteNode("b", b.Address, 7)], Revision = 9 },
                4,
                TestContext.Current.CancellationToken);
            using var client = new TextClient(port);
            (await client.SetAsync("a", "kept")).ShouldBe("STORED");
        }

        await using ProxyHost second = await TestProxy.StartAsync(options);
        second.Listening["default"].Port.ShouldBe(port);
        second.Pools.Pools.Single().Revision.ShouldBe(9u);
        using var again = new TextClient(port);
        (await again.GetAsync("a")).ShouldBe("kept");
        (await Should.ThrowAsync<PoolRefusedException>(() =>
            second.Pools.ConfigureAsync(second.Pools.Pools.Single(), 3, TestContext.Current.CancellationToken))).Stale.ShouldBeTrue();
        Directory.Delete(Path.GetDirectoryName(state)!, recursive: true);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"version\":2,\"pools\":[]}")]
    [InlineData("{\"version\":1,\"pools\":[{}]}")]
    [InlineData("{\"version\":1,\"pools\":[null]}")]
    [InlineData("{\"version\":1,\"pools\":[{\"definition\":{\"poolId\":\"p\",\"listen\":\"x\",\"policy\":\"ketama\",\"nodes\":[]}}]}")]
    [InlineData("{\"version\":1,\"pools\":[{\"definition\":{\"poolId\":null,\"listen\":null,\"policy\":null}}]}")]
    public async Task A_damaged_state_file_is_named_with_the_next_step(string content)
    {
        string state = Path.Combine(Directory.CreateTempSubdirectory("fleet-proxy").FullName, "state.json");
        await File.WriteAllTextAsync(state, content, TestContext.Current.CancellationToken);
        StartupException refused = await Should.ThrowAsync<StartupException>(
            () => TestProxy.StartAsync(TestProxy.Options(["127.0.0.1:1"]) with { StateFile = state }));
        refused.Message.ShouldContain(state);
        refused.Message.ShouldContain("move it away");
        Directory.Delete(Path.GetDirectoryName(state)!, recursive: true);
    }

    [Fact]
    public async Task Stopping_answers_what_is_in_flight_and_then_closes()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource<string?>();
        using var slow = new FakeNode(_ =>
        {
            asked.TrySetResult();
            return answer.Task;
        });
        ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([slow.Address]));
        int port = proxy.Listening["default"].Port;
        using var client = new TextClient(port);
        using var idle = new TextClient(port);
        await client.SendAsync("get a\r\n");
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);

        Task stopping = proxy.DisposeAsync().AsTask();
        (await idle.RestAsync()).ShouldBe("");
        await Until.TrueAsync(() => Refuses(port), "every loop has stopped accepting");
        answer.SetResult("EN\r\n");
        (await client.RestAsync()).ShouldBe("END\r\n");
        await stopping;
    }

    [Fact]
    public async Task Clients_beyond_the_limit_are_told_and_others_are_served()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with { MaxConnections = 2 });
        using var a = new TextClient(proxy);
        using var b = new TextClient(proxy);
        (await a.SetAsync("k", "1")).ShouldBe("STORED");
        (await b.GetAsync("k")).ShouldBe("1");
        using var c = new TextClient(proxy);
        (await c.RestAsync()).ShouldBe("SERVER_ERROR too many connections\r\n");
        a.Dispose();
        await Until.TrueAsync(
            async () =>
            {
                using var d = new TextClient(proxy);
                return (await d.AskAsync("version"))!.StartsWith("VERSION", StringComparison.Ordinal);
            },
            "a place is free");
    }

    private static bool Refuses(int port)
    {
        try
        {
            using var client = new TextClient(port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
