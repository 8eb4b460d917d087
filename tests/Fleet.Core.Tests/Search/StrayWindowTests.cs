using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tests.Search;

/// <summary>Windows during which something else ran on the server: their tail says nothing of the setting, and the model is not bent.</summary>
public class StrayWindowTests
{
    private const double Stray = 3;
    private static readonly ConstrainedSearch Search = new();
    private static readonly Plant Server = new();
    private static readonly Setting Struck = new([new("cpu_mhz", 2100), new("rx_usecs", 50)]);

    public static TheoryData<long, long> Elsewhere => new() { { 2100, 40 }, { 1900, 50 }, { 2300, 100 }, { 2900, 20 }, { 1300, 200 } };

    [Theory]
    [MemberData(nameof(Elsewhere))]
    public void AStrayWindowHardlyMovesTheForecastOfOtherSettings(long mhz, long delayUs)
    {
        var setting = new Setting([new("cpu_mhz", mhz), new("rx_usecs", delayUs)]);
        ImmutableArray<Observation> stray = [.. Known().Select(o => o.Setting.Equals(Struck) ? o with { PercentileUs = Stray * o.PercentileUs } : o)];
        double moved = Predict(stray, setting).PercentileUs / Predict(Known(), setting).PercentileUs;
        moved.ShouldBeInRange(0.93, 1.07);
    }

    [Fact]
    public void ASecondWindowOutweighsAStrayOneAtTheSameSetting()
    {
        Observation good = Known().Single(o => o.Setting.Equals(Struck));
        double truth = Server.LatencyUs(Struck);
        double forecast = Predict(Known().Add(good with { PercentileUs = Stray * good.PercentileUs }), Struck).PercentileUs;
        forecast.ShouldBeInRange(0.97 * truth, 1.1 * truth);
    }

    [Fact]
    public void AStrayPowerReadingDoesNotMakeItsNeighboursDear()
    {
        ImmutableArray<Observation> stray = [.. Known().Select(o => o.Setting.Equals(Struck) ? o with { Watts = 2 * o.Watts } : o)];
        var near = new Setting([new("cpu_mhz", 1900), new("rx_usecs", 50)]);
        (Predict(stray, near).Watts / Predict(Known(), near).Watts).ShouldBeInRange(0.97, 1.03);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void ASearchWithAStrayWindowStillSettlesOnAGoodSetting(int struck)
    {
        SearchRequest Strike(SearchRequest request) => request with
        {
            Observations = [.. request.Observations.Select((o, i) => i + 1 == struck ? o with { PercentileUs = Stray * o.PercentileUs } : o)],
        };

        for (ulong seed = 1; seed <= 5; seed++)
        {
            (List<SearchDecision> decisions, _) = Server.Play(Search, seed, change: Strike);
            decisions[^1].Action.ShouldBe(SearchAction.Settle);
            Server.LatencyUs(decisions[^1].Setting).ShouldBeLessThanOrEqualTo(Server.SlaUs);
            Server.Watts(decisions[^1].Setting).ShouldBeLessThan(1.1 * Server.OptimumWatts);
        }
    }

    private static SettingPrediction Predict(ImmutableArray<Observation> known, Setting setting) =>
        Search.Predict(Server.Request(known, known.Length, Plant.Start.AddMinutes(1)), setting)!;

    private static ImmutableArray<Observation> Known() =>
    [
        .. from mhz in (long[])[1300, 1700, 2100, 2500, 2900]
           from delay in (long[])[2, 20, 50, 100, 200]
           let setting = new Setting([new("cpu_mhz", mhz), new("rx_usecs", delay)])
           select new Observation("node", setting, Server.Qps, Server.Watts(setting), 0, Server.LatencyUs(setting), 0, Plant.Start),
    ];
}
