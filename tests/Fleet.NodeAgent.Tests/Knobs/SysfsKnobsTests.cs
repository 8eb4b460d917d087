using Fleet.Core.Knobs;
using Fleet.NodeAgent.Host;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Knobs;

/// <summary>Governor, preference, turbo and idle states on a kernel in memory.</summary>
public sealed class SysfsKnobsTests
{
    private const string Policy = "/sys/devices/system/cpu/cpufreq/policy0";
    private const string Cpu = "/sys/devices/system/cpu";

    private readonly FakeKernel _kernel = new();

    [Fact]
    public void TheGovernorIsANumberThatNeverChangesItsMeaning()
    {
        _kernel.Policy(0, 1, 2, 1, 2);
        var driver = new MappedFilesDriver(_kernel, "governor", KnobNames.Governor, KnobScale.Enum, new GovernorFiles("/sys"));
        KnobDescription found = driver.Describe().Single();
        found.Knob.LegalValues.ShouldBe([0, 1, 5]);
        found.CurrentValue.ShouldBe(0);

        IReadOnlyDictionary<string, string> originals = driver.Snapshot();
        driver.Apply(new Dictionary<string, long> { [KnobNames.Governor] = 5 });
        _kernel[Policy + "/scaling_governor"].ShouldBe("userspace\n");
        driver.Restore(originals);
        _kernel[Policy + "/scaling_governor"].ShouldBe("performance\n");
    }

    [Fact]
    public void ThePreferenceIsBusyUnderThePerformanceGovernor()
    {
        _kernel.Policy(0, 1, 2, 1, 2, "performance powersave");
        _kernel[Policy + "/energy_performance_preference"] = "performance\n";
        _kernel[Policy + "/energy_performance_available_preferences"] = "default performance balance_performance balance_power power \n";
        var driver = new MappedFilesDriver(_kernel, "epp", KnobNames.Preference, KnobScale.Linear, new PreferenceFiles("/sys"));
        driver.Describe().Single().Knob.LegalValues.ShouldBe([0, 128, 192, 255]);
        Should.Throw<KnobException>(() => driver.Apply(new Dictionary<string, long> { [KnobNames.Preference] = 255 }))
            .Message.ShouldContain("busy");

        _kernel[Policy + "/scaling_governor"] = "powersave\n";
        driver.Apply(new Dictionary<string, long> { [KnobNames.Preference] = 255 });
        _kernel[Policy + "/energy_performance_preference"].ShouldBe("power\n");
        driver.Describe().Single().CurrentValue.ShouldBe(255);
    }

    [Theory]
    [InlineData(Cpu + "/intel_pstate/no_turbo", "0\n", "1\n")]
    [InlineData(Cpu + "/cpufreq/boost", "1\n", "0\n")]
    public void TurboIsOneWhenOnWhateverTheDriverCallsIt(string path, string on, string off)
    {
        _kernel[path] = on;
        var driver = new MappedFilesDriver(_kernel, "turbo", KnobNames.Turbo, KnobScale.Enum, new TurboFiles("/sys"));
        driver.Describe().Single().CurrentValue.ShouldBe(1);
        driver.Apply(new Dictionary<string, long> { [KnobNames.Turbo] = 0 });
        _kernel[path].ShouldBe(off);
        driver.Apply(new Dictionary<string, long> { [KnobNames.Turbo] = 1 });
        _kernel[path].ShouldBe(on);
    }

    [Fact]
    public void TurboThatTheFirmwareHoldsIsSeen()
    {
        _kernel[Cpu + "/intel_pstate/no_turbo"] = "1\n";
        _kernel.Lose.Add(Cpu + "/intel_pstate/no_turbo");
        var driver = new MappedFilesDriver(_kernel, "turbo", KnobNames.Turbo, KnobScale.Enum, new TurboFiles("/sys"));
        Should.Throw<KnobException>(() => driver.Apply(new Dictionary<string, long> { [KnobNames.Turbo] = 1 }))
            .Message.ShouldContain("wrote 0, reads back 1");
    }

