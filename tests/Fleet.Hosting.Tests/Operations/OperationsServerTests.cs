using System.Net;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Metrics;
using Fleet.Hosting.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Hosting.Tests.Operations;

public sealed class OperationsServerTests : IAsyncLifetime
{
    private readonly ServiceHealth _health = new();
    private readonly ServiceMeter _meter = new("proxy");
    private readonly HttpClient _client = new();
    private OperationsServer _server = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await StartAsync(new OperationsOptions("127.0.0.1:0", Required: true), _meter);
        _client.BaseAddress = new Uri(_server.Address!);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _meter.Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task Readiness_follows_start_checks_and_stop_while_liveness_stays()
    {
        string? missing = "no pool yet";
        _health.AddReadiness("pools", () => missing);
        (await GetAsync("/readyz")).ShouldBe((HttpStatusCode.ServiceUnavailable, "the service is starting\n"));
        _health.Started();
        (await GetAsync("/readyz")).ShouldBe((HttpStatusCode.ServiceUnavailable, "pools: no pool yet\n"));
        missing = null;
        (await GetAsync("/readyz")).ShouldBe((HttpStatusCode.OK, "ready\n"));
        _health.Stopping();
        (await GetAsync("/readyz")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await GetAsync("/healthz")).ShouldBe((HttpStatusCode.OK, "alive\n"));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_stuck_loop_is_neither_alive_nor_ready()
    {
        _health.Started();
        _health.AddLiveness("loops", () => "no progress for 9 s");
        (await GetAsync("/healthz")).ShouldBe((HttpStatusCode.ServiceUnavailable, "loops: no progress for 9 s\n"));
        (await GetAsync("/readyz")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact(Timeout = 30_000)]
    public async Task Metrics_carry_the_service_the_process_and_the_runtime_and_forget_what_is_gone()
    {
        string[] nodes = ["a", "b"];
        _meter.Observe(MetricNames.NodeWeight, () => nodes.Select(n => new Sample(7, "web", n)));
        string first = (await GetAsync("/metrics")).Body;
        first.ShouldContain("fleet_node_weight{pool=\"web\",node=\"b\"} 7\n");
        first.ShouldContain("fleet_build_info{service=\"proxy\",");
        first.ShouldContain("process_resident_memory_bytes ");
        first.ShouldContain("# TYPE dotnet_gc_collections_total counter\n");
        nodes = ["a"];
        (await GetAsync("/metrics")).Body.ShouldNotContain("node=\"b\"");
    }

    [Fact(Timeout = 30_000)]
    public async Task OpenMetrics_is_given_to_those_who_accept_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
        using HttpResponseMessage answer = await _client.SendAsync(request, Stop);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/openmetrics-text");
        (await answer.Content.ReadAsStringAsync(Stop)).ShouldEndWith("# EOF\n");
    }

    [Fact(Timeout = 30_000)]
    public async Task Nothing_can_be_posted() =>
        (await _client.PostAsync("/metrics", null, Stop)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);

    [Fact(Timeout = 30_000)]
    public async Task A_taken_address_stops_the_start_only_when_it_was_asked_for()
    {
        string taken = _server.Address!["http://".Length..];
        using var other = new ServiceMeter("proxy");
        (await Should.ThrowAsync<StartupException>(() => StartAsync(new OperationsOptions(taken, Required: true), other)))
            .Message.ShouldContain("--metrics-listen");
        using var third = new ServiceMeter("proxy");
        await using OperationsServer none = await StartAsync(new OperationsOptions(taken, Required: false), third);
        none.Address.ShouldBeNull();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_gRPC_server_can_show_the_pages_on_a_port_that_leads_nowhere_else()
    {
        using var meter = new ServiceMeter("agent");
        await using OperationsServer pages = await StartAsync(new OperationsOptions("127.0.0.1:0", Required: true), meter, asGuest: true);
        ListenAddress.TryParse("127.0.0.1:0", out ListenAddress any);
        await using GrpcServer server = await GrpcServer.StartAsync(
            any, _ => { }, app => app.MapGet("/secret", () => "of the service"), Stop, guest: pages.Guest);
        _client.DefaultRequestVersion = HttpVersion.Version11;
        (await _client.GetStringAsync(pages.Address + "/metrics", Stop)).ShouldContain("fleet_build_info{service=\"agent\",");
        (await _client.GetAsync(pages.Address + "/secret", Stop)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _client.PostAsync(pages.Address + "/grpc.health.v1.Health/Check", null, Stop)).StatusCode
            .ShouldBe(HttpStatusCode.MethodNotAllowed);
        server.Address.ShouldNotBe(pages.Address, "the service has its own port");
        using var http2 = new HttpClient
        {
            DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        (await http2.GetStringAsync(server.Address + "/secret", Stop)).ShouldBe("of the service");
        (await http2.GetAsync(server.Address + "/metrics", Stop)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var other = new ServiceMeter("agent");
        (await Should.ThrowAsync<StartupException>(() => StartAsync(
            new OperationsOptions(pages.Address!["http://".Length..], Required: true), other, asGuest: true)))
            .Message.ShouldContain("--metrics-listen");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("unix:/run/x")]
    [InlineData("127.0.0.1:99999")]
    public void An_illegal_address_is_named(string listen) =>
        new OperationsOptions(listen, true).Validate().ShouldHaveSingleItem().ShouldContain($"metrics-listen is '{listen}'");

    private Task<OperationsServer> StartAsync(OperationsOptions options, ServiceMeter meter, bool asGuest = false) =>
        OperationsServer.StartAsync(options, meter, _health, TimeProvider.System, NullLogger.Instance, Stop, asGuest: asGuest);

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using HttpResponseMessage answer = await _client.GetAsync(path, Stop);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }
}
