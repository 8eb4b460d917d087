using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Models;
using Fleet.Core.Numerics;
using Fleet.Core.Search;

namespace Fleet.Core.Tests.Search;

/// <summary>What each dial of the search changes; every test fails when its dial does nothing.</summary>
public class SearchDialTests
{
    private static readonly ConstrainedSearch Search = new();
    private static readonly DateTimeOffset Later = Plant.Start.AddMinutes(5);

    [Fact]
    public void ASpentViolationBudgetLeavesOnlyWhatIsNearlySure()
    {
        ImmutableArray<Observation> known =
        [
            At(2900, 20, 1, 95), At(2900, 100, 2, 170), At(2100, 300, 3, 390), At(1700, 300, 4, 410), At(2300, 350, 5, 430),
        ];
        var plant = new Plant { SlaUs = 300 };
        SearchRequest open = plant.Request(known, 5, Later) with { Options = new SearchOptions { ViolationBudget = 4 } };
        SearchRequest spent = open with { Options = open.Options with { ViolationBudget = 3 } };

        new SearchState(open, ContextModel.Fit(open)!).Violations.ShouldBe(3);
        SearchState state = new(spent, ContextModel.Fit(spent)!);
        state.ViolationsSpent.ShouldBeTrue();
        InitialDesign.Gate(state).ShouldBe(0.975, 1e-12);
        InitialDesign.RelaxedGate(state).ShouldBe(0.975, 1e-12);
        SearchDecision cautious = Search.Next(spent);
        if (cautious.Kind == "probe")
        {
            cautious.ProbabilityFeasible!.Value.ShouldBeGreaterThanOrEqualTo(0.975);
        }

        SearchState bold = new(open, ContextModel.Fit(open)!);
        InitialDesign.Gate(bold).ShouldBe(0.9, 1e-12);
    }

    [Theory]
    [InlineData(0.9, 0.55)]
    [InlineData(0.98, 0.91)]
    public void InFrontOfTheGateOfAWarmSearchFourAndAHalfTimesItsRiskIsTaken(double gate, double relaxed)
    {
        var plant = new Plant { Options = new SearchOptions { FeasibilityGate = gate } };
        Observation[] elsewhere = [.. Enumerable.Range(1, InitialDesign.WarmRows).Select(i => At(2900, 20, i, 95) with { Qps = plant.Qps / 2 })];
        InitialDesign.RelaxedGate(State(plant.Request([.. elsewhere], 0, Later))).ShouldBe(relaxed, 1e-12);

        // One row less and nothing is known of other loads: the first probes go by the wide prior.
        InitialDesign.RelaxedGate(State(plant.Request([.. elsewhere[1..]], 0, Later))).ShouldBe(0.2, 1e-12);
    }

    [Fact]
    public void AnotherNodesViolationsDoNotSpendThisNodesBudget()
    {
        var plant = new Plant { SlaUs = 300 };
        ImmutableArray<Observation> known = [.. new[] { At(2100, 300, 3, 390), At(1700, 300, 4, 410) }.Select(o => o with { NodeId = "other" })];
        SearchRequest request = plant.Request(known, 2, Later);
        new SearchState(request, ContextModel.Fit(request)!).Violations.ShouldBe(0);
    }

    [Fact]
    public void WherePowerWandersAWindowThatContradictsTheOthersIsBelievedLess()
    {
        var plant = new Plant();
        Observation stray = At(2900, 100, 3, 170);
        ImmutableArray<Observation> known = [AtDefault(), At(2900, 20, 1, 95), At(2900, 50, 2, 120), stray with { Watts = stray.Watts * 1.3 }];
        SearchRequest steady = plant.Request(known, 4, Later);
        double believed = Search.Predict(steady, stray.Setting)!.Watts;
        double doubted = Search.Predict(
            steady with { Options = new SearchOptions { PowerNoise = 0.1 } }, stray.Setting)!.Watts;
        doubted.ShouldBeInRange(stray.Watts * 0.9, believed * 0.99);
    }

    [Fact]
    public void AChangeThatCostsMoreThanItSavesIsNotMade()
    {
        var plant = new Plant();
        SearchRequest free = plant.Request([AtDefault(), At(2900, 20, 1, 95), At(2500, 20, 2, 110)], 3, Later) with { InForce = Setting2(2500, 20) };
        SearchDecision wants = Search.Next(free);
        wants.Kind.ShouldBe("probe");
        wants.Setting["rx_usecs"].ShouldNotBe(20);

        SearchRequest dear = free with
        {
            Options = new SearchOptions { SwitchingCosts = ImmutableSortedDictionary<string, double>.Empty.Add("rx_usecs", 0.9) },
        };
        SearchDecision stays = Search.Next(dear);
        stays.Setting["rx_usecs"].ShouldBe(20, "a change of the delay costs nine tenths of the power");
    }

    [Fact]
    public void NothingSlowerThanABreakingSettingIsTriedAndNothingFasterThanAProvenOneDoubted()
    {
        var plant = new Plant { SlaUs = 300 };
        SearchRequest request = plant.Request([At(1900, 300, 1, 400), At(1500, 100, 2, 240), At(2900, 20, 3, 95)], 3, Later);
        Candidate[] pruned = Candidates(request);
        Candidate[] free = Candidates(request with { Options = new SearchOptions { PruneByClock = false } });
        SearchState state = State(request);

        Setting[] gone = [.. free.Select(state.SettingOf).Except(pruned.Select(state.SettingOf))];
        gone.ShouldBe([Setting2(1300, 300), Setting2(1500, 300), Setting2(1700, 300)], ignoreOrder: true);
        state.ProbabilityOf(Of(pruned, state, Setting2(1700, 100))).ShouldBeGreaterThan(0.95);

        // Along the delay there is no order: a shorter one may break and a longer one may keep.
        pruned.Select(state.SettingOf).ShouldContain(Setting2(1900, 350));
    }

