using Fleet.Grpc.Client;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Listening;
using Grpc.Health.V1;

namespace Fleet.Hosting.Tests.Listening;

public class GrpcServerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task Every_service_answers_the_standard_health_check()
    {
        ListenAddress.TryParse("127.0.0.1:0", out ListenAddress? any).ShouldBeTrue();
        await using GrpcServer server = await GrpcServer.StartAsync(any!, _ => { }, _ => { }, Stop);
        using FleetChannel channel = FleetChannel.ForAddress(server.Address);
        HealthCheckResponse answer = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), cancellationToken: Stop);
        answer.Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_taken_address_is_named()
    {
        ListenAddress.TryParse("127.0.0.1:0", out ListenAddress? any).ShouldBeTrue();
        await using GrpcServer first = await GrpcServer.StartAsync(any!, _ => { }, _ => { }, Stop);
        string taken = first.Address["http://".Length..];
        ListenAddress.TryParse(taken, out ListenAddress? same).ShouldBeTrue();
        StartupException refusal = await Should.ThrowAsync<StartupException>(
            () => GrpcServer.StartAsync(same!, _ => { }, _ => { }, Stop));
        refusal.Message.ShouldContain(taken);
        refusal.Message.ShouldContain("in use");
    }
}
