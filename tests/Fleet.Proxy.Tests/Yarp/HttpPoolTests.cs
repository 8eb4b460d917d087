using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Fleet.Core.Routing;
using Fleet.Proxy.Metrics;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;
using Fleet.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fleet.Proxy.Tests.Yarp;

public class HttpPoolTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_follow_the_weights_and_changes_fail_none()
    {
        await using WebApplication a = await ServerAsync("a");
        await using WebApplication b = await ServerAsync("b");
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, Pool(a, b));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{proxy.Port("web")}") };
        ConcurrentDictionary<string, int> even = await AskAsync(http, 400);
        even["a"].ShouldBeInRange(120, 280);

        await proxy.ChangeAsync("web", p => p with { Nodes = [p.Nodes[0] with { Weight = 90 }, p.Nodes[1] with { Weight = 10 }] });
        await Until.TrueAsync(async () => (await AskAsync(http, 200)).GetValueOrDefault("b") is > 0 and < 60, "the weights are in force");
        Task<ConcurrentDictionary<string, int>> load = AskAsync(http, 2_000);
        for (int i = 0; i < 20; i++)
        {
            RouteNode[] nodes = [new("n0", Address(a), 100), new("n1", Address(b), 100)];
            await proxy.ChangeAsync("web", p => p with { Nodes = [.. i % 2 == 0 ? nodes[..1] : nodes] });
        }

        (await load).Values.Sum().ShouldBe(2_000);
    }

    [Fact]
    public async Task A_server_without_weight_gets_nothing_and_a_dead_one_is_left_out()
    {
        await using WebApplication a = await ServerAsync("a");
        WebApplication b = await ServerAsync("b");
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, Pool(a, b));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{proxy.Port("web")}") };
        await proxy.ChangeAsync("web", p => p with { Nodes = [p.Nodes[0], p.Nodes[1] with { Weight = 0 }] });
        await Until.TrueAsync(async () => !(await AskAsync(http, 20)).ContainsKey("b"), "the weight of 0 is in force");
        await proxy.ChangeAsync("web", p => p with { Nodes = [p.Nodes[0], p.Nodes[1] with { Weight = 100 }] });
        await Until.TrueAsync(async () => (await AskAsync(http, 20)).ContainsKey("b"), "the server is back");
        await b.DisposeAsync();
        await Until.TrueAsync(
            async () =>
            {
                bool well = true;
                for (int i = 0; i < 20; i++)
                {
                    using HttpResponseMessage answer = await http.GetAsync("/", Cancel);
                    well &= answer.StatusCode == HttpStatusCode.OK;
                }

                return well;
            },
            "the probe has found it dead");
    }

    [Fact]
    public async Task A_removed_pool_stops_listening()
    {
        await using WebApplication a = await ServerAsync("a");
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, Pool(a));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{proxy.Port("web")}") };
        (await http.GetStringAsync("/x?y=z", Cancel)).ShouldBe("a");
        (await proxy.Host.Pools.RemoveAsync("web", 0, Cancel)).ShouldBeTrue();
        await Should.ThrowAsync<HttpRequestException>(() => http.GetStringAsync("/", Cancel));
    }

    [Fact]
    public async Task Each_server_s_requests_errors_latencies_and_bytes_are_counted_and_told()
    {
        await using WebApplication a = await ServerAsync("a");
        await using WebApplication b = await ServerAsync("b");
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, Pool(a, b));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{proxy.Port("web")}") };
        using var watch = new CancellationTokenSource();
        Task<long> told = ToldAsync(proxy, watch.Token);
        ConcurrentDictionary<string, int> answers = await AskAsync(http, 300);
        NodeTotals Of(string node) => proxy.Totals("web", node);
        await Until.TrueAsync(() => Of("n0").Requests + Of("n1").Requests == 300, "a slice has every request");
        foreach ((string node, string name) in new[] { ("n0", "a"), ("n1", "b") })
        {
            Of(node).Requests.ShouldBe(answers[name]);
            Of(node).Latency.Count.ShouldBe(answers[name]);
            Of(node).Errors.ShouldBe(0);
            Of(node).BytesFromNode.ShouldBeGreaterThan(answers[name] * 50);
            Of(node).BytesToNode.ShouldBeGreaterThan(answers[name] * 20);
        }

        proxy.Host.Pools.Published("web")!.Clients.ShouldBeInRange(1, 8);
        await b.DisposeAsync();
        await Until.TrueAsync(
            async () =>
            {
                using HttpResponseMessage answer = await http.GetAsync("/", Cancel);
                return Of("n1").Errors > 0 && Of("n1").Links.Connected == 0;
            },
            "the dead server's requests are errors, and it is down");
        Of("n0").Errors.ShouldBe(0);
        await watch.CancelAsync();
        (await told).ShouldBeGreaterThanOrEqualTo(300, "controllers hear of them too");
    }

    [Fact]
    public async Task A_body_of_any_size_passes()
    {
        const int Bytes = 40_000_000;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.Limits.MaxRequestBodySize = null);
        builder.Logging.ClearProviders();
        await using WebApplication server = builder.Build();
        server.Run(async context =>
        {
            long count = 0;
            byte[] buffer = new byte[64 * 1024];
            for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0; count += read)
            {
                // Counted, not kept.
            }

            await context.Response.WriteAsync($"{count}");
        });
        await server.StartAsync(Cancel);
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, Pool(server));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{proxy.Port("web")}") };
        using HttpResponseMessage answer = await http.PostAsync("/", new ByteArrayContent(new byte[Bytes]), Cancel);
        (await answer.Content.ReadAsStringAsync(Cancel)).ShouldBe($"{Bytes}");
    }

    [Fact]
    public async Task More_connections_than_allowed_are_closed_and_those_that_are_there_served()
    {
        await using WebApplication a = await ServerAsync("a");
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, o => o with { MaxConnections = 2 }, Pool(a));
        using var first = new TextClient(proxy.Port("web"));
        using var second = new TextClient(proxy.Port("web"));
        const string Ask = "GET / HTTP/1.1\r\nHost: a\r\n";
        (await first.AskAsync(Ask)).ShouldBe("HTTP/1.1 200 OK");
        (await second.AskAsync(Ask)).ShouldBe("HTTP/1.1 200 OK");
        using (var third = new TextClient(proxy.Port("web")))
        {
            (await third.RestAsync()).ShouldBe("");
        }

        second.Dispose();
        await Until.TrueAsync(
            async () =>
            {
                using var next = new TextClient(proxy.Port("web"));
                try
                {
                    return await next.AskAsync(Ask) == "HTTP/1.1 200 OK";
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            "there is room again");
    }

    private static async Task<long> ToldAsync(RulesProxy proxy, CancellationToken cancel)
    {
        long requests = 0;
        try
        {
            await foreach (Telemetry slice in proxy.Host.Telemetry.WatchAsync(cancel))
            {
                requests += slice.Slices.Where(s => s.PoolId == "web").Sum(s => (long)s.Requests);
            }
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }

        return requests;
    }

    private static PoolDefinition Pool(params WebApplication[] servers) =>
        RulesProxy.Pool("web", [.. servers.Select(Address)]) with { Kind = PoolKind.Http };

    private static string Address(WebApplication server) => new Uri(server.Urls.First()).Authority;

    private static async Task<WebApplication> ServerAsync(string name)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Run(context => context.Response.WriteAsync(name));
        await app.StartAsync(Cancel);
        return app;
    }

    private static async Task<ConcurrentDictionary<string, int>> AskAsync(HttpClient http, int count)
    {
        var answers = new ConcurrentDictionary<string, int>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancel },
            async (_, cancel) => answers.AddOrUpdate(await http.GetStringAsync("/", cancel), 1, (_, n) => n + 1));
        return answers;
    }
}
