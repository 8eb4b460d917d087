using System.Buffers;
using System.Text;
using Fleet.Hosting.Metrics;
using Fleet.Testing;

namespace Fleet.Hosting.Tests.Metrics;

public class ExpositionTests
{
    private static readonly MetricDefinition Jobs = new("fleet.test.jobs", MetricKind.Counter, "{job}", "Jobs \\ done\nso far.", ["pool"], "pools");
    private static readonly MetricDefinition Power = new("fleet.test.power", MetricKind.Gauge, "W", "Power.", [], "1");
    private static readonly MetricDefinition Wait = new("fleet.test.wait", MetricKind.Histogram, "s", "Wait.", ["pool"], "pools");

    private static readonly MetricFamily[] Families =
    [
        new(Jobs, [new Sample(3, "a\"b\\c\nd"), new Sample(1e-7, "e")], []),
        new(Power, [new Sample(double.NaN)], []),
        new(Wait, [], [new HistogramSample([0.001, 0.01], [1, 2], 3, 0.5, "a")]),
    ];

    [Fact]
    public void The_text_format_escapes_and_counts_up() => Written(openMetrics: false).ShouldBe(
        """
        # HELP fleet_test_jobs_total Jobs \\ done\nso far.
        # TYPE fleet_test_jobs_total counter
        fleet_test_jobs_total{pool="a\"b\\c\nd"} 3
        fleet_test_jobs_total{pool="e"} 1E-07
        # HELP fleet_test_power_watts Power.
        # TYPE fleet_test_power_watts gauge
        fleet_test_power_watts NaN
        # HELP fleet_test_wait_seconds Wait.
        # TYPE fleet_test_wait_seconds histogram
        fleet_test_wait_seconds_bucket{pool="a",le="0.001"} 1
        fleet_test_wait_seconds_bucket{pool="a",le="0.01"} 2
        fleet_test_wait_seconds_bucket{pool="a",le="+Inf"} 3
        fleet_test_wait_seconds_sum{pool="a"} 0.5
        fleet_test_wait_seconds_count{pool="a"} 3

        """);

    [Fact]
    public void OpenMetrics_names_a_counters_family_without_total_and_ends()
    {
        string text = Written(openMetrics: true);
        text.ShouldContain("# TYPE fleet_test_jobs counter\n");
        text.ShouldContain("fleet_test_jobs_total{");
        text.ShouldEndWith("# EOF\n");
    }

    [Fact]
    public async Task Every_metric_of_every_service_pleases_promtool()
    {
        string? promtool = Tool.Find("promtool");
        Assert.SkipWhen(promtool is null, Tool.Missing("promtool"));
        MetricFamily[] all = [.. MetricNames.All.Select(d => d.Kind == MetricKind.Histogram
            ? new MetricFamily(d, [], [new HistogramSample([0.001], [1], 2, 0.5, [.. d.Labels.Select(_ => "x")])])
            : new MetricFamily(d, [new Sample(1, [.. d.Labels.Select(_ => "x")])], []))];
        (int exitCode, string said) = await Tool.RunAsync(promtool, ["check", "metrics"], Text(all, openMetrics: false));
        exitCode.ShouldBe(0, said);
        said.ShouldBeEmpty();
    }

    private static string Written(bool openMetrics) => Text(Families, openMetrics);

    private static string Text(MetricFamily[] families, bool openMetrics)
    {
        var output = new ArrayBufferWriter<byte>();
        new Exposition(output, openMetrics).Write(families);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
