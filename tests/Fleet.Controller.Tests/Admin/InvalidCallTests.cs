using Fleet.V1;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;

namespace Fleet.Controller.Tests.Admin;

/// <summary>Every invalid call gets its canonical status with field, value and legal range, and changes nothing.</summary>
public sealed class InvalidCallTests : IAsyncLifetime
{
    private AdminHost _host = null!;

    /// <summary>Call, status, field, value, part of the legal range.</summary>
    public static TheoryData<string, StatusCode, string, string, string> Cases { get; } = new()
    {
        { "unknown pool", StatusCode.NotFound, "pool_id", "no", "id of a pool" },
        { "unknown node", StatusCode.NotFound, "node_id", "n9", "node of pool 'web'" },
        { "unknown proxy", StatusCode.NotFound, "proxy_id", "p9", "id of a proxy" },
        { "duplicate pool", StatusCode.AlreadyExists, "spec.pool_id", "web", "no pool has" },
        { "duplicate listen", StatusCode.AlreadyExists, "spec.listen", "127.0.0.1:0", "no pool listens on" },
        { "duplicate node", StatusCode.AlreadyExists, "spec.node_id", "n1", "no node of pool 'web' has" },
        { "duplicate address", StatusCode.AlreadyExists, "spec.address", "127.0.0.1:9", "no node of pool 'web' has" },
        { "duplicate proxy", StatusCode.AlreadyExists, "spec.proxy_id", "p1", "no proxy has" },
        { "SLA of 0", StatusCode.InvalidArgument, "spec.sla.latency_us", "0", "10 to 60000000" },
        { "percentile of 100", StatusCode.InvalidArgument, "spec.sla.percentile", "100", "50 to 99.99" },
        { "percentile that is no number", StatusCode.InvalidArgument, "spec.sla.percentile", "NaN", "50 to 99.99" },
        { "negative exploration", StatusCode.InvalidArgument, "spec.exploration_share", "-0.5", "0.01 to 1" },
        { "negative weight", StatusCode.InvalidArgument, "spec.weight", "4294967295", "1 to 1000000" },
        { "unknown policy", StatusCode.InvalidArgument, "spec.policy", "dice", "ketama" },
        { "unknown balance", StatusCode.InvalidArgument, "spec.balance", "9", "BALANCE_DECLARED, BALANCE_KEYED or BALANCE_REPLICATED" },
        { "unknown objective", StatusCode.InvalidArgument, "spec.objective", "fun", "least-watts" },
        { "cap without its objective", StatusCode.InvalidArgument, "spec.power_cap_watts", "80", "least-latency-under-cap" },
        { "objective without its cap", StatusCode.InvalidArgument, "spec.power_cap_watts", "0", "above 0 to 1000000" },
        { "other address", StatusCode.InvalidArgument, "spec.address", "127.0.0.1:10", "127.0.0.1:9" },
        { "last node", StatusCode.FailedPrecondition, "force", "false", "fewer than 1" },
        { "last node drained", StatusCode.FailedPrecondition, "force", "false", "fewer than 1" },
        { "stale pool", StatusCode.Aborted, "resource_version", "7", "1, or empty" },
        { "stale node", StatusCode.Aborted, "resource_version", "7", "1, or empty" },
        { "stale deletion", StatusCode.Aborted, "resource_version", "7", "1, or empty" },
        { "malformed version", StatusCode.InvalidArgument, "resource_version", "v1", "as returned" },
        { "malformed request id", StatusCode.InvalidArgument, "request_id", "a b", "1 to 128" },
        { "large page", StatusCode.InvalidArgument, "page_size", "1001", "1 to 1000" },
        { "foreign page token", StatusCode.InvalidArgument, "page_token", "!", "next_page_token" },
        { "many candidates", StatusCode.InvalidArgument, "limit", "101", "1 to 100" },
        { "plan for a negative load", StatusCode.InvalidArgument, "requests_per_second", "-1", "0 to 1000000000" },
        { "plan without an unknown node", StatusCode.NotFound, "node_id", "n9", "node of pool 'web'" },
        { "node of an unknown pool", StatusCode.NotFound, "pool_id", "no", "id of a pool" },
        { "unknown mode", StatusCode.InvalidArgument, "spec.mode", "9", "MODE_ACTIVE" },
        { "unusable listen", StatusCode.InvalidArgument, "spec.listen", "nowhere", "IP address" },
        { "many active nodes", StatusCode.InvalidArgument, "spec.min_active_nodes", "100001", "1 to 100000" },
        { "unusable control address", StatusCode.InvalidArgument, "spec.control", "ftp://x", "http://HOST:PORT" },
        { "watch that is too fast", StatusCode.InvalidArgument, "interval_ms", "99", "100 to 60000" },
        { "watch of an unknown pool", StatusCode.NotFound, "pool_id", "no", "id of a pool" },
        { "audit before the epoch", StatusCode.InvalidArgument, "since_unix_ms", "-1", "0 and above" },
        { "history of no pool", StatusCode.InvalidArgument, "pool_id", "A", "a-z" },
        { "long reason", StatusCode.InvalidArgument, "reason", "1001 characters", "at most 1000" },
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private AdminService.AdminServiceClient Admin => _host.Admin;

    public async ValueTask InitializeAsync()
    {
        _host = await AdminHost.StartAsync();
        await Admin.CreatePoolAsync(new CreatePoolRequest { Spec = Pool("web") }, cancellationToken: Stop);
        await Admin.AddNodeAsync(new AddNodeRequest { Spec = Node("n1", 9) }, cancellationToken: Stop);
        await Admin.AddProxyAsync(new AddProxyRequest { Spec = Proxy("p1") }, cancellationToken: Stop);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_invalid_call_is_refused_and_changes_nothing(
        string call, StatusCode code, string field, string value, string legal)
    {
        IMessage before = await StateAsync();
        Dictionary<string, string> stored = Stored();
        RpcException refused = await Should.ThrowAsync<RpcException>(() => CallAsync(call));
        refused.StatusCode.ShouldBe(code, refused.Status.Detail);
        Google.Rpc.Status status = refused.GetRpcStatus().ShouldNotBeNull();
        status.Code.ShouldBe((int)code);
        Violation violation = status.Details.Single(d => d.Is(Violations.Descriptor)).Unpack<Violations>().Violations_
            .Single(v => v.Field == field);
        violation.Value.ShouldBe(value);
        violation.Legal.ShouldContain(legal);
        BadRequest standard = status.Details.Single(d => d.Is(BadRequest.Descriptor)).Unpack<BadRequest>();
        string description = standard.FieldViolations.Single(v => v.Field == field).Description;
        description.ShouldContain(value);
        description.ShouldContain(legal);
        (await StateAsync()).ShouldBe(before);
        Stored().ShouldBe(stored, "no document was written, so no version changed either");
    }

    private async Task<object> CallAsync(string call) => call switch
    {
        "unknown pool" => await Admin.PausePoolAsync(new ChangePoolRequest { PoolId = "no" }, cancellationToken: Stop),
        "unknown node" => await Admin.DrainNodeAsync(Change("n9"), cancellationToken: Stop),
        "unknown proxy" => await Admin.GetProxyAsync(new GetProxyRequest { ProxyId = "p9" }, cancellationToken: Stop),
        "duplicate pool" => await CreateAsync(s => s.PoolId = "web"),
        "duplicate listen" => await CreateAsync(s => s.Listen = "127.0.0.1:0"),
        "duplicate node" => await Admin.AddNodeAsync(new AddNodeRequest { Spec = Node("n1", 11) }, cancellationToken: Stop),
        "duplicate address" => await Admin.AddNodeAsync(new AddNodeRequest { Spec = Node("n2", 9) }, cancellationToken: Stop),
        "duplicate proxy" => await Admin.AddProxyAsync(new AddProxyRequest { Spec = Proxy("p1") }, cancellationToken: Stop),
        "SLA of 0" => await CreateAsync(s => s.Sla.LatencyUs = 0),
        "percentile of 100" => await CreateAsync(s => s.Sla.Percentile = 100),
        "percentile that is no number" => await CreateAsync(s => s.Sla.Percentile = double.NaN),
        "negative exploration" => await CreateAsync(s => s.ExplorationShare = -0.5),
        "unknown policy" => await CreateAsync(s => s.Policy = "dice"),
        "unknown balance" => await CreateAsync(s => s.Balance = (Balance)9),
        "unknown objective" => await CreateAsync(s => s.Objective = "fun"),
        "cap without its objective" => await CreateAsync(s => s.PowerCapWatts = 80),
        "objective without its cap" => await CreateAsync(s => s.Objective = "least-latency-under-cap"),
        "negative weight" => await Admin.UpdateNodeAsync(
            new UpdateNodeRequest { Spec = Node("n1", 9, unchecked((uint)-1)) }, cancellationToken: Stop),
        "other address" => await Admin.UpdateNodeAsync(new UpdateNodeRequest { Spec = Node("n1", 10) }, cancellationToken: Stop),
        "last node" => await Admin.RemoveNodeAsync(new RemoveNodeRequest { PoolId = "web", NodeId = "n1" }, cancellationToken: Stop),
        "last node drained" => await Admin.DrainNodeAsync(Change("n1"), cancellationToken: Stop),
        "stale pool" => await Admin.UpdatePoolAsync(
            new UpdatePoolRequest { Spec = Pool("web"), ResourceVersion = "7" }, cancellationToken: Stop),
        "stale node" => await Admin.PauseNodeAsync(Change("n1", "7"), cancellationToken: Stop),
        "stale deletion" => await Admin.DeletePoolAsync(
            new DeletePoolRequest { PoolId = "web", ResourceVersion = "7" }, cancellationToken: Stop),
        "malformed version" => await Admin.PauseNodeAsync(Change("n1", "v1"), cancellationToken: Stop),
        _ => await QuestionAsync(call),
    };

    private async Task<object> QuestionAsync(string call) => call switch
    {
        "malformed request id" => await Admin.PausePoolAsync(
            new ChangePoolRequest { PoolId = "web", RequestId = "a b" }, cancellationToken: Stop),
        "large page" => await Admin.ListNodesAsync(new ListNodesRequest { PageSize = 1001 }, cancellationToken: Stop),
        "foreign page token" => await Admin.ListPoolsAsync(new ListPoolsRequest { PageToken = "!" }, cancellationToken: Stop),
        "many candidates" => await Admin.ExplainAsync(
            new ExplainRequest { PoolId = "web", NodeId = "n1", Limit = 101 }, cancellationToken: Stop),
        "plan for a negative load" => await Admin.PlanAsync(
            new PlanRequest { PoolId = "web", RequestsPerSecond = -1 }, cancellationToken: Stop),
        "plan without an unknown node" => await Admin.PlanAsync(
            new PlanRequest { PoolId = "web", RemoveNodes = { "n9" } }, cancellationToken: Stop),
        "long reason" => await Admin.SetKillSwitchAsync(
            new SetKillSwitchRequest { On = true, Reason = new string('x', 1001) }, cancellationToken: Stop),
        _ => await OtherAsync(call),
    };

    private async Task<object> OtherAsync(string call) => call switch
    {
        "node of an unknown pool" => await Admin.AddNodeAsync(
            new AddNodeRequest { Spec = new NodeSpec { PoolId = "no", NodeId = "n1", Address = "127.0.0.1:9" } }, cancellationToken: Stop),
        "unknown mode" => await CreateAsync(s => s.Mode = (Mode)9),
        "unusable listen" => await CreateAsync(s => s.Listen = "nowhere"),
        "many active nodes" => await CreateAsync(s => s.MinActiveNodes = 100_001),
        "unusable control address" => await Admin.AddProxyAsync(
            new AddProxyRequest { Spec = new ProxySpec { ProxyId = "p2", Control = "ftp://x" } }, cancellationToken: Stop),
        "watch that is too fast" => await WatchAsync(new WatchRequest { IntervalMs = 99 }),
        "watch of an unknown pool" => await WatchAsync(new WatchRequest { PoolId = "no" }),
        "audit before the epoch" => await Admin.ListAuditAsync(new ListAuditRequest { SinceUnixMs = -1 }, cancellationToken: Stop),
        "history of no pool" => await Admin.ListHistoryAsync(new ListHistoryRequest { PoolId = "A" }, cancellationToken: Stop),
        _ => throw new ArgumentOutOfRangeException(nameof(call), call, "no such case"),
    };

    private async Task<object> WatchAsync(WatchRequest request)
    {
        using AsyncServerStreamingCall<FleetSnapshot> watch = Admin.Watch(request, cancellationToken: Stop);
        return await watch.ResponseStream.MoveNext(Stop);
    }

    /// <summary>What operators' documents hold, byte for byte; what the controller learns by itself is left out.</summary>
    private Dictionary<string, string> Stored() => Directory.EnumerateFiles(_host.DataDirectory, "*.json", SearchOption.AllDirectories)
        .Where(f => Path.GetFileName(Path.GetDirectoryName(f)) is "pools" or "proxies" or "requests" or "controller")
        .Order(StringComparer.Ordinal).ToDictionary(f => f, File.ReadAllText);

    private async Task<Pool> CreateAsync(Action<PoolSpec> spoil)
    {
        PoolSpec spec = Pool("other", "127.0.0.1:1");
        spoil(spec);
        return await Admin.CreatePoolAsync(new CreatePoolRequest { Spec = spec }, cancellationToken: Stop);
    }

    private async Task<IMessage> StateAsync()
    {
        using AsyncServerStreamingCall<FleetSnapshot> watch = Admin.Watch(new WatchRequest(), cancellationToken: Stop);
        await watch.ResponseStream.MoveNext(Stop);
        FleetSnapshot snapshot = watch.ResponseStream.Current.Clone();
        snapshot.UnixMs = 0;
        snapshot.ResumeToken = "";

        // What the proxy's worker says of its connection is no state that a call may change.
        foreach (Proxy proxy in snapshot.Proxies)
        {
            proxy.LastError = "";
        }

        return snapshot;
    }

    private static ChangeNodeRequest Change(string node, string version = "") =>
        new() { PoolId = "web", NodeId = node, ResourceVersion = version };

    private static PoolSpec Pool(string id, string listen = "127.0.0.1:0") =>
        new() { PoolId = id, Listen = listen, Sla = new Sla { LatencyUs = 500 } };

    private static NodeSpec Node(string id, int port, uint weight = 0) =>
        new() { PoolId = "web", NodeId = id, Address = $"127.0.0.1:{port}", Weight = weight };

    private static ProxySpec Proxy(string id) => new() { ProxyId = id, Control = "unix:/nowhere.sock" };
}
