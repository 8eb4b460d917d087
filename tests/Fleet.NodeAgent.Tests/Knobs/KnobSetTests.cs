using Fleet.Core.Knobs;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Knobs;

public sealed class KnobSetTests
{
    private static readonly Knob Device = new("d.device_us", [0, 1], KnobScale.Log);
    private static readonly Knob Hint = new("h.hint", [0, 1], KnobScale.Log);

    private readonly FakeDriver _device = new("device", Device) { Cost = KnobCost.Device };
    private readonly FakeDriver _hint = new("hint", Hint) { Cost = KnobCost.Hint };

    [Fact]
    public void TheCheapestIsWrittenFirst()
    {
        var steps = new List<string>();
        new KnobSet([_device, _hint], step: steps.Add).Apply(Both(1, 1));
        steps.ShouldBe(["before hint", "after hint", "before device", "after device"]);
    }

    [Fact]
    public void ARefusalOfTheDearestPutsTheCheapBack()
    {
        _device.RefuseWith = "link is down";
        var set = new KnobSet([_device, _hint]);
        Should.Throw<KnobException>(() => set.Apply(Both(1, 1))).Message.ShouldContain("link is down");
        (_device.Host[Device.Name], _hint.Host[Hint.Name]).ShouldBe((0, 0));
    }

    [Fact]
    public void WhatIsNotSelectedIsDescribedAndNeverTouched()
    {
        var set = new KnobSet([_device, _hint], new KnobSelection(["h.*"]));
        set.Describe().Select(k => (k.Knob.Name, k.Tuned)).ShouldBe([(Device.Name, false), (Hint.Name, true)], ignoreOrder: true);
        set.Snapshot().Keys.ShouldBe(["hint/h.hint"]);
        set.Check(new Setting([new(Hint.Name, 1)])).ShouldBeEmpty();
        set.Check(Both(1, 1)).ShouldHaveSingleItem().ShouldContain("left alone");
        set.Apply(new Setting([new(Hint.Name, 1)]));
        _device.Writes.ShouldBe(0);
    }

    [Fact]
    public void OneDriverThatCannotGoBackDoesNotKeepTheOthers()
    {
        var stuck = new Stuck(_hint);
        var set = new KnobSet([_device, stuck]);
        SortedDictionary<string, string> originals = set.Snapshot();
        set.Apply(Both(1, 1));
        stuck.Refuses = true;
        Should.Throw<KnobException>(() => set.Restore(originals)).Message.ShouldContain("stuck");
        _device.Host[Device.Name].ShouldBe(0);
    }

    [Fact]
    public void ADeviceThatIsGoneIsSkippedAndTheRestGoesBack()
    {
        bool gone = false;
        var card = new Stuck(_device) { OfDevice = true };
        var set = new KnobSet([card, _hint]) { DeviceGone = () => gone };
        SortedDictionary<string, string> originals = set.Snapshot();
        set.Apply(Both(1, 1));
        (gone, card.Refuses) = (true, true);
        set.Restore(originals);
        _hint.Host[Hint.Name].ShouldBe(0);
    }

    [Fact]
    public void ABypassedNodeHasNoUsableKnob()
    {
        var set = new KnobSet([_device, _hint]) { NotApplicable = () => "knobs not applicable: bypass (test)" };
        set.Describe().ShouldAllBe(k => k.Availability == KnobAvailability.ReadOnly && k.Reason.Contains("bypass"));
    }

    [Fact]
    public void AWrongPatternNamesTheRightOne()
    {
        string[] problems = [.. KnobSelection.Check(["napi.*", "cpu.frequency_mh", "nope.*"])];
        problems.Length.ShouldBe(2);
        problems[0].ShouldContain("did you mean cpu.frequency_mhz");
        problems[1].ShouldContain("'nope.*'");
    }

    private static Setting Both(long device, long hint) => new([new(Device.Name, device), new(Hint.Name, hint)]);

    private sealed class Stuck(FakeDriver inner) : IKnobDriver
    {
        internal bool Refuses { get; set; }

        public string Name => inner.Name;

        public KnobCost Cost => inner.Cost;

        public bool OfDevice { get; init; }

        public IReadOnlyList<KnobDescription> Describe() => inner.Describe();

        public IReadOnlyDictionary<string, string> Snapshot() => inner.Snapshot();

        public void Apply(IReadOnlyDictionary<string, long> values) => inner.Apply(values);

        public void Restore(IReadOnlyDictionary<string, string> snapshot)
        {
            if (Refuses)
            {
                throw new KnobException("stuck");
            }

            inner.Restore(snapshot);
        }

        public string Identity() => inner.Identity();
    }
}
