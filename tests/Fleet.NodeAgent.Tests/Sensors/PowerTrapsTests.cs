using Fleet.Core.Measurement;
using Fleet.NodeAgent.Sensors;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Sensors;

/// <summary>What energy counters do in the field: short ranges, no counting, files that cannot be read, sources that come and go.</summary>
public sealed class PowerTrapsTests : IDisposable
{
    private const string Events = "bus/event_source/devices/power";
    private readonly TemporaryFolder _sys = new();

    public void Dispose() => _sys.Dispose();

    [Theory]
    [InlineData(65_532_610_987, 400)]
    [InlineData(262_143_328_850, 200)]
    public void AnHourOfWrapsIsAnHourOfEnergy(long rangeUj, long watts)
    {
        Zone("intel-rapl:0", "package-0", 0, rangeUj);
        using var meter = new RaplMeter(_sys.Path);
        int wraps = 0;
        long before = 0;
        for (int second = 0; second <= 3600; second += 10)
        {
            long counter = (watts * 1_000_000 * second) % rangeUj;
            wraps += counter < before ? 1 : 0;
            before = counter;
            Zone("intel-rapl:0", "package-0", counter, rangeUj);
            meter.Sample(At(second)).ShouldBeTrue();
        }

        wraps.ShouldBeGreaterThan(1);
        meter.Joules.ShouldBe(watts * 3600.0, 1e-3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7_000_000)]
    public void ACounterThatStandsStillIsUnknownAndNotZeroWatts(long energyUj)
    {
        Zone("intel-rapl:0", "package-0", energyUj, 262_143_328_850);
        using var hub = new SensorHub(Options(), _time, () => []);
        hub.Sample();
        _time.Advance(TimeSpan.FromSeconds(3));
        SensorTotals totals = hub.Sample();
        totals.Source.ShouldBe(PowerSource.Model, "the next source takes over");
        totals.Readings.ShouldNotContain(r => r.Name == "rapl-package");
        hub.Describe().Single(s => s.Name == "rapl-package").Reason.ShouldContain("stands still");
    }

    [Fact]
    public void AFileThatCannotBeReadIsNoMissingPermissionAndNoEnergy()
    {
        Zone("intel-rapl:0", "package-0", 1, 262_143_328_850);
        string energy = _sys.File("class/powercap/intel-rapl:0/energy_uj");
        File.Delete(energy);

        // The first page of a process's memory answers a read with EIO, as some firmware's counters do.
        File.CreateSymbolicLink(energy, "/proc/self/mem");
        using var meter = new RaplMeter(_sys.Path);
        meter.Sample(At(1)).ShouldBeFalse();
        meter.Reason.ShouldContain("cannot be read");
        meter.Reason.ShouldNotContain("CAP_");
    }

    [Fact]
    public void TheTotalNeverFallsWhenSourcesComeAndGo()
    {
        Zone("intel-rapl:0", "package-0", 0, 262_143_328_850);
        using var hub = new SensorHub(Options(), _time, () => []);
        double total = 0;
        var sources = new HashSet<PowerSource>();
        for (int second = 1; second <= 40; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            bool broken = second is > 10 and < 25;
            _sys.Write("class/powercap/intel-rapl:0/energy_uj", broken ? "garbage" : $"{second * 50_000_000L}");
            SensorTotals totals = hub.Sample();
            sources.Add(totals.Source);
            totals.Joules.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(total);
            total = totals.Joules.Value;
        }

        sources.ShouldBe([PowerSource.Rapl, PowerSource.Model], ignoreOrder: true);
        total.ShouldBeGreaterThan(23 * 50.0, "what each source saw is counted");
        total.ShouldBeLessThan(40 * 50.0, "and nothing twice");
    }

    [Fact]
    public void APerfEventIsOpenedAndScaled()
    {
        // The kernel's CPU clock (software event 0, in ns) stands for the package's energy: the same system call, a counter that moves.
        PerfEvent(type: "1", config: "event=0x00", scale: "1e-9");
        using var meter = new PerfEnergyMeter(_sys.Path);
        bool works = meter.Sample(At(0));
        Assert.SkipUnless(works, $"no perf events here: {meter.Reason}");
        meter.Sample(At(1)).ShouldBeTrue();
        meter.Joules.ShouldBeGreaterThan(0);
        meter.Joules.ShouldBeLessThan(60, "nanoseconds times the scale");
        (meter.Reason, meter.Source, meter.Quality).ShouldBe(("", PowerSource.Rapl, ReadingQuality.Measured));
    }

    [Theory]
    [InlineData("1", "event=0x3ff", "perf_event_open")]
    [InlineData("1", "umask=many", "words that this agent does not know")]
    [InlineData("power", "event=0x02", "words that this agent does not know")]
    public void APerfEventThatCannotBeOpenedSaysWhy(string type, string config, string reason)
    {
        PerfEvent(type, config, "2.3283064365386962890625e-10");
        using var meter = new PerfEnergyMeter(_sys.Path);
        meter.Sample(At(0)).ShouldBeFalse();
        meter.Reason.ShouldContain(reason);
        meter.Joules.ShouldBe(0);
    }

    private readonly ManualTime _time = new();

    private AgentOptions Options()
    {
        _sys.Write("proc/stat", "cpu  0 0 0 0 0 0 0\nintr 5 1\nctxt 9\n");
        return new AgentOptions { Device = "dev0", Cores = 1, SysfsRoot = _sys.Path, ProcfsRoot = _sys.File("proc") };
    }

    private void PerfEvent(string type, string config, string scale)
    {
        _sys.Write(Events + "/type", type + "\n");
        _sys.Write(Events + "/cpumask", "0\n");
        _sys.Write(Events + "/events/energy-pkg", config + "\n");
        _sys.Write(Events + "/events/energy-pkg.scale", scale + "\n");
    }

    private void Zone(string zone, string name, long energyUj, long rangeUj)
    {
        _sys.Write($"class/powercap/{zone}/name", name + "\n");
        _sys.Write($"class/powercap/{zone}/energy_uj", energyUj + "\n");
        _sys.Write($"class/powercap/{zone}/max_energy_range_uj", rangeUj + "\n");
    }

    private static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);
}
