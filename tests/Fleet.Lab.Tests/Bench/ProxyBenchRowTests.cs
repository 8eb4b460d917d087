using Fleet.Core.Measurement;
using Fleet.Lab.Bench;

namespace Fleet.Lab.Tests.Bench;

public sealed class ProxyBenchRowTests
{
    [Fact]
    public void Figures_are_medians_and_a_ratio_is_of_slices_of_the_same_repetition()
    {
        ClosedLoopResult[] fleet = [Slice(1000, 0.5), Slice(1200, 0.5), Slice(4000, 0.5)];
        ClosedLoopResult[] nutcracker = [Slice(1000, 1), Slice(1200, 1), Slice(1000, 1)];
        ProxyBenchRow row = BenchCell.Row("get", 50, 1, "fleet", fleet, nutcracker);
        row.RequestsPerSecond.ShouldBe(600);
        row.RequestsPerCpuSecond.ShouldBe(2400);
        row.CpuShare.ShouldBe(0.25);
        (row.LowestRatio, row.RatioToNutcracker, row.HighestRatio).ShouldBe(((double?)2, (double?)2, (double?)8));
        row.P50Us.ShouldBe(100, 2);
    }

    [Fact]
    public void What_has_no_process_or_no_rival_has_no_ratio()
    {
        ProxyBenchRow direct = BenchCell.Row("get", 50, 1, "direct", [Slice(1000, null)], [Slice(1000, 1)]);
        (direct.RequestsPerCpuSecond, direct.CpuShare, direct.RatioToNutcracker).ShouldBe((null, null, null));
        BenchCell.Row("get", 50, 1, "fleet", [Slice(1000, 1)], null).RatioToNutcracker.ShouldBeNull();
    }

    [Fact]
    public void Cells_below_the_bar_are_missed()
    {
        ProxyBenchRow Fleet(int connections, double cpuSeconds) =>
            BenchCell.Row("get", connections, 1, "fleet", [Slice(1000, cpuSeconds)], [Slice(1000, 1)]);
        ProxyBenchReport report = new([Fleet(50, 0.5), Fleet(200, 1)], [], [], 2, 1, "");
        report.Missed.Select(r => r.Connections).ShouldBe([200]);
    }

    [Fact]
    public void The_clock_counts_the_cpu_time_of_a_process_and_knows_when_there_is_none()
    {
        TimeSpan before = CpuClock.OfProcess(Environment.ProcessId)!.Value;
        var random = new Random(1);
        double sum = 0;
        for (int i = 0; i < 1_000_000; i++)
        {
            sum += Math.Sqrt(random.NextDouble());
        }

        sum.ShouldBeGreaterThan(0);
        CpuClock.OfProcess(Environment.ProcessId)!.Value.ShouldBeGreaterThan(before);
        CpuClock.OfProcess(int.MaxValue - 1).ShouldBeNull();
    }

    private static ClosedLoopResult Slice(long requests, double? cpuSeconds)
    {
        var latency = new LatencyHistogram();
        latency.RecordUs(100);
        return new ClosedLoopResult(requests, TimeSpan.FromSeconds(2), cpuSeconds is { } s ? TimeSpan.FromSeconds(s) : null, latency);
    }
}