    [Fact]
    public void WhatBreaksAtALowerLoadIsNotTriedHereNorSlower()
    {
        var plant = new Plant { SlaUs = 300 };
        Observation below = At(1900, 300, 1, 400) with { Qps = plant.Qps / 2 };
        Observation above = At(2300, 350, 2, 420) with { Qps = plant.Qps * 2 };
        SearchRequest request = plant.Request([below, above, At(2900, 20, 3, 95)], 3, Later);
        SearchState state = State(request);
        Setting[] left = [.. Candidates(request).Select(state.SettingOf)];
        left.ShouldNotContain(Setting2(1900, 300));
        left.ShouldNotContain(Setting2(1700, 300));
        left.ShouldContain(Setting2(2300, 350), "what breaks at a higher load may keep the promise here");
    }

    [Fact]
    public void IdenticalNodesSplitTheWork()
    {
        var plant = new Plant { SlaUs = 250 };
        ImmutableArray<Observation> known = [AtDefault(), At(2900, 20, 1, 95), At(2300, 50, 2, 136)];
        SearchRequest first = plant.Request(known, 3, Later);
        Setting pending = Search.Next(first).Setting;
        SearchRequest second = first with { Pending = [pending] };
        SearchState split = State(second);
        SearchState alone = State(second with { Options = new SearchOptions { SplitWithSiblings = false } });

        // Beside what the sibling tries, little is left to learn; the mean stays as it was.
        Setting beside = new(pending.Values.Select(v => v.Key == "cpu_mhz" ? new(v.Key, v.Value + 200) : v));
        split.Score(beside).LatencySd.ShouldBeLessThan(0.8 * alone.Score(beside).LatencySd);
        split.Score(beside).LogLatency.ShouldBe(alone.Score(beside).LogLatency, 1e-6);
        Search.Next(second).Setting.ShouldNotBe(pending);
    }

    [Fact]
    public void NodesTogetherFindTheMapInFewerRoundsThanOneAlone()
    {
        int together = 0;
        int alone = 0;
        for (ulong seed = 1; seed <= 5; seed++)
        {
            together += Rounds(4, seed);
            alone += Rounds(1, seed);
        }

        together.ShouldBeLessThan(alone);
    }

    [Theory]
    [InlineData(98, 99)]
    [InlineData(99, 99)]
    [InlineData(20_000, 99)]
    public void ALargeSpaceIsSampledAndASmallOneEnumerated(long enumerated, int cells)
    {
        var plant = new Plant();
        SearchRequest request = plant.Request([At(2900, 20, 1, 95)], 1, Later) with
        {
            Options = new SearchOptions { EnumeratedCells = enumerated, SampledCells = 30, PruneByClock = false },
        };
        int scored = Candidates(request).Count(c => c.Cell != Candidate.Default);
        if (enumerated < cells)
        {
            scored.ShouldBeInRange(29, 45);
        }
        else
        {
            scored.ShouldBe(cells - 1, "all but the measured one");
        }
    }

    private static int Rounds(int nodes, ulong seed)
    {
        var plant = new Plant { SlaUs = 200 };
        var random = new Draws(seed);
        ImmutableArray<Observation> known = [];
        for (int round = 1; round <= 20; round++)
        {
            ImmutableArray<Setting> pending = [];
            for (int node = 0; node < nodes; node++)
            {
                SearchRequest request = plant.Request(known, round - 1, Plant.Start.AddSeconds(round), seed) with
                {
                    NodeId = $"n{node}", Pending = pending,
                };
                SearchDecision decision = Search.Next(request);
                pending = decision.Action == SearchAction.Probe ? pending.Add(decision.Setting) : pending;
            }

            foreach (Setting setting in pending)
            {
                known = known.Add(random.Measure(plant, setting, Plant.Start.AddSeconds(round)));
            }

            if (known.Any(o => plant.LatencyUs(o.Setting) <= plant.SlaUs && plant.Watts(o.Setting) <= 1.03 * plant.OptimumWatts))
            {
                return round;
            }
        }

        return 20;
    }

    private static Setting Setting2(long mhz, long delayUs) => new([new("cpu_mhz", mhz), new("rx_usecs", delayUs)]);

    private static Observation At(long mhz, long delayUs, int second, double latencyUs)
    {
        var plant = new Plant();
        Setting setting = Setting2(mhz, delayUs);
        return new Observation("node", setting, plant.Qps, plant.Watts(setting), 0, latencyUs, 0, Plant.Start.AddSeconds(second));
    }

    private static Observation AtDefault() => new("node", Setting.Default, new Plant().Qps, 110, 0, 90, 0, Plant.Start);

    private static SearchState State(SearchRequest request) => new(request, ContextModel.Fit(request)!);

    private static Candidate[] Candidates(SearchRequest request) => State(request).ScoreCandidates();

    private static Forecast Of(Candidate[] candidates, SearchState state, Setting setting) =>
        candidates.Single(c => state.SettingOf(c).Equals(setting)).Forecast;

    /// <summary>Keeps a generator between measurements.</summary>
    private sealed class Draws(ulong seed)
    {
        private SplitMix64 _random = new(seed);

        public Observation Measure(Plant plant, Setting setting, DateTimeOffset at) => plant.Measure(setting, at, ref _random);
    }
}
