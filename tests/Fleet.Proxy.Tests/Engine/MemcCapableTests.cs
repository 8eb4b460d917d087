using System.Diagnostics;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>libmemcached's own conformance tool, through the proxy.</summary>
public class MemcCapableTests
{
    private const string Binary = "/usr/bin/memccapable";
    private const int Checks = 54;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Passes_every_ascii_and_binary_check(int nodes)
    {
        Assert.SkipUnless(File.Exists(Binary), $"{Binary} is not installed (Debian: apt-get install libmemcached-tools)");
        using var servers = new MemcachedServers(await MemcachedServers.StartAsync(nodes));
        await using ProxyHost proxy = await TestProxy.StartAsync([.. servers.All]);

        string[] arguments = ["-v", "-t", "5", "-h", "127.0.0.1", "-p", $"{proxy.Listening["default"].Port}"];
        var start = new ProcessStartInfo(Binary, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process tool = Process.Start(start)!;
        string output = await tool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string errors = await tool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await tool.WaitForExitAsync(TestContext.Current.CancellationToken);

        output.Split('\n').Count(l => l.Contains("[pass]", StringComparison.Ordinal)).ShouldBe(Checks, output + errors);
        tool.ExitCode.ShouldBe(0, output + errors);
    }
}
