using Fleet.Core.Knobs;
using Fleet.Core.Models;

namespace Fleet.Core.Tests.Models;

public class LinearTermsTests
{
    private static readonly OutputPrior Prior = OutputPrior.LogLatency;
    private static readonly InputSpace Space = new(new KnobSpace([new Knob("cpu_mhz", [1000, 1500, 2000, 3000], KnobScale.Linear)]));

    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(1, 1000 / 1500.0)]
    [InlineData(3, 1000 / 3000.0)]
    public void TheSlowerTheClockTheSteeperTheRiseOfTheTail(int clock, double demand) =>
        Knee(clock, 1).ShouldBe(Prior.ClockKnee.Mean * demand * demand, 1e-9);

    [Theory]
    [InlineData(1.2, 1.2)]
    [InlineData(1.5, 1.5)]
    [InlineData(4, 1.5)]
    public void MoreLoadIsMoreDemandUpToFarBeyondSaturation(double load, double demand) =>
        Knee(0, load).ShouldBe(Prior.ClockKnee.Mean * demand * demand, 1e-9);

    /// <summary>What the prior's mean at a clock and a multiple of the load is beyond its slopes.</summary>
    private static double Knee(int clock, double load)
    {
        var terms = new LinearTerms(Space, Prior, level: 5, baseLatencyUs: 100, logLoad: 10);
        var x = new double[Space.Dimensions];
        Space.Encode([clock], x);
        double mean = terms.Write([clock], x, 10 + Math.Log(load), new double[terms.Count]);
        return mean - 5 - (Math.Log(load) * Prior.Load.Mean) - ((x[0] - 0.5) * Prior.Clock.Mean);
    }
}
