using System.Text.Json;
using Fleet.Core.Knobs;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.NodeAgent.Tests.Safety;

/// <summary>Modes, pace, kill switch, guard and audit.</summary>
public sealed class AuthorityRulesTests : IDisposable
{
    private static readonly Knob Delay = new("a.delay_us", [0, 100, 200, 300], KnobScale.Log);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly FakeDriver _driver = new("d", Delay);
    private long? _packets = 0;

    public AuthorityRulesTests() => _driver.Host[Delay.Name] = 7;

    private long Host => _driver.Host[Delay.Name];

    private string AuditPath => _folder.File("log/audit.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ObserveRefusesAndChangesNothing()
    {
        SettingAuthority authority = Create(AgentMode.Observe);
        var e = Should.Throw<ApplyRefusedException>(() => authority.Apply(Command(100)));
        (e.Refusal, Host).ShouldBe((ApplyRefusal.NotAllowed, 7));
        e.Message.ShouldContain("mode observe");
        Audit().Single().GetProperty("outcome").GetString().ShouldBe("refused");
    }

    [Fact]
    public void RecommendChecksSaysAndChangesNothing()
    {
        SettingAuthority authority = Create(AgentMode.Recommend);
        ApplyOutcome outcome = authority.Apply(Command(100));
        outcome.NotApplied.ShouldContain("recommend");
        (outcome.ReadBack, Host, _driver.Writes).ShouldBe((Setting.Default, 7, 0));
        File.Exists(_folder.File("journal")).ShouldBeFalse();
        JsonElement line = Audit().Single();
        line.GetProperty("action").GetString().ShouldBe("recommend");
        line.GetProperty("old").GetProperty(Delay.Name).GetInt64().ShouldBe(7);
        line.GetProperty("asked").GetProperty(Delay.Name).GetInt64().ShouldBe(100);
        Should.Throw<ApplyRefusedException>(() => authority.Apply(Command(101))).Refusal.ShouldBe(ApplyRefusal.Illegal);
    }

    [Fact]
    public void ACanaryEndsWithItsLeaseEvenWhenSettled()
    {
        SettingAuthority authority = Create(AgentMode.Canary);
        authority.Apply(Command(100));
        _time.Advance(TimeSpan.FromSeconds(29));
        authority.Tick();
        Host.ShouldBe(100);
        _time.Advance(TimeSpan.FromSeconds(2));
        authority.Tick();
        Host.ShouldBe(7);
    }

    [Fact]
    public void ChangesAreKeptApartAndTheWayBackIsFree()
    {
        SettingAuthority authority = Create(pace: TimeSpan.FromSeconds(2));
        authority.Apply(Command(100));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        var e = Should.Throw<ApplyRefusedException>(() => authority.Apply(Command(200)));
        (e.Refusal, e.RetryAfter, Host).ShouldBe((ApplyRefusal.TooSoon, TimeSpan.FromMilliseconds(1500), 100));

        authority.Apply(Command(null));
        Host.ShouldBe(7);
        _time.Advance(TimeSpan.FromSeconds(2));
        authority.Apply(Command(200));
        Host.ShouldBe(200);
    }

    [Fact]
    public void TheKillSwitchRestoresRefusesAndLetsGo()
    {
        SettingAuthority authority = Create();
        authority.Apply(Command(100));
        File.WriteAllText(_folder.File("kill"), "incident 42\n");
        authority.Tick();
        Host.ShouldBe(7);
        var e = Should.Throw<ApplyRefusedException>(() => authority.Apply(Command(200)));
        e.Refusal.ShouldBe(ApplyRefusal.NotAllowed);
        e.Message.ShouldContain("incident 42");

        File.Delete(_folder.File("kill"));
        authority.Apply(Command(200));
        Host.ShouldBe(200);
        Audit().Select(l => l.GetProperty("who").GetString()).ShouldContain("kill switch");
    }

    [Fact]
    public void TheGuardTakesTwoLateSlicesAndWalksTheLadder()
    {
        SettingAuthority authority = Create();
        authority.Apply(Command(100));
        authority.Apply(Command(200) with { Exploring = true });
        authority.Renew(1, TimeSpan.Zero, new GuardSignal(600, 500, 1000));
        authority.Renew(1, TimeSpan.Zero, new GuardSignal(600, 500, 1000));
        Host.ShouldBe(200, "slices of the moment of the change may tell of the setting before it");
        _time.Advance(TimeSpan.FromSeconds(1));
        authority.Renew(1, TimeSpan.Zero, new GuardSignal(600, 500, 1000));
        Host.ShouldBe(200, "one slice is no proof");
        authority.Renew(1, TimeSpan.Zero, new GuardSignal(null, 500, 1000));
        authority.Renew(1, TimeSpan.Zero, new GuardSignal(600, 500, 1000));
        Host.ShouldBe(200, "a slice that says nothing is between");
        authority.Renew(1, TimeSpan.Zero, new GuardSignal(400, 500, 1000));
        authority.Renew(1, TimeSpan.Zero, new GuardSignal(600, 500, 1000));
        Host.ShouldBe(200, "not in a row");
        authority.Renew(1, TimeSpan.Zero, new GuardSignal(700, 500, 1000));
        Host.ShouldBe(100, "back to the settled setting");
        _time.Advance(TimeSpan.FromSeconds(1));
        authority.Renew(1, TimeSpan.Zero, new GuardSignal(600, 500, 1000));
        authority.Renew(1, TimeSpan.Zero, new GuardSignal(600, 500, 1000));
        Host.ShouldBe(7, "back to the originals");
    }

    [Theory]
    [InlineData(1300, 7, "the load left the band without a controller")]
    [InlineData(1050, 100, "the load stayed within the band")]
    public void WithoutAControllerThePacketRateGuards(int packetsPerSecond, long expected, string why)
    {
        SettingAuthority authority = Create();
        authority.Apply(Command(100));
        for (int second = 0; second < 5; second++)
        {
            Pass(authority, 1000);
        }

        _time.Advance(TimeSpan.FromSeconds(30));
        for (int second = 0; second < 4; second++)
        {
            Pass(authority, packetsPerSecond);
        }

        Host.ShouldBe(expected, why);
    }

    [Fact]
    public void TheAuditSaysWhoWhyWhatWasAndWhatIs()
    {
        SettingAuthority authority = Create();
        authority.Apply(Command(100) with { CommandId = "c-9", Who = "controller 10.0.0.1", Why = "expected saving 4 W" });
        _driver.RefuseWith = "no";
        Should.Throw<ApplyRefusedException>(() => authority.Apply(Command(200)));
        _driver.RefuseWith = null;
        authority.Restore();

        JsonElement[] lines = Audit();
        lines.Length.ShouldBe(3);
        lines[0].GetProperty("who").GetString().ShouldBe("controller 10.0.0.1");
        lines[0].GetProperty("why").GetString().ShouldBe("expected saving 4 W");
        lines[0].GetProperty("commandId").GetString().ShouldBe("c-9");
        lines[0].GetProperty("epoch").GetInt32().ShouldBe(1);
        (Value(lines[0], "old"), Value(lines[0], "new")).ShouldBe((7, 100));
        lines[1].GetProperty("outcome").GetString().ShouldBe("failed");
        (Value(lines[1], "old"), Value(lines[1], "new")).ShouldBe((100, 100), "read back, not what was asked");
        (Value(lines[2], "old"), Value(lines[2], "new")).ShouldBe((100, 7));
        lines.ShouldAllBe(l => l.GetProperty("node").GetString() == "n1" && l.GetProperty("time").GetString()!.EndsWith('Z'));
    }

    [Fact]
    public void AnAuditThatCannotBeWrittenIsSaidOnceAndStopsNothing()
    {
        var said = new List<string>();
        _folder.Write("log", "a file where the folder should be");
        var audit = new AuditLog(AuditPath, "n1", _time, said.Add);
        audit.Add(new AuditEntry("apply", "x", "y", "done"));
        audit.Add(new AuditEntry("apply", "x", "y", "done"));
        said.ShouldHaveSingleItem().ShouldContain("audit.jsonl");
    }

    private static long Value(JsonElement line, string name) => line.GetProperty(name).GetProperty(Delay.Name).GetInt64();

    private static ApplyCommand Command(long? delayUs) => new(
        1, "", delayUs is { } us ? new Setting([new(Delay.Name, us)]) : Setting.Default, Exploring: false, TimeSpan.Zero);

    private JsonElement[] Audit() => [.. File.ReadLines(AuditPath).Select(l => JsonDocument.Parse(l).RootElement)];

    private void Pass(SettingAuthority authority, int packets)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _packets += packets;
        authority.Tick();
    }

    private SettingAuthority Create(AgentMode mode = AgentMode.Active, TimeSpan pace = default) => new(
        new KnobSet([_driver]), new Journal(_folder.File("journal")), new Lease(TimeSpan.FromMinutes(30), 1), _time, NullLogger.Instance,
        new AuthorityRules
        {
            Mode = mode,
            Pacer = new ChangePacer(pace),
            Kill = new KillSwitch(_folder.File("kill")),
            Audit = new AuditLog(AuditPath, "n1", _time, _ => { }).Add,
            Packets = () => _packets,
        });
}
