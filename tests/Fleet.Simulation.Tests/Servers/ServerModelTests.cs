using Fleet.Core.Knobs;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Tests.Servers;

/// <summary>The model keeps the shape that was measured on the veth plant (busy share and p99 at 10,000 and 40,000 GET/s).</summary>
public class ServerModelTests
{
    private readonly ServerModel _server = new();

    [Theory]
    [InlineData(10_000, 0, 0.19)]
    [InlineData(10_000, 100, 0.26)]
    [InlineData(10_000, 400, 0.06)]
    [InlineData(40_000, 0, 0.58)]
    [InlineData(40_000, 100, 0.44)]
    [InlineData(40_000, 200, 0.35)]
    [InlineData(40_000, 400, 0.24)]
    public void BusyShareIsAsMeasured(double qps, long timerUs, double measured) =>
        _server.Busy(Timer(timerUs), qps).ShouldBe(measured, 0.08);

    [Theory]
    [InlineData(10_000, 0, 75)]
    [InlineData(10_000, 100, 181)]
    [InlineData(10_000, 400, 468)]
    [InlineData(40_000, 200, 282)]
    [InlineData(40_000, 400, 488)]
    public void TailIsAsMeasured(double qps, long timerUs, double measuredUs) =>
        _server.PercentileUs(Timer(timerUs), qps, 99).ShouldBe(measuredUs, measuredUs * 0.2);

    [Fact]
    public void AShortTimerCostsMoreThanNone() =>
        _server.Watts(Timer(20), 10_000).ShouldBeGreaterThan(_server.Watts(Setting.Default, 10_000));

    [Fact]
    public void PoissonCountsHaveTheirMeanAndVariance()
    {
        var chance = new Chance(3);
        foreach (double mean in new[] { 3.0, 400.0 })
        {
            long[] counts = [.. Enumerable.Range(0, 20_000).Select(_ => chance.Poisson(mean))];
            counts.Average().ShouldBe(mean, mean * 0.02);
            counts.Average(c => (c - mean) * (c - mean)).ShouldBe(mean, mean * 0.05);
        }
    }

    private static Setting Timer(long us) =>
        us == 0 ? Setting.Default : new([new(ServerModel.FlushKnob, us), new(ServerModel.SuspendKnob, 0)]);
}