    [Fact]
    public void DeeperIdleStatesAreDisabledOnEveryCoreAndComeBack()
    {
        IdleHost(cores: 12, "0", "0", "0", "0");
        var driver = new IdleStatesDriver(_kernel, "/sys");
        KnobDescription found = driver.Describe().Single();
        found.Knob.LegalValues.ShouldBe([0, 1, 2, 3]);
        found.CurrentValue.ShouldBe(3);
        IReadOnlyDictionary<string, string> before = _kernel.All;
        IReadOnlyDictionary<string, string> originals = driver.Snapshot();

        driver.Apply(new Dictionary<string, long> { [KnobNames.IdleState] = 1 });

        foreach (int core in new[] { 0, 2, 11 })
        {
            Enumerable.Range(0, 4).Select(s => State(core, s)).ShouldBe(["0\n", "0\n", "1\n", "1\n"]);
        }

        driver.Describe().Single().CurrentValue.ShouldBe(1);
        driver.Restore(originals);
        _kernel.All.ShouldBe(before);
    }

    [Fact]
    public void AStateThatIsOffByDefaultStaysOff()
    {
        IdleHost(cores: 1, "0", "1", "0");
        _kernel[$"{Cpu}/cpu0/cpuidle/state1/default_status"] = "disabled\n";
        var driver = new IdleStatesDriver(_kernel, "/sys");
        driver.Apply(new Dictionary<string, long> { [KnobNames.IdleState] = 2 });
        State(0, 1).ShouldBe("1\n");
        _kernel.Writes.ShouldBeEmpty();
    }

    [Fact]
    public void MissingHardwareSaysWhy()
    {
        new IdleStatesDriver(_kernel, "/sys").Describe().Single().Reason.ShouldContain("no cpuidle driver");
        new MappedFilesDriver(_kernel, "turbo", KnobNames.Turbo, KnobScale.Enum, new TurboFiles("/sys"))
            .Describe().Single().Reason.ShouldContain("no_turbo");
        new MsrFrequencyDriver(_kernel, "/dev", default).Describe().Single().Reason.ShouldContain("modprobe msr");
    }

    [Fact]
    public void TheRegisterNeedsItsCapability()
    {
        _kernel["/dev/cpu/0/msr"] = "";
        new MsrFrequencyDriver(_kernel, "/dev", default).Describe().Single().Reason.ShouldContain("CAP_SYS_RAWIO");
    }

    [Fact]
    public void TheRegisterKeepsItsOtherBits()
    {
        using var folder = new TemporaryFolder();
        foreach (int core in new[] { 0, 1 })
        {
            byte[] registers = new byte[0x200];
            BitConverter.GetBytes(0x10000_1D00UL).CopyTo(registers, 0x199);
            BitConverter.GetBytes((12UL << 40) | (29UL << 8)).CopyTo(registers, 0xCE);
            folder.Write($"cpu/{core}/msr", "");
            File.WriteAllBytes(folder.File($"cpu/{core}/msr"), registers);
        }

        var driver = new MsrFrequencyDriver(new HostFiles(), folder.Path, new ProcessCapabilities(1UL << 17));
        KnobDescription found = driver.Describe().Single();
        found.Knob.LegalValues.ShouldBe(Enumerable.Range(12, 18).Select(r => r * 100L));
        found.CurrentValue.ShouldBe(2900);
        IReadOnlyDictionary<string, string> originals = driver.Snapshot();

        driver.Apply(new Dictionary<string, long> { [KnobNames.Frequency] = 1300 });
        BitConverter.ToUInt64(File.ReadAllBytes(folder.File("cpu/1/msr")), 0x199).ShouldBe(0x10000_0D00UL);
        driver.Restore(originals);
        BitConverter.ToUInt64(File.ReadAllBytes(folder.File("cpu/0/msr")), 0x199).ShouldBe(0x10000_1D00UL);
    }

    private string State(int core, int state) => _kernel[$"{Cpu}/cpu{core}/cpuidle/state{state}/disable"];

    private void IdleHost(int cores, params string[] disabled)
    {
        for (int core = 0; core < cores; core++)
        {
            for (int state = 0; state < disabled.Length; state++)
            {
                _kernel[$"{Cpu}/cpu{core}/cpuidle/state{state}/disable"] = disabled[state] + "\n";
            }
        }
    }
}
