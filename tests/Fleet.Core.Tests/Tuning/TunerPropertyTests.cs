using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Numerics;
using Fleet.Core.Search;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

/// <summary>What holds of every tuner, whatever the host, the sensors, the load and the search do; the seed draws what they do.</summary>
public class TunerPropertyTests
{
    private const double SlaUs = 500;

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 8).Select(i => (ulong)i)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void EveryPhaseLeavesOnATimeOutAndOnlyLegalSettingsAreApplied(ulong seed)
    {
        var random = new SplitMix64(seed);
        var bench = Bench(seed);
        Func<Setting, double?> power = bench.Watts;
        TunerPhase? last = null;
        double stay = 0;
        bool lost = false;
        for (int step = 0; step < 2400; step++)
        {
            if (random.NextDouble() < 0.02)
            {
                bench.Answer = Host((int)random.NextLong(5), random.Next());
            }

            if (random.NextDouble() < 0.02)
            {
                double? lie = new double?[] { null, 0, double.NaN, -1, 1e12 }[random.NextLong(5)];
                bench.Watts = random.NextDouble() < 0.6 ? power : _ => lie;
            }

            if (random.NextDouble() < 0.01)
            {
                bench.Qps = new double[] { 0, 20, 4000, 8000, 12_000 }[random.NextLong(5)];
            }

            if (random.NextDouble() < 0.01)
            {
                bench.Raise(lost ? new AgentConnected("a", "class", PoolBench.Space) : new AgentLost("a", "reset"));
                lost = !lost;
            }

            bench.Step();
            TunerPhase phase = bench.Node("a").Phase;
            bool mayStay = phase == TunerPhase.Hold || lost;
            stay = phase == last && !mayStay ? stay + PoolBench.Slice.TotalSeconds : 0;
            last = phase;
            stay.ShouldBeLessThan(25, $"{phase} at step {step}: {bench.Node("a").Reason}");
        }

        bench.Log.OfType<ApplySetting>().ShouldAllBe(c => PoolBench.Space.Contains(c.Setting));
        bench.Log.OfType<ApplySetting>().Count(c => !c.Setting.IsDefault).ShouldBeGreaterThan(2, "the search had its say");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void TheGuardWinsOverWhateverTheSearchWants(ulong seed)
    {
        // The search proposes and settles on anything, known breakers too, and the server turns slower and faster under it.
        var random = new SplitMix64(seed);
        var bench = Bench(seed);
        double slowness = 1;
        bench.LatencyUs = s => s.IsDefault ? 60 : 40 + (slowness * s["timer_us"]);
        int bad = 0;
        int broke = 0;
        Setting? before = null;
        for (int step = 0; step < 2400; step++)
        {
            if (random.NextDouble() < 0.01)
            {
                slowness = 0.5 + (3 * random.NextDouble());
            }

            bench.Step();
            Setting inForce = bench.InForce["a"];
            bad = bench.LatencyUs(inForce) <= SlaUs ? 0 : inForce.Equals(before) ? bad + 1 : 1;
            before = inForce;
            broke += bad == 1 ? 1 : 0;
            bad.ShouldBeLessThanOrEqualTo(5, "two slices of settling, one or two of evidence, one to order the way back");
        }

        broke.ShouldBeGreaterThan(2, "the search did try what breaks the promise");
    }

    [Fact]
    public void AGuardAndATriggerOfASearchInTheSameStepLeaveTheSetting()
    {
        var watch = new HoldWatch(new TunerOptions { SearchSchedule = TimeSpan.FromMinutes(1) });
        DateTimeOffset now = DateTimeOffset.UnixEpoch;
        watch.Begin(8000, now);
        for (int slice = 0; slice < 8; slice++)
        {
            watch.Add(PoolBench.TrafficOf(now, 3000, 5000), holding: true);
            watch.Guard.Add(PoolBench.TrafficOf(now, 3000, 5000), new Sla(99, SlaUs));
        }

        HoldVerdict verdict = watch.Judge(isDefault: false, commonTrouble: false, now.AddHours(1));
        verdict.Action.ShouldBe(HoldAction.Leave);
        verdict.Trigger.ShouldBe("guard");
        watch.Judge(isDefault: true, commonTrouble: false, now.AddHours(1)).Trigger.ShouldBe("load-band", "the default has no guard");
    }

    /// <summary>A pool of one node that searches every minute, however the last search ended.</summary>
    private static PoolBench Bench(ulong seed) => new PoolBench(
        new AnySearch(seed),
        options: o => o with { Tuner = o.Tuner with { SearchSchedule = TimeSpan.FromMinutes(1) } }).WithNodes("a");

    /// <summary>Kinds of hosts: silent, refusing, clamping, or else obedient.</summary>
    private static Func<ApplySetting, PoolEvent?> Host(int kind, ulong seed) => kind switch
    {
        0 => _ => null,
        1 => a => new ApplyFailed(a.NodeId, a.CommandId, "EINVAL"),
        2 => a => new SettingApplied(
            a.NodeId, a.CommandId, a.Setting.IsDefault ? a.Setting : PoolBench.Space[(long)(seed % (ulong)PoolBench.Space.Cells)]),
        _ => a => new SettingApplied(a.NodeId, a.CommandId, a.Setting),
    };

    /// <summary>Proposes anything, known breakers, quarantined and illegal settings too.</summary>
    private sealed class AnySearch(ulong seed) : ISettingSearch
    {
        private SplitMix64 _random = new(seed ^ 0xABCDEF);

        public string Name => "any";

        public SearchDecision Next(SearchRequest request)
        {
            Setting setting = _random.NextDouble() < 0.03
                ? PoolBench.Timer(123)
                : request.Space[_random.NextLong(request.Space.Cells)];
            return _random.NextDouble() < 0.15 ? ScriptedSearch.Settle(setting) : ScriptedSearch.Probe(setting);
        }

        public SettingPrediction? Predict(SearchRequest request, Setting setting) => null;
    }
}
