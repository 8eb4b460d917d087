using System.Net.Sockets;
using System.Text;
using Fleet.Hosting.Operations;
using Fleet.Hosting.Systemd;
using Fleet.Testing;

namespace Fleet.Hosting.Tests.Systemd;

public sealed class SystemdNotifierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
    private readonly ManualTimeProvider _time = new();
    private readonly ServiceHealth _health = new();

    public SystemdNotifierTests() => _manager.Bind(new UnixDomainSocketEndPoint(_folder.File("notify")));

    public void Dispose()
    {
        _manager.Dispose();
        _folder.Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task Systemd_hears_ready_watchdog_and_stopping()
    {
        await using SystemdNotifier notifier = Create("2000000");
        notifier.Ready("serving 2 pools");
        Heard().ShouldBe($"READY=1\nMAINPID={Environment.ProcessId}\nSTATUS=serving 2 pools");
        _time.Advance(TimeSpan.FromSeconds(1));
        Heard().ShouldBe("WATCHDOG=1");
        notifier.Stopping();
        Heard().ShouldStartWith("STOPPING=1");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_service_whose_loops_stand_still_is_not_reported_alive()
    {
        _health.AddLiveness("loops", () => "no progress for 9 s");
        await using SystemdNotifier notifier = Create("2000000");
        _time.Advance(TimeSpan.FromSeconds(1));
        Heard().ShouldBe("STATUS=loops: no progress for 9 s");
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_systemd_nothing_happens()
    {
        await using var notifier = new SystemdNotifier(_ => null, _health, _time);
        notifier.Ready("x");
        notifier.Stopping();
        _manager.Available.ShouldBe(0);
    }

    private SystemdNotifier Create(string watchdogUs) => new(
        name => name switch
        {
            "NOTIFY_SOCKET" => _folder.File("notify"),
            "WATCHDOG_USEC" => watchdogUs,
            _ => null,
        },
        _health,
        _time);

    private string Heard()
    {
        byte[] buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, _manager.Receive(buffer));
    }
}
