using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Tests.Knobs;

public sealed class CoalesceDriverTests
{
    private readonly FakeCard _card = new();

    [Fact]
    public void AStaticDelaySwitchesAdaptiveOffAndGoingBackSwitchesItOn()
    {
        CoalesceDriver driver = Driver("mlx5_core");
        IReadOnlyDictionary<string, string> originals = driver.Snapshot();
        driver.Apply(new Dictionary<string, long> { [KnobNames.RxUsecs] = 200 });
        _card.Values[CoalesceParameter.RxUsecs].ShouldBe(200u);
        _card.Values[CoalesceParameter.AdaptiveRx].ShouldBe(0u);
        _card.Values[CoalesceParameter.TxUsecs].ShouldBe(9u, "what was not asked for stays");

        driver.Restore(originals);
        _card.Values[CoalesceParameter.AdaptiveRx].ShouldBe(1u);
    }

    [Fact]
    public void AValueThatIsThereIsNotWrittenAgain()
    {
        CoalesceDriver driver = Driver("ixgbe");
        driver.Apply(new Dictionary<string, long> { [KnobNames.RxUsecs] = 100 });
        int calls = _card.Calls;
        driver.Apply(new Dictionary<string, long> { [KnobNames.RxUsecs] = 100 });
        _card.Calls.ShouldBe(calls, "a second write could re-initialise the device for nothing");
    }

    [Theory]
    [InlineData("ixgbe", 10, 400)]
    [InlineData("igb", 10, 400)]
    [InlineData("ena", 2, 64)]
    [InlineData("mlx5_core", 2, 400)]
    public void DriversQuirksBoundTheLegalDelays(string name, long least, long most)
    {
        long[] legal = [.. Driver(name).Describe().Single(k => k.Knob.Name == KnobNames.RxUsecs).Knob.LegalValues];
        legal[0].ShouldBe(least);
        legal[^1].ShouldBe(most);
        legal.ShouldNotContain(1, "1 is adaptive on some drivers");
    }

    [Fact]
    public void AClampIsRefused()
    {
        _card.MostUsecs = 64;
        Should.Throw<KnobException>(() => Driver("unknown").Apply(new Dictionary<string, long> { [KnobNames.RxUsecs] = 300 }))
            .Message.ShouldContain("wrote RxUsecs 300, the driver reads back 64");
    }

    [Fact]
    public void ARefusalCarriesTheDriversWords()
    {
        _card.Error = new NetlinkException(22, "rx-usecs must equal tx-usecs");
        Should.Throw<KnobException>(() => Driver("odd").Apply(new Dictionary<string, long> { [KnobNames.RxUsecs] = 300 }))
            .Message.ShouldContain("rx-usecs must equal tx-usecs");
    }

    [Fact]
    public void WhatTheDriverDoesNotReportIsAbsentWithItsReason()
    {
        _card.Values.Remove(CoalesceParameter.RxMaxFrames);
        KnobDescription frames = Driver("i40e").Describe().Single(k => k.Knob.Name == KnobNames.RxFrames);
        frames.Availability.ShouldBe(KnobAvailability.Absent);
        frames.Reason.ShouldContain("i40e does not support it");
        var unprivileged = new CoalesceDriver(_card, "eth0", "i40e", CoalesceQuirks.Of("i40e"), mayWrite: false);
        unprivileged.Describe()[0].Reason.ShouldContain("CAP_NET_ADMIN");
    }

    [Fact]
    public void AVirtualCardWithoutTheFeatureHasNoDelay()
    {
        string without = new('0', 64);
        string with = without[..53] + "1" + without[54..];
        State(without).ShouldBe(KnobAvailability.Absent);
        State(with).ShouldBe(KnobAvailability.Available);

        KnobAvailability State(string features) =>
            new CoalesceDriver(_card, "eth0", "virtio_net", CoalesceQuirks.Of("virtio_net", features), mayWrite: true)
                .Describe().Single(k => k.Knob.Name == KnobNames.RxUsecs).Availability;
    }

    private CoalesceDriver Driver(string name) => new(_card, "eth0", name, CoalesceQuirks.Of(name), mayWrite: true);

    private sealed class FakeCard : ICoalesceChannel
    {
        internal Dictionary<CoalesceParameter, uint> Values { get; } = new()
        {
            [CoalesceParameter.RxUsecs] = 50,
            [CoalesceParameter.RxMaxFrames] = 32,
            [CoalesceParameter.TxUsecs] = 9,
            [CoalesceParameter.AdaptiveRx] = 1,
        };

        internal uint MostUsecs { get; set; } = uint.MaxValue;

        internal NetlinkException? Error { get; set; }

        internal int Calls { get; private set; }

        public string Name => "fake";

        public IReadOnlyDictionary<CoalesceParameter, uint> Get(string device) => new Dictionary<CoalesceParameter, uint>(Values);

        public void Set(string device, IReadOnlyDictionary<CoalesceParameter, uint> values)
        {
            Calls++;
            if (Error is not null)
            {
                throw Error;
            }

            foreach ((CoalesceParameter parameter, uint value) in values)
            {
                Values[parameter] = parameter is CoalesceParameter.RxUsecs ? Math.Min(value, MostUsecs) : value;
            }
        }

        public void Dispose()
        {
            // Nothing is open.
        }
    }
}
