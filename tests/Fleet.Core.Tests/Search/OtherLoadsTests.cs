using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Models;
using Fleet.Core.Search;

namespace Fleet.Core.Tests.Search;

/// <summary>More load never makes a setting faster: what is safe above is safe here, what breaks below breaks here.</summary>
public class OtherLoadsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly KnobSpace Space = new(
    [
        new Knob("rx_usecs", [2, 20, 50, 100, 200, 400], KnobScale.Log),
        new Knob("cpu_mhz", [1300, 1700, 2100, 2500, 2900], KnobScale.Linear),
    ]);

    [Fact]
    public void ALowerLoadStartsWithASettingThatIsSafeAtTheHigherOne()
    {
        SearchDecision decision = new ConstrainedSearch().Next(Request(100_000, 300, Known(400_000, 2)));

        decision.Action.ShouldBe(SearchAction.Probe);
        Latency(decision.Setting, 400_000, 2).ShouldBeLessThanOrEqualTo(300);
        Watts(decision.Setting, 100_000).ShouldBeLessThan(1.25 * Cheapest(100_000, 300));
    }

    [Fact]
    public void AHigherLoadNeverStartsWithASettingThatBreaksAtTheLowerOne()
    {
        foreach (double slaUs in (double[])[120, 200, 300, 450])
        {
            SearchDecision decision = new ConstrainedSearch().Next(Request(600_000, slaUs, Known(400_000, 1)));
            Latency(decision.Setting, 400_000, 1).ShouldBeLessThanOrEqualTo(slaUs, $"SLA {slaUs}: {decision.Setting}");
        }
    }

    [Theory]
    [InlineData(InitialDesign.WarmRows - 1, "initial")]
    [InlineData(InitialDesign.WarmRows, "probe")]
    public void TheDefaultIsMeasuredFirstUntilTheClassKnowsEnoughWithoutIt(int rows, string kind)
    {
        ImmutableArray<Observation> known = [.. Known(400_000, 1).Where(o => !o.Setting.IsDefault).Take(rows)];
        new ConstrainedSearch().Next(Request(100_000, 300, known)).Kind.ShouldBe(kind);
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(4)]
    public void TheFurtherALoadIsAwayTheSofterItsBound(double factor)
    {
        const long Fastest = 4;
        SearchRequest request = Request(100_000, 300, Known(100_000 * factor, 1));
        ContextModel model = ContextModel.Fit(request)!;
        var (there, sd) = (new double[1], new double[1]);
        model.ScorerAt(Math.Log(100_000 * factor)).ScoreLatency([Fastest], there, sd);

        Forecast[] forecasts = [new Forecast(4, 1, Math.Log(3000), 1)];
        new OtherLoads(model, Math.Log(100_000)).Bound([Fastest], forecasts, new Goal(false, Math.Log(1000)));
        forecasts[0].LogLatency.ShouldBe(there[0], 1e-9);
        double softness = Math.Sqrt((forecasts[0].LatencySd * forecasts[0].LatencySd) - (sd[0] * sd[0]));
        softness.ShouldBe(0.1 * Math.Log(factor), 1e-9, "a tenth of the distance in ln load");
    }

    private static SearchRequest Request(double qps, double slaUs, ImmutableArray<Observation> known) =>
        new(Space, "node", qps, slaUs, known, [], [], 0, Now, 1, new SearchOptions());

    private static ImmutableArray<Observation> Known(double qps, double slowness) =>
        [.. Space.Enumerate().Append(Setting.Default).Select(s =>
            new Observation("node", s, qps, Watts(s, qps), 0, Latency(s, qps, slowness), 0, Now.AddMinutes(-5)))];

    private static double Cheapest(double qps, double slaUs) =>
        Space.Enumerate().Where(s => Latency(s, qps, 1) <= slaUs).Min(s => Watts(s, qps));

    private static double Busy(Setting setting, double qps) => Math.Min(0.95, qps / 1.2e6 * 2900 / Mhz(setting));

    private static double Latency(Setting setting, double qps, double slowness) =>
        (40 * slowness * 2900 / Mhz(setting) * (1 + (Math.Pow(Busy(setting, qps), 3) / (1 - Busy(setting, qps))))) + (0.9 * Delay(setting));

    private static double Watts(Setting setting, double qps) =>
        40 + (60 * Math.Pow(Mhz(setting) / 2900, 2) * (0.3 + Busy(setting, qps))) - (3 * Math.Log(1 + Delay(setting)));

    private static double Delay(Setting setting) => setting.IsDefault ? 20 : setting["rx_usecs"];

    private static double Mhz(Setting setting) => setting.IsDefault ? 2700 : setting["cpu_mhz"];
}
