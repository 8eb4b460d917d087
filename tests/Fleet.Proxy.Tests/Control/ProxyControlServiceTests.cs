using Fleet.Grpc.Client;
using Fleet.Proxy.Tests.Support;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Proxy.Tests.Control;

public class ProxyControlServiceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_controller_can_give_watch_and_take_a_pool()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await StartAsync();
        using FleetChannel channel = FleetChannel.ForAddress(proxy.ControlAddress!);
        var control = new ProxyService.ProxyServiceClient(channel);

        ConfigurePoolResponse answer = await control.ConfigurePoolAsync(Request(3, 7, server.Address), cancellationToken: Cancel);
        answer.Revision.ShouldBe(7u);
        GetStatusResponse status = await control.GetStatusAsync(new GetStatusRequest(), cancellationToken: Cancel);
        status.Pools.Single().Nodes.Single().Address.ShouldBe(server.Address);
        int port = int.Parse(status.Pools.Single().Listen.Split(':')[1]);

        using AsyncServerStreamingCall<Telemetry> watch = control.WatchTelemetry(new WatchTelemetryRequest(), cancellationToken: Cancel);
        (await watch.ResponseStream.MoveNext(Cancel)).ShouldBeTrue();
        using var client = new TextClient(port);
        (await client.SetAsync("a", "1")).ShouldBe("STORED");
        ulong requests = 0;
        while (requests == 0)
        {
            (await watch.ResponseStream.MoveNext(Cancel)).ShouldBeTrue();
            requests += watch.ResponseStream.Current.Slices.Single().Requests;
        }

        requests.ShouldBe(1u);
        status = await control.GetStatusAsync(new GetStatusRequest(), cancellationToken: Cancel);
        status.Nodes.Single().Connected.ShouldBeTrue();
        status.ClientConnections.ShouldBe(1u);

        await control.RemovePoolAsync(new RemovePoolRequest { Epoch = 3, PoolId = "p" }, cancellationToken: Cancel);
        var again = new RemovePoolRequest { Epoch = 3, PoolId = "p" };
        (await StatusOf(() => control.RemovePoolAsync(again, cancellationToken: Cancel).ResponseAsync))
            .StatusCode.ShouldBe(StatusCode.NotFound);
    }

    [Fact]
    public async Task A_stale_controller_is_refused_also_after_its_pool_was_removed()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await StartAsync();
        using FleetChannel channel = FleetChannel.ForAddress(proxy.ControlAddress!);
        var control = new ProxyService.ProxyServiceClient(channel);
        await control.ConfigurePoolAsync(Request(5, 1, server.Address), cancellationToken: Cancel);
        Status stale = await StatusOf(
            () => control.ConfigurePoolAsync(Request(4, 2, server.Address), cancellationToken: Cancel).ResponseAsync);
        stale.StatusCode.ShouldBe(StatusCode.FailedPrecondition);
        stale.Detail.ShouldContain("epoch 4");

        await control.RemovePoolAsync(new RemovePoolRequest { Epoch = 6, PoolId = "p" }, cancellationToken: Cancel);
        (await StatusOf(() => control.ConfigurePoolAsync(Request(5, 3, server.Address), cancellationToken: Cancel).ResponseAsync))
            .StatusCode.ShouldBe(StatusCode.FailedPrecondition);
    }

    [Fact]
    public async Task A_bad_configuration_is_refused_with_every_problem()
    {
        await using ProxyHost proxy = await StartAsync();
        using FleetChannel channel = FleetChannel.ForAddress(proxy.ControlAddress!);
        var control = new ProxyService.ProxyServiceClient(channel);
        ConfigurePoolRequest bad = Request(1, 1, "nowhere");
        bad.Pool.Policy = "roulette";
        bad.Pool.Nodes[0].Weight = uint.MaxValue;
        Status status = await StatusOf(() => control.ConfigurePoolAsync(bad, cancellationToken: Cancel).ResponseAsync);
        status.StatusCode.ShouldBe(StatusCode.InvalidArgument);
        status.Detail.ShouldContain("roulette");
        status.Detail.ShouldContain("nowhere");
        status.Detail.ShouldContain("weight");
        (await StatusOf(() => control.ConfigurePoolAsync(new ConfigurePoolRequest(), cancellationToken: Cancel).ResponseAsync))
            .StatusCode.ShouldBe(StatusCode.InvalidArgument);
    }

    private static Task<ProxyHost> StartAsync() => TestProxy.StartAsync(
        new ProxyOptions { ControlEndpoint = "http://127.0.0.1:0", Loops = 1, TelemetryInterval = TimeSpan.FromMilliseconds(50) });

    private static ConfigurePoolRequest Request(ulong epoch, ulong revision, string address) => new()
    {
        Epoch = epoch,
        Pool = new PoolRoutes
        {
            PoolId = "p",
            Listen = "127.0.0.1:0",
            Revision = revision,
            Nodes = { new NodeRoute { NodeId = "a", Address = address, Weight = 100 } },
        },
    };

    private static async Task<Status> StatusOf<T>(Func<Task<T>> call) => (await Should.ThrowAsync<RpcException>(call)).Status;
}
