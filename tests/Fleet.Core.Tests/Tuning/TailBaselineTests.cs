using Fleet.Core.Control;
using Fleet.Core.Measurement;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class TailBaselineTests
{
    private const double Alpha = 0.001;
    private static readonly Sla Promise = new(99, 500);
    private readonly TailBaseline _baseline = new();

    [Fact]
    public void ASliceWithoutRequestsIsNotUnusualAndSaysNothingOfWhatIs()
    {
        Feed(60, 8).ShouldBeFalse();
        var empty = new TrafficSlice(DateTimeOffset.UnixEpoch, PoolBench.Slice, 0, 0, 0, new LatencyHistogram());
        for (int i = 0; i < 100; i++)
        {
            _baseline.Add(empty, Promise, Alpha).ShouldBeFalse();
        }

        Feed(240, 1).ShouldBeTrue("the usual tail is still the one of slices with requests");
    }

    [Fact]
    public void AfterAResetNothingIsUsual()
    {
        Feed(60, 8).ShouldBeFalse();
        _baseline.Reset();
        Feed(240, 1).ShouldBeFalse();
    }

    private bool Feed(double latencyUs, int slices)
    {
        bool unusual = false;
        for (int i = 0; i < slices; i++)
        {
            unusual = _baseline.Add(PoolBench.TrafficOf(DateTimeOffset.UnixEpoch, 2000, latencyUs), Promise, Alpha);
        }

        return unusual;
    }
}
