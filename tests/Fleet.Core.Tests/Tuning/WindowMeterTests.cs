using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class WindowMeterTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Sla Promise = new(99, 500);
    private readonly WindowMeter _meter = new(new TunerOptions());

    [Fact]
    public void OnlySlicesAndReadingsWhollyInsideCount()
    {
        _meter.Start(Start.AddMilliseconds(100));
        for (int i = 0; i < 9; i++)
        {
            _meter.Add(PoolBench.TrafficOf(Start + (PoolBench.Slice * i), i == 0 ? 1_000_000 : 2000, 100));
            _meter.Add(Reading(i), i == 0 ? 1000 : 10);
        }

        _meter.Ready(99, needPower: true).ShouldBeTrue();
        MeasuredWindow window = _meter.Close(Promise);
        window.Requests.ShouldBe(16_000);
        window.Qps.ShouldBe(8000, 1);
        window.Watts.ShouldBe(10);
        window.End.ShouldBe(Start + (PoolBench.Slice * 9));
    }

    [Fact]
    public void AWindowShortOfRequestsGrowsToItsLimit()
    {
        _meter.Start(Start);
        for (int i = 0; i < 23; i++)
        {
            _meter.Add(PoolBench.TrafficOf(Start + (PoolBench.Slice * i), 10, 100));
            _meter.Ready(99, needPower: false).ShouldBeFalse();
        }

        _meter.Add(PoolBench.TrafficOf(Start + (PoolBench.Slice * 23), 10, 100));
        _meter.Ready(99, needPower: false).ShouldBeTrue();
        _meter.Speaks(99).ShouldBeFalse();
    }

    [Theory]
    [InlineData(50, 20)]
    [InlineData(75, 40)]
    public void TenRequestsBeyondThePercentileAreEnoughToSpeak(double percentile, int requests)
    {
        _meter.Start(Start);
        _meter.Add(PoolBench.TrafficOf(Start, requests - 1, 100));
        _meter.Speaks(percentile).ShouldBeFalse();
        _meter.Add(PoolBench.TrafficOf(Start + PoolBench.Slice, 1, 100));
        _meter.Speaks(percentile).ShouldBeTrue();
    }

    [Fact]
    public void OneStalledSliceCountsForThePromiseAndNotForTheModel()
    {
        _meter.Start(Start);
        for (int i = 0; i < 8; i++)
        {
            TrafficSlice slice = PoolBench.TrafficOf(Start + (PoolBench.Slice * i), 2000, 100);
            slice.Latency.RecordNs(5_000_000, i == 3 ? 300 : 1);
            _meter.Add(slice);
        }

        MeasuredWindow window = _meter.Close(Promise);
        window.Met(99).ShouldBeFalse();
        window.PercentileUs.ShouldBeGreaterThan(500);
        window.SteadyPercentileUs.ShouldBeLessThan(110);
    }

    [Fact]
    public void ASettingThatIsSlowInEverySliceLooksSlow()
    {
        _meter.Start(Start);
        for (int i = 0; i < 8; i++)
        {
            TrafficSlice slice = PoolBench.TrafficOf(Start + (PoolBench.Slice * i), 2000, 100);
            slice.Latency.RecordNs(900_000, 40);
            _meter.Add(slice);
        }

        _meter.Close(Promise).SteadyPercentileUs.ShouldBeGreaterThan(500);
    }

    [Fact]
    public void AStoppedMeterHasNothing()
    {
        _meter.Start(Start);
        for (int i = 0; i < 24; i++)
        {
            _meter.Add(PoolBench.TrafficOf(Start + (PoolBench.Slice * i), 2000, 100));
        }

        _meter.Stop();
        _meter.Ready(99, needPower: false).ShouldBeFalse();
    }

    private static NodeReading Reading(int i) => new(
        Start + (PoolBench.Slice * (i + 1)), PoolBench.Slice, 10, PowerSource.Model,
        TimeSpan.Zero, TimeSpan.Zero, 0, 0, Setting.Default, null);
}
