using Fleet.Controller.Grains;
using Fleet.Controller.Tests.Fakes;
using Fleet.Core.Control;
using Fleet.Core.Measurement;

namespace Fleet.Controller.Tests.Grains;

public sealed class AgentGuardTests : IAsyncDisposable
{
    private const double SlaUs = 500;
    private const string Bypass = "knobs not applicable: bypass (1 AF_XDP socket(s) in this network namespace)";
    private static readonly Sla Promise = new(99, SlaUs);
    private readonly GrainBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(1000, 5, 200.0, false)]
    [InlineData(1000, 100, 800.0, true)]
    [InlineData(1000, 12, null, false)]
    public void ALatencyOverThePromiseIsToldOnlyBeyondDoubt(int requests, int over, double? latencyUs, bool breaks)
    {
        GuardSignal signal = GuardSignals.Of([Slice("a", requests, over)], Promise).Single().Signal;
        signal.Over.ShouldBe(breaks);
        signal.RequestsPerSecond.ShouldBe(requests / 0.25);
        if (latencyUs is null)
        {
            signal.LatencyUs.ShouldBeNull("12 of 1000 over a promise of 99 % may be chance");
        }
        else
        {
            signal.LatencyUs!.Value.ShouldBe(latencyUs.Value, tolerance: latencyUs.Value * 0.05);
        }
    }

    [Fact]
    public void TroubleOfMostNodesIsNobodysSetting()
    {
        SliceArrived[] all = [Slice("a", 1000, 100), Slice("b", 1000, 100), Slice("c", 1000, 0)];
        GuardSignals.Of(all, Promise).Select(s => s.Signal.Over).ShouldBe([false, false, false]);
        GuardSignals.Of([all[0], all[2], Slice("d", 1000, 0)], Promise).Select(s => s.Signal.Over).ShouldBe([true, false, false]);
    }

    [Fact]
    public void ASliceWithNextToNoRequestsSaysNothing() => GuardSignals.Of([Slice("a", 2, 2)], Promise).ShouldBeEmpty();

    [Fact]
    public async Task TheAgentHearsABrokenPromiseAtOnceAndItsEnd()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1")));
        await _bench.UntilAsync(() => _bench.Control.Seen<AgentConnected>().Count > 0 && _bench.Agent.Renewals > 0, "agent connected");
        DateTimeOffset start = _bench.Time.GetUtcNow();
        await HearAsync(pool, over: 100, expected: 1);
        await HearAsync(pool, over: 100, expected: 2);
        await HearAsync(pool, over: 0, expected: 3);
        (_bench.Time.GetUtcNow() - start).ShouldBeLessThan(LinkTimings.Renewal, "it did not wait for a renewal");
        _bench.Agent.Heard.Select(s => s.Over).ShouldBe([true, true, false]);
        _bench.Agent.Heard.ShouldAllBe(s => s.SlaUs.Equals(SlaUs) && s.RequestsPerSecond > 0);
    }

    [Fact]
    public async Task AKeptPromiseRidesWithTheRenewalsAndIsToldOnce()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1")));
        await _bench.UntilAsync(() => _bench.Control.Seen<AgentConnected>().Count > 0 && _bench.Agent.Renewals > 0, "agent connected");
        int before = _bench.Agent.Renewals;
        pool.Directory.TakeSlices("p1", [Node(Slice("n1", 1000, 0).Slice)]);
        await _bench.UntilAsync(() => _bench.Agent.Renewals >= before + 3, "three renewals");
        _bench.Agent.Heard.Single().Over.ShouldBeFalse();
    }

    [Fact]
    public async Task ANodeWhosePacketsBypassTheKernelHasNothingToTune()
    {
        _bench.Agent.Bypass = _bench.Agent.BypassNow = Bypass;
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1")));
        await _bench.UntilAsync(() => _bench.Control.Seen<AgentConnected>().Count > 0, "agent connected");
        _bench.Control.Seen<AgentConnected>()[0].Space.Cells.ShouldBe(0);
        await _bench.UntilAsync(() => pool.Picture.AgentErrors.GetValueOrDefault("n1") == Bypass, "bypass in the status");
    }

    [Fact]
    public async Task ABypassThatBeginsLaterEndsTheTuning()
    {
        await using GrainBenchPool pool = await _bench.ActivateAsync(GrainBench.Document(GrainBench.Node("n1")));
        await _bench.UntilAsync(() => _bench.Control.Seen<AgentConnected>().Count > 0, "agent connected");
        _bench.Control.Seen<AgentConnected>()[0].Space.Cells.ShouldBe(2);
        _bench.Agent.Bypass = _bench.Agent.BypassNow = Bypass;
        _bench.Agent.Say();
        await _bench.UntilAsync(() => _bench.Control.Seen<AgentConnected>().Count > 1, "described again");
        _bench.Control.Seen<AgentConnected>()[^1].Space.Cells.ShouldBe(0);
        _bench.Control.Seen<AgentLost>()[0].Reason.ShouldBe(Bypass);
    }

    private async Task HearAsync(GrainBenchPool pool, int over, int expected)
    {
        pool.Directory.TakeSlices("p1", [Node(Slice("n1", 1000, over).Slice)]);
        await _bench.UntilAsync(() => _bench.Agent.Heard.Count >= expected, $"{expected} signals");
    }

    private static NodeSlice Node(TrafficSlice slice) => new("web", "n1", slice);

    private static SliceArrived Slice(string node, int requests, int over)
    {
        var latency = new LatencyHistogram();
        for (int i = 0; i < requests; i++)
        {
            latency.RecordUs(i < over ? 800 : 200);
        }

        return new SliceArrived(node, new TrafficSlice(DateTimeOffset.UnixEpoch, TimeSpan.FromMilliseconds(250), requests, 0, 0, latency));
    }
}
