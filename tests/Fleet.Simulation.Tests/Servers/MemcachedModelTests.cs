using System.Collections.Immutable;
using Fleet.Simulation.Servers;
using Fleet.Simulation.Surfaces;
using Fleet.Testing;

namespace Fleet.Simulation.Tests.Servers;

public class MemcachedModelTests
{
    [Fact]
    public void FitsThePublishedTable()
    {
        string? path = RepositoryRoot.SharedData("surfaces/memcached-e5-2690-linux.csv", out string reason);
        Assert.SkipWhen(path is null, reason);
        using StreamReader text = File.OpenText(path);
        ImmutableArray<FitError> errors = MemcachedModel.Published.Errors(SurfaceReader.Read(text).Surface!);
        errors.Length.ShouldBe(297);
        Math.Sqrt(errors.Average(e => e.WattsError * e.WattsError)).ShouldBeLessThan(0.02);
        Math.Sqrt(errors.Average(e => e.PercentileError * e.PercentileError)).ShouldBeLessThan(0.08);
    }

    [Fact]
    public void PowerRisesWithTheClockAndLatencyFalls()
    {
        foreach (double qps in MemcachedModel.Loads)
        {
            MemcachedModel.Published.Watts(qps, 100, 2900).ShouldBeGreaterThan(MemcachedModel.Published.Watts(qps, 100, 1300));
            MemcachedModel.Published.PercentileUs(qps, 100, 2900).ShouldBeLessThan(MemcachedModel.Published.PercentileUs(qps, 100, 1300));
        }
    }
}
