using Fleet.Core.Routing;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Operations;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;
using Fleet.Testing;

namespace Fleet.Proxy.Tests.Pools;

public class PoolsReloadTests
{
    [Fact]
    public async Task A_good_change_is_served_a_bad_one_keeps_the_last_good_and_is_counted()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "pools.json");
        await WriteAsync(file, Pool("one", a));
        await using ProxyHost proxy = await TestProxy.StartAsync(new ProxyOptions { PoolsFile = file, Loops = 2 });
        using var client = new TextClient(proxy.Listening["one"].Port);
        (await client.SetAsync("k", "from-a")).ShouldBe("STORED");

        await WriteAsync(file, Pool("one", b), Pool("two", a));
        await Until.TrueAsync(() => proxy.Reloads.Accepted == 1, "the changed file is in force");
        (await client.GetAsync("k")).ShouldBeNull("the pool's server is another now, and the connection stayed");
        using var second = new TextClient(proxy.Listening["two"].Port);
        (await second.GetAsync("k")).ShouldBe("from-a");

        await WriteAsync(file, """{"id": "one", "listen": "127.0.0.1:0", "policy": "none", "servers": []}""");
        await Until.TrueAsync(() => proxy.Reloads.Refused == 1, "the bad file is refused");
        (await client.SetAsync("k", "from-b")).ShouldBe("STORED");
        (await second.GetAsync("k")).ShouldBe("from-a");

        await WriteAsync(file, Pool("one", b));
        await Until.TrueAsync(() => proxy.Reloads.Accepted == 2, "the mended file is in force");
        (await second.RestAsync()).ShouldBe("", "a pool that left the file is gone");
        (await client.GetAsync("k")).ShouldBe("from-b");
    }

    [Fact]
    public async Task A_refused_reload_is_told_in_the_log_and_in_the_metric_with_every_problem()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "pools.json");
        await WriteAsync(file, Pool("one", a));
        using var log = new LogList();
        var options = new ProxyOptions { PoolsFile = file, Loops = 1, Operations = new OperationsOptions("127.0.0.1:0", true) };
        await using ProxyHost proxy = await ProxyHost.StartAsync(options, log, TimeProvider.System, TestContext.Current.CancellationToken);
        await WriteAsync(file, """{"id": "one", "listen": "nowhere", "policy": "none", "servers": [], "clientTls": {"key": "k"}}""");
        (await proxy.Reloader!.ReloadAsync(TestContext.Current.CancellationToken)).ShouldBeFalse();
        string told = log.Messages.Single(m => m.Id == 1007).Text;
        told.ShouldContain("the last good ones stay in force");
        told.ShouldContain("nowhere");
        told.ShouldContain("routing policy \"none\" is unknown");
        told.ShouldContain("clientTls of pool \"one\"");
        using var http = new HttpClient();
        string metrics = await http.GetStringAsync(new Uri(proxy.OperationsAddress + "/metrics"), TestContext.Current.CancellationToken);
        metrics.ShouldContain("""fleet_proxy_pools_reloads_total{result="refused"} 1""");
        using var client = new TextClient(proxy.Listening["one"].Port);
        (await client.SetAsync("k", "v")).ShouldBe("STORED");
    }

    [Fact]
    public async Task A_set_that_cannot_be_bound_whole_changes_nothing()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "pools.json");
        await WriteAsync(file, Pool("one", a));
        await using ProxyHost proxy = await TestProxy.StartAsync(new ProxyOptions { PoolsFile = file, Loops = 2 });
        await WriteAsync(file, Pool("new", a), Pool("taken", a).Replace("127.0.0.1:0", taken.LocalEndpoint.ToString()));
        (await proxy.Reloader!.ReloadAsync(TestContext.Current.CancellationToken)).ShouldBeFalse();
        proxy.Listening.Keys.ShouldBe(["one"]);
        using var client = new TextClient(proxy.Listening["one"].Port);
        (await client.SetAsync("k", "v")).ShouldBe("STORED");
    }

    [Fact]
    public async Task A_hangup_signal_reads_the_file_again()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "pools.json");
        await WriteAsync(file, Pool("one", a));
        await using ProxyHost proxy = await TestProxy.StartAsync(new ProxyOptions { PoolsFile = file, Loops = 1 });
        await Until.TrueAsync(
            () =>
            {
                using System.Diagnostics.Process kill = System.Diagnostics.Process.Start("kill", ["-HUP", $"{Environment.ProcessId}"]);
                kill.WaitForExit();
                return proxy.Reloads.Accepted > 0;
            },
            "the signal is heard");
    }

    [Fact]
    public async Task A_controllers_weights_outlive_a_reload_and_the_files_rules_outlive_the_controller()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "pools.json");
        await WriteAsync(file, Pool("one", a));
        await using ProxyHost proxy = await TestProxy.StartAsync(new ProxyOptions { PoolsFile = file, Loops = 1 });
        PoolDefinition pool = proxy.Pools.Pools.Single();
        RouteNode[] nodes = [pool.Nodes[0] with { Weight = 7 }];
        await proxy.Pools.ConfigureAsync(pool with { Nodes = [.. nodes], Revision = 3 }, 5, TestContext.Current.CancellationToken);
        await WriteAsync(file, Pool("one", a, """ "coalesce": true, """));
        (await proxy.Reloader!.ReloadAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
        PoolDefinition now = proxy.Pools.Pools.Single();
        now.Nodes.ShouldBe(nodes);
        now.Revision.ShouldBe(3u);
        now.Coalesce.ShouldBeTrue();
    }

    [Fact]
    public async Task A_bad_file_at_the_start_is_refused_with_every_problem()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "pools.json");
        await WriteAsync(file, """{"id": "one", "listen": "x", "policy": "none", "servers": ["y"]}""");
        StartupException refused = await Should.ThrowAsync<StartupException>(
            () => TestProxy.StartAsync(new ProxyOptions { PoolsFile = file, Loops = 0 }));
        refused.Problems.Count.ShouldBe(4, refused.Message);
        new ProxyOptions { PoolsFile = Path.Combine(folder.Path, "absent.json") }.Validate().Single().ShouldContain("cannot be read");
    }

    private static Task WriteAsync(string file, params string[] pools) =>
        File.WriteAllTextAsync(file, $"{{\"pools\": [{string.Join(',', pools)}]}}", TestContext.Current.CancellationToken);

    private static string Pool(string id, MemcachedServer server, string more = "") =>
        $$"""{"id": "{{id}}", {{more}} "listen": "127.0.0.1:0", "servers": ["{{server.Address}}"]}""";
}
