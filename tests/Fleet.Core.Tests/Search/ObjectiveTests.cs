using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tests.Search;

public class ObjectiveTests
{
    private static readonly ConstrainedSearch Search = new();

    [Theory]
    [InlineData("fun", 0.0, "fun")]
    [InlineData("", 0.0, "least-watts or least-joules-per-request or least-latency-under-cap")]
    [InlineData("least-watts", 80.0, "80 W")]
    [InlineData("least-latency-under-cap", 0.0, "0 W")]
    [InlineData("least-latency-under-cap", -1.0, "-1 W")]
    [InlineData("least-latency-under-cap", double.NaN, "NaN W")]
    [InlineData("least-latency-under-cap", 1e9, "at most 1000000 W")]
    public void AnObjectiveThatDoesNotExistIsRefusedWithItsValueAndTheLegalOnes(string name, double capWatts, string says)
    {
        Objective.Parse(name, capWatts, out string problem).ShouldBeNull();
        problem.ShouldContain(says);
    }

    [Fact]
    public void EveryNameIsAnObjective()
    {
        foreach (string name in Objective.Names)
        {
            Objective.Parse(name, name == Objective.LeastLatencyUnderCap ? 70 : 0, out string problem)!.Name.ShouldBe(name);
            problem.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData(60.0)]
    [InlineData(75.0)]
    [InlineData(100.0)]
    public void LeastLatencyUnderACapKeepsTheCapAndComesNearTheFastest(double capWatts)
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            var plant = new Plant { SlaUs = 1e6 };
            SearchDecision last = plant.Play(Search, seed, change: r => r with { Objective = Cap(capWatts) }).Decisions[^1];

            last.Action.ShouldBe(SearchAction.Settle);
            plant.Watts(last.Setting).ShouldBeLessThanOrEqualTo(capWatts);
            double fastest = plant.Space.Enumerate().Where(s => plant.Watts(s) <= capWatts).Min(plant.LatencyUs);
            (plant.LatencyUs(last.Setting) / fastest).ShouldBeLessThan(1.1, $"seed {seed}: {last.Setting}");
        }
    }

    [Fact]
    public void ACapThatNothingKeepsIsInfeasibleWithTheClosestSetting()
    {
        var plant = new Plant();
        (List<SearchDecision> decisions, ImmutableArray<Observation> known) = plant.Play(Search, change: r => r with { Objective = Cap(20) });

        decisions[^1].Action.ShouldBe(SearchAction.Infeasible);
        decisions[^1].Reason.ShouldContain("20.0 W");
        plant.Watts(decisions[^1].Setting).ShouldBeLessThanOrEqualTo(known.Min(o => plant.Watts(o.Setting)) * 1.05);
    }

    [Fact]
    public void ALoadThatWobblesBetweenWindowsIsNoSaving()
    {
        // The dearer of two settings was measured while the load was 4 % lower, so that its watts alone look like the cheaper's.
        var plant = new Plant { SlaUs = 500 };
        var dear = new Setting([new("cpu_mhz", 2100), new("rx_usecs", 100)]);
        var cheap = new Setting([new("cpu_mhz", 1900), new("rx_usecs", 100)]);
        ImmutableArray<Observation> known =
        [
            .. Enumerable.Range(0, 4).SelectMany(i => new[]
            {
                new Observation("node", cheap, plant.Qps, 70, 0, 200, 0, Plant.Start.AddSeconds(i)),
                new Observation("node", dear, plant.Qps * 0.96, 70, 0, 200, 0, Plant.Start.AddSeconds(i)),
            }),
        ];
        SearchRequest request = plant.Request(known, 15, Plant.Start.AddMinutes(1)) with
        {
            Objective = new Objective(Objective.LeastJoulesPerRequest),
        };
        Search.Next(request).Setting.ShouldBe(cheap);
        request.Objective.Cost(70, plant.Qps, 200).ShouldBe(70 / plant.Qps, 1e-12);
        request.Objective.Cost(70, plant.Qps * 0.96, 200).ShouldBeGreaterThan(70 / plant.Qps);
    }

    [Fact]
    public void JoulesPerRequestFindTheSameOptimumAtASteadyLoad()
    {
        var plant = new Plant();
        SearchDecision last = plant.Play(
            Search, change: r => r with { Objective = new Objective(Objective.LeastJoulesPerRequest) }).Decisions[^1];
        (plant.Watts(last.Setting) / plant.OptimumWatts).ShouldBeLessThan(1.08);
    }

    private static Objective Cap(double watts) => new(Objective.LeastLatencyUnderCap, watts);
}
