using Fleet.Grpc.Client;
using Fleet.Hosting.Security;
using Grpc.Core;
using Grpc.Health.V1;

namespace Fleet.Hosting.Tests.Security;

public sealed class CallLimitsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_caller_that_is_too_fast_is_told_to_wait_and_others_are_not()
    {
        await using var bench = new TlsBench();
        await bench.StartAsync(new CallLimits { CallsPerSecond = 10, Burst = 5 });
        using FleetChannel channel = bench.Dial("alice");
        var health = new Health.HealthClient(channel);
        var codes = new List<StatusCode>();
        for (int i = 0; i < 30; i++)
        {
            codes.Add(await CodeAsync(health.CheckAsync(new HealthCheckRequest(), cancellationToken: Stop).ResponseAsync));
        }

        codes.Take(5).ShouldAllBe(c => c == StatusCode.OK);
        codes.ShouldContain(StatusCode.ResourceExhausted);
        (await bench.AskAsync("victor")).Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_caller_has_so_many_streams_and_a_closed_one_makes_room()
    {
        await using var bench = new TlsBench();
        await bench.StartAsync(new CallLimits { Streams = 2 });
        using FleetChannel channel = bench.Dial("alice");
        var health = new Health.HealthClient(channel);
        AsyncServerStreamingCall<HealthCheckResponse>[] open =
            [.. Enumerable.Range(0, 2).Select(_ => health.Watch(new HealthCheckRequest(), cancellationToken: Stop))];
        foreach (AsyncServerStreamingCall<HealthCheckResponse> watch in open)
        {
            (await watch.ResponseStream.MoveNext(Stop)).ShouldBeTrue();
        }

        using (AsyncServerStreamingCall<HealthCheckResponse> third = health.Watch(new HealthCheckRequest(), cancellationToken: Stop))
        {
            (await CodeAsync(third.ResponseStream.MoveNext(Stop))).ShouldBe(StatusCode.ResourceExhausted);
        }

        open[0].Dispose();
        await Testing.Eventually.TrueAsync(
            async () =>
            {
                using AsyncServerStreamingCall<HealthCheckResponse> again = health.Watch(new HealthCheckRequest(), cancellationToken: Stop);
                return await CodeAsync(again.ResponseStream.MoveNext(Stop)) == StatusCode.OK;
            },
            "room for another stream");
        open[1].Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_request_has_so_many_bytes()
    {
        await using var bench = new TlsBench();
        await bench.StartAsync(new CallLimits { MessageBytes = 2_000 });
        using FleetChannel channel = bench.Dial("alice");
        var health = new Health.HealthClient(channel);
        var large = new HealthCheckRequest { Service = new string('x', 3_000) };
        (await CodeAsync(health.CheckAsync(large, cancellationToken: Stop).ResponseAsync)).ShouldBe(StatusCode.ResourceExhausted);
    }

    private static async Task<StatusCode> CodeAsync(Task call)
    {
        try
        {
            await call;
            return StatusCode.OK;
        }
        catch (RpcException refused)
        {
            return refused.StatusCode;
        }
    }
}
