using System.Globalization;
using Fleet.Deploy.Tests.Support;
using Fleet.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>l4 and HTTP pools of a proxy that is upgraded in place or stopped, under loads that notice every lost request.</summary>
public class OtherPoolsUpgradeTests
{
    private const string Memcached = "/usr/bin/memcached";

    [Fact(Timeout = 180_000)]
    public async Task An_upgrade_in_place_closes_no_tunnel_and_answers_every_web_request()
    {
        Assert.SkipUnless(File.Exists(Memcached), Tool.Missing("memcached"));
        using var folder = new TemporaryFolder();
        int[] ports = Ports.Free(3);
        await using ServiceProcess memcached = StartMemcached(ports[0]);
        await using WebApplication web = await StartWebAsync();
        await using ServiceProcess proxy = await StartProxyAsync(folder, ports[0], web, ports[1], ports[2]);
        using var idle = new WebClient("idle", keeps: true, ports[2]);
        using var requests = new WebLoad(6, ports[2]);
        var load = new CountingLoad(8, ports[1]);
        await Task.WhenAll(load.GoesOnAsync(), requests.GoesOnAsync());

        int next = proxy.Id;
        for (int time = 1; time <= 2; time++)
        {
            await idle.AskAsync();
            Task<int> change = ProxyUpgradeTests.HandOverAsync(proxy, next, time);
            await Eventually.TrueAsync(() => Partings(proxy) >= time || change.IsFaulted, $"hand-over {time}", 60);

            // It asked nothing while the process changed; the old one still answers, and tells it that the connection ends.
            await Eventually.TrueAsync(
                async () =>
                {
                    await idle.AskAsync();
                    return !idle.IsConnected;
                },
                "the old process lets it go");
            next = await change;
            await Task.WhenAll(load.GoesOnAsync(), requests.GoesOnAsync());
        }

        await Task.WhenAll(load.StopAsync(), requests.StopAsync());
        load.Connections.ShouldBe(8, "no tunnel was closed");
        idle.Connections.ShouldBe(2);
        ServiceProcess.Signal(next, "TERM");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_stopped_proxy_answers_every_web_request_that_reached_it()
    {
        Assert.SkipUnless(File.Exists(Memcached), Tool.Missing("memcached"));
        using var folder = new TemporaryFolder();
        using var secondFolder = new TemporaryFolder();
        int[] ports = Ports.Free(5);
        await using ServiceProcess memcached = StartMemcached(ports[0]);
        await using WebApplication web = await StartWebAsync();
        await using ServiceProcess first = await StartProxyAsync(folder, ports[0], web, ports[1], ports[2]);
        await using ServiceProcess second = await StartProxyAsync(secondFolder, ports[0], web, ports[3], ports[4]);
        using var requests = new WebLoad(6, ports[2], ports[4]);
        await requests.GoesOnAsync();
        first.Terminate();
        (await first.ExitAsync()).ShouldBe(0, first.Said);
        await requests.GoesOnAsync();
        await requests.StopAsync();
    }

    private static int Partings(ServiceProcess proxy) => proxy.Said.Split(" clients over to process ").Length - 1;

    private static async Task<ServiceProcess> StartProxyAsync(TemporaryFolder folder, int memcached, WebApplication web, int tunnels, int front)
    {
        await File.WriteAllTextAsync(folder.File("pools.json"), string.Create(CultureInfo.InvariantCulture, $$"""
            {"pools": [
              {"id": "tunnels", "kind": "l4", "listen": "127.0.0.1:{{tunnels}}", "servers": ["127.0.0.1:{{memcached}}"]},
              {"id": "web", "kind": "http", "listen": "127.0.0.1:{{front}}", "servers": ["{{new Uri(web.Urls.First()).Authority}}"]}
            ]}
            """), TestContext.Current.CancellationToken);
        var proxy = ServiceProcess.Fleet("proxy", "--pools", folder.File("pools.json"), "--loops", "2", "--metrics-listen", "none",
            "--stop-timeout", "20s");
        await proxy.SaysAsync("pool web listens on");
        return proxy;
    }

    private static ServiceProcess StartMemcached(int port) => ServiceProcess.Program(
        Memcached, "-u", "nobody", "-l", "127.0.0.1", "-t", "1", "-p", port.ToString(CultureInfo.InvariantCulture));

    // Answers with the path that was asked for.
    private static async Task<WebApplication> StartWebAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Run(context =>
        {
            string path = context.Request.Path.ToString();
            context.Response.ContentLength = path.Length;
            return context.Response.WriteAsync(path);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
