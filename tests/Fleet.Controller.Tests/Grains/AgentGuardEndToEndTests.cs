using Fleet.Controller.Grains;
using Fleet.Controller.Tests.Fakes;
using Fleet.Controller.Wire;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Fleet.NodeAgent;
using Fleet.Testing;

namespace Fleet.Controller.Tests.Grains;

/// <summary>A real agent on a host of plain files, reached over gRPC by a real grain whose decider does nothing about a broken promise.</summary>
public sealed class AgentGuardEndToEndTests : IAsyncDisposable
{
    private const string Policy = "sys/devices/system/cpu/cpufreq/policy0/";
    private static readonly Setting Slow = new([new("cpu.frequency_mhz", 1300)]);
    private readonly TemporaryFolder _host = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _agent = Task.CompletedTask;

    private string Maximum => File.ReadAllText(_host.File(Policy + "scaling_max_freq")).Trim();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _agent;
        _stop.Dispose();
        _host.Dispose();
    }

    [Fact]
    public async Task TheAgentLeavesASettingThatBreaksThePromiseByItself()
    {
        await StartAgentAsync();
        await using var bench = new GrainBench { Agents = new GrpcAgentPort(TimeProvider.System) };
        await using GrainBenchPool pool = await bench.ActivateAsync(GrainBench.Document(
            GrainBench.Node("n1") with { Agent = "unix:" + _host.File("socket") }));
        await UntilAsync(() => bench.Control.Seen<AgentConnected>().Count > 0, "agent connected");
        bench.Control.Script = _ => bench.Control.Seen<SettingApplied>().Count == 0 ? [new ApplySetting("n1", "c1", Slow, false)] : [];
        await UntilAsync(() => bench.Control.Seen<SettingApplied>().Count > 0, "setting applied");
        Maximum.ShouldBe("1300000");

        int slices = 0;
        await UntilAsync(() => Served(over: 0), "a while of kept promises");
        Maximum.ShouldBe("1300000");
        await UntilAsync(() => Served(over: 100), "the agent went back by itself");
        await UntilAsync(() => bench.Control.Seen<ReadingArrived>().Any(r => r.Reading.AgentEvent is not null), "the controller heard of it");
        bench.Control.Seen<ReadingArrived>().First(r => r.Reading.AgentEvent is not null).Reading.AgentEvent!
            .ShouldContain("over the promise of 500 us in 2 slices: back to the originals");
        bench.Control.Seen<SettingApplied>().ShouldHaveSingleItem("no command of the controller did it");

        // The agent lives in real time: of a clock that runs 25 times as fast, the controller's patience with its calls is over too soon.
        Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
            async () =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(40), TimeProvider.System);
                bench.Time.Advance(PoolGrain.Period);
                return condition();
            },
            what);

        bool Served(int over)
        {
            var latency = new LatencyHistogram();
            for (int i = 0; i < 1000; i++)
            {
                latency.RecordUs(i < over ? 800 : 200);
            }

            var slice = new TrafficSlice(bench.Time.GetUtcNow(), TimeSpan.FromMilliseconds(250), 1000, 0, 0, latency);
            pool.Directory.TakeSlices("p1", [new("web", "n1", slice)]);
            return over == 0 ? ++slices >= 100 : Maximum == "2900000";
        }
    }

    private async Task StartAgentAsync()
    {
        Write(Policy + "scaling_min_freq", "1200000");
        Write(Policy + "scaling_max_freq", "2900000");
        Write(Policy + "cpuinfo_min_freq", "1200000");
        Write(Policy + "cpuinfo_max_freq", "2900000");
        Write(Policy + "scaling_governor", "performance");
        Write("sys/class/net/dev0/ifindex", "2147483000");
        Write("proc/stat", "cpu  0 0 0 0 0 0 0\nintr 5 1\nctxt 9");
        var options = new AgentOptions
        {
            Name = "n1",
            Device = "dev0",
            Listen = "unix:" + _host.File("socket"),
            SysfsRoot = _host.File("sys"),
            ProcfsRoot = _host.File("proc"),
            JournalPath = _host.File("journal"),
            Knobs = ["cpu.frequency_mhz"],
        };
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _agent = Task.Run(() => AgentHost.RunAsync(options, TimeProvider.System, _stop.Token, _ => listening.TrySetResult()));
        await Task.WhenAny(listening.Task, _agent);
        listening.Task.IsCompleted.ShouldBeTrue();
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_host.File(name))!);
        File.WriteAllText(_host.File(name), text + "\n");
    }
}
