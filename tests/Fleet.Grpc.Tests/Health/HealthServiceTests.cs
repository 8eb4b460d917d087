using Fleet.Grpc.Health;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Fleet.Grpc.Tests.Health;

public sealed class HealthServiceTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task Check_answers_what_the_host_has_set()
    {
        await using ProbeServer server = await StartAsync();
        var client = new global::Grpc.Health.V1.Health.HealthClient(server.Channel);
        (await client.CheckAsync(new HealthCheckRequest(), cancellationToken: Ct)).Status.ShouldBe(ServingStatus.Serving);
        (await Should.ThrowAsync<RpcException>(
            () => client.CheckAsync(new HealthCheckRequest { Service = "a" }, cancellationToken: Ct).ResponseAsync))
            .StatusCode.ShouldBe(StatusCode.NotFound);
        server.Services.GetRequiredService<HealthRegistry>().Set("a", serving: false);
        (await client.CheckAsync(new HealthCheckRequest { Service = "a" }, cancellationToken: Ct)).Status
            .ShouldBe(ServingStatus.NotServing);
    }

    [Fact(Timeout = 30_000)]
    public async Task Watch_sends_the_state_and_then_every_change_of_it()
    {
        await using ProbeServer server = await StartAsync();
        HealthRegistry registry = server.Services.GetRequiredService<HealthRegistry>();
        var client = new global::Grpc.Health.V1.Health.HealthClient(server.Channel);
        using var call = client.Watch(new HealthCheckRequest { Service = "a" }, cancellationToken: Ct);
        (await NextAsync(call)).ShouldBe(ServingStatus.ServiceUnknown);
        registry.Set("other", serving: true);
        registry.Set("a", serving: true);
        (await NextAsync(call)).ShouldBe(ServingStatus.Serving);
        registry.Set("a", serving: true);
        registry.Set("a", serving: false);
        (await NextAsync(call)).ShouldBe(ServingStatus.NotServing);
        registry.Clear("a");
        (await NextAsync(call)).ShouldBe(ServingStatus.ServiceUnknown);
    }

    [Fact(Timeout = 30_000)]
    public async Task Mapping_without_registration_says_what_to_call()
    {
        var failure = await Should.ThrowAsync<InvalidOperationException>(
            () => ProbeServer.StartAsync(map: app => app.MapGrpcHealthService()));
        failure.Message.ShouldContain("AddGrpcHealth");
    }

    private static async Task<ServingStatus> NextAsync(AsyncServerStreamingCall<HealthCheckResponse> call)
    {
        (await call.ResponseStream.MoveNext(Ct)).ShouldBeTrue();
        return call.ResponseStream.Current.Status;
    }

    private static Task<ProbeServer> StartAsync() => ProbeServer.StartAsync(
        services: services => services.AddGrpcHealth(), map: app => app.MapGrpcHealthService());
}
