using Fleet.Core.Knobs;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.NodeAgent.Tests.Safety;

public sealed class SettingAuthorityTests : IDisposable
{
    private static readonly Knob Delay = new("a.delay_us", [0, 100, 200], KnobScale.Log);
    private static readonly Knob Speed = new("b.speed_mhz", [1000, 2000], KnobScale.Linear);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly FakeDriver _first = new("first", Delay);
    private readonly FakeDriver _second = new("second", Speed);
    private readonly SettingAuthority _authority;

    public SettingAuthorityTests()
    {
        _first.Host[Delay.Name] = 7;
        _second.Host[Speed.Name] = 8;
        _authority = Create();
    }

    private string JournalPath => _folder.File("journal");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AppliesAsAWholeAndRestoresTheOriginals()
    {
        _authority.Apply(Command(1, Setting(100, 2000))).ReadBack.ShouldBe(Setting(100, 2000));
        Host().ShouldBe((100, 2000));
        _authority.Apply(Command(1, Fleet.Core.Knobs.Setting.Default)).ReadBack.ShouldBe(Fleet.Core.Knobs.Setting.Default);
        Host().ShouldBe((7, 8));
        File.Exists(JournalPath).ShouldBeFalse();
    }

    [Fact]
    public void ARefusalOfOneDriverPutsAllBack()
    {
        _authority.Apply(Command(1, Setting(100, 1000)));
        _second.RefuseWith = "no such speed";

        ApplyRefusedException e = Should.Throw<ApplyRefusedException>(() => _authority.Apply(Command(1, Setting(200, 2000))));

        e.Refusal.ShouldBe(ApplyRefusal.HostRefused);
        e.Message.ShouldContain("no such speed");
        Host().ShouldBe((100, 1000));
        _authority.Current.Setting.ShouldBe(Setting(100, 1000));
    }

    [Fact]
    public void TheJournalIsThereBeforeTheFirstWrite()
    {
        bool journalled = false;
        var watched = new KnobSet([new Watched(_first, () => journalled = File.Exists(JournalPath))]);
        var authority = new SettingAuthority(
            watched, new Journal(JournalPath), new Lease(TimeSpan.FromMinutes(30), 1), _time, NullLogger.Instance);

        authority.Apply(Command(1, new Setting([new(Delay.Name, 100)])));

        journalled.ShouldBeTrue();
    }

    [Fact]
    public void ANewRunReplaysTheJournalOfOneThatDied()
    {
        _authority.Apply(Command(1, Setting(100, 2000)));
        _authority.Apply(Command(1, Setting(200, 1000)));

        SettingAuthority next = Create();
        next.Recover().ShouldBeTrue();

        Host().ShouldBe((7, 8));
        next.Recover().ShouldBeFalse();
    }

    [Fact]
    public void RefusesAnOlderEpoch()
    {
        _authority.Apply(Command(5, Setting(100, 2000)));
        Refusal(() => _authority.Apply(Command(4, Setting(200, 2000)))).ShouldBe(ApplyRefusal.StaleEpoch);
        Refusal(() => _authority.Renew(4, TimeSpan.Zero)).ShouldBe(ApplyRefusal.StaleEpoch);
        Host().ShouldBe((100, 2000));
        _authority.Apply(Command(6, Setting(200, 2000)));
        Host().ShouldBe((200, 2000));
    }

    [Fact]
    public void TheSameCommandIsDoneOnce()
    {
        ApplyCommand command = Command(1, Setting(100, 2000)) with { CommandId = "c-1" };
        ApplyOutcome first = _authority.Apply(command);
        _authority.Apply(Command(1, Setting(200, 2000)));
        int writes = _first.Writes;
        _authority.Apply(command).ShouldBe(first);
        _first.Writes.ShouldBe(writes);
    }

    [Theory]
    [InlineData(300, 2000, "a.delay_us = 300 is not legal; legal: 0, 100, 200")]
    [InlineData(100, 2001, "b.speed_mhz = 2001 is not legal")]
    public void RefusesIllegalValues(long delayUs, long speedMhz, string message)
    {
        var e = Should.Throw<ApplyRefusedException>(() => _authority.Apply(Command(1, Setting(delayUs, speedMhz))));
        e.Refusal.ShouldBe(ApplyRefusal.Illegal);
        e.Message.ShouldContain(message);
        Host().ShouldBe((7, 8));
    }

    [Fact]
    public void SaysEveryProblemOfASetting()
    {
        var setting = new Setting([new("a.delay_us", 1), new("c.unknown", 2)]);
        string message = Should.Throw<ApplyRefusedException>(() =>
            _authority.Apply(Command(1, setting) with { Lease = TimeSpan.FromMilliseconds(10) })).Message;
        message.ShouldContain("a.delay_us = 1");
        message.ShouldContain("unknown knob c.unknown");
        message.ShouldContain("leaves out b.speed_mhz");
        message.ShouldContain("lease 10 ms out of range");
    }

