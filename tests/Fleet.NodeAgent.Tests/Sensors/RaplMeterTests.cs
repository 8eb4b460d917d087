using Fleet.NodeAgent.Sensors;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Sensors;

public sealed class RaplMeterTests : IDisposable
{
    private const long RangeUj = 262_143_328_850;

    private readonly TemporaryFolder _sys = new();

    public void Dispose() => _sys.Dispose();

    [Fact]
    public void AddsPackagesAndNothingThatOverlapsThem()
    {
        Zone("intel-rapl:0", "package-0", 1_000_000);
        Zone("intel-rapl:1", "package-1", 2_000_000);
        Zone("intel-rapl:0:0", "core", 500_000);
        Zone("intel-rapl:2", "psys", 9_000_000);
        var meter = new RaplMeter(_sys.Path);
        meter.Sample().ShouldBeTrue();
        meter.Joules.ShouldBe(0);

        Zone("intel-rapl:0", "package-0", 3_000_000);
        Zone("intel-rapl:1", "package-1", 5_000_000);
        Zone("intel-rapl:0:0", "core", 900_000);
        Zone("intel-rapl:2", "psys", 99_000_000);
        meter.Sample().ShouldBeTrue();
        meter.Joules.ShouldBe(5.0, 1e-9);
        meter.Reason.ShouldBe("");
    }

    [Fact]
    public void AWrapAddsTheRange()
    {
        Zone("intel-rapl:0", "package-0", RangeUj - 1_000_000);
        var meter = new RaplMeter(_sys.Path);
        meter.Sample();
        Zone("intel-rapl:0", "package-0", 500_000);
        meter.Sample();
        meter.Joules.ShouldBe(1.5, 1e-6);
    }

    [Fact]
    public void TheFirstSampleAfterAnErrorOnlySetsZero()
    {
        Zone("intel-rapl:0", "package-0", 1_000_000);
        var meter = new RaplMeter(_sys.Path);
        meter.Sample();
        _sys.Write("class/powercap/intel-rapl:0/energy_uj", "garbage");
        meter.Sample().ShouldBeFalse();
        meter.Reason.ShouldContain("intel-rapl:0");
        Zone("intel-rapl:0", "package-0", 900_000_000);
        meter.Sample().ShouldBeTrue();
        meter.Joules.ShouldBe(0);
    }

    [Fact]
    public void WithoutPowercapItSaysWhy()
    {
        var meter = new RaplMeter(_sys.Path);
        meter.Sample().ShouldBeFalse();
        meter.Reason.ShouldContain("no RAPL package zone");
    }

    private void Zone(string zone, string name, long energyUj)
    {
        _sys.Write($"class/powercap/{zone}/name", name + "\n");
        _sys.Write($"class/powercap/{zone}/energy_uj", energyUj + "\n");
        _sys.Write($"class/powercap/{zone}/max_energy_range_uj", RangeUj + "\n");
    }
}
