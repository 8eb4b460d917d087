using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Knobs;

public sealed class CpuFrequencyDriverTests
{
    private const string Policy0 = "/sys/devices/system/cpu/cpufreq/policy0";
    private const string Policy1 = "/sys/devices/system/cpu/cpufreq/policy1";

    private readonly FakeKernel _kernel = new();
    private readonly CpuFrequencyDriver _driver;

    public CpuFrequencyDriverTests()
    {
        _kernel.Policy(0, 1_200_000, 2_900_000, 1_200_000, 2_900_000);
        _kernel.Policy(1, 1_200_000, 2_900_000, 1_200_000, 2_900_000);
        _driver = new CpuFrequencyDriver(_kernel, "/sys");
    }

    [Fact]
    public void FixesBothLimitsAndRestoresByteForByte()
    {
        IReadOnlyDictionary<string, string> before = _kernel.All;
        IReadOnlyDictionary<string, string> originals = _driver.Snapshot();
        foreach (long mhz in new[] { 1300L, 2900, 2000, 1200, 2800 })
        {
            _driver.Apply(new Dictionary<string, long> { [KnobNames.Frequency] = mhz });
            _kernel[Policy0 + "/scaling_min_freq"].ShouldBe($"{mhz}000\n");
            _kernel[Policy1 + "/scaling_max_freq"].ShouldBe($"{mhz}000\n");
            _driver.Describe().Single().CurrentValue.ShouldBe(mhz);
        }

        _driver.Restore(originals);
        _kernel.All.ShouldBe(before);
    }

    [Theory]
    [InlineData(1300, "scaling_min_freq=1300000 scaling_max_freq=1300000", "the maximum falls")]
    [InlineData(2500, "scaling_min_freq=2500000 scaling_max_freq=2500000", "the maximum falls less")]
    public void AFallingPairIsWrittenMinimumFirst(long mhz, string order, string why)
    {
        _driver.Apply(new Dictionary<string, long> { [KnobNames.Frequency] = mhz });
        string.Join(' ', _kernel.Writes.Take(2)).ShouldBe(order, why);
    }

    [Fact]
    public void ARisingPairIsWrittenMaximumFirst()
    {
        _driver.Apply(new Dictionary<string, long> { [KnobNames.Frequency] = 1300 });
        _kernel.Writes.Clear();
        _driver.Apply(new Dictionary<string, long> { [KnobNames.Frequency] = 2800 });
        string.Join(' ', _kernel.Writes.Take(2)).ShouldBe("scaling_max_freq=2800000 scaling_min_freq=2800000");
    }

    [Fact]
    public void TheUserspaceGovernorGetsItsSpeed()
    {
        _kernel[Policy0 + "/scaling_governor"] = "userspace\n";
        _kernel[Policy0 + "/scaling_setspeed"] = "2900000\n";
        IReadOnlyDictionary<string, string> originals = _driver.Snapshot();
        _driver.Apply(new Dictionary<string, long> { [KnobNames.Frequency] = 1500 });
        _kernel[Policy0 + "/scaling_setspeed"].ShouldBe("1500000\n");
        _kernel[Policy1 + "/scaling_setspeed"].ShouldBe("<unsupported>\n");
        _driver.Restore(originals);
        _kernel[Policy0 + "/scaling_setspeed"].ShouldBe("2900000\n");
    }

    [Fact]
    public void AClampIsRefusedAndNamesTheFirmwaresLimit()
    {
        // The hardware's range shrank (a power cap): the kernel takes the write and keeps less.
        _kernel[Policy0 + "/cpuinfo_max_freq"] = "2000000\n";
        _kernel[Policy0 + "/scaling_max_freq"] = "2000000\n";
        _kernel[Policy0 + "/bios_limit"] = "2000000\n";
        string message = Should.Throw<KnobException>(() => _driver.Apply(new Dictionary<string, long> { [KnobNames.Frequency] = 2500 })).Message;
        message.ShouldContain("2500000");
        message.ShouldContain("2000000");
        message.ShouldContain("firmware");
    }

    [Fact]
    public void ALostWriteIsSeen()
    {
        _kernel.Lose.Add(Policy1 + "/scaling_max_freq");
        Should.Throw<KnobException>(() => _driver.Apply(new Dictionary<string, long> { [KnobNames.Frequency] = 1500 }))
            .Message.ShouldContain("policy1.scaling_max_freq: wrote 1500000 kHz, reads back 2900000");
    }

    [Theory]
    [InlineData("Invalid argument")]
    [InlineData("Device or resource busy")]
    public void ARefusalCarriesTheKernelsWords(string error)
    {
        _kernel.Refuse[Policy0 + "/scaling_max_freq"] = error;
        Should.Throw<KnobException>(() => _driver.Apply(new Dictionary<string, long> { [KnobNames.Frequency] = 1500 }))
            .Message.ShouldContain(error);
    }

    [Fact]
    public void WithoutPermissionItIsReadOnlyAndNamesTheCapability()
    {
        _kernel.Locked.Add(Policy0 + "/scaling_min_freq");
        KnobDescription found = _driver.Describe().Single();
        found.Availability.ShouldBe(KnobAvailability.ReadOnly);
        found.Reason.ShouldContain("CAP_DAC_OVERRIDE");
    }

    [Fact]
    public void DiscoversLegalValues()
    {
        _driver.Describe().Single().Knob.LegalValues.ShouldBe(Enumerable.Range(12, 18).Select(r => r * 100L));
        _driver.Describe().Single().CurrentValue.ShouldBeNull("a range is no frequency");

        _kernel[Policy0 + "/scaling_available_frequencies"] = "2901000 2900000 2000000 1200000 \n";
        _kernel[Policy1 + "/scaling_available_frequencies"] = "2900000 2000000 1100000\n";
        _driver.Describe().Single().Knob.LegalValues.ShouldBe([2000, 2900], "what every policy can do");
    }

    [Fact]
    public void AmdStartsAtItsKneeAndWideRangesAreThinned()
    {
        var kernel = new FakeKernel();
        kernel.Policy(0, 400_000, 5_300_000, 400_000, 5_300_000);
        kernel[Policy0 + "/amd_pstate_lowest_nonlinear_freq"] = "1107000\n";
        long[] legal = [.. new CpuFrequencyDriver(kernel, "/sys").Describe().Single().Knob.LegalValues];
        legal[0].ShouldBeGreaterThanOrEqualTo(1107);
        legal[^1].ShouldBe(5300);
        legal.Length.ShouldBeInRange(10, 22);
    }

    [Fact]
    public void GarbageAndAbsenceSayWhy()
    {
        new CpuFrequencyDriver(new FakeKernel(), "/sys").Describe().Single().Reason.ShouldContain("no cpufreq driver");
        _kernel[Policy0 + "/scaling_min_freq"] = "lots\n";
        KnobDescription found = _driver.Describe().Single();
        found.Availability.ShouldBe(KnobAvailability.Absent);
        found.Reason.ShouldContain("'lots'");
    }
}
