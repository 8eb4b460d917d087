using System.Text.Json;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Clients;

/// <summary>
/// A client of the meta commands, in JavaScript after memcached's protocol document: no library of npm, NuGet or Debian speaks them. It must
/// see through the proxy what it sees at memcached itself.
/// </summary>
public class MetaClientTests
{
    private static readonly string Folder = Path.Combine(Testing.RepositoryRoot.Path, "tests", "Fleet.Proxy.Tests", "Clients", "meta");

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task It_sees_through_the_proxy_what_it_sees_at_memcached(int nodes)
    {
        Assert.SkipUnless(await Tool.WorksAsync("node", "--version"), "node is not installed (Debian package nodejs)");
        using MemcachedServer judge = await MemcachedServer.StartAsync();
        using var servers = new MemcachedServers(await MemcachedServers.StartAsync(nodes));
        await using ProxyHost proxy = await TestProxy.StartAsync([.. servers.All]);
        JsonElement direct = await RunAsync(judge.Port);
        direct.GetProperty("joined").GetRawText().ShouldBe("""["VA","<newer!"]""");
        direct.GetProperty("winner").GetRawText().ShouldBe("""["VA","W","X","swapped"]""");
        (await RunAsync(proxy.Listening["default"].Port)).GetRawText().ShouldBe(direct.GetRawText());
    }

    private static async Task<JsonElement> RunAsync(int port)
    {
        (int code, string output) = await Tool.RunAsync("node", ["client.js", $"127.0.0.1:{port}"], Folder);
        code.ShouldBe(0, output);
        return JsonDocument.Parse(output).RootElement;
    }
}
