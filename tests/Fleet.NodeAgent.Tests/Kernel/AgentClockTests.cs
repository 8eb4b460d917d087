using Fleet.Grpc.Client;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Tests.Support;
using Fleet.V1;
using Grpc.Core;
using ManualTimeProvider = Fleet.Testing.ManualTimeProvider;

namespace Fleet.NodeAgent.Tests.Kernel;

/// <summary>What the whole agent does by its clock, which the test moves: a host of plain files, commands over the contract.</summary>
public sealed class AgentClockTests : IAsyncDisposable
{
    private const string Policy = "sys/devices/system/cpu/cpufreq/policy0/";
    private readonly TemporaryFolder _root = new();
    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<string> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _run = Task.CompletedTask;
    private long _packets;

    public AgentClockTests()
    {
        _root.Write(Policy + "scaling_min_freq", "1200000\n");
        _root.Write(Policy + "scaling_max_freq", "2900000\n");
        _root.Write(Policy + "cpuinfo_min_freq", "1200000\n");
        _root.Write(Policy + "cpuinfo_max_freq", "2900000\n");
        _root.Write(Policy + "scaling_governor", "performance\n");
        _root.Write("proc/stat", "cpu  0 0 0 0 0 0 0\nintr 5 1\nctxt 9\n");
        Receive(0);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Maximum => File.ReadAllText(_root.File(Policy + "scaling_max_freq")).Trim();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task TheKillSwitchIsHonouredWithinASecond()
    {
        AgentService.AgentServiceClient client = await StartAsync();
        await client.ApplyAsync(Request(1300), cancellationToken: Ct);
        Maximum.ShouldBe("1300000");
        _root.Write("kill", "incident 42\n");
        _time.Advance(TimeSpan.FromSeconds(1));
        await Wait.UntilAsync(() => Maximum == "2900000", "the originals are back after a second of the agent's clock");
    }

    [Fact]
    public async Task WithoutItsControllerTheAgentGuardsByItsOwnPacketRate()
    {
        AgentService.AgentServiceClient client = await StartAsync();
        await client.ApplyAsync(Request(1300), cancellationToken: Ct);
        for (int second = 0; second < 5; second++)
        {
            await client.RenewAsync(new RenewRequest { Epoch = 1 }, cancellationToken: Ct);
            await PassAsync(packets: 1000);
        }

        for (int second = 0; second < 40; second++)
        {
            await PassAsync(packets: 1000);
        }

        Maximum.ShouldBe("1300000", "the controller is gone and the load is the proven one: the settled setting stays");
        for (int second = 0; second < 60 && Maximum == "1300000"; second++)
        {
            await PassAsync(packets: 4000);
        }

        Maximum.ShouldBe("2900000");
        (await File.ReadAllTextAsync(_root.File("audit"), Ct)).ShouldContain("no controller, and ");
    }

    [Fact]
    public async Task SlicesOverThePromiseEndASettingAlsoWhenTheControllerDoesNothing()
    {
        AgentService.AgentServiceClient client = await StartAsync();
        await client.ApplyAsync(Request(1300), cancellationToken: Ct);
        _time.Advance(TimeSpan.FromSeconds(2));
        var late = new RenewRequest { Epoch = 1, Guard = new GuardSignal { LatencyUs = 700, SlaUs = 500, RequestsPerSecond = 1000 } };
        (await client.RenewAsync(late, cancellationToken: Ct)).Setting.Values.ShouldHaveSingleItem();
        (await client.RenewAsync(late, cancellationToken: Ct)).Setting.Values.ShouldBeEmpty("two slices in a row");
        Maximum.ShouldBe("2900000");
    }

    [Fact]
    public async Task OneChangeInTwoSecondsAndTheWayBackAtOnce()
    {
        AgentService.AgentServiceClient client = await StartAsync();
        await client.ApplyAsync(Request(1300), cancellationToken: Ct);
        DateTimeOffset first = _time.GetUtcNow();
        Task<ApplyResponse> second = client.ApplyAsync(Request(1500), cancellationToken: Ct).ResponseAsync;
        while (!second.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Turn();
        }

        await second;
        (_time.GetUtcNow() - first).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(2));
        Maximum.ShouldBe("1500000");
        DateTimeOffset back = _time.GetUtcNow();
        await client.ApplyAsync(new ApplyRequest { Epoch = 1 }, cancellationToken: Ct);
        (Maximum, _time.GetUtcNow()).ShouldBe(("2900000", back));
    }

