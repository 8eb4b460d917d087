using Fleet.Core.Measurement;
using Fleet.NodeAgent.Sensors;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Sensors;

public sealed class SensorHubTests : IDisposable
{
    private readonly TemporaryFolder _root = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void AddsUpServerAndNapiAndEstimatesPower()
    {
        Task(10, 10, 0, 0);
        Task(10, 11, 0, 0);
        _root.Write("proc/77/schedstat", "0 0 0");
        RxPackets(100);
        using SensorHub hub = Hub([10]);
        hub.Sample();

        _time.Advance(TimeSpan.FromSeconds(2));
        Task(10, 10, 300_000_000, 5);
        Task(10, 11, 100_000_000, 6);
        _root.Write("proc/77/schedstat", "600000000 0 7");
        RxPackets(150);
        SensorTotals totals = hub.Sample();

        totals.ServerCpu.ShouldBe(TimeSpan.FromMilliseconds(400));
        totals.NapiCpu.ShouldBe(TimeSpan.FromMilliseconds(600));
        totals.Switches.ShouldBe(18);
        totals.RxPackets.ShouldBe(50);
        totals.Problems.ShouldBeEmpty();
        totals.Source.ShouldBe(PowerSource.Model);

        // 2 s of 1 idle watt on 1 core, and 1 s of CPU at 4 watts above idle.
        totals.Joules!.Value.ShouldBe(2 + 4, 1e-9);
    }

    [Fact]
    public void AServerThatIsGoneHasNoPower()
    {
        Task(10, 10, 0, 0);
        _root.Write("proc/77/schedstat", "0 0 0");
        RxPackets(1);
        using SensorHub hub = Hub([10]);
        hub.Sample();
        Directory.Delete(_root.File("proc/10"), recursive: true);
        _time.Advance(TimeSpan.FromSeconds(1));

        SensorTotals totals = hub.Sample();

        totals.Joules.ShouldBeNull();
        totals.Source.ShouldBe(PowerSource.Unknown);
        totals.Problems.ShouldContain(p => p.Contains("server process 10 is gone", StringComparison.Ordinal));
    }

    [Fact]
    public void APidFileIsReadAgainWhenTheServerRestarted()
    {
        Task(10, 10, 0, 0);
        _root.Write("server.pid", "10\n");
        _root.Write("proc/77/schedstat", "0 0 0");
        RxPackets(1);
        using var hub = new SensorHub(Options([]) with { ServerPidFile = _root.File("server.pid") }, _time, () => [77]);
        hub.Sample();
        Directory.Delete(_root.File("proc/10"), recursive: true);
        Task(12, 12, 5_000_000, 1);
        _root.Write("server.pid", "12\n");

        SensorTotals totals = hub.Sample();

        totals.Problems.ShouldBeEmpty();
        totals.ServerCpu.ShouldBe(TimeSpan.FromMilliseconds(5));
    }

    [Fact]
    public void WithoutThreadsTheNapiSensorSaysWhy()
    {
        Task(10, 10, 0, 0);
        RxPackets(1);
        using var hub = new SensorHub(Options([10]), _time, () => []);
        hub.Describe().Single(s => s.Name == "napi-cpu").Reason.ShouldContain("threaded");
        hub.Describe().Single(s => s.Name == "server-cpu").Reason.ShouldBe("");
        hub.Describe().Single(s => s.Name == "rapl-package").Reason.ShouldContain("no RAPL");
    }

    [Fact]
    public void WithoutAServerTheWholeHostIsMeasured()
    {
        _root.Write("proc/stat", "cpu  0 0 0 0 0 0 0 0 0 0\nctxt 0\n");
        _root.Write("proc/77/schedstat", "0 0 0");
        RxPackets(1);
        using SensorHub hub = Hub([]);
        hub.Sample();
        _root.Write("proc/stat", "cpu  100 0 50 1000 0 0 0 0 0 0\nctxt 40\n");
        _root.Write("proc/77/schedstat", "500000000 0 1");

        SensorTotals totals = hub.Sample();

        // 1.5 s of the host, of which the NAPI thread's half second is told apart.
        totals.ServerCpu.ShouldBe(TimeSpan.FromSeconds(1));
        totals.NapiCpu.ShouldBe(TimeSpan.FromMilliseconds(500));
    }

    private SensorHub Hub(int[] pids) => new(Options(pids), _time, () => [77]);

    private AgentOptions Options(int[] pids) => new()
    {
        Device = "dev0",
        ServerPids = pids,
        Cores = 1,
        IdleWattsPerCore = 1,
        BusyWattsPerCore = 5,
        SysfsRoot = _root.File("sys"),
        ProcfsRoot = _root.File("proc"),
    };

    private void Task(int pid, int tid, long cpuNs, long switches) =>
        _root.Write($"proc/{pid}/task/{tid}/schedstat", $"{cpuNs} 0 {switches}\n");

    private void RxPackets(long count) => _root.Write("sys/class/net/dev0/statistics/rx_packets", count + "\n");
}
