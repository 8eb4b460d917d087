using Fleet.Simulation.Benchmarks.Functions;

namespace Fleet.Simulation.Tests.Benchmarks.Functions;

public class WaveTests
{
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1.25, 0, 2)]
    [InlineData(0.5, 2, 4)]
    public void TermsMultiplyToTheCosinesOfTheDistances(double first, double second, int terms)
    {
        var wave = new Wave([first, second]);
        wave.Terms.ShouldBe(terms);
        double[] a = [0.1, 0.9];
        double[] b = [0.45, 0.2];
        var (atA, atB) = (new double[Wave.MostTerms], new double[Wave.MostTerms]);
        wave.Write(a, atA).ShouldBe(terms);
        wave.Write(b, atB).ShouldBe(terms);
        double expected = Math.Cos(2 * Math.PI * first * (a[0] - b[0])) * Math.Cos(2 * Math.PI * second * (a[1] - b[1]));
        atA.Zip(atB).Take(terms).Sum(t => t.First * t.Second).ShouldBe(expected, 1e-12);
    }
}
