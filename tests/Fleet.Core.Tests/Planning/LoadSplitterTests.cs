using Fleet.Core.Planning;

namespace Fleet.Core.Tests.Planning;

public class LoadSplitterTests
{
    private static readonly PlannedNode Published = new(EnvelopeOfTheE5, 600_000, 12);

    [Theory]
    [InlineData(16 * 240_000.0)]
    [InlineData(16 * 500_000.0)]
    [InlineData(100_000)]
    public void IdenticalNodesGetTheCheapestNumberOfActiveOnes(double qps)
    {
        LoadPlan plan = LoadSplitter.Identical(Published, 16, qps, headroom: false);
        double least = Enumerable.Range(1, 16).Where(k => qps / k <= 600_000)
            .Min(k => (k * EnvelopeOfTheE5(qps / k)) + ((16 - k) * 12));
        plan.Watts.ShouldBe(least, 1e-6);
        plan.Loads.Sum().ShouldBe(qps, 1e-3);
        plan.ShortfallQps.ShouldBe(0);
    }

    [Fact]
    public void HeadroomKeepsOneNodesCapacityAmongTheActiveOnes()
    {
        LoadPlan tight = LoadSplitter.Identical(Published with { ParkedWatts = 0 }, 8, 1_200_000, headroom: false);
        LoadPlan spare = LoadSplitter.Identical(Published with { ParkedWatts = 0 }, 8, 1_200_000, headroom: true);
        spare.Active.ShouldBeGreaterThanOrEqualTo(3);
        spare.HasHeadroom.ShouldBeTrue();
        tight.Watts.ShouldBeLessThanOrEqualTo(spare.Watts);
        LoadPlan mixed = LoadSplitter.Mixed([.. Enumerable.Repeat(Published with { ParkedWatts = 0 }, 8)], 1_200_000, 200, headroom: true);
        mixed.HasHeadroom.ShouldBeTrue();
    }

    [Fact]
    public void MixedClassesMatchExhaustiveEnumeration()
    {
        var small = new PlannedNode(q => 20 + (q / 10_000), 200_000, 5);
        var large = new PlannedNode(q => 60 + (q * q / 4e9), 600_000, 15);
        PlannedNode[] nodes = [small, large, small];
        const int Steps = 40;
        const double Qps = 520_000;
        double least = double.PositiveInfinity;
        for (int a = 0; a <= Steps; a++)
        {
            for (int b = 0; a + b <= Steps; b++)
            {
                int[] share = [a, b, Steps - a - b];
                double watts = nodes.Zip(share).Sum(p => p.Second == 0 ? p.First.ParkedWatts
                    : p.Second * Qps / Steps > p.First.CapacityQps ? double.PositiveInfinity : p.First.Watts(p.Second * Qps / Steps));
                least = Math.Min(least, watts);
            }
        }

        LoadPlan plan = LoadSplitter.Mixed(nodes, Qps, Steps, headroom: false);
        plan.Watts.ShouldBe(least, 1e-9);
        plan.Loads.Sum().ShouldBe(Qps, 1e-3);
    }

    [Fact]
    public void OverloadMakesEveryNodeActiveAndNamesTheShortfall()
    {
        LoadPlan identical = LoadSplitter.Identical(Published, 4, 3_000_000, headroom: true);
        LoadPlan mixed = LoadSplitter.Mixed([Published, Published, Published with { CapacityQps = 300_000 }], 2_000_000, 100, headroom: true);
        identical.ShortfallQps.ShouldBe(600_000, 1);
        identical.Active.ShouldBe(4);
        mixed.ShortfallQps.ShouldBe(500_000, 1);
        mixed.Active.ShouldBe(3);
    }

    [Fact]
    public void NothingIsActiveWithoutLoad() => LoadSplitter.Mixed([Published, Published], 0, 10, true).Active.ShouldBe(0);

    // W*(load) of the published memcached table at 500 µs: 52.9, 58.7 and 74.2 W at 200, 400 and 600 thousand requests/s.
    private static double EnvelopeOfTheE5(double qps) => qps switch
    {
        <= 200_000 => 52.9,
        <= 400_000 => 52.9 + ((qps - 200_000) * 5.8 / 200_000),
        _ => 58.7 + ((qps - 400_000) * 15.5 / 200_000),
    };
}
