using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tests.Search;

/// <summary>What the model makes of old, foreign and aborted windows.</summary>
public class ForgettingTests
{
    private static readonly ConstrainedSearch Search = new();
    private static readonly Setting Middle = new([new("cpu_mhz", 2100), new("rx_usecs", 50)]);

    [Fact]
    public void OldWindowsCountLessThanYoungOnes()
    {
        var plant = new Plant();
        Observation old = Window(plant, Middle, 100, Plant.Start);
        Observation young = Window(plant, Middle, 130, Plant.Start.AddDays(30));
        double now = Predict(plant, [old, young], Middle, Plant.Start.AddDays(30)).PercentileUs;
        now.ShouldBeInRange(127, 133);
        double both = Predict(plant, [old with { At = young.At }, young], Middle, Plant.Start.AddDays(30)).PercentileUs;
        both.ShouldBeInRange(108, 120);
    }

    [Fact]
    public void AWindowsUncertaintyGrowsWithItsAge()
    {
        var plant = new Plant();
        ImmutableArray<Observation> known = Known(plant, Plant.Start);
        double fresh = Predict(plant, known, Middle, Plant.Start.AddMinutes(1)).PercentileSd;
        double stale = Predict(plant, known, Middle, Plant.Start.AddDays(14)).PercentileSd;
        stale.ShouldBeGreaterThan(1.5 * fresh);
    }

    [Fact]
    public void ANodeOfItsClassMayBeOffByAConstant()
    {
        // The sibling's windows are 5 % dearer throughout: one window of the node itself sets the level right everywhere.
        var plant = new Plant();
        ImmutableArray<Observation> sibling =
            [.. Known(plant, Plant.Start).Select(o => o with { NodeId = "sibling", Watts = o.Watts * 1.05 })];
        Setting elsewhere = new([new("cpu_mhz", 1300), new("rx_usecs", 400)]);
        Observation own = Window(plant, Middle, plant.LatencyUs(Middle), Plant.Start);

        double without = Predict(plant, sibling, elsewhere, Plant.Start.AddMinutes(1)).Watts / plant.Watts(elsewhere);
        double with = Predict(plant, sibling.Add(own).Add(own), elsewhere, Plant.Start.AddMinutes(1)).Watts / plant.Watts(elsewhere);
        without.ShouldBeInRange(1.03, 1.07);
        Math.Abs(with - 1).ShouldBeLessThan(0.6 * Math.Abs(without - 1));
    }

    [Fact]
    public void AnAbortedProbeSaysAtLeastSoSlow()
    {
        var plant = new Plant();
        ImmutableArray<Observation> known = Known(plant, Plant.Start);
        var slow = new Setting([new("cpu_mhz", 1300), new("rx_usecs", 400)]);
        Observation bound = Window(plant, slow, 300, Plant.Start) with { Censored = true };
        Observation exact = bound with { Censored = false };

        double censored = Predict(plant, known.Add(bound), slow, Plant.Start.AddMinutes(1)).PercentileUs;
        double measured = Predict(plant, known.Add(exact), slow, Plant.Start.AddMinutes(1)).PercentileUs;
        censored.ShouldBeGreaterThan(measured);
        censored.ShouldBeGreaterThan(300);
    }

    private static SettingPrediction Predict(Plant plant, ImmutableArray<Observation> known, Setting setting, DateTimeOffset now) =>
        Search.Predict(plant.Request(known, known.Length, now), setting)!;

    private static ImmutableArray<Observation> Known(Plant plant, DateTimeOffset at) =>
    [
        .. from mhz in (long[])[1300, 1700, 2100, 2500, 2900]
           from delay in (long[])[2, 20, 50, 100, 200]
           let setting = new Setting([new("cpu_mhz", mhz), new("rx_usecs", delay)])
           select Window(plant, setting, plant.LatencyUs(setting), at),
    ];

    private static Observation Window(Plant plant, Setting setting, double latencyUs, DateTimeOffset at) =>
        new("node", setting, plant.Qps, plant.Watts(setting), 0, latencyUs, 0, at);
}
