using System.Net;
using System.Threading.Channels;
using Fleet.Hosting.Metrics;
using Fleet.Hosting.Operations;
using Fleet.Hosting.Otlp;
using Fleet.Hosting.Tests.Otlp.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Hosting.Tests.Otlp;

/// <summary>A service's metrics as a receiver gets them: protobuf over HTTP, read with code made from the specification's messages.</summary>
public class OtlpExporterTests
{
    [Fact]
    public async Task A_receiver_gets_gauges_counters_and_histograms_with_their_own_names_and_units()
    {
        var received = Channel.CreateUnbounded<ExportMetricsServiceRequest>();
        await using WebApplication receiver = await ReceiveAsync(received.Writer);
        using var meter = new ServiceMeter("proxy");
        meter.Observe(MetricNames.ProxyRequests, () => [new Sample(42, "web", "n1"), new Sample(7, "web", "n2")]);
        meter.Observe(MetricNames.ProxyDuration, () => [new HistogramSample([0.001, 0.01], [1, 3], 4, 0.5, "web", "n1")]);
        var options = new OperationsOptions(OperationsOptions.None, Required: false)
        {
            Otlp = new OtlpOptions(receiver.Urls.First(), TimeSpan.FromMilliseconds(50)),
        };
        CancellationToken stop = TestContext.Current.CancellationToken;
        await using ServiceLife life = await ServiceLife.StartAsync(options, meter, TimeProvider.System, NullLogger.Instance, stop);
        ExportMetricsServiceRequest request = await received.Reader.ReadAsync(stop);
        ResourceMetrics resource = request.ResourceMetrics.ShouldHaveSingleItem();
        resource.Resource.Attributes.ShouldContain(a => a.Key == "service.name" && a.Value.StringValue == "fleet-proxy");
        Dictionary<string, Metric> metrics = resource.ScopeMetrics.ShouldHaveSingleItem().Metrics.ToDictionary(m => m.Name);

        Metric requests = metrics["fleet.proxy.requests"];
        requests.Unit.ShouldBe("{request}");
        requests.Sum.IsMonotonic.ShouldBeTrue();
        requests.Sum.AggregationTemporality.ShouldBe(2, "cumulative");
        requests.Sum.DataPoints.Select(p => p.AsDouble).ShouldBe([42, 7]);
        requests.Sum.DataPoints[0].Attributes.Select(a => $"{a.Key}={a.Value.StringValue}").ShouldBe(["pool=web", "node=n1"]);
        requests.Sum.DataPoints[0].TimeUnixNano.ShouldBeGreaterThanOrEqualTo(requests.Sum.DataPoints[0].StartTimeUnixNano);
        DateTimeOffset.FromUnixTimeMilliseconds((long)(requests.Sum.DataPoints[0].TimeUnixNano / 1_000_000))
            .ShouldBe(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(5));

        HistogramDataPoint duration = metrics["fleet.proxy.request.duration"].Histogram.DataPoints.ShouldHaveSingleItem();
        (duration.Count, duration.Sum).ShouldBe((4ul, 0.5));
        duration.BucketCounts.ShouldBe([1ul, 2, 1]);
        duration.ExplicitBounds.ShouldBe([0.001, 0.01]);
        metrics["fleet.build.info"].Gauge.DataPoints.ShouldHaveSingleItem().AsDouble.ShouldBe(1);
        metrics.Keys.ShouldContain("dotnet.gc.collections");
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_costs_nothing_but_a_warning()
    {
        using var meter = new ServiceMeter("agent");
        var options = new OperationsOptions(OperationsOptions.None, Required: false)
        {
            Otlp = new OtlpOptions("http://127.0.0.1:9", TimeSpan.FromMilliseconds(20)),
        };
        CancellationToken stop = TestContext.Current.CancellationToken;
        ServiceLife life = await ServiceLife.StartAsync(options, meter, TimeProvider.System, NullLogger.Instance, stop);
        await life.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), stop);
    }

    [Theory]
    [InlineData("collector:4318", null, null, "otlp-endpoint is 'collector:4318'")]
    [InlineData("http://collector:4318", "grpc", null, "legal is http/protobuf")]
    [InlineData("http://collector:4318", null, "10", "legal is 1000 to 3600000")]
    public void What_is_wrong_is_named(string endpoint, string? protocol, string? interval, string words)
    {
        var problems = new List<string>();
        OtlpOptions.Read(endpoint, Variables(null, protocol, interval), problems);
        problems.ShouldHaveSingleItem().ShouldContain(words);
    }

    [Fact]
    public void OpenTelemetrys_variables_are_read_and_the_option_is_stronger()
    {
        var problems = new List<string>();
        OtlpOptions.Read(null, Variables("http://a:4318", "http/protobuf", "5000"), problems)
            .ShouldBe(new OtlpOptions("http://a:4318", TimeSpan.FromSeconds(5)));
        OtlpOptions.Read("http://b:4318", Variables("http://a:4318", null, null), problems).Endpoint.ShouldBe("http://b:4318");
        OtlpOptions.Read(null, Variables(null, null, null), problems).ShouldBe(OtlpOptions.Off);
        problems.ShouldBeEmpty();
    }

    private static Func<string, string?> Variables(string? endpoint, string? protocol, string? interval) => name => name switch
    {
        OtlpOptions.EndpointVariable => endpoint,
        OtlpOptions.ProtocolVariable => protocol,
        OtlpOptions.IntervalVariable => interval,
        _ => null,
    };

    private static async Task<WebApplication> ReceiveAsync(ChannelWriter<ExportMetricsServiceRequest> received)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/v1/metrics", async context =>
        {
            context.Request.ContentType.ShouldBe("application/x-protobuf");
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received.TryWrite(ExportMetricsServiceRequest.Parser.ParseFrom(body.ToArray()));
            context.Response.StatusCode = (int)HttpStatusCode.OK;
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
