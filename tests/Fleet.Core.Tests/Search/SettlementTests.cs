using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Models;
using Fleet.Core.Search;

namespace Fleet.Core.Tests.Search;

/// <summary>How many windows the winner of a search takes before it is held.</summary>
public class SettlementTests
{
    private static readonly Setting Winner = new([new("cpu_mhz", 1500), new("rx_usecs", 100)]);

    [Fact]
    public void AWinnerThatIsProvenButNotBeyondDoubtTakesASecondWindowAndNoThird()
    {
        foreach (int windows in (int[])[1, 2])
        {
            SearchState state = After(windows, 291);
            double z = state.Goal.SlackZ(state.Score(Winner));
            z.ShouldBeInRange(1.65, 3.1, $"{windows}: proven, and not sure");
            SearchDecision decision = Settlement.Next(state);
            decision.Setting.ShouldBe(Winner);
            decision.Kind.ShouldBe(windows == 1 ? "replicate" : "settle");
        }
    }

    [Fact]
    public void AWinnerBetweenTheMarginAndThePromiseIsNotHeld()
    {
        Settlement.Next(After(3, 260)).ShouldSatisfyAllConditions(d => d.Kind.ShouldBe("settle"), d => d.Setting.ShouldBe(Winner));
        SearchDecision decision = Settlement.Next(After(3, 260, margin: 0.8));
        decision.Setting.ShouldBe(Setting.Default);
    }

    /// <summary>A search that measured the kernel default once and the cheapest setting so many times.</summary>
    private static SearchState After(int windows, double latencyUs, double margin = 1)
    {
        var plant = new Plant { SlaUs = 300 };
        ImmutableArray<Observation> known =
        [
            new("node", Setting.Default, plant.Qps, plant.Watts(Setting.Default), 0, 90, 0, Plant.Start),
            .. Enumerable.Range(1, windows).Select(i =>
                new Observation("node", Winner, plant.Qps, plant.Watts(Winner), 0, latencyUs, 0, Plant.Start.AddSeconds(i))),
        ];
        SearchRequest request = plant.Request(known, windows + 1, Plant.Start.AddMinutes(1));
        request = request with { Options = request.Options with { SettleMargin = margin } };
        return new SearchState(request, ContextModel.Fit(request)!);
    }
}