    [Fact]
    public async Task ReadingsOfASettledSettingComeTogetherAndThoseOfAProbeAtOnce()
    {
        AgentService.AgentServiceClient client = await StartAsync();
        await client.ApplyAsync(Request(1300), cancellationToken: Ct);
        var request = new WatchReadingsRequest { IntervalMs = 250, MaxDelayMs = 1000 };
        using AsyncServerStreamingCall<NodeReading> watch = client.WatchReadings(request, cancellationToken: Ct);
        (await NextAsync(watch)).KeptMs.ShouldBe(0, "the first tells the setting");
        NodeReading[] group = [await NextAsync(watch), await NextAsync(watch), await NextAsync(watch), await NextAsync(watch)];
        group.Select(r => r.KeptMs).ShouldBe([750, 500, 250, 0], "nothing waits for these");
        group.ShouldAllBe(r => r.Setting.Values.Single().Value == 1300 && r.DurationMs >= 250);

        _time.Advance(TimeSpan.FromSeconds(2));
        await client.ApplyAsync(Request(1500, exploring: true), cancellationToken: Ct);
        NodeReading last;
        do
        {
            last = await NextAsync(watch);
        }
        while (!last.Exploring);
        last.KeptMs.ShouldBe(0);
        for (int i = 0; i < 3; i++)
        {
            (await NextAsync(watch)).KeptMs.ShouldBe(0, "a probe is decided by its readings");
        }
    }

    [Fact]
    public async Task ALongerDelayThanAllowedIsNamed()
    {
        AgentService.AgentServiceClient client = await StartAsync();
        using var watch = client.WatchReadings(new WatchReadingsRequest { MaxDelayMs = 10_001 }, cancellationToken: Ct);
        RpcException e = await Should.ThrowAsync<RpcException>(() => watch.ResponseStream.MoveNext(Ct));
        (e.StatusCode, e.Status.Detail).ShouldBe((StatusCode.InvalidArgument, "max_delay_ms 10001 out of range; legal: 0 to 10000"));
    }

    /// <summary>The next reading, for which the clock goes on.</summary>
    private async Task<NodeReading> NextAsync(AsyncServerStreamingCall<NodeReading> watch)
    {
        Task<bool> next = watch.ResponseStream.MoveNext(Ct);
        await Turn();
        while (!next.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await Turn();
        }

        (await next).ShouldBeTrue();
        return watch.ResponseStream.Current;
    }

    private async Task PassAsync(long packets)
    {
        Receive(packets);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Turn();
    }

    /// <summary>Lets the agent's tasks run.</summary>
    private static Task Turn() => Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Ct);

    private void Receive(long packets) => _root.Write("sys/class/net/dev0/statistics/rx_packets", $"{_packets += packets}\n");

    private async Task<AgentService.AgentServiceClient> StartAsync()
    {
        _root.Write("sys/class/net/dev0/ifindex", "2147483000\n");
        var options = new AgentOptions
        {
            Name = "n1",
            Device = "dev0",
            Listen = "unix:" + _root.File("socket"),
            SysfsRoot = _root.File("sys"),
            ProcfsRoot = _root.File("proc"),
            JournalPath = _root.File("journal"),
            AuditPath = _root.File("audit"),
            KillSwitchPath = _root.File("kill"),
            Knobs = [KnobNames.Frequency],
        };
        _run = Task.Run(() => AgentHost.RunAsync(options, _time, _stop.Token, a => _listening.TrySetResult(a)), Ct);
        _ = _run.ContinueWith(t => _listening.TrySetException(t.Exception!), TaskContinuationOptions.OnlyOnFaulted);
        return new AgentService.AgentServiceClient(FleetChannel.ForAddress(await _listening.Task));
    }

    private static ApplyRequest Request(long mhz, bool exploring = false)
    {
        var setting = new Setting();
        setting.Values.Add(new KnobValue { Knob = KnobNames.Frequency, Value = mhz });
        return new ApplyRequest { Epoch = 1, Setting = setting, Exploring = exploring };
    }
}
