using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tests.Search;

public class ConstrainedSearchTests
{
    private static readonly ConstrainedSearch Search = new();

    [Fact]
    public void TheFirstWindowIsTheKernelDefault()
    {
        SearchDecision first = Search.Next(new Plant().Request([], 0, Plant.Start));

        first.Action.ShouldBe(SearchAction.Probe);
        first.Setting.IsDefault.ShouldBeTrue();
        first.Kind.ShouldBe("initial");
    }

    [Theory]
    [InlineData(150.0)]
    [InlineData(200.0)]
    [InlineData(300.0)]
    [InlineData(500.0)]
    public void FindsASettingNearTheOptimumThatMeetsTheSla(double slaUs)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            var plant = new Plant { SlaUs = slaUs };
            (List<SearchDecision> decisions, _) = plant.Play(Search, seed);

            decisions[^1].Action.ShouldBe(SearchAction.Settle);
            plant.LatencyUs(decisions[^1].Setting).ShouldBeLessThanOrEqualTo(slaUs);
            (plant.Watts(decisions[^1].Setting) / plant.OptimumWatts).ShouldBeLessThan(1.08);
            decisions.Count.ShouldBeLessThanOrEqualTo(16);
        }
    }

    [Fact]
    public void TheSameRequestGivesTheSameDecisions()
    {
        SearchDecision[] once = [.. new Plant().Play(Search).Decisions];
        SearchDecision[] twice = [.. new Plant().Play(new ConstrainedSearch()).Decisions];

        twice.ShouldBe(once);
    }

    [Fact]
    public void TheOrderOfObservationsDoesNotMatter()
    {
        var plant = new Plant();
        ImmutableArray<Observation> known = plant.Play(Search).Known[..5];

        SearchDecision forward = Search.Next(plant.Request(known, 5, Plant.Start.AddMinutes(1)));
        SearchDecision backward = Search.Next(plant.Request([.. known.Reverse()], 5, Plant.Start.AddMinutes(1)));

        backward.ShouldBe(forward);
    }

    [Fact]
    public void SettingsThatAreExcludedOrPendingAreNotProposed()
    {
        var plant = new Plant();
        (List<SearchDecision> free, _) = plant.Play(Search);
        ImmutableArray<Setting> excluded = [free[1].Setting, free[^1].Setting];
        ImmutableArray<Setting> pending = [free[2].Setting];

        (List<SearchDecision> bound, _) = plant.Play(Search, change: r => r with { Excluded = excluded, Pending = pending });

        bound.Select(d => d.Setting).Intersect(excluded.Concat(pending)).ShouldBeEmpty();
    }

    [Fact]
    public void OnlyAWinnerIsMeasuredAgain()
    {
        int replications = 0;
        for (ulong seed = 1; seed <= 8; seed++)
        {
            (List<SearchDecision> decisions, _) = new Plant { SlaUs = 130 + (10 * seed) }.Play(Search, seed);
            Setting[] probes = [.. decisions.Where(d => d is { Action: SearchAction.Probe, Kind: not "replicate" }).Select(d => d.Setting)];
            Setting[] again = [.. decisions.Where(d => d.Kind == "replicate").Select(d => d.Setting)];

            probes.ShouldBeUnique();
            again.Except(probes).ShouldBeEmpty();
            replications += again.Length;
        }

        replications.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void NoisyWindowsTakeHeadroomSoThatHeldWindowsMeetTheSla()
    {
        var plant = new Plant { SlaUs = 300 };
        ImmutableArray<Observation> known = plant.Play(Search).Known;
        SearchRequest calm = plant.Request(known, 0, Plant.Start.AddMinutes(5));
        SearchRequest noisy = calm with { Observations = [.. known.Select(o => o with { PercentileSd = 0.04 })] };

        var edge = new Setting([new("cpu_mhz", 1500), new("rx_usecs", 100)]);
        Search.Predict(noisy, edge)!.PercentileUs.ShouldBe(Search.Predict(calm, edge)!.PercentileUs, 15);
        Search.Next(noisy).ProbabilityFeasible!.Value.ShouldBeLessThanOrEqualTo(Search.Next(calm).ProbabilityFeasible!.Value);
    }

    [Fact]
    public void AnSlaThatNothingMeetsIsInfeasibleWithTheClosestSetting()
    {
        var plant = new Plant { SlaUs = 20 };
        (List<SearchDecision> decisions, ImmutableArray<Observation> known) = plant.Play(Search);

        decisions[^1].Action.ShouldBe(SearchAction.Infeasible);
        decisions[^1].Reason.ShouldContain("20 µs");
        plant.LatencyUs(decisions[^1].Setting).ShouldBeLessThanOrEqualTo(known.Min(o => plant.LatencyUs(o.Setting)) * 1.05);
        decisions.Count.ShouldBeLessThanOrEqualTo(16);
    }

    [Fact]
    public void SettlesOnTheDefaultWhereTheDefaultIsBest()
    {
        var plant = new Plant { Watts = s => s.IsDefault ? 40 : 60 + (0.01 * s["cpu_mhz"]) };
        (List<SearchDecision> decisions, _) = plant.Play(Search);

        decisions[^1].Action.ShouldBe(SearchAction.Settle);
        decisions[^1].Setting.IsDefault.ShouldBeTrue();
    }

    [Fact]
    public void ANodeWithoutKnobsSettlesOnTheDefaultAtOnce()
    {
        var plant = new Plant { Space = new KnobSpace([]) };

        Search.Next(plant.Request([], 0, Plant.Start)).Action.ShouldBe(SearchAction.Settle);
    }

    [Fact]
    public void AChangedSlaNeedsNoNewDataToPredict()
    {
        var plant = new Plant();
        ImmutableArray<Observation> known = plant.Play(Search).Known;
        var setting = new Setting([new("cpu_mhz", 2100), new("rx_usecs", 100)]);
        SearchRequest request = plant.Request(known, 0, Plant.Start.AddMinutes(5));

        SettingPrediction loose = Search.Predict(request with { SlaUs = 500 }, setting)!;
        SettingPrediction tight = Search.Predict(request with { SlaUs = 100 }, setting)!;

        tight.PercentileUs.ShouldBe(loose.PercentileUs);
        tight.Watts.ShouldBe(loose.Watts);
        (loose.ProbabilityFeasible - tight.ProbabilityFeasible).ShouldBeGreaterThan(0.5);
    }
}
