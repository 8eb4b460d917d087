using System.Diagnostics;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Tests.Kernel;

/// <summary>Real coalescing through both ways, on a TAP device in a namespace of the test's own: rx-max-frames is what TAP has.</summary>
public sealed class TapCoalesceTests
{
    private const string Device = "fleettap";
    private const int InvalidArgument = 22;

    [Fact]
    public async Task NetlinkSetsReadsBackAndSaysWhyNot()
    {
        using VethPlant plant = await TapAsync();
        using ICoalesceChannel netlink = VethPlant.Inside(plant.Server, () => (ICoalesceChannel?)EthtoolFamily.Open())
            ?? throw new InvalidOperationException("no ethtool family");
        netlink.Get(Device).Keys.ShouldBe([CoalesceParameter.RxMaxFrames], "a GET omits what the driver does not support");

        CoalesceDriver driver = Driver(netlink);
        IReadOnlyDictionary<string, string> originals = driver.Snapshot();
        driver.Apply(new Dictionary<string, long> { [KnobNames.RxFrames] = 16 });
        netlink.Get(Device)[CoalesceParameter.RxMaxFrames].ShouldBe(16u);
        driver.Restore(originals);
        driver.Snapshot().ShouldBe(originals);

        NetlinkException e = Should.Throw<NetlinkException>(() => netlink.Set(Device, Values(CoalesceParameter.RxUsecs, 10)));
        e.Error.ShouldBe(InvalidArgument);
        e.KernelText.ShouldNotBeNull().ShouldContain("unsupported parameter");
        Should.Throw<NetlinkException>(() => netlink.Get("nosuchdev0")).Error.ShouldBe(NetlinkException.NoDevice);
    }

    [Fact]
    public async Task BothWaysClampSilentlyAndTheDriverNotices()
    {
        using VethPlant plant = await TapAsync();
        using ICoalesceChannel netlink = VethPlant.Inside(plant.Server, () => (ICoalesceChannel?)EthtoolFamily.Open())
            ?? throw new InvalidOperationException("no ethtool family");
        using EthtoolControl control = VethPlant.Inside(plant.Server, EthtoolControl.Open);
        control.DriverOf(Device).ShouldBe("tun");
        foreach (ICoalesceChannel channel in new[] { netlink, control })
        {
            channel.Set(Device, Values(CoalesceParameter.RxMaxFrames, uint.MaxValue));
            control.Get(Device)[CoalesceParameter.RxMaxFrames].ShouldBe(64u, channel.Name);
            CoalesceDriver driver = Driver(channel);
            driver.Describe().Single(k => k.Knob.Name == KnobNames.RxFrames).Knob.LegalValues[^1].ShouldBe(64);
            Should.Throw<KnobException>(() => driver.Apply(new Dictionary<string, long> { [KnobNames.RxFrames] = 128 }))
                .Message.ShouldContain("reads back 64");
        }
    }

    [Fact]
    public async Task AVethHasNothingToCoalesceAndSaysSo()
    {
        using VethPlant plant = await VethPlant.CreateAsync();
        using ICoalesceChannel netlink = VethPlant.Inside(plant.Server, () => (ICoalesceChannel?)EthtoolFamily.Open())
            ?? throw new InvalidOperationException("no ethtool family");
        var driver = new CoalesceDriver(netlink, VethPlant.Device, "veth", CoalesceQuirks.Of("veth"), mayWrite: true);
        driver.Describe().ShouldAllBe(k => k.Availability == KnobAvailability.Absent && k.Reason.Contains("napi knobs"));
    }

    private static CoalesceDriver Driver(ICoalesceChannel channel) => new(channel, Device, "tun", CoalesceQuirks.Of("tun"), mayWrite: true);

    private static Dictionary<CoalesceParameter, uint> Values(CoalesceParameter parameter, uint value) => new() { [parameter] = value };

    private static async Task<VethPlant> TapAsync()
    {
        VethPlant plant = await VethPlant.CreateAsync();
        using Process add = Process.Start(new ProcessStartInfo(
            "ip", ["-n", plant.Server, "tuntap", "add", "dev", Device, "mode", "tap"]) { RedirectStandardError = true })!;
        await add.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (add.ExitCode != 0)
        {
            plant.Dispose();
            Assert.Skip("this kernel has no TAP devices");
        }

        return plant;
    }
}
