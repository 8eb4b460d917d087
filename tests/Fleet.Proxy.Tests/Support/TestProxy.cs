using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Proxy.Tests.Support;

/// <summary>Starts proxies in process on a free port.</summary>
internal static class TestProxy
{
    public static ProxyOptions Options(IEnumerable<string> servers) => new()
    {
        Listen = "127.0.0.1:0",
        Servers = [.. servers.Select((address, i) => new ProxyServer($"n{i}", address))],
        Loops = 2,
        RequestTimeout = TimeSpan.FromSeconds(5),
    };

    public static Task<ProxyHost> StartAsync(ProxyOptions options) =>
        ProxyHost.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken);

    public static Task<ProxyHost> StartAsync(params MemcachedServer[] servers) => StartAsync(Options(servers.Select(s => s.Address)));
}
