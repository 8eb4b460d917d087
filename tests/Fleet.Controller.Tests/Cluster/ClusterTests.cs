using Dapper;
using Fleet.Controller.Storage.Postgres;
using Fleet.Controller.Tests.Fakes;
using Fleet.Hosting.Errors;
using Fleet.Testing;
using Fleet.V1;
using Grpc.Core;
using Npgsql;

namespace Fleet.Controller.Tests.Cluster;

/// <summary>Several whole controllers on one database.</summary>
[Collection("postgres")]
public sealed class ClusterTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly ClusterHost _cluster = new(postgres);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await postgres.BeginAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Every_controller_answers_for_pools_of_another()
    {
        await _cluster.JoinAsync();
        await CreateAsync(0, "web");
        await _cluster.Admin(0).AddNodeAsync(
            new AddNodeRequest { Spec = new NodeSpec { PoolId = "web", NodeId = "n1", Address = "127.0.0.1:9" } }, cancellationToken: Stop);
        await _cluster.JoinAsync();
        AdminService.AdminServiceClient other = _cluster.Admin(1);
        await Eventually.TrueAsync(async () => await KnowsAsync(other, "web"), "the other controller knows the pool", 120);
        (await OwnersAsync()).Count.ShouldBe(1, "one pool stays where it is");

        var explain = new ExplainRequest { PoolId = "web", NodeId = "n1" };
        (await other.ExplainAsync(explain, cancellationToken: Stop)).ShouldBe(await _cluster.Admin(0).ExplainAsync(explain, cancellationToken: Stop));
        PlanResponse plan = await other.PlanAsync(new PlanRequest { PoolId = "web", RemoveNodes = { "n1" } }, cancellationToken: Stop);
        plan.Nodes.Single().Membership.ShouldBe("leaves");
        RpcException refused = await Should.ThrowAsync<RpcException>(
            async () => await other.ExplainAsync(new ExplainRequest { PoolId = "web", NodeId = "n9" }, cancellationToken: Stop));
        refused.StatusCode.ShouldBe(StatusCode.NotFound);
        refused.GetRpcStatus()!.Details.ShouldContain(d => d.Is(Violations.Descriptor), "the owner's details arrive");

        (await other.PausePoolAsync(new ChangePoolRequest { PoolId = "web" }, cancellationToken: Stop)).Spec.Paused.ShouldBeTrue();
        await Eventually.TrueAsync(
            async () => (await _cluster.Admin(0).GetPoolAsync(new GetPoolRequest { PoolId = "web" }, cancellationToken: Stop)).Spec.Paused,
            "the owner follows", 120);
        (await other.ListHistoryAsync(new ListHistoryRequest { PoolId = "web" }, cancellationToken: Stop)).Revisions.Count.ShouldBe(2);
        (await _cluster.Admin(0).ListAuditAsync(new ListAuditRequest { Method = "PausePool" }, cancellationToken: Stop)).Entries.Count.ShouldBe(1);
        using AsyncServerStreamingCall<FleetSnapshot> watch = other.Watch(new WatchRequest { PoolId = "web" }, cancellationToken: Stop);
        (await watch.ResponseStream.MoveNext(Stop)).ShouldBeTrue();
        watch.ResponseStream.Current.Nodes.Single().Spec.NodeId.ShouldBe("n1");
    }

    [Fact]
    public async Task A_request_id_is_answered_once_by_all_controllers_together()
    {
        await _cluster.JoinAsync();
        await _cluster.JoinAsync();
        Pool first = await CreateAsync(0, "web", "r1");
        (await CreateAsync(1, "web", "r1")).ShouldBe(first);
    }

    [Fact]
    public async Task A_controller_that_joins_gets_its_share_and_one_that_leaves_hands_everything_over()
    {
        await _cluster.JoinAsync();
        for (int i = 0; i < 4; i++)
        {
            await CreateAsync(0, $"pool-{i}");
        }

        await _cluster.JoinAsync();
        await Eventually.TrueAsync(async () => (await OwnersAsync()).Values.SequenceEqual([2, 2]), "two pools each", 120);
        await _cluster.LeaveAsync(0);
        (await ScalarAsync("select count(*)::int from fleet.controllers")).ShouldBe(1, "who leaves takes itself off the list");
        (await ScalarAsync("select count(*)::int from fleet.leases where owner is not null and expires_at < clock_timestamp()"))
            .ShouldBe(0, "leases were let go, not left to end");
        await Eventually.TrueAsync(async () => (await OwnersAsync()).Values.SequenceEqual([4]), "the other owns all", 120);
        CheckOneOwner();
    }

    [Fact]
    public async Task Lost_wake_up_calls_cost_a_moment_and_nothing_else()
    {
        await ExecuteAsync(
            "create or replace function fleet.wake() returns trigger language plpgsql as $$ begin return null; end $$");
        await _cluster.JoinAsync();
        await CreateAsync(0, "web");
        await _cluster.JoinAsync();
        await Eventually.TrueAsync(async () => await KnowsAsync(_cluster.Admin(1), "web"), "the other controller finds the pool", 120);
        await _cluster.Admin(1).PausePoolAsync(new ChangePoolRequest { PoolId = "web" }, cancellationToken: Stop);
        await Eventually.TrueAsync(
            async () => (await _cluster.Admin(0).GetPoolAsync(new GetPoolRequest { PoolId = "web" }, cancellationToken: Stop)).Spec.Paused,
            "the owner finds the change", 120);
        await _cluster.LeaveAsync(0);
        await Eventually.TrueAsync(async () => (await OwnersAsync()).Values.SequenceEqual([1]), "the other finds the free pool", 120);
    }

    [Fact]
    public async Task A_pool_whose_lease_was_taken_is_let_go_of()
    {
        await _cluster.JoinAsync();
        await CreateAsync(0, "web");
        await ExecuteAsync(
            "update fleet.leases set owner = 'another', epoch = nextval('fleet.epochs'), expires_at = clock_timestamp() + interval '1 hour'");
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await _cluster.Admin(0).PlanAsync(new PlanRequest { PoolId = "web" }, cancellationToken: Stop);
                    return false;
                }
                catch (RpcException away)
                {
                    return away.StatusCode == StatusCode.Unavailable && away.Status.Detail.Contains("owns pool 'web'", StringComparison.Ordinal);
                }
            },
            "the grain is deactivated", 120);
        (await _cluster.Admin(0).GetPoolAsync(new GetPoolRequest { PoolId = "web" }, cancellationToken: Stop)).Spec.PoolId.ShouldBe("web");
        (await _cluster.Admin(0).PausePoolAsync(new ChangePoolRequest { PoolId = "web" }, cancellationToken: Stop)).Spec.Paused.ShouldBeTrue();
    }

    [Fact]
    public async Task A_database_that_restarts_under_load_loses_nothing_and_there_is_one_owner()
    {
        const int Pools = 3;
        await _cluster.JoinAsync();
        await _cluster.JoinAsync();
        await _cluster.JoinAsync();
        for (int i = 0; i < Pools; i++)
        {
            await CreateAsync(i, $"pool-{i}");
        }

        using var enough = new CancellationTokenSource();
        Task<double>[] writers = [.. Enumerable.Range(0, Pools).Select(i => Task.Run(() => WriteAsync(i, enough.Token), Stop))];
        for (int crash = 0; crash < 2; crash++)
        {
            await postgres.Server.RestartAsync();
            await Eventually.TrueAsync(async () => await WritableAsync(crash), "writes are taken again", 120);
        }

        await postgres.Server.DownAsync();
        (await Should.ThrowAsync<RpcException>(async () => await CreateAsync(0, "never"))).StatusCode.ShouldBe(StatusCode.Unavailable);
        await postgres.Server.UpAsync();
        await Eventually.TrueAsync(async () => await WritableAsync(9), "writes are taken again", 120);
        await enough.CancelAsync();

        // The test's own idle connections did not live through it.
        postgres.Owner.Clear();
        postgres.Source.Clear();
        for (int i = 0; i < Pools; i++)
        {
            double acknowledged = await writers[i];
            acknowledged.ShouldBeGreaterThan(1000);
            string stored = $"select (value->>'latencyUs')::float8::int from fleet.documents where kind = 'pools' and id = 'pool-{i}'";
            (await ScalarAsync(stored)).ShouldBeGreaterThanOrEqualTo((int)acknowledged, "what was acknowledged is in the database");
        }

        await Eventually.TrueAsync(async () => (await OwnersAsync()).Values.Sum() == Pools, "every pool has an owner again", 120);
        CheckOneOwner();
    }

    [Fact]
    public async Task A_controller_older_than_the_schema_does_not_start_and_a_running_one_ends()
    {
        await _cluster.JoinAsync();
        await ExecuteAsync($"insert into fleet.migrations (version) values ({PostgresSchema.Version + 1})");
        (await Should.ThrowAsync<StartupException>(() => _cluster.EndOf(0))).Message.ShouldContain("start the newer program");
        (await Should.ThrowAsync<StartupException>(_cluster.JoinAsync)).Message.ShouldContain("start the newer program");
    }

    /// <summary>Raises the latency of one pool as fast as it goes, and gives the last value that was acknowledged.</summary>
    private async Task<double> WriteAsync(int i, CancellationToken enough)
    {
        double acknowledged = 0;
        for (double next = 1001; !enough.IsCancellationRequested; next++)
        {
            try
            {
                await _cluster.Admin(i).UpdatePoolAsync(
                    new UpdatePoolRequest { Spec = Spec($"pool-{i}", next) }, cancellationToken: Stop);
                acknowledged = next;
            }
            catch (RpcException away) when (away.StatusCode is StatusCode.Unavailable or StatusCode.Internal)
            {
                // The database is away: the write may be there or not, and the next one is larger.
            }
        }

        return acknowledged;
    }

    /// <summary>In the order of their steps a pool's epochs only grow: nobody acted after its successor had begun.</summary>
    private void CheckOneOwner()
    {
        foreach (IGrouping<string, (string Pool, ulong Epoch)> pool in _cluster.Steps.GroupBy(s => s.Pool))
        {
            pool.Select(s => s.Epoch).ShouldBeInOrder(SortDirection.Ascending, pool.Key);
        }
    }

    private async Task<bool> WritableAsync(int probe)
    {
        try
        {
            await _cluster.Admin(probe % 3).SetKillSwitchAsync(new SetKillSwitchRequest { On = false, Reason = $"{probe}" }, cancellationToken: Stop);
            return true;
        }
        catch (RpcException away) when (away.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Aborted)
        {
            return false;
        }
    }

    private async Task<Pool> CreateAsync(int member, string id, string requestId = "") => await _cluster.Admin(member).CreatePoolAsync(
        new CreatePoolRequest { Spec = Spec(id, 1000), RequestId = requestId }, cancellationToken: Stop);

    private static PoolSpec Spec(string id, double latencyUs) =>
        new() { PoolId = id, Listen = $"127.0.0.1:{1 + (id[^1] % 50)}", Sla = new Sla { LatencyUs = latencyUs } };

    private static async Task<bool> KnowsAsync(AdminService.AdminServiceClient admin, string pool)
    {
        ListPoolsResponse known = await admin.ListPoolsAsync(new ListPoolsRequest(), cancellationToken: Stop);
        return known.Pools.Any(p => p.Spec.PoolId == pool);
    }

    /// <summary>How many pools each live owner has, in no order of the owners.</summary>
    private async Task<Dictionary<string, int>> OwnersAsync()
    {
        await using NpgsqlConnection connection = await postgres.Source.OpenConnectionAsync(Stop);
        return (await connection.QueryAsync<(string Owner, int Pools)>(
            "select owner, count(*)::int from fleet.leases where owner is not null and expires_at > clock_timestamp() group by owner"))
            .ToDictionary(o => o.Owner, o => o.Pools);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using NpgsqlConnection connection = await postgres.Owner.OpenConnectionAsync(Stop);
        await connection.ExecuteAsync(sql);
    }

    private async Task<int> ScalarAsync(string sql)
    {
        await using NpgsqlConnection connection = await postgres.Owner.OpenConnectionAsync(Stop);
        return await connection.ExecuteScalarAsync<int>(sql);
    }
}
