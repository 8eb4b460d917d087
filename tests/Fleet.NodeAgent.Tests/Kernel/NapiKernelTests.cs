using Fleet.Core.Knobs;
using Fleet.NodeAgent.Host;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Netlink;
using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.NodeAgent.Tests.Kernel;

/// <summary>The real kernel's knobs on a veth of the test's own.</summary>
public sealed class NapiKernelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SetsReadsBackAndRestores()
    {
        using VethPlant plant = await VethPlant.CreateAsync();
        using AgentNode node = Node(plant);
        SkipWithoutSettings(node);
        IReadOnlyDictionary<string, string> originals = node.Knobs.Snapshot();

        node.Authority.Apply(Command(400, 20_000)).ReadBack.ShouldBe(Setting(400, 20_000));

        var raw = node.Knobs.Snapshot();
        raw["napi-netlink/rx0.gro_flush_timeout_ns"].ShouldBe("400000");
        raw["napi-netlink/rx0.irq_suspend_timeout_ns"].ShouldBe("20000000");
        raw["napi-netlink/rx0.defer_hard_irqs"].ShouldBe("100");
        node.Knobs.Describe().Single(k => k.Knob.Name == NapiKnobs.FlushName).CurrentValue.ShouldBe(400);
        plant.ReadSysfs("gro_flush_timeout").ShouldBe("0", "per-NAPI values do not show in sysfs");

        node.Authority.Apply(Command(0, 0));
        node.Knobs.Snapshot()["napi-netlink/rx0.defer_hard_irqs"].ShouldBe("0", "a timeout of 0 is off altogether");
        node.Authority.Apply(new ApplyCommand(1, "", Fleet.Core.Knobs.Setting.Default, false, TimeSpan.Zero));
        node.Knobs.Snapshot().ShouldBe(originals);
    }

    [Fact]
    public async Task ASettingLostWithItsQueueIsAppliedAgain()
    {
        using VethPlant plant = await VethPlant.CreateAsync();
        using AgentNode node = Node(plant);
        SkipWithoutSettings(node);
        node.Authority.Apply(Command(300, 0));
        string before = node.Knobs.Identity();

        plant.InServer("ethtool -K sv gro off");
        Should.Throw<KnobException>(() => node.Knobs.Snapshot()).Message.ShouldContain("no NAPI instance");
        plant.InServer("ethtool -K sv gro on");
        node.Knobs.Identity().ShouldNotBe(before);
        node.Authority.Verify();

        node.Knobs.Snapshot()["napi-netlink/rx0.gro_flush_timeout_ns"].ShouldBe("300000");
        node.Authority.Current.Setting.ShouldBe(Setting(300, 0));
    }

    [Fact]
    public async Task AForeignSysfsWriteIsSeen()
    {
        using VethPlant plant = await VethPlant.CreateAsync();
        using AgentNode node = Node(plant);
        SkipWithoutSettings(node);
        node.Authority.Apply(Command(300, 0));
        long position = node.Authority.Events.Position;
        string file = $"{plant.Sysfs}/class/net/{VethPlant.Device}/gro_flush_timeout";

        File.WriteAllText(file, "12345");
        node.Authority.Verify();
        node.Knobs.Snapshot()["napi-netlink/rx0.gro_flush_timeout_ns"].ShouldBe("300000");
        File.WriteAllText(file, "54321");
        node.Authority.Verify();

        node.Knobs.Snapshot()["napi-netlink/rx0.gro_flush_timeout_ns"].ShouldBe("54321");
        node.Authority.Events.Since(ref position).ShouldContain("yielded");
    }

    [Fact]
    public async Task TheKernelSaysWhyItRefuses()
    {
        using VethPlant plant = await VethPlant.CreateAsync();
        using NetdevFamily family = Family(plant);
        Should.Throw<NetlinkException>(() => family.Set(uint.MaxValue, 1, null, null)).Error.ShouldBe(NetlinkException.NoEntry);
        uint id = family.Instances(Ifindex(plant)).ShouldHaveSingleItem().Id;
        var e = Should.Throw<NetlinkException>(() => family.Set(id, uint.MaxValue, null, null));
        e.Error.ShouldBe(34);
        e.KernelText.ShouldNotBeNull().ShouldContain("range");
    }

    [Fact]
    public async Task AThreadedDeviceShowsItsThread()
    {
        using VethPlant plant = await VethPlant.CreateAsync();
        using NetdevFamily family = Family(plant);
        uint id = family.Instances(Ifindex(plant)).ShouldHaveSingleItem().Id;
        family.Instances(Ifindex(plant)).Single().ThreadPid.ShouldBeNull();
        family.SetThreaded(id, true);
        int pid = family.Instances(Ifindex(plant)).Single().ThreadPid.ShouldNotBeNull();
        File.ReadAllText($"/proc/{pid}/comm").ShouldStartWith("napi/sv-");
    }

    [Fact]
    public async Task TheSysfsFallbackSetsTheWholeDevice()
    {
        using VethPlant plant = await VethPlant.CreateAsync();
        var driver = new NapiSysfsDriver(new HostFiles(), plant.Sysfs, VethPlant.Device);
        IReadOnlyDictionary<string, string> originals = driver.Snapshot();
        driver.Describe().Single(k => k.Knob.Name == NapiKnobs.SuspendName).Availability.ShouldBe(KnobAvailability.Absent);

        driver.Apply(new Dictionary<string, long> { [NapiKnobs.FlushName] = 200 });

        plant.ReadSysfs("gro_flush_timeout").ShouldBe("200000");
        driver.Describe().Single(k => k.Knob.Name == NapiKnobs.FlushName).CurrentValue.ShouldBe(200);
        driver.Restore(originals);
        driver.Snapshot().ShouldBe(originals);
    }

    [Fact]
    public async Task DeferralDelaysARealEcho()
    {
        using VethPlant plant = await VethPlant.CreateAsync();
        using AgentNode node = Node(plant);
        SkipWithoutSettings(node);
        using var echo = EchoPair.Open(plant);
        double byDefaultUs = echo.MedianUs(300);
        node.Authority.Apply(Command(400, 0));

        // A request arrives uniformly within a timeout: half a timeout in the median. A quarter is far outside the noise.
        double deferredUs = echo.MedianUs(300);

        deferredUs.ShouldBeGreaterThan(byDefaultUs + 100);
    }

    internal static AgentOptions Options(VethPlant plant, TemporaryFolder folder) => new()
    {
        Device = VethPlant.Device,
        SysfsRoot = plant.Sysfs,
        JournalPath = folder.File("journal"),
        ChangeInterval = TimeSpan.Zero,
        Knobs = ["napi.gro*", "napi.irq*"],
    };

    private AgentNode Node(VethPlant plant) =>
        VethPlant.Inside(plant.Server, () => AgentNode.Create(Options(plant, _folder), _time, NullLogger.Instance));

    private static void SkipWithoutSettings(AgentNode node) => Assert.SkipUnless(
        node.Knobs.Describe().Where(k => k.Tuned).All(k => k.Availability == KnobAvailability.Available),
        "this kernel has no per-NAPI settings or no suspension (Linux 6.14 and newer have both)");

    private static NetdevFamily Family(VethPlant plant)
    {
        NetdevFamily? family = VethPlant.Inside(plant.Server, NetdevFamily.Open);
        Assert.SkipWhen(family is null, "this kernel has no netdev netlink family (Linux 6.8 and newer have it)");
        return family!;
    }

    private static int Ifindex(VethPlant plant) => int.Parse(plant.ReadSysfs("ifindex"), System.Globalization.CultureInfo.InvariantCulture);

    private static ApplyCommand Command(long flushUs, long suspendUs) =>
        new(1, "", Setting(flushUs, suspendUs), Exploring: false, TimeSpan.Zero);

    private static Setting Setting(long flushUs, long suspendUs) =>
        new([new(NapiKnobs.FlushName, flushUs), new(NapiKnobs.SuspendName, suspendUs)]);
}
