using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Clients;

/// <summary>libmemcached's command line tools, in both protocols.</summary>
public class LibmemcachedToolTests
{
    private const string Folder = "/usr/bin";

    [Theory]
    [InlineData]
    [InlineData("--binary")]
    public async Task Tools_store_read_touch_and_remove_a_file(params string[] protocol)
    {
        Assert.SkipUnless(File.Exists($"{Folder}/memccp"), "memccp is not installed (Debian: apt-get install libmemcached-tools)");
        using var servers = new MemcachedServers(await MemcachedServers.StartAsync(3));
        await using ProxyHost proxy = await TestProxy.StartAsync([.. servers.All]);
        string file = Path.GetTempFileName();
        string key = Path.GetFileName(file);
        await File.WriteAllTextAsync(file, "copied by a tool", TestContext.Current.CancellationToken);
        try
        {
            string server = $"--servers=127.0.0.1:{proxy.Listening["default"].Port}";
            (await Tool.RunAsync($"{Folder}/memccp", [server, .. protocol, file])).ShouldBe((0, ""));
            (await Tool.RunAsync($"{Folder}/memccat", [server, .. protocol, key])).Output.ShouldContain("copied by a tool");
            (await Tool.RunAsync($"{Folder}/memcexist", [server, .. protocol, key])).Code.ShouldBe(0);
            (await Tool.RunAsync($"{Folder}/memctouch", [server, .. protocol, key])).Code.ShouldBe(0);
            (await Tool.RunAsync($"{Folder}/memcping", [server])).Code.ShouldBe(0);
            (await Tool.RunAsync($"{Folder}/memcstat", [server, .. protocol])).Output.ShouldContain("cmd_get");
            (await Tool.RunAsync($"{Folder}/memcrm", [server, .. protocol, key])).Code.ShouldBe(0);
            (await Tool.RunAsync($"{Folder}/memcexist", [server, .. protocol, key])).Code.ShouldNotBe(0);
            (await Tool.RunAsync($"{Folder}/memcflush", [server, .. protocol])).Code.ShouldBe(0);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("set")]
    [InlineData("get")]
    [InlineData("mget")]
    [InlineData("get", "--binary")]
    [InlineData("mget", "--binary")]
    public async Task Memcslap_runs_to_its_end(string test, params string[] protocol)
    {
        Assert.SkipUnless(File.Exists($"{Folder}/memcslap"), "memcslap is not installed (Debian: apt-get install libmemcached-tools)");
        using var servers = new MemcachedServers(await MemcachedServers.StartAsync(2));
        await using ProxyHost proxy = await TestProxy.StartAsync([.. servers.All]);
        (int code, string output) = await Tool.RunAsync(
            $"{Folder}/memcslap",
            [
                $"--servers=127.0.0.1:{proxy.Listening["default"].Port}", $"--test={test}", "--concurrency=4",
                "--execute-number=500", "--initial-load=500", .. protocol,
            ]);
        code.ShouldBe(0, output);
        output.ShouldContain("seconds", Case.Insensitive);
    }
}
