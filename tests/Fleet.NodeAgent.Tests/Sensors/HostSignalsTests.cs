using Fleet.NodeAgent.Sensors;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Sensors;

public sealed class HostSignalsTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void ReadsTheHostsCounters()
    {
        ProcStat? stat = ProcStat.Parse("cpu  10 20 30 400 5 6 7 99 0 0\ncpu0 1 1 1 1 1 1 1\nintr 12345 1 0 0\nctxt 1234\nbtime 1\n"u8);
        stat.ShouldBe(new ProcStat(73, 7, 1234, 12345));
        ProcStat.Parse("intr 5\n"u8).ShouldBeNull();
        ProcStat.Parse("cpu  10 x\n"u8).ShouldBeNull();
        ProcStat.Parse(default).ShouldBeNull();
    }

    [Fact]
    public void CountersBecomeTotalsAndRates()
    {
        Stat(softirq: 10, interrupts: 1000, switches: 50);
        Idle(0, 5_000_000);
        Idle(1, 5_000_000);
        _root.Write("sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq", "1300000\n");
        _root.Write("sys/class/net/dev0/statistics/rx_bytes", "100\n");
        using HostSignals signals = Create();
        signals.Sample(TimeSpan.Zero);
        Stat(softirq: 60, interrupts: 3000, switches: 150);
        Idle(0, 6_000_000);
        Idle(1, 6_500_000);
        _root.Write("sys/class/net/dev0/statistics/rx_bytes", "1100\n");

        signals.Sample(TimeSpan.FromSeconds(2));

        Value(signals, "softirq-time").ShouldBe((500, 250));
        Value(signals, "interrupts").ShouldBe((2000, 1000));
        Value(signals, "context-switches").ShouldBe((100, 50));
        Value(signals, "nic-rx-bytes").ShouldBe((1000, 500));
        Value(signals, "idle-c6").ShouldBe((2500, 1250));
        signals.Frequency.Mhz.ShouldBe(1300);
        signals.Counters.Single(c => c.Name == "nic-tx-bytes").Total.ShouldBeNull("never 0 for unknown");
        signals.Describe().Single(s => s.Name == "nic-tx-bytes").Reason.ShouldContain("tx_bytes");
    }

    [Fact]
    public void AResetCounterNeverGoesBack()
    {
        var signal = new Signal("s", "1");
        signal.Take(TimeSpan.FromSeconds(1), 100);
        signal.Take(TimeSpan.FromSeconds(2), 150);
        signal.Take(TimeSpan.FromSeconds(3), 10);
        (signal.Total, signal.PerSecond).ShouldBe((50, null));
        signal.Take(TimeSpan.FromSeconds(4), null);
        signal.Take(TimeSpan.FromSeconds(5), 1000);
        signal.Total.ShouldBe(50, "what happened in a gap is unknown");
        signal.Take(TimeSpan.FromSeconds(6), 1001);
        (signal.Total, signal.PerSecond).ShouldBe((51, 1));
    }

    [Fact]
    public void GarbageIsUnknown()
    {
        _root.Write("proc/stat", "garbage\n");
        _root.Write("sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq", "<unknown>\n");
        _root.Write("sys/class/net/dev0/statistics/rx_bytes", "-5\n");
        using HostSignals signals = Create();
        signals.Sample(TimeSpan.Zero);
        signals.Stat.ShouldBeNull();
        signals.Frequency.Mhz.ShouldBeNull();
        signals.Frequency.Reason.ShouldContain("<unknown>");
        signals.Counters.ShouldAllBe(c => c.Total == null);
    }

    private static (double? Total, double? Rate) Value(HostSignals signals, string name)
    {
        Signal signal = signals.Counters.Single(c => c.Name == name);
        return (signal.Total, signal.PerSecond);
    }

    private HostSignals Create() => new(new AgentOptions { Device = "dev0", SysfsRoot = _root.File("sys"), ProcfsRoot = _root.File("proc") });

    private void Stat(int softirq, int interrupts, int switches) => _root.Write(
        "proc/stat", $"cpu  1 1 1 1 1 1 {softirq} 0 0 0\nintr {interrupts} 4 5 6\nctxt {switches}\n");

    private void Idle(int core, long us)
    {
        _root.Write($"sys/devices/system/cpu/cpu{core}/cpuidle/state0/name", "C6\n");
        _root.Write($"sys/devices/system/cpu/cpu{core}/cpuidle/state0/time", us + "\n");
    }
}
