using System.Net.Sockets;
using System.Text;
using Fleet.Deploy.Tests.Support;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Units;

/// <summary>What systemd would hear from a real process.</summary>
public class NotifyTests
{
    [Theory(Timeout = 90_000)]
    [InlineData("controller")]
    [InlineData("proxy")]
    public async Task A_service_reports_ready_lives_and_says_when_it_stops(string service)
    {
        using var folder = new TemporaryFolder();
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(folder.File("notify")));
        await using ServiceProcess process = Start(service, folder);
        (await OtherThanWatchdogAsync(manager)).ShouldStartWith("READY=1\nMAINPID=");
        (await HeardAsync(manager)).ShouldBe("WATCHDOG=1");
        process.Terminate();
        (await OtherThanWatchdogAsync(manager)).ShouldStartWith("STOPPING=1");
        (await process.ExitAsync()).ShouldBe(0, process.Said);
    }

    [Theory(Timeout = 90_000)]
    [InlineData("controller")]
    [InlineData("proxy")]
    public async Task A_service_that_is_stopped_the_moment_it_is_ready_ends_as_it_should(string service)
    {
        using var folder = new TemporaryFolder();
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(folder.File("notify")));
        await using ServiceProcess process = Start(service, folder);
        (await OtherThanWatchdogAsync(manager)).ShouldStartWith("READY=1\nMAINPID=");
        process.Terminate();
        (await process.ExitAsync()).ShouldBe(0, process.Said);
    }

    [Fact(Timeout = 90_000)]
    public async Task A_proxy_that_hands_over_names_the_new_main_process_which_feeds_the_watchdog()
    {
        using var folder = new TemporaryFolder();
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(folder.File("notify")));
        await using ServiceProcess process = ServiceProcess.Fleet(
            new Dictionary<string, string> { ["NOTIFY_SOCKET"] = folder.File("notify"), ["WATCHDOG_USEC"] = "400000" },
            "proxy", "--control", $"unix:{folder.File("p.sock")}", "--metrics-listen", "none");
        (await OtherThanWatchdogAsync(manager)).ShouldStartWith($"READY=1\nMAINPID={process.Id}\n");
        process.Signal("USR2");
        string[] heard = [await OtherThanWatchdogAsync(manager), await OtherThanWatchdogAsync(manager)];
        string named = heard.Single(h => h.StartsWith("MAINPID=", StringComparison.Ordinal));
        heard.ShouldContain(h => h.StartsWith($"READY=1\n{named}\n", StringComparison.Ordinal));
        int next = int.Parse(named["MAINPID=".Length..], System.Globalization.CultureInfo.InvariantCulture);
        Reaper.Started(next);
        await Eventually.TrueAsync(() => process.HasExited, "the old process ends");
        (await HeardAsync(manager)).ShouldBe("WATCHDOG=1");
        ServiceProcess.Signal(next, "TERM");
        (await OtherThanWatchdogAsync(manager)).ShouldStartWith("STOPPING=1");
    }

    private static ServiceProcess Start(string service, TemporaryFolder folder)
    {
        string[] arguments = service == "controller"
            ? ["controller", "--listen", $"unix:{folder.File("c.sock")}", "--data", folder.File("data"), "--page-listen", "none"]
            : ["proxy", "--control", $"unix:{folder.File("p.sock")}"];
        return ServiceProcess.Fleet(
            new Dictionary<string, string> { ["NOTIFY_SOCKET"] = folder.File("notify"), ["WATCHDOG_USEC"] = "400000" },
            [.. arguments, "--metrics-listen", "none"]);
    }

    private static async Task<string> OtherThanWatchdogAsync(Socket manager)
    {
        string heard;
        do
        {
            heard = await HeardAsync(manager);
        }
        while (heard == "WATCHDOG=1");
        return heard;
    }

    private static async Task<string> HeardAsync(Socket manager)
    {
        byte[] buffer = new byte[4096];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        return Encoding.UTF8.GetString(buffer, 0, await manager.ReceiveAsync(buffer, patience.Token));
    }
}
