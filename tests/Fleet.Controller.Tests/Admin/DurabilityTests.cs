using Fleet.V1;
using Grpc.Core;

namespace Fleet.Controller.Tests.Admin;

/// <summary>What a restart of the controller must not lose: answers to request ids, the kill switch, audit and history, watches.</summary>
public sealed class DurabilityTests : IAsyncLifetime
{
    private AdminHost _host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private AdminService.AdminServiceClient Admin => _host.Admin;

    public async ValueTask InitializeAsync() => _host = await AdminHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_request_id_answers_as_the_first_time_also_after_a_restart()
    {
        Pool first = await CreateAsync("web", 1, "r1");
        (await CreateAsync("web", 1, "r1")).ShouldBe(first);
        await _host.RestartAsync();
        (await CreateAsync("web", 1, "r1")).ShouldBe(first);
        (await Admin.ListPoolsAsync(new ListPoolsRequest(), cancellationToken: Stop)).Pools.Count.ShouldBe(1);
        RpcException refused = await Should.ThrowAsync<RpcException>(() => CreateAsync("web", 1, ""));
        refused.StatusCode.ShouldBe(StatusCode.AlreadyExists);
    }

    [Fact]
    public async Task Equal_requests_at_the_same_time_are_done_once()
    {
        Pool[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => CreateAsync("web", 1, "r1")));
        answers.ShouldAllBe(a => a.Equals(answers[0]));
        ListAuditResponse audit = await Admin.ListAuditAsync(new ListAuditRequest(), cancellationToken: Stop);
        audit.Entries.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_refused_request_may_be_repeated_with_its_id_when_the_cause_is_gone()
    {
        await CreateAsync("web", 1, "");
        await Should.ThrowAsync<RpcException>(() => CreateAsync("web", 2, "r1"));
        await Admin.DeletePoolAsync(new DeletePoolRequest { PoolId = "web" }, cancellationToken: Stop);
        (await CreateAsync("web", 2, "r1")).Spec.Listen.ShouldBe("127.0.0.1:2");
    }

    [Fact]
    public async Task The_kill_switch_holds_after_a_restart_and_for_new_pools()
    {
        await CreateAsync("web", 1, "");
        await Admin.SetKillSwitchAsync(new SetKillSwitchRequest { On = true, Reason = "smoke" }, cancellationToken: Stop);
        await _host.RestartAsync();
        await CreateAsync("api", 2, "");
        ListPoolsResponse pools = await Admin.ListPoolsAsync(new ListPoolsRequest(), cancellationToken: Stop);
        pools.Pools.ShouldAllBe(p => p.Status.Halted);
        KillSwitch state = await Admin.GetKillSwitchAsync(new GetKillSwitchRequest(), cancellationToken: Stop);
        state.Reason.ShouldBe("smoke");
        state.Actor.ShouldBe("local");
        await Admin.SetKillSwitchAsync(new SetKillSwitchRequest { On = false }, cancellationToken: Stop);
        pools = await Admin.ListPoolsAsync(new ListPoolsRequest(), cancellationToken: Stop);
        pools.Pools.ShouldAllBe(p => !p.Status.Halted && p.Spec.Mode == Mode.Active);
    }

    [Fact]
    public async Task Audit_and_history_outlive_the_controller_and_a_torn_line()
    {
        await CreateAsync("web", 1, "r1");
        await Should.ThrowAsync<RpcException>(() => CreateAsync("web", 2, ""));
        await Admin.PausePoolAsync(new ChangePoolRequest { PoolId = "web" }, cancellationToken: Stop);
        string file = Path.Combine(_host.DataDirectory, "operations", "operations.jsonl");
        await File.AppendAllTextAsync(file, "\n{\"id\":12", Stop);
        await _host.RestartAsync();
        await Admin.ResumePoolAsync(new ChangePoolRequest { PoolId = "web" }, cancellationToken: Stop);
        ListAuditResponse audit = await Admin.ListAuditAsync(new ListAuditRequest { PoolId = "web" }, cancellationToken: Stop);
        audit.Entries.Select(e => (e.Method, e.Outcome)).ShouldBe(
            [("ResumePool", "OK"), ("PausePool", "OK"), ("CreatePool", "ALREADY_EXISTS"), ("CreatePool", "OK")]);
        audit.Entries[2].Detail.ShouldContain("pool 'web' exists");
        audit.Entries[3].RequestId.ShouldBe("r1");
        audit.Entries[3].RequestJson.ShouldContain("127.0.0.1:1");
        ListHistoryResponse history = await Admin.ListHistoryAsync(new ListHistoryRequest { PoolId = "web" }, cancellationToken: Stop);
        history.Revisions.Select(r => (r.ResourceVersion, r.Spec.Paused)).ShouldBe([("3", false), ("2", true), ("1", false)]);
    }

    [Fact]
    public async Task Audit_is_filtered_and_paged()
    {
        await CreateAsync("web", 1, "");
        await CreateAsync("api", 2, "");
        for (int i = 0; i < 3; i++)
        {
            await Admin.PausePoolAsync(new ChangePoolRequest { PoolId = "web" }, cancellationToken: Stop);
        }

        var request = new ListAuditRequest { PoolId = "web", Method = "PausePool", PageSize = 2 };
        ListAuditResponse first = await Admin.ListAuditAsync(request, cancellationToken: Stop);
        request.PageToken = first.NextPageToken;
        ListAuditResponse second = await Admin.ListAuditAsync(request, cancellationToken: Stop);
        first.Entries.Concat(second.Entries).Select(e => e.ResourceVersion).ShouldBe(["4", "3", "2"]);
        second.NextPageToken.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_watch_resumes_where_it_ended_and_repeats_nothing()
    {
        await CreateAsync("web", 1, "");
        string token = (await NextAsync(new WatchRequest())).ResumeToken;
        await _host.RestartAsync();
        using AsyncServerStreamingCall<FleetSnapshot> resumed = Admin.Watch(
            new WatchRequest { IntervalMs = 100, ResumeToken = token }, cancellationToken: Stop);
        Task<bool> next = resumed.ResponseStream.MoveNext(Stop);
        await CreateAsync("api", 2, "");
        (await next).ShouldBeTrue();
        resumed.ResponseStream.Current.Pools.Select(p => p.Spec.PoolId).ShouldBe(["api", "web"]);
        (await NextAsync(new WatchRequest { PoolId = "api" })).Pools.Single().Spec.PoolId.ShouldBe("api");
    }

    private async Task<FleetSnapshot> NextAsync(WatchRequest request)
    {
        using AsyncServerStreamingCall<FleetSnapshot> watch = Admin.Watch(request, cancellationToken: Stop);
        (await watch.ResponseStream.MoveNext(Stop)).ShouldBeTrue();
        return watch.ResponseStream.Current;
    }

    private async Task<Pool> CreateAsync(string id, int port, string requestId) => await Admin.CreatePoolAsync(
        new CreatePoolRequest
        {
            Spec = new PoolSpec { PoolId = id, Listen = $"127.0.0.1:{port}", Sla = new Sla { LatencyUs = 500 } }, RequestId = requestId,
        },
        cancellationToken: Stop);
}
