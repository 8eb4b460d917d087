using Fleet.Controller.Grains;
using Fleet.Controller.Tests.Fakes;
using Fleet.Core.Control;
using Fleet.Core.Knobs;

namespace Fleet.Controller.Tests.Grains;

public sealed class SendDelayTests : IAsyncDisposable
{
    private static readonly Setting Both = new([new("k_us", 2), new(SendDelayKnob.Name, 300)]);
    private readonly GrainBench _bench = new() { DelaysSends = true };

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task The_proxies_delay_is_a_knob_beside_the_hosts()
    {
        await using GrainBenchPool pool = await StartAsync();
        KnobSpace space = _bench.Control.Seen<AgentConnected>()[0].Space;
        space.Knobs.Select(k => k.Name).ShouldBe(["k_us", SendDelayKnob.Name]);
        SendDelayKnob.Knob.LegalValues.ShouldContain(0);
    }

    [Fact]
    public async Task A_setting_is_split_between_agent_and_proxies_and_read_back_whole()
    {
        await using GrainBenchPool pool = await StartAsync();
        await ApplyAsync("c1", Both);
        _bench.Control.Seen<SettingApplied>()[^1].ReadBack.ShouldBe(Both);
        _bench.Agent.Applied.ShouldHaveSingleItem().Setting.ShouldBe(new Setting([new("k_us", 2)]));
        _bench.Proxy.Delays["n1"].ShouldBe(300);
        _bench.Proxy.DelayCalls.ShouldAllBe(d => d.Epoch == 7 && d.PoolId == "web");
    }

    [Fact]
    public async Task The_default_ends_the_delay()
    {
        await using GrainBenchPool pool = await StartAsync();
        await ApplyAsync("c1", Both);
        await ApplyAsync("c2", Setting.Default);
        _bench.Control.Seen<SettingApplied>()[^1].ReadBack.ShouldBe(Setting.Default);
        _bench.Proxy.Delays["n1"].ShouldBe(0);
    }

    [Fact]
    public async Task A_delay_is_renewed_before_it_ends_and_no_delay_needs_no_renewal()
    {
        await using GrainBenchPool pool = await StartAsync();
        await ApplyAsync("c1", Both);
        await _bench.UntilAsync(() => _bench.Proxy.DelayCalls.Count >= 3, "renewed twice");
        await ApplyAsync("c2", Setting.Default);
        int calls = _bench.Proxy.DelayCalls.Count;
        _bench.Time.Advance(LinkTimings.Lease);
        await _bench.Proxies.RemovePoolAsync("other", 7, TestContext.Current.CancellationToken);
        _bench.Proxy.DelayCalls.Count.ShouldBe(calls);
    }

    [Fact]
    public async Task A_proxy_that_was_away_gets_the_delays_again()
    {
        await using GrainBenchPool pool = await StartAsync();
        await ApplyAsync("c1", Both);
        _bench.Proxy.Kill();
        _bench.Proxy.Delays.Clear();
        _bench.Proxy.Revive();
        await _bench.UntilAsync(() => _bench.Proxy.Delays.GetValueOrDefault("n1") == 300, "the delay is back");
    }

    [Fact]
    public async Task Without_its_agent_a_nodes_requests_leave_at_once()
    {
        await using GrainBenchPool pool = await StartAsync();
        await ApplyAsync("c1", Both);
        _bench.Agent.Kill();
        await _bench.UntilAsync(() => _bench.Proxy.Delays["n1"] == 0, "the delay ended");
    }

    [Fact]
    public async Task A_refused_host_setting_delays_nothing()
    {
        await using GrainBenchPool pool = await StartAsync();
        _bench.Agent.ApplyError = new IOException("knob is read-only");
        _bench.Control.Script = _ => _bench.Control.Seen<ApplyFailed>().Count == 0 ? [new ApplySetting("n1", "c1", Both, true)] : [];
        await _bench.UntilAsync(() => _bench.Control.Seen<ApplyFailed>().Count > 0, "apply failed");
        _bench.Proxy.Delays.GetValueOrDefault("n1").ShouldBe(0);
    }

    private async Task<GrainBenchPool> StartAsync()
    {
        GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1")));
        await _bench.Proxies.AddAsync("p1", "unix:/p1", TestContext.Current.CancellationToken);
        await _bench.UntilAsync(
            () => _bench.Control.Seen<AgentConnected>().Count > 0 && _bench.Proxies.List().All(p => p.Connected), "all connected");
        return pool;
    }

    private async Task ApplyAsync(string id, Setting setting)
    {
        _bench.Control.Script = _ => _bench.Control.Seen<SettingApplied>().Any(a => a.CommandId == id)
            ? []
            : [new ApplySetting("n1", id, setting, true)];
        await _bench.UntilAsync(() => _bench.Control.Seen<SettingApplied>().Any(a => a.CommandId == id), "setting applied");
    }
}
