using Fleet.Core.Numerics;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class CusumChartTests
{
    [Theory]
    [InlineData(1.0, 1)]
    [InlineData(-1.0, -1)]
    public void AShiftOfOneDeviationIsSeenAfterTenSamplesInTheMean(double shift, int side)
    {
        // The table of Hawkins and Olwell (1998) gives 10.4 for slack 0.5 and limit 5.
        double mean = Enumerable.Range(1, 2000).Average(seed => RunLength(shift, (ulong)seed, side));
        mean.ShouldBe(10.4, 0.6);
    }

    [Fact]
    public void WithoutAShiftAFalseAlarmComesOnceInFourHundredAndSixtyFiveSamples()
    {
        double mean = Enumerable.Range(1, 1500).Average(seed => RunLength(0, (ulong)seed, 0));
        mean.ShouldBe(465, 50);
    }

    [Fact]
    public void WhatIsNoNumberIsLeftOutAndResetForgets()
    {
        var chart = new CusumChart(0.5, 5);
        chart.Add(double.NaN);
        chart.Add(double.PositiveInfinity);
        chart.Signal.ShouldBe(0);
        chart.Add(20);
        chart.Signal.ShouldBe(1);
        chart.Reset();
        chart.Signal.ShouldBe(0);
    }

    private static int RunLength(double shift, ulong seed, int side)
    {
        var chart = new CusumChart(0.5, 5);
        var random = new SplitMix64(seed);
        int samples = 0;
        while (chart.Signal == 0)
        {
            chart.Add(shift + random.NextNormal());
            samples++;
        }

        if (side != 0)
        {
            chart.Signal.ShouldBe(side);
        }

        return samples;
    }
}
