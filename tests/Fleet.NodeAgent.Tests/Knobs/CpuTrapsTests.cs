using Fleet.Core.Knobs;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Knobs;

/// <summary>What the scaling drivers of different processors and kernels do, on a kernel in memory.</summary>
public sealed class CpuTrapsTests
{
    private const string Cpu = "/sys/devices/system/cpu";
    private const string Policy0 = Cpu + "/cpufreq/policy0";
    private const string Policy1 = Cpu + "/cpufreq/policy1";

    private readonly FakeKernel _kernel = new();

    [Fact]
    public void AKernelThatClampsTheWrongOrderGetsTheRightOne()
    {
        _kernel.ClampsOrder = true;
        _kernel.Policy(0, 1_200_000, 2_900_000, 1_200_000, 2_900_000);
        var driver = new CpuFrequencyDriver(_kernel, "/sys");
        foreach (long mhz in new[] { 1300L, 2800, 1200, 2900 })
        {
            driver.Apply(new Dictionary<string, long> { [KnobNames.Frequency] = mhz });
            _kernel[Policy0 + "/scaling_min_freq"].ShouldBe($"{mhz}000\n");
            _kernel[Policy0 + "/scaling_max_freq"].ShouldBe($"{mhz}000\n");
        }
    }

    [Fact]
    public void IntelPstateIsNeverRegisteredAnewAndNothingElseIsTouched()
    {
        IntelHost();
        IReadOnlyDictionary<string, string> before = _kernel.All;
        IKnobDriver[] drivers =
        [
            Governor(), Preference(), new MappedFilesDriver(_kernel, "turbo", KnobNames.Turbo, KnobScale.Enum, new TurboFiles("/sys")),
            new IdleStatesDriver(_kernel, "/sys"), new CpuFrequencyDriver(_kernel, "/sys"),
        ];
        using var knobs = new KnobSet(drivers);
        SortedDictionary<string, string> originals = knobs.Snapshot();
        knobs.Apply(new Setting(
        [
            new(KnobNames.Governor, 1), new(KnobNames.Preference, 192), new(KnobNames.Turbo, 0), new(KnobNames.IdleState, 0),
            new(KnobNames.Frequency, 1300),
        ]));
        _kernel[Policy1 + "/energy_performance_preference"].ShouldBe("balance_power\n", "the same hint on every processor");
        knobs.Restore(originals);
        _kernel.All.ShouldBe(before);
        _kernel.Writes.Select(w => w.Split('=')[0]).Distinct().ShouldBe(
            ["scaling_governor", "energy_performance_preference", "no_turbo", "disable", "scaling_min_freq", "scaling_max_freq"],
            ignoreOrder: true, "neither status nor max_perf_pct nor pm_qos_resume_latency_us");
    }

    [Fact]
    public void IntelPstateInActiveModeHasTwoGovernorsAndNoListOfFrequencies()
    {
        IntelHost();
        Governor().Describe().Single().Knob.LegalValues.ShouldBe([0, 1]);
        long[] legal = [.. new CpuFrequencyDriver(_kernel, "/sys").Describe().Single().Knob.LegalValues];
        legal.ShouldContain(1300);
        legal.Zip(legal.Skip(1)).ShouldAllBe(p => (p.Second - p.First) % 100 == 0);
    }

    [Fact]
    public void APreferenceInNumbersIsUnderstoodAndComesBackAsItWas()
    {
        IntelHost();
        _kernel[Policy0 + "/scaling_governor"] = _kernel[Policy1 + "/scaling_governor"] = "powersave\n";
        _kernel[Policy0 + "/energy_performance_preference"] = _kernel[Policy1 + "/energy_performance_preference"] = "153\n";
        MappedFilesDriver driver = Preference();
        driver.Describe().Single().CurrentValue.ShouldBe(153);
        IReadOnlyDictionary<string, string> originals = driver.Snapshot();
        driver.Apply(new Dictionary<string, long> { [KnobNames.Preference] = 0 });
        driver.Restore(originals);
        _kernel[Policy1 + "/energy_performance_preference"].ShouldBe("153\n");
    }

    [Fact]
    public void ThreeStatesOfAcpiCpufreqAreThreeLegalValues()
    {
        _kernel.Policy(0, 1_500_000, 3_400_000, 1_500_000, 3_400_000);
        _kernel[Policy0 + "/scaling_available_frequencies"] = "3400000 2200000 1500000 \n";
        new CpuFrequencyDriver(_kernel, "/sys").Describe().Single().Knob.LegalValues.ShouldBe([1500, 2200, 3400]);
    }

    [Fact]
    public void APermissionThatGoesAwayDuringAChangePutsAllBack()
    {
        IntelHost();
        using var knobs = new KnobSet([Governor(), new CpuFrequencyDriver(_kernel, "/sys")]);
        IReadOnlyDictionary<string, string> before = _kernel.All;
        _kernel.Locked.Add(Policy1 + "/scaling_max_freq");
        Should.Throw<KnobException>(() => knobs.Apply(new Setting([new(KnobNames.Governor, 1), new(KnobNames.Frequency, 1300)])))
            .Message.ShouldContain("Permission denied");
        _kernel.All.ShouldBe(before);
    }

    private MappedFilesDriver Governor() => new(_kernel, "governor", KnobNames.Governor, KnobScale.Enum, new GovernorFiles("/sys"));

    private MappedFilesDriver Preference() =>
        new(_kernel, "epp", KnobNames.Preference, KnobScale.Linear, new PreferenceFiles("/sys"));

    private void IntelHost()
    {
        foreach (int policy in new[] { 0, 1 })
        {
            string folder = $"{Cpu}/cpufreq/policy{policy}";
            _kernel.Policy(policy, 1_200_000, 2_900_000, 1_200_000, 2_900_000, "performance powersave");
            _kernel[$"{folder}/energy_performance_preference"] = "balance_performance\n";
            _kernel[$"{folder}/energy_performance_available_preferences"] = "default performance balance_performance balance_power power \n";
            _kernel[$"{Cpu}/cpu{policy}/cpuidle/state0/disable"] = "0\n";
            _kernel[$"{Cpu}/cpu{policy}/cpuidle/state1/disable"] = "0\n";
            _kernel[$"{Cpu}/cpu{policy}/power/pm_qos_resume_latency_us"] = "0\n";
        }

        _kernel[$"{Cpu}/intel_pstate/status"] = "active\n";
        _kernel[$"{Cpu}/intel_pstate/no_turbo"] = "0\n";
        _kernel[$"{Cpu}/intel_pstate/max_perf_pct"] = "100\n";
        _kernel[$"{Cpu}/intel_pstate/min_perf_pct"] = "40\n";
    }
}
