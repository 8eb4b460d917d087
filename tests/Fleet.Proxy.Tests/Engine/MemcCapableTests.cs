using System.Diagnostics;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>libmemcached's own conformance tool, through the proxy.</summary>
public class MemcCapableTests
{
    private const string Binary = "/usr/bin/memccapable";
    private const int AsciiChecks = 27;

    [Fact]
    public async Task Passes_every_ascii_check()
    {
        Assert.SkipUnless(File.Exists(Binary), $"{Binary} is not installed (Debian: apt-get install libmemcached-tools)");
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a, b);

        string[] arguments = ["-a", "-v", "-t", "5", "-h", "127.0.0.1", "-p", $"{proxy.Listening["default"].Port}"];
        var start = new ProcessStartInfo(Binary, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process tool = Process.Start(start)!;
        string output = await tool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string errors = await tool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await tool.WaitForExitAsync(TestContext.Current.CancellationToken);

        output.Split('\n').Count(l => l.Contains("[pass]", StringComparison.Ordinal)).ShouldBe(AsciiChecks, output + errors);
        tool.ExitCode.ShouldBe(0, output + errors);
    }
}
