using System.Text;
using Fleet.Core.Measurement;
using Fleet.NodeAgent.Sensors;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Sensors;

/// <summary>The sources beside RAPL: hardware monitoring chips, perf events, the management controller.</summary>
public sealed class EnergySourcesTests : IDisposable
{
    private readonly TemporaryFolder _sys = new();

    public void Dispose() => _sys.Dispose();

    [Fact]
    public void SocketCountersOfAChipAreMeasured()
    {
        Chip("amd_energy", ("energy1_label", "Ecore000"), ("energy1_input", "5000000"), ("energy2_label", "Esocket0"), ("energy2_input", "1000000"));
        using var meter = new HwmonMeter(_sys.Path);
        meter.Sample(At(0)).ShouldBeTrue();
        _sys.Write("class/hwmon/hwmon0/energy2_input", "31000000\n");
        _sys.Write("class/hwmon/hwmon0/energy1_input", "9000000\n");
        meter.Sample(At(1));
        (meter.Joules, meter.Quality).ShouldBe((30.0, ReadingQuality.Measured));
    }

    [Fact]
    public void PowerOfAChipIsSummedUpAndItsGarbageIsNot()
    {
        Chip("xgene_hwmon", ("power1_input", "50000000"));
        using var meter = new HwmonMeter(_sys.Path);
        meter.Sample(At(0));
        meter.Sample(At(2)).ShouldBeTrue();
        (meter.Joules, meter.Quality).ShouldBe((100.0, ReadingQuality.Sampled));
        _sys.Write("class/hwmon/hwmon0/power1_input", "4294967295000000\n");
        meter.Sample(At(3)).ShouldBeFalse();
        meter.Reason.ShouldContain("no server draws");
        _sys.Write("class/hwmon/hwmon0/power1_input", "50000000\n");
        meter.Sample(At(4)).ShouldBeTrue();
        meter.Joules.ShouldBe(100, "the time of the garbage is unknown, not 0 W and not 50 W");
        meter.Sample(At(5));
        meter.Joules.ShouldBe(150);
    }

    [Fact]
    public void AFanChipIsNoMeter()
    {
        Chip("nct6775", ("power1_input", "50000000"));
        using var meter = new HwmonMeter(_sys.Path);
        meter.Sample(At(0)).ShouldBeFalse();
        meter.Reason.ShouldContain("no chip");
    }

    [Fact]
    public void WithoutThePackageEventPerfSaysWhy()
    {
        using var meter = new PerfEnergyMeter(_sys.Path);
        meter.Sample(At(0)).ShouldBeFalse();
        meter.Reason.ShouldContain("energy-pkg");
    }

    [Theory]
    [InlineData("00 DC 78 00 50 00 F0 00 7D 00 00 00 00 00 E8 03 00 00 40", 120.0, "")]
    [InlineData("C1", null, "completion code 0xc1")]
    [InlineData("00 DC 78 00 50 00 F0 00 7D 00 00 00 00 00 E8 03 00 00 00", null, "does not measure")]
    [InlineData("00 DC 00 00 50 00 F0 00 7D 00 00 00 00 00 E8 03 00 00 40", null, "does not measure")]
    [InlineData("00 DC 78", null, "no DCMI power reading")]
    [InlineData("", null, "0 bytes")]
    public void ReadsTheControllersAnswer(string hex, double? watts, string reason)
    {
        (double? found, string why) = DcmiPower.Parse(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        found.ShouldBe(watts);
        why.ShouldContain(reason);
    }

    [Theory]
    [InlineData("""{"PowerWatts":{"Reading":374.5}}""", 374.5)]
    [InlineData("""{"PowerControl":[{"PowerConsumedWatts":200},{"PowerConsumedWatts":44}]}""", 244.0)]
    [InlineData("""{"PowerControl":[{"PowerConsumedWatts":null}],"PowerSupplies":[{"PowerInputWatts":90},{"PowerInputWatts":80}]}""", 170.0)]
    [InlineData("""{"PowerWatts":{"Reading":0}}""", null)]
    [InlineData("""{"PowerWatts":{"Reading":1e12}}""", null)]
    [InlineData("[1,2]", null)]
    [InlineData("not json", null)]
    public void ReadsRedfish(string json, double? watts)
    {
        (double? found, string why) = RedfishPower.Parse(Encoding.UTF8.GetBytes(json));
        found.ShouldBe(watts);
        (why.Length > 0).ShouldBe(watts is null);
    }

    [Fact]
    public async Task ACalibrationGrowsOldAndIsThenUnknown()
    {
        var time = new ManualTime();
        using var meter = new CalibrationMeter("bmc", "redfish", null, _ => Task.FromResult<(double?, string)>((120, "")), time);
        meter.Latest.ShouldBeNull();
        await meter.AskOnceAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(7));
        meter.Latest.ShouldBe((120.0, TimeSpan.FromSeconds(7)));
        time.Advance(TimeSpan.FromSeconds(30));
        meter.Latest.ShouldBeNull();
    }

    [Fact]
    public async Task AControllerThatDoesNotAnswerIsAReason()
    {
        using var meter = new CalibrationMeter("bmc", "ipmi", null, _ => throw new IOException("no answer within a second"), new ManualTime());
        await meter.AskOnceAsync(TestContext.Current.CancellationToken);
        meter.Latest.ShouldBeNull();
        meter.Reason.ShouldContain("no answer");
    }

    [Fact]
    public void TheBestSourceThatWorksIsUsedAndNamed()
    {
        Chip("amd_energy", ("energy1_label", "Esocket0"), ("energy1_input", "1000000"));
        _sys.Write("proc/stat", "cpu  0 0 0 0 0 0 0\nintr 5 1\nctxt 9\n");
        var options = new AgentOptions { Device = "dev0", Cores = 1, SysfsRoot = _sys.Path, ProcfsRoot = _sys.File("proc") };
        using var hub = new SensorHub(options, new ManualTime(), () => []);
        SensorTotals totals = hub.Sample();
        totals.Source.ShouldBe(PowerSource.Hwmon);
        SensorReading reading = totals.Readings.Single(r => r.Name == "hwmon");
        (reading.Source, reading.Quality, reading.Unit).ShouldBe(("hwmon", ReadingQuality.Measured, "J"));
        totals.Readings.Single(r => r.Name == "cpu-power-model").Quality.ShouldBe(ReadingQuality.Model);
        totals.Readings.ShouldNotContain(r => r.Name == "cpu-frequency", "unknown is left out, never 0");
    }

    private void Chip(string name, params (string File, string Text)[] files)
    {
        _sys.Write("class/hwmon/hwmon0/name", name + "\n");
        foreach ((string file, string text) in files)
        {
            _sys.Write("class/hwmon/hwmon0/" + file, text + "\n");
        }
    }

    private static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);
}
