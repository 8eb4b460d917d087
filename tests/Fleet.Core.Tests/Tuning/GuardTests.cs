using Fleet.Core.Control;
using Fleet.Core.Measurement;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class GuardTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Sla Promise = new(99, 500);
    private readonly SliceGuard _guard = new(new TunerOptions());
    private readonly ProbeAbort _abort = new(new TunerOptions());

    [Fact]
    public void OneNoisySliceTripsNothing()
    {
        foreach (long over in new long[] { 0, 200, 0, 300, 0, 200, 5 })
        {
            _guard.Add(Slice(2000, over), Promise);
            _abort.Add(Slice(2000, over), Promise);
            _guard.Tripped.ShouldBeFalse();
            _abort.Reason.ShouldBeNull();
        }
    }

    [Fact]
    public void TwoBadSlicesTripBoth()
    {
        for (int i = 0; i < 2; i++)
        {
            _guard.Add(Slice(2000, 80), Promise);
            _abort.Add(Slice(2000, 80), Promise);
        }

        _guard.Tripped.ShouldBeTrue();
        _abort.Reason.ShouldNotBeNull().ShouldContain("500");
    }

    [Fact]
    public void AHopelessSliceAbortsAtOnce()
    {
        _abort.Add(Slice(2000, 1500), Promise);
        _abort.Reason.ShouldNotBeNull();
    }

    [Fact]
    public void TooFewRequestsProveNothing()
    {
        for (int i = 0; i < 20; i++)
        {
            _guard.Add(Slice(2, 2), Promise);
        }

        _guard.Tripped.ShouldBeFalse();
    }

    [Fact]
    public void QuarantineDoublesAndSparesTheDefault()
    {
        var quarantine = new Quarantine(new TunerOptions { QuarantineFirst = TimeSpan.FromSeconds(10) });
        Core.Knobs.Setting setting = PoolBench.Timer(400);
        quarantine.Strike(setting, Start);
        quarantine.Holds(setting, Start.AddSeconds(9)).ShouldBeTrue();
        quarantine.Holds(setting, Start.AddSeconds(11)).ShouldBeFalse();
        quarantine.Strike(setting, Start.AddSeconds(20));
        quarantine.Holds(setting, Start.AddSeconds(39)).ShouldBeTrue();
        quarantine.Strike(Core.Knobs.Setting.Default, Start);
        quarantine.Holds(Core.Knobs.Setting.Default, Start).ShouldBeFalse();
    }

    private static TrafficSlice Slice(long requests, long over)
    {
        TrafficSlice slice = PoolBench.TrafficOf(Start, requests - over, 100);
        slice.Latency.RecordNs(900_000, over);
        return slice with { Requests = requests };
    }
}
