using Fleet.Simulation.Benchmarks.Functions;

namespace Fleet.Simulation.Tests.Benchmarks.Functions;

public class WaveSearchTests
{
    private static readonly double[][] Points = [.. Enumerable.Range(1, 14).Select(i => new[] { Halton.Value(i, 0), Halton.Value(i, 1) })];

    [Fact]
    public void FrequenciesBetweenThoseOfTheGridAreFound()
    {
        WaveExplanation best = Explain(x => 0.3 + (Math.Cos((2 * Math.PI * 1.31 * x[0]) + 0.4) * Math.Cos((2 * Math.PI * 0.64 * x[1]) - 1)))
            .MaxBy(e => e.LogWeight)!;
        best.Waves.ShouldContain(w => Math.Abs(w.CyclesPerRange[0] - 1.31) < 0.01 && Math.Abs(w.CyclesPerRange[1] - 0.64) < 0.01);
        best.LogRest.ShouldBeLessThan(Math.Log(0.05));
    }

    [Fact]
    public void AWaveOfItsOwnIsAddedForWhatTheFirstLeaves()
    {
        WaveExplanation best = Explain(x => Math.Cos(2 * Math.PI * 1.9 * x[0]) + (0.7 * Math.Sin(2 * Math.PI * 0.95 * x[1])))
            .MaxBy(e => e.LogWeight)!;
        best.Waves.ShouldContain(w => Math.Abs(w.CyclesPerRange[0] - 1.9) < 0.01 && w.CyclesPerRange[1] == 0);
        best.Waves.ShouldContain(w => w.CyclesPerRange[0] == 0 && Math.Abs(w.CyclesPerRange[1] - 0.95) < 0.01);
    }

    [Fact]
    public void WhatNeverRepeatsKeepsItsRest() =>
        Explain(x => Math.Exp(-20 * (((x[0] - 0.4) * (x[0] - 0.4)) + ((x[1] - 0.7) * (x[1] - 0.7))))).MaxBy(e => e.LogWeight)!
            .LogRest.ShouldBeGreaterThan(Math.Log(0.2));

    private static List<WaveExplanation> Explain(Func<double[], double> function) =>
        new WaveSearch(new WaveEvidence(Points, [.. Points.Select(function)], 0.35, 1e-8)).Explain();
}
