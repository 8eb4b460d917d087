using Fleet.Lab.Demo;
using Fleet.Lab.Report;
using Fleet.Lab.Tests.Report;

namespace Fleet.Lab.Tests.Demo;

public class DemoRecordTests
{
    private readonly DemoRecord _record = new();
    private double _now;

    [Fact]
    public void AHeldWindowStartsWithTheTickAfterTheNodeBeganToHold()
    {
        Tick("measure", 900);
        Tick("hold", 900);
        Tick("hold", 100);
        Tick("hold", 100);
        HeldWindows held = _record.Held.Single();
        held.ShouldBe(new HeldWindows(500, 1, 1, 200, 200));
    }

    [Fact]
    public void AWindowOverThePromiseIsNotMet()
    {
        Tick("hold", 100);
        Tick("hold", 900);
        Tick("hold", 100);
        HeldWindows held = _record.Held.Single();
        held.Met.ShouldBe(0);
        held.RequestsWithin.ShouldBe(100);
    }

    [Fact]
    public void AChangeOfSettingOrPhaseOrPromiseStartsAnew()
    {
        Tick("hold", 100);
        Tick("hold", 100);
        Tick("hold", 100, flushUs: 800);
        Tick("hold", 100, flushUs: 800);
        Tick("measure", 100);
        Tick("hold", 100);
        Tick("hold", 100);
        _record.BreakHolds();
        Tick("hold", 100);
        Tick("hold", 100);
        _record.Held.ShouldBeEmpty();
    }

    [Fact]
    public void NothingIsHeldWhileNothingIsTuned()
    {
        for (int i = 0; i < 5; i++)
        {
            Tick("hold", 100, tuning: false);
        }

        _record.Held.ShouldBeEmpty();
    }

    [Fact]
    public void ThePromiseOfATimeIsTheOneBegunLast()
    {
        _record.Promises.AddRange([(0, 500), (100, 200)]);
        _record.SlaAt(99).ShouldBe(500);
        _record.SlaAt(100).ShouldBe(200);
        _record.SlaAt(-1).ShouldBe(500);
    }

    [Fact]
    public void PhasesFollowOneAnother()
    {
        _record.BeginPhase("a", 0);
        _record.BeginPhase("b", 5);
        _record.EndPhase(9);
        _record.EndPhase(10);
        _record.Phases.ShouldBe([new ReportPhase("a", 0, 5), new ReportPhase("b", 5, 9)]);
    }

    private void Tick(string phase, double us, long flushUs = 400, bool tuning = true)
    {
        var tick = new DemoInterval { Start = TimeSpan.FromSeconds(_now) };
        tick.Nodes["s1"] = SampleReport.Latencies(100, us);
        _now++;
        var node = new DemoNode(
            "s1", "active", phase, new Dictionary<string, long> { ["napi.gro_flush_timeout_us"] = flushUs }, 100, us, 1, "model", 2, 5, 3,
            "");
        tick.Close(TimeSpan.FromSeconds(_now), 1, 1, [node], "");
        _record.Add(tick, 500, tuning);
    }
}
