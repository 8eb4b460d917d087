using System.Security.Cryptography;
using System.Text.Json;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Clients;

/// <summary>npm's memcached (text) and memjs (binary, SASL) through the proxy.</summary>
public class NpmClientTests
{
    private static readonly string Folder = Path.Combine(Testing.RepositoryRoot.Path, "tests", "Fleet.Proxy.Tests");

    [Fact]
    public async Task Memcached_and_memjs_see_one_server()
    {
        string directory = await InstallAsync();
        using var servers = new MemcachedServers(await MemcachedServers.StartAsync(2));
        await using ProxyHost proxy = await TestProxy.StartAsync([.. servers.All]);
        JsonElement seen = await RunAsync(directory, proxy);
        seen.GetProperty("text").GetRawText().ShouldBe(
            """
            {"set":true,"get":"value","add":false,"multi":{"npm-text":"value","npm-text-2":{"a":[1,2]}},"incr":15,"gets":"value","cas":true,
            """
            + """
            "append":true,"appended":"newer!","touch":true,"del":true,"gone":true,"version":"1.6.18"}
            """);
        Binary(seen);
    }

    [Fact]
    public async Task Memjs_logs_in_by_SASL()
    {
        string directory = await InstallAsync();
        using var users = new UsersFile("app:secret word");
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with { UsersFile = users.Path });
        Binary(await RunAsync(directory, proxy, "app", "secret word"));
    }

    private static void Binary(JsonElement seen) => seen.GetProperty("binary").GetRawText().ShouldBe(
        """
        {"set":true,"get":"value","add":false,"replace":true,"incr":10,"incrAgain":15,"append":true,"touch":true,"appended":"newer!","del":true,
        """
        + """
        "gone":true}
        """);

    private static string Address(ProxyHost proxy) => $"127.0.0.1:{proxy.Listening["default"].Port}";

    private static async Task<JsonElement> RunAsync(string directory, ProxyHost proxy, params string[] login)
    {
        (int code, string output) = await Tool.RunAsync("node", ["clients.js", Address(proxy), .. login], directory);
        code.ShouldBe(0, output);
        return JsonDocument.Parse(output).RootElement;
    }

    /// <summary>Installs the packages once per lock file, beside the build output.</summary>
    private static async Task<string> InstallAsync()
    {
        Assert.SkipUnless(await Tool.WorksAsync("node", "--version"), "node is not installed (Debian package nodejs)");
        Assert.SkipUnless(await Tool.WorksAsync("npm", "--version"), "npm is not installed (Debian package npm)");
        string source = Path.Combine(Folder, "Clients", "npm");
        byte[] locked = await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json"), TestContext.Current.CancellationToken);
        string directory = Path.Combine(Folder, "obj", "npm-" + Convert.ToHexStringLower(SHA256.HashData(locked))[..12]);
        Directory.CreateDirectory(directory);
        foreach (string file in Directory.GetFiles(source))
        {
            File.Copy(file, Path.Combine(directory, Path.GetFileName(file)), overwrite: true);
        }

        string marker = Path.Combine(directory, "installed");
        if (!File.Exists(marker))
        {
            (int code, string output) = await Tool.RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], directory);
            code.ShouldBe(0, output);
            await File.WriteAllTextAsync(marker, "", TestContext.Current.CancellationToken);
        }

        return directory;
    }
}
