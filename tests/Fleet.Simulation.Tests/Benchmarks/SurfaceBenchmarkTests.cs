using System.Globalization;
using System.Text;
using Fleet.Simulation.Benchmarks;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Tests.Benchmarks;

public class SurfaceBenchmarkTests
{
    [Fact]
    public void TheSameSeedGivesTheSameReport()
    {
        SurfaceBenchmarkOptions options = new() { SlasUs = [250], Runs = 3, Methods = ["fleet", "bayop", "random"] };

        SurfaceBenchmark.Run(Synthetic(), options).ToJson().ShouldBe(SurfaceBenchmark.Run(Synthetic(), options).ToJson());
    }

    [Fact]
    public void BeatsThePenaltyMethodAndStaysNearTheOracle()
    {
        SurfaceReport report = SurfaceBenchmark.Run(
            Synthetic(), new() { SlasUs = [150, 250, 400], Runs = 10, Methods = ["fleet", "bayop", "default", "oracle"] });
        Dictionary<string, BenchmarkRow> mean = report.Means.ToDictionary(r => r.Method);

        mean["oracle"].FinalOverBest.ShouldBe(1, 1e-12);
        mean["fleet"].FinalOverBest.ShouldBeLessThan(1.05);
        mean["fleet"].FinalBreaksSlaShare.ShouldBeLessThanOrEqualTo(0.02);
        mean["fleet"].TrialsAtStop.ShouldBeLessThan(0.5 * mean["bayop"].TrialsAtStop);
        mean["fleet"].BreakingTrials.ShouldBeLessThan(mean["bayop"].BreakingTrials);
        mean["default"].SavingOverDefault!.Value.ShouldBe(0, 1e-12);
    }

    [Fact]
    public void ACellThatNothingSatisfiesIsListedAndInNoMean()
    {
        SurfaceReport report = SurfaceBenchmark.Run(Synthetic(), new() { SlasUs = [10], Runs = 1 });

        report.Rows.ShouldBeEmpty();
        report.Means.ShouldBeEmpty();
        report.Infeasible.Length.ShouldBe(2);
        report.Infeasible[0].ClosestUs.ShouldBeGreaterThan(10);
    }

    /// <summary>A server whose cores queue near saturation: demand falls with batching and with the clock.</summary>
    private static Surface Synthetic()
    {
        var csv = new StringBuilder("qps,rx_usecs,cpu_mhz,watts,p99_us\n");
        foreach (double qps in (double[])[200_000, 500_000])
        {
            foreach (int delay in (int[])[2, 10, 20, 40, 80, 160, 320])
            {
                for (int mhz = 1200; mhz <= 2800; mhz += 200)
                {
                    Row($"{delay},{mhz}", qps, delay, mhz);
                }
            }

            Row(",", qps, 20, 2600);
        }

        (Surface? surface, _) = SurfaceReader.Read(new StringReader(csv.ToString()));
        return surface!;

        void Row(string knobs, double qps, int delay, int mhz)
        {
            double speed = mhz / 2800.0;
            double busy = Math.Min(0.97, qps * (0.65 + (0.35 / (1 + (delay / 70.0)))) / (1.1e6 * speed));
            double latencyUs = (30 / speed * (1 + (busy * busy / (1 - busy)))) + (0.92 * delay);
            double watts = 30 + (70 * (busy + 0.25) * speed * speed);
            csv.AppendLine(CultureInfo.InvariantCulture, $"{qps},{knobs},{watts:F3},{latencyUs:F2}");
        }
    }
}
