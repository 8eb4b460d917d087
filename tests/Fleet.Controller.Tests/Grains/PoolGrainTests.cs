using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Controller.Tests.Fakes;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Controller.Tests.Grains;

public sealed class PoolGrainTests : IAsyncDisposable
{
    private static readonly Setting Probe = new([new("k_us", 2)]);
    private readonly GrainBench _bench = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task It_steps_every_period_also_when_nothing_happens()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document());
        int before = _bench.Control.Steps;
        await _bench.UntilAsync(() => _bench.Control.Steps >= before + 3, "three steps");
    }

    [Fact]
    public async Task The_spec_reaches_the_decider_and_every_change_again()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document());
        await pool.Ref.AddNodeAsync(GrainBench.Node("n1"), Stop);
        PoolPicture picture = await pool.Ref.UpdateAsync(GrainBench.Document() with { LatencyUs = 200 }, 1, Stop);
        picture.Document.SpecVersion.ShouldBe(2);
        PoolSpec last = _bench.Control.Seen<SpecSet>()[^1].Spec;
        last.Sla.LatencyUs.ShouldBe(200);
        last.Nodes.Single().NodeId.ShouldBe("n1");
    }

    [Fact]
    public async Task The_objective_reaches_the_decider()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document());
        _bench.Control.Seen<SpecSet>()[^1].Spec.Objective.ShouldBe(Objective.LeastWatts);
        await pool.Ref.UpdateAsync(
            GrainBench.Document() with { Objective = Objective.LeastLatencyUnderCap, PowerCapWatts = 80 }, 1, Stop);
        _bench.Control.Seen<SpecSet>()[^1].Spec.Objective.ShouldBe(new Objective(Objective.LeastLatencyUnderCap, 80));
    }

    [Fact]
    public async Task A_stale_version_is_refused_and_changes_nothing()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document());
        await pool.Ref.UpdateAsync(GrainBench.Document() with { LatencyUs = 300 }, 1, Stop);
        FleetFault stale = await Should.ThrowAsync<FleetFault>(
            () => pool.Ref.UpdateAsync(GrainBench.Document() with { LatencyUs = 400 }, 1, Stop));
        stale.Kind.ShouldBe(FaultKind.Stale);
        pool.Picture.Document.LatencyUs.ShouldBe(300);
    }

    [Fact]
    public async Task A_command_reaches_the_agent_and_its_answer_the_decider()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1")));
        await _bench.UntilAsync(() => _bench.Control.Seen<AgentConnected>().Count > 0, "agent connected");
        _bench.Control.Script = _ => _bench.Control.Seen<SettingApplied>().Count == 0 ? [new ApplySetting("n1", "c1", Probe, true)] : [];
        await _bench.UntilAsync(() => _bench.Control.Seen<SettingApplied>().Count > 0, "setting applied");
        _bench.Control.Seen<SettingApplied>()[0].ShouldBe(new SettingApplied("n1", "c1", Probe));
        _bench.Agent.Applied.ShouldAllBe(a => a.Epoch == 7 && a.CommandId == "c1" && a.Exploring);
        _bench.Control.Seen<ReadingArrived>().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_refused_command_is_an_event_and_shows_in_the_status()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1")));
        await _bench.UntilAsync(() => _bench.Control.Seen<AgentConnected>().Count > 0, "agent connected");
        _bench.Agent.ApplyError = new IOException("knob is read-only");
        _bench.Control.Script = _ => _bench.Control.Seen<ApplyFailed>().Count == 0 ? [new ApplySetting("n1", "c1", Probe, true)] : [];
        await _bench.UntilAsync(() => _bench.Control.Seen<ApplyFailed>().Count > 0, "apply failed");
        _bench.Control.Seen<ApplyFailed>()[0].Error.ShouldBe("knob is read-only");
        await _bench.UntilAsync(() => pool.Picture.AgentErrors.ContainsKey("n1"), "error in the status");
    }

    [Fact]
    public async Task A_dead_agent_is_lost_and_dialled_again_until_it_is_back()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1")));
        await _bench.UntilAsync(() => _bench.Control.Seen<AgentConnected>().Count == 1, "agent connected");
        _bench.Agent.Kill();
        await _bench.UntilAsync(() => _bench.Control.Seen<AgentLost>().Count >= 2, "agent lost, and lost again");
        _bench.Agent.Revive();
        await _bench.UntilAsync(() => _bench.Control.Seen<AgentConnected>().Count >= 2, "agent back");
        pool.Picture.AgentErrors.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_lease_is_renewed_every_five_seconds()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1")));
        await _bench.UntilAsync(() => _bench.Agent.Renewals > 0, "first renewal");
        DateTimeOffset start = _bench.Time.GetUtcNow();
        int before = _bench.Agent.Renewals;
        await _bench.UntilAsync(() => _bench.Agent.Renewals >= before + 2, "two more renewals");
        (_bench.Time.GetUtcNow() - start).ShouldBeGreaterThanOrEqualTo(LinkTimings.Renewal);
    }

    [Fact]
    public async Task Routes_are_acknowledged_once_the_proxy_has_them()
    {
        await _bench.Proxies.AddAsync("p1", "unix:/p1", Stop);
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document());
        _bench.Proxy.Refusal = "127.0.0.1:11211 is in use";
        _bench.Control.Script = _ => [new SetRoutes(3, [new NodeWeight("n1", "127.0.0.1:1", 100)])];
        await _bench.UntilAsync(() => _bench.Proxies.List()[0].LastError?.Contains("in use") == true, "refusal in the status");
        _bench.Control.Seen<RoutesAcknowledged>().ShouldBeEmpty();
        _bench.Proxy.Refusal = null;
        await _bench.UntilAsync(() => _bench.Control.Seen<RoutesAcknowledged>().Count > 0, "acknowledged");
        _bench.Control.Seen<RoutesAcknowledged>()[0].Revision.ShouldBe(3);
        _bench.Proxy.Tables["web"].Nodes.Single().NodeId.ShouldBe("n1");
    }

    [Fact]
    public async Task A_proxy_that_lost_everything_gets_everything_again()
    {
        await _bench.Proxies.AddAsync("p1", "unix:/p1", Stop);
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document());
        _bench.Control.Script = _ => [new SetRoutes(1, [new NodeWeight("n1", "127.0.0.1:1", 100)])];
        await _bench.UntilAsync(() => _bench.Proxy.Tables.ContainsKey("web"), "configured");
        _bench.Control.Script = _ => [];
        _bench.Proxy.Kill();
        await _bench.UntilAsync(() => !_bench.Proxies.List()[0].Connected, "lost");
        _bench.Proxy.Revive();
        await _bench.UntilAsync(() => _bench.Proxy.Tables.ContainsKey("web"), "configured again");
    }

    [Fact]
    public async Task A_removed_node_is_kept_until_the_choreography_is_through()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1"), GrainBench.Node("n2")));
        _bench.Control.Nodes = [View("n1"), View("n2")];
        await pool.Ref.RemoveNodeAsync("n1", force: false, Stop);
        _bench.Control.Seen<SpecSet>()[^1].Spec.Nodes.Select(n => n.NodeId).ShouldBe(["n2"]);
        pool.Picture.Document.Nodes.Single(n => n.NodeId == "n1").Leaving.ShouldBeTrue();
        (await Should.ThrowAsync<FleetFault>(() => pool.Ref.AddNodeAsync(GrainBench.Node("n1"), Stop))).Kind
            .ShouldBe(FaultKind.Precondition);
        _bench.Control.Nodes = [View("n2")];
        _bench.Control.Script = _ => [new NodeRemoved("n1")];
        await _bench.UntilAsync(() => pool.Picture.Document.Nodes.All(n => n.NodeId != "n1"), "forgotten");
    }

    [Fact]
    public async Task The_last_node_stays_unless_forced()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1")));
        (await Should.ThrowAsync<FleetFault>(() => pool.Ref.RemoveNodeAsync("n1", false, Stop))).Kind.ShouldBe(FaultKind.Precondition);
        await pool.Ref.RemoveNodeAsync("n1", force: true, Stop);
    }

    [Fact]
    public async Task What_was_learned_and_declared_comes_back_after_a_restart()
    {
        var learned = new PoolSnapshot(41, [], [new NodeSnapshot("n1", "127.0.0.1:1", "active", 100, Probe, 1000)]);
        await using (GrainBenchPool first = await _bench.ActivateAsync(GrainBench.Document()))
        {
            await first.Ref.AddNodeAsync(GrainBench.Node("n1"), Stop);
            _bench.Control.Snapshot = learned;
        }

        await using GrainBenchPool second = await _bench.ActivateAsync(null);
        _bench.Control.Restored!.RouteRevision.ShouldBe(41);
        _bench.Control.Restored.Nodes.Single().SettledSetting.ShouldBe(Probe);
        _bench.Control.Seen<SpecSet>()[0].Spec.Nodes.Single().NodeId.ShouldBe("n1");
    }

    [Fact]
    public async Task A_revision_is_on_the_disk_before_a_proxy_sees_it()
    {
        await _bench.Proxies.AddAsync("p1", "unix:/p1", Stop);
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document());
        _bench.Control.Script = _ =>
        {
            _bench.Control.Snapshot = new PoolSnapshot(9, [], []);
            return [new SetRoutes(9, [])];
        };
        await _bench.UntilAsync(() => _bench.Proxy.Tables.ContainsKey("web"), "configured");
        var key = new DocumentKey(DocumentKinds.PoolStates, "web");
        (await _bench.Store.ReadAsync<PoolStateDocument>(key, Stop))!.Value.Snapshot.RouteRevision.ShouldBe(9);
    }

    [Fact]
    public async Task A_deleted_pool_restores_its_nodes_and_leaves_no_document()
    {
        await _bench.Proxies.AddAsync("p1", "unix:/p1", Stop);
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1")));
        await _bench.UntilAsync(() => _bench.Control.Seen<AgentConnected>().Count > 0, "agent connected");
        await pool.Ref.DeleteAsync(Stop);
        _bench.Agent.Applied.ShouldContain(a => a.Setting.IsDefault && !a.Exploring);
        (await _bench.Store.ListAsync(DocumentKinds.Pools, Stop)).ShouldBeEmpty();
        (await _bench.Store.ListAsync(DocumentKinds.PoolStates, Stop)).ShouldBeEmpty();
        await _bench.UntilAsync(() => _bench.Proxy.Removed.Contains("web"), "removed at the proxy");
    }

    [Fact]
    public async Task A_failing_step_does_not_end_the_grain()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document());
        int before = _bench.Control.Steps;
        _bench.Control.Script = _ => throw new InvalidOperationException("a bug");
        await _bench.UntilAsync(() => _bench.Control.Steps >= before + 3, "steps go on");
    }

    private static NodeView View(string id) => new(
        id, "active", true, Core.Tuning.TunerPhase.Hold, Setting.Default, Setting.Default, 0, null, null, null,
        Core.Measurement.PowerSource.Unknown, null, null, 0, "", 100, null);
}
