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
        using var meter = new RaplMeter(_sys.Path);
        meter.Sample(At(1)).ShouldBeTrue();
        meter.Joules.ShouldBe(0);

        Zone("intel-rapl:0", "package-0", 3_000_000);
        Zone("intel-rapl:1", "package-1", 5_000_000);
        Zone("intel-rapl:0:0", "core", 900_000);
        Zone("intel-rapl:2", "psys", 99_000_000);
        meter.Sample(At(2)).ShouldBeTrue();
        meter.Joules.ShouldBe(5.0, 1e-9);
        meter.Reason.ShouldBe("");
    }

    [Fact]
    public void AWrapAddsTheRange()
    {
        Zone("intel-rapl:0", "package-0", RangeUj - 1_000_000);
        using var meter = new RaplMeter(_sys.Path);
        meter.Sample(At(3));
        Zone("intel-rapl:0", "package-0", 500_000);
        meter.Sample(At(4));
        meter.Joules.ShouldBe(1.5, 1e-6);
    }

    [Fact]
    public void TheFirstSampleAfterAnErrorOnlySetsZero()
    {
        Zone("intel-rapl:0", "package-0", 1_000_000);
        using var meter = new RaplMeter(_sys.Path);
        meter.Sample(At(5));
        _sys.Write("class/powercap/intel-rapl:0/energy_uj", "garbage");
        meter.Sample(At(6)).ShouldBeFalse();
        meter.Reason.ShouldContain("intel-rapl:0");
        Zone("intel-rapl:0", "package-0", 900_000_000);
        meter.Sample(At(7)).ShouldBeTrue();
        meter.Joules.ShouldBe(0);
    }

    [Fact]
    public void WithoutPowercapItSaysWhy()
    {
        using var meter = new RaplMeter(_sys.Path);
        meter.Sample(At(8)).ShouldBeFalse();
        meter.Reason.ShouldContain("no RAPL package zone");
    }

    [Fact]
    public void AGapOnlySetsZero()
    {
        Zone("intel-rapl:0", "package-0", 1_000_000);
        using var meter = new RaplMeter(_sys.Path);
        meter.Sample(At(1));
        Zone("intel-rapl:0", "package-0", 900_000_000);
        meter.Sample(At(100)).ShouldBeTrue();
        meter.Joules.ShouldBe(0, "a second wrap within the gap could not be told from none");
        Zone("intel-rapl:0", "package-0", 950_000_000);
        meter.Sample(At(101));
        meter.Joules.ShouldBe(50, 1e-9);
    }

    [Fact]
    public void AStepThatNoMachineMakesIsAResetCounter()
    {
        Zone("intel-rapl:0", "package-0", 200_000_000_000);
        using var meter = new RaplMeter(_sys.Path);
        meter.Sample(At(1));
        Zone("intel-rapl:0", "package-0", 1_000);
        meter.Sample(At(2));
        meter.Joules.ShouldBe(0);
    }

    [Fact]
    public void MemoryIsAKindOfItsOwn()
    {
        Zone("intel-rapl:0", "package-0", 1_000_000);
        Zone("intel-rapl:0:2", "dram", 1_000_000);
        Zone("intel-rapl:0:0", "core", 1_000_000);
        using var memory = new RaplMeter(_sys.Path, "dram");
        memory.Sample(At(1)).ShouldBeTrue();
        Zone("intel-rapl:0:2", "dram", 3_000_000);
        Zone("intel-rapl:0:0", "core", 9_000_000);
        memory.Sample(At(2));
        memory.Joules.ShouldBe(2, 1e-9);
    }

    private static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);

    private void Zone(string zone, string name, long energyUj)
    {
        _sys.Write($"class/powercap/{zone}/name", name + "\n");
        _sys.Write($"class/powercap/{zone}/energy_uj", energyUj + "\n");
        _sys.Write($"class/powercap/{zone}/max_energy_range_uj", RangeUj + "\n");
    }
}
