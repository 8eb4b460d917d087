using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Search;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

/// <summary>What starts a search or a move besides load band, guard and promise: drift, schedule, forecast.</summary>
public class TriggerTests
{
    private readonly ScriptedSearch _search = new();

    [Fact]
    public void ALastingShiftInsideTheBandStartsASearchByCusum()
    {
        PoolBench bench = Settled(new PoolBench(_search).WithNodes("a"));
        bench.Run(660);
        int asked = _search.Requests.Count;
        bench.Qps *= 0.93;
        bench.Run(300, () => _search.Requests.Count > asked).ShouldBeTrue();
        bench.Decisions.Last().Trigger.ShouldBe("cusum");
    }

    [Fact]
    public void ASteadyLoadStartsNoSearchUnlessAScheduleIsSet()
    {
        PoolBench bench = Settled(new PoolBench(_search).WithNodes("a"));
        int asked = _search.Requests.Count;
        bench.Run(3700);
        _search.Requests.Count.ShouldBe(asked);
        bench.Decisions.ShouldNotContain(d => d.Trigger == "schedule");
    }

    [Fact]
    public void TheScheduleSearchesEveryHourOfHold()
    {
        PoolBench bench = Settled(Bench(o => o with { SearchSchedule = TimeSpan.FromHours(1) }).WithNodes("a"));
        int before = bench.Decisions.Count();
        bench.Run(2 * 3660);
        DecisionRecord[] later = [.. bench.Decisions.Skip(before)];
        later.Length.ShouldBe(2, "all settings are known: each search settles at once");
        later.ShouldAllBe(d => d.Trigger == "schedule");
    }

    [Fact]
    public void AForecastAboveTheBandSearchesBeforehandWhereNothingIsProven()
    {
        PoolBench bench = Settled(WithYesterday(new PoolBench(_search).WithNodes("a"), rampAt: 14));
        bench.Run(1200, () => bench.Decisions.Any(d => d.Trigger == "forecast")).ShouldBeTrue();
        bench.Decisions.Last().Kind.ShouldBe("hold");
        Elapsed(bench).ShouldBeInRange(3, 14, "before the load comes");
        int asked = _search.Requests.Count;
        bench.Run(300);
        _search.Requests.Count.ShouldBe(asked, "one forecast starts one search");
    }

    [Fact]
    public void AForecastAboveTheBandTakesASettingProvenThere()
    {
        _search.Script = ByLoad;
        PoolBench bench = WithYesterday(Bench(o => o with { LoadDownHold = TimeSpan.FromSeconds(5) }).WithNodes("a"), rampAt: 20);
        bench.Qps = 10_000;
        Settled(bench, PoolBench.Timer(200));
        bench.Qps = 8000;
        Settled(bench, PoolBench.Timer(400));
        int asked = _search.Requests.Count;
        bench.Run(1200, () => bench.InForce["a"].Equals(PoolBench.Timer(200))).ShouldBeTrue();
        Elapsed(bench).ShouldBeInRange(8, 20, "before the load comes");
        bench.Decisions.Last().Kind.ShouldBe("jump");
        bench.Decisions.Last().Trigger.ShouldBe("forecast");
        bench.Run(240);
        bench.InForce["a"].ShouldBe(PoolBench.Timer(200), "the present load is below the verified one, but not for long");
        _search.Requests.Count.ShouldBe(asked);
    }

    /// <summary>Above 9,000 req/s the timer of 200 µs is best, below it that of 400 µs.</summary>
    private static SearchDecision ByLoad(SearchRequest request)
    {
        Setting best = PoolBench.Timer(request.Qps > 9000 ? 200 : 400);
        return request.TrialsSoFar < 2 ? ScriptedSearch.Probe(best) : ScriptedSearch.Settle(best);
    }

    private static double Elapsed(PoolBench bench) => (bench.Now - new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalMinutes;

    private static PoolBench Settled(PoolBench bench, Setting? setting = null)
    {
        setting ??= PoolBench.Timer(400);
        bench.Run(120, () => bench.Node("a") is { Phase: TunerPhase.Hold } node && node.SettledSetting.Equals(setting)).ShouldBeTrue();
        return bench;
    }

    /// <summary>26 hours of slices, one a minute: 8,000 req/s, but 10,000 for two hours from that minute after the start, a day before.</summary>
    private static PoolBench WithYesterday(PoolBench bench, int rampAt)
    {
        for (int minute = -1560; minute < 0; minute++)
        {
            bool high = minute + 1440 >= rampAt && minute + 1440 < rampAt + 120;
            DateTimeOffset start = bench.Now.AddMinutes(minute);
            bench.Raise(new SliceArrived("a", PoolBench.TrafficOf(start, high ? 2500 : 2000, 60)));
        }

        return bench;
    }

    private PoolBench Bench(Func<TunerOptions, TunerOptions> tuner) => new(_search, options: o => o with { Tuner = tuner(o.Tuner) });
}
