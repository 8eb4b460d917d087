using Fleet.Core.Measurement;
using Fleet.Lab.Bench;

namespace Fleet.Lab.Tests.Bench;

public sealed class ProxyBenchRowTests
{
    [Fact]
    public void Figures_come_from_requests_time_and_cpu_and_ratios_from_the_same_cell()
    {
        ProxyBenchRow fleet = Row("get", 50, "fleet", TimeSpan.FromSeconds(0.5));
        fleet.RequestsPerSecond.ShouldBe(500);
        fleet.RequestsPerCpuSecond.ShouldBe(2000);
        fleet.CpuShare.ShouldBe(0.25);
        ProxyBenchReport report = new(
            ProxyBenchReport.WithRatios(
            [
                fleet,
                Row("get", 50, "nutcracker", TimeSpan.FromSeconds(1)),
                Row("get", 50, "direct", null),
                Row("get", 200, "fleet", TimeSpan.FromSeconds(1)),
                Row("get", 200, "nutcracker", TimeSpan.FromSeconds(1)),
                Row("etc", 50, "fleet", TimeSpan.FromSeconds(1)),
            ]),
            [], [], 2, "");
        report.Rows.Select(r => r.RatioToNutcracker).ShouldBe([2, 1, null, 1, 1, null]);
        report.Missed.Select(r => (r.Workload, r.Connections)).ShouldBe([("get", 200)]);
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

    private static ProxyBenchRow Row(string workload, int connections, string target, TimeSpan? cpu)
    {
        var latency = new LatencyHistogram();
        latency.RecordUs(100);
        return ProxyBenchmark.Row(workload, connections, 1, target, new ClosedLoopResult(1000, TimeSpan.FromSeconds(2), cpu, latency));
    }
}
