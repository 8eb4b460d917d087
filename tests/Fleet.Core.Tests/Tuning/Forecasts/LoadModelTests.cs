using Fleet.Core.Tuning.Forecasts;

namespace Fleet.Core.Tests.Tuning.Forecasts;

public class LoadModelTests
{
    private const int Day = 1440;

    [Fact]
    public void YesterdayTimesTheRatioOfTheLastHourIsExactForAScaledDay()
    {
        var model = new SeasonalNaive();
        int minute = Feed(model, 0, Day, Curve);
        model.Ahead(1).ShouldBeNull();
        minute = Feed(model, minute, 60, m => 1.3 * Curve(m));
        foreach (int ahead in new[] { 1, 10, 600, Day })
        {
            double scale = minute + ahead - 1 >= Day + Day ? 1.69 : 1.3;
            model.Ahead(ahead)!.Value.ShouldBe(scale * Curve(minute + ahead - 1), 1e-6);
        }
    }

    [Fact]
    public void HoltWintersFollowsTheSeasonOfTheFirstDay()
    {
        var model = new HoltWinters();
        int minute = Feed(model, 0, Day - 1, Curve);
        model.Ahead(1).ShouldBeNull();
        minute = Feed(model, minute, 1, Curve);
        model.Ahead(1)!.Value.ShouldBe(Curve(minute), 1e-6 * Curve(minute));
        minute = Feed(model, minute, Day, Curve);
        for (int ahead = 1; ahead <= 10; ahead++)
        {
            model.Ahead(ahead)!.Value.ShouldBe(Curve(minute + ahead - 1), 1e-6 * Curve(minute));
        }
    }

    [Fact]
    public void HoltWintersFollowsAChangeOfTheLevelWithinTheHour()
    {
        var model = new HoltWinters();
        int minute = Feed(model, 0, 2 * Day, Curve);
        minute = Feed(model, minute, 60, m => 1.5 * Curve(m));
        (model.Ahead(10)!.Value / (1.5 * Curve(minute + 9))).ShouldBe(1, 0.1);
    }

    [Fact]
    public void AnIdleDayForecastsNothingAndNeverANonNumber()
    {
        foreach (ILoadModel model in new ILoadModel[] { new SeasonalNaive(), new HoltWinters() })
        {
            int minute = Feed(model, 0, 2 * Day, _ => 0);
            model.Ahead(10).ShouldBe(0);
            Feed(model, minute, 2 * Day, m => m % 7 == 0 ? 500 : 0);
            double.IsFinite(model.Ahead(10)!.Value).ShouldBeTrue(model.Name);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void ThePastIsNotForecast(int minutes)
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new SeasonalNaive().Ahead(minutes));
        Should.Throw<ArgumentOutOfRangeException>(() => new HoltWinters().Ahead(minutes));
    }

    [Fact]
    public void TheErrorIsTheMeanOfTheForecastsThatCameDueInADay()
    {
        var doubled = new ScoredModel(new Constant(2000), 10);
        for (int m = 0; m < 10; m++)
        {
            doubled.Add(1000);
        }

        doubled.Error.ShouldBeNull("no forecast came due");
        doubled.Add(1000);
        doubled.Error!.Value.ShouldBe(Math.Log(2), 1e-12);
        for (int m = 0; m < Day; m++)
        {
            doubled.Add(2000);
        }

        doubled.Error!.Value.ShouldBe(0, 1e-12, "a day later the old error is forgotten");
    }

    private static double Curve(int minute) => 8000 * (1 + (0.5 * Math.Sin(2 * Math.PI * minute / Day)));

    private static int Feed(ILoadModel model, int from, int minutes, Func<int, double> qps)
    {
        for (int m = from; m < from + minutes; m++)
        {
            model.Add(qps(m));
        }

        return from + minutes;
    }

    private sealed class Constant(double qps) : ILoadModel
    {
        public string Name => "constant";

        public void Add(double _)
        {
        }

        public double? Ahead(int minutes) => qps;
    }
}