    [Fact]
    public void AProbeEndsWithItsLease()
    {
        _authority.Apply(Command(1, Setting(100, 1000)));
        _authority.Apply(Command(1, Setting(200, 2000)) with { Exploring = true, Lease = TimeSpan.FromSeconds(10) });
        _time.Advance(TimeSpan.FromSeconds(9));
        _authority.Tick();
        Host().ShouldBe((200, 2000));
        _authority.Renew(1, TimeSpan.FromSeconds(10)).Exploring.ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(9));
        _authority.Tick();
        Host().ShouldBe((200, 2000));

        long position = _authority.Events.Position;
        _time.Advance(TimeSpan.FromSeconds(2));
        _authority.Tick();

        Host().ShouldBe((100, 1000));
        _authority.Current.ShouldBe(new InForce(Setting(100, 1000), false));
        _authority.Events.Since(ref position).ShouldContain("lease expired");
    }

    [Fact]
    public void ASettledSettingOutlivesTheLeaseAndRelaxesLater()
    {
        _authority.Apply(Command(1, Setting(100, 1000)));
        _time.Advance(TimeSpan.FromMinutes(14));
        _authority.Tick();
        Host().ShouldBe((100, 1000));
        _time.Advance(TimeSpan.FromMinutes(32));
        _authority.Tick();
        Host().ShouldBe((7, 8));
        File.Exists(JournalPath).ShouldBeFalse();
    }

    [Fact]
    public void RelaxationIsJitteredByTheSeed()
    {
        static double Minutes(int seed)
        {
            var lease = new Lease(TimeSpan.FromMinutes(30), seed);
            lease.Renew(TimeSpan.Zero, TimeSpan.Zero);
            return Enumerable.Range(0, 60).First(m => lease.Relaxes(TimeSpan.FromMinutes(m)));
        }

        double[] minutes = [.. Enumerable.Range(1, 20).Select(Minutes)];
        minutes.ShouldAllBe(m => m >= 15 && m <= 45);
        minutes.Distinct().Count().ShouldBeGreaterThan(5);
        Minutes(3).ShouldBe(Minutes(3));
    }

    [Fact]
    public void OneForeignWriteIsAnsweredAndTheSecondYields()
    {
        _authority.Apply(Command(1, Setting(100, 2000)));
        _first.Host[Delay.Name] = 55;
        _authority.Verify();
        Host().ShouldBe((100, 2000));

        _first.Host[Delay.Name] = 66;
        _authority.Verify();

        Host().ShouldBe((66, 8), "what the other program wrote stays, what this agent wrote goes back");
        Refusal(() => _authority.Apply(Command(1, Setting(200, 2000)))).ShouldBe(ApplyRefusal.Yielded);
        File.Exists(JournalPath).ShouldBeFalse();
        _authority.Restore().ShouldBeTrue();
        Host().ShouldBe((66, 8));
    }

    [Fact]
    public void AReCreatedDeviceIsNoForeignWriter()
    {
        _authority.Apply(Command(1, Setting(100, 2000)));
        for (int i = 0; i < 5; i++)
        {
            _first.Host[Delay.Name] = 0;
            _first.Identities = $"again {i}";
            _authority.Verify();
            Host().ShouldBe((100, 2000));
        }
    }

    [Fact]
    public void AtTheOriginalsNobodyIsForeign()
    {
        _first.Host[Delay.Name] = 9;
        _authority.Verify();
        _authority.Apply(Command(1, Setting(100, 2000)));
        _authority.Restore().ShouldBeTrue();
        Host().ShouldBe((9, 8));
    }

    [Fact]
    public void ADamagedJournalIsNamed()
    {
        File.WriteAllText(JournalPath, "{ not json");
        Should.Throw<Hosting.Errors.StartupException>(() => _authority.Recover()).Message.ShouldContain(JournalPath);
    }

    private static ApplyCommand Command(ulong epoch, Setting setting) => new(epoch, "", setting, Exploring: false, TimeSpan.Zero);

    private static Setting Setting(long delayUs, long speedMhz) => new([new(Delay.Name, delayUs), new(Speed.Name, speedMhz)]);

    private static ApplyRefusal Refusal(Action action) => Should.Throw<ApplyRefusedException>(action).Refusal;

    private (long DelayUs, long SpeedMhz) Host() => (_first.Host[Delay.Name], _second.Host[Speed.Name]);

    private SettingAuthority Create() => new(
        new KnobSet([_first, _second]), new Journal(JournalPath), new Lease(TimeSpan.FromMinutes(30), 1), _time, NullLogger.Instance);

    private sealed class Watched(FakeDriver inner, Action beforeWrite) : IKnobDriver
    {
        public string Name => inner.Name;

        public IReadOnlyList<KnobDescription> Describe() => inner.Describe();

        public KnobCost Cost => inner.Cost;

        public IReadOnlyDictionary<string, string> Snapshot() => inner.Snapshot();

        public void Apply(IReadOnlyDictionary<string, long> values)
        {
            beforeWrite();
            inner.Apply(values);
        }

        public void Restore(IReadOnlyDictionary<string, string> snapshot) => inner.Restore(snapshot);

        public string Identity() => inner.Identity();
    }
}
