using Fleet.Grpc.Client;
using Fleet.Testing;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Controller.Tests.Admin;

public sealed class AdminApiTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _controller = Task.CompletedTask;
    private FleetChannel _channel = null!;
    private AdminService.AdminServiceClient _admin = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var ready = new TaskCompletionSource<string>();
        var options = new ControllerOptions { Listen = "127.0.0.1:0", DataDirectory = _folder.Path };
        _controller = ControllerHost.RunAsync(options, TimeProvider.System, ready.SetResult, _stop.Token);
        await Task.WhenAny(ready.Task, _controller);
        _channel = FleetChannel.ForAddress(await ready.Task);
        _admin = new AdminService.AdminServiceClient(_channel);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _stop.CancelAsync();
        await _controller;
        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_pool_lives_from_creation_to_deletion()
    {
        Pool created = await _admin.CreatePoolAsync(new CreatePoolRequest { Spec = Spec() }, cancellationToken: Stop);
        created.ResourceVersion.ShouldBe("1");
        created.Spec.Sla.Percentile.ShouldBe(99);
        created.Spec.Mode.ShouldBe(Mode.Active);
        PoolSpec faster = created.Spec.Clone();
        faster.Sla.LatencyUs = 200;
        Pool updated = await _admin.UpdatePoolAsync(
            new UpdatePoolRequest { Spec = faster, ResourceVersion = "1" }, cancellationToken: Stop);
        updated.ResourceVersion.ShouldBe("2");
        (await _admin.GetPoolAsync(new GetPoolRequest { PoolId = "web" }, cancellationToken: Stop)).Spec.Sla.LatencyUs.ShouldBe(200);
        await FailsAsync(StatusCode.Aborted, "resource_version", () => _admin.UpdatePoolAsync(
            new UpdatePoolRequest { Spec = faster, ResourceVersion = "1" }, cancellationToken: Stop));
        await _admin.DeletePoolAsync(new DeletePoolRequest { PoolId = "web" }, cancellationToken: Stop);
        (await _admin.ListPoolsAsync(new ListPoolsRequest(), cancellationToken: Stop)).Pools.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_illegal_field_of_a_pool_is_listed_at_once()
    {
        var spec = new PoolSpec
        {
            PoolId = "Web", Listen = "nowhere", Policy = "x", Objective = "y",
            Mode = (Mode)9, Sla = new Sla { Percentile = 100, LatencyUs = 1 },
        };
        RpcException refused = await FailsAsync(
            StatusCode.InvalidArgument, "spec.pool_id is 'Web'",
            () => _admin.CreatePoolAsync(new CreatePoolRequest { Spec = spec }, cancellationToken: Stop));
        foreach (string field in new[] { "listen", "policy", "objective", "mode", "sla.percentile", "sla.latency_us" })
        {
            refused.Status.Detail.ShouldContain($"spec.{field} is ");
        }
    }

    [Fact]
    public async Task Every_illegal_field_of_a_node_is_listed_at_once()
    {
        var spec = new NodeSpec { PoolId = "", NodeId = "N", Address = "host", Agent = "ftp://x", Weight = 2_000_000 };
        RpcException refused = await FailsAsync(
            StatusCode.InvalidArgument, "spec.pool_id",
            () => _admin.AddNodeAsync(new AddNodeRequest { Spec = spec }, cancellationToken: Stop));
        foreach (string field in new[] { "node_id", "address", "agent", "weight" })
        {
            refused.Status.Detail.ShouldContain($"spec.{field} is ");
        }
    }

    [Fact]
    public async Task Requests_without_a_spec_are_invalid()
    {
        await FailsAsync(StatusCode.InvalidArgument, "spec",
            () => _admin.CreatePoolAsync(new CreatePoolRequest(), cancellationToken: Stop));
        await FailsAsync(StatusCode.InvalidArgument, "spec",
            () => _admin.UpdatePoolAsync(new UpdatePoolRequest(), cancellationToken: Stop));
        await FailsAsync(StatusCode.InvalidArgument, "spec", () => _admin.AddNodeAsync(new AddNodeRequest(), cancellationToken: Stop));
        await FailsAsync(StatusCode.InvalidArgument, "spec", () => _admin.AddProxyAsync(new AddProxyRequest(), cancellationToken: Stop));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        await FailsAsync(StatusCode.NotFound, "'no'",
            () => _admin.GetPoolAsync(new GetPoolRequest { PoolId = "no" }, cancellationToken: Stop));
        await FailsAsync(
            StatusCode.NotFound, "'no'", () => _admin.DeletePoolAsync(new DeletePoolRequest { PoolId = "no" }, cancellationToken: Stop));
        await FailsAsync(
            StatusCode.NotFound, "'no'", () => _admin.ListNodesAsync(new ListNodesRequest { PoolId = "no" }, cancellationToken: Stop));
        await FailsAsync(
            StatusCode.NotFound, "'no'",
            () => _admin.ListDecisionsAsync(new ListDecisionsRequest { PoolId = "no" }, cancellationToken: Stop));
        await FailsAsync(
            StatusCode.NotFound, "'no'", () => _admin.RemoveProxyAsync(new RemoveProxyRequest { ProxyId = "no" }, cancellationToken: Stop));
        await _admin.CreatePoolAsync(new CreatePoolRequest { Spec = Spec() }, cancellationToken: Stop);
        await FailsAsync(StatusCode.NotFound, "'n9'", () => _admin.RemoveNodeAsync(
            new RemoveNodeRequest { PoolId = "web", NodeId = "n9" }, cancellationToken: Stop));
        await FailsAsync(StatusCode.NotFound, "'n9'", () => _admin.GetNodeAsync(
            new GetNodeRequest { PoolId = "web", NodeId = "n9" }, cancellationToken: Stop));
    }

    [Fact]
    public async Task What_is_taken_already_exists_and_the_last_node_stays()
    {
        await _admin.CreatePoolAsync(new CreatePoolRequest { Spec = Spec() }, cancellationToken: Stop);
        await FailsAsync(
            StatusCode.AlreadyExists, "'web'",
            () => _admin.CreatePoolAsync(new CreatePoolRequest { Spec = Spec() }, cancellationToken: Stop));
        var node = new AddNodeRequest { Spec = new NodeSpec { PoolId = "web", NodeId = "n1", Address = "127.0.0.1:9" } };
        (await _admin.AddNodeAsync(node, cancellationToken: Stop)).Spec.Weight.ShouldBe(100u);
        await FailsAsync(StatusCode.AlreadyExists, "'n1'", () => _admin.AddNodeAsync(node, cancellationToken: Stop));
        await FailsAsync(StatusCode.FailedPrecondition, "last", () => _admin.RemoveNodeAsync(
            new RemoveNodeRequest { PoolId = "web", NodeId = "n1" }, cancellationToken: Stop));
        var proxy = new AddProxyRequest { Spec = new ProxySpec { ProxyId = "p1", Control = "unix:/nowhere.sock" } };
        await _admin.AddProxyAsync(proxy, cancellationToken: Stop);
        await FailsAsync(StatusCode.AlreadyExists, "'p1'", () => _admin.AddProxyAsync(proxy, cancellationToken: Stop));
    }

    [Fact]
    public async Task Limits_of_lists_and_watches_are_checked()
    {
        await FailsAsync(StatusCode.InvalidArgument, "limit is 1001", () => _admin.ListDecisionsAsync(
            new ListDecisionsRequest { PoolId = "web", Limit = 1001 }, cancellationToken: Stop));
        using AsyncServerStreamingCall<FleetSnapshot> watch = _admin.Watch(new WatchRequest { IntervalMs = 5 }, cancellationToken: Stop);
        RpcException refused = await Should.ThrowAsync<RpcException>(() => watch.ResponseStream.MoveNext(Stop));
        refused.StatusCode.ShouldBe(StatusCode.InvalidArgument);
    }

    [Fact]
    public async Task A_watcher_sees_the_fleet_now_and_every_change()
    {
        using AsyncServerStreamingCall<FleetSnapshot> watch = _admin.Watch(new WatchRequest { IntervalMs = 100 }, cancellationToken: Stop);
        (await watch.ResponseStream.MoveNext(Stop)).ShouldBeTrue();
        watch.ResponseStream.Current.Pools.ShouldBeEmpty();
        await _admin.CreatePoolAsync(new CreatePoolRequest { Spec = Spec() }, cancellationToken: Stop);
        (await watch.ResponseStream.MoveNext(Stop)).ShouldBeTrue();
        watch.ResponseStream.Current.Pools.Single().Spec.PoolId.ShouldBe("web");
    }

    private static PoolSpec Spec() => new() { PoolId = "web", Listen = "127.0.0.1:0", Sla = new Sla { LatencyUs = 500 } };

    private static async Task<RpcException> FailsAsync<T>(StatusCode code, string detail, Func<AsyncUnaryCall<T>> call)
    {
        RpcException refused = await Should.ThrowAsync<RpcException>(async () => await call().ResponseAsync);
        refused.StatusCode.ShouldBe(code, refused.Status.Detail);
        refused.Status.Detail.ShouldContain(detail);
        return refused;
    }
}
