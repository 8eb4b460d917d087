using Fleet.Grpc.Client;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Tests.Support;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.NodeAgent.Tests.Kernel;

/// <summary>The whole agent over its contract, on a veth of the test's own.</summary>
public sealed class AgentHostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task DescribesAppliesReportsAndRestoresAtItsEnd()
    {
        using VethPlant plant = await VethPlant.CreateAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        Task run = Start(plant, stop.Token);
        using FleetChannel channel = FleetChannel.ForAddress(await _listening.Task);
        var client = new AgentService.AgentServiceClient(channel);

        DescribeResponse description = await client.DescribeAsync(new DescribeRequest(), cancellationToken: Ct);
        description.NodeName.ShouldBe("n1");
        string[] available = [.. description.Knobs.Where(k => k.State == KnobState.Available).Select(k => k.Name)];
        Assert.SkipUnless(available.Length > 0, "this kernel lacks per-NAPI settings");
        available.ShouldBe([NapiKnobs.FlushName, NapiKnobs.SuspendName]);
        description.Knobs.Select(k => k.Name).ShouldBe(KnobNames.All, "every knob is described, also when absent or left alone");
        description.Knobs.Where(k => k.State != KnobState.Available).ShouldAllBe(k => k.Reason.Length > 0);
        description.Sensors.Where(s => !s.Available).ShouldAllBe(s => s.Reason.Length > 0);
        description.HardwareClass.ShouldContain("Linux");

        ApplyResponse applied = await client.ApplyAsync(Request(7, 200), cancellationToken: Ct);
        applied.ReadBack.Values.Single(v => v.Knob == NapiKnobs.FlushName).Value.ShouldBe(200);
        plant.FlushNs().ShouldBe(200_000UL);
        (await client.RenewAsync(new RenewRequest { Epoch = 7 }, cancellationToken: Ct)).Setting.ShouldBe(applied.ReadBack);

        (await Refused(() => client.ApplyAsync(Request(6, 300), cancellationToken: Ct).ResponseAsync))
            .ShouldBe(StatusCode.FailedPrecondition);
        (await Refused(() => client.ApplyAsync(Request(7, 201), cancellationToken: Ct).ResponseAsync)).ShouldBe(StatusCode.InvalidArgument);
        plant.FlushNs().ShouldBe(200_000UL);

        await ReadTwoReadingsAsync(client);

        stop.Cancel();
        await run;
        plant.FlushNs().ShouldBe(0UL);
        File.Exists(_folder.File("journal")).ShouldBeFalse();
    }

    [Fact]
    public async Task AMissingDeviceIsNamedBeforeAnythingStarts()
    {
        AgentOptions options = new() { Device = "nosuchdev0", Listen = "unix:" + _folder.File("socket") };
        var e = await Should.ThrowAsync<Hosting.Errors.StartupException>(() => AgentHost.RunAsync(options, TimeProvider.System, Ct));
        e.Message.ShouldContain("nosuchdev0");
        File.Exists(_folder.File("socket")).ShouldBeFalse();
    }

    private readonly TaskCompletionSource<string> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task Start(VethPlant plant, CancellationToken stop)
    {
        AgentOptions options = NapiKernelTests.Options(plant, _folder) with
        {
            Name = "n1",
            Listen = "unix:" + _folder.File("socket"),
            ServerPids = [Environment.ProcessId],
        };

        // The agent opens its netlink socket before its first wait, so on the thread that is inside.
        Task run = VethPlant.Inside(plant.Server, () =>
            AgentHost.RunAsync(options, TimeProvider.System, stop, a => _listening.TrySetResult(a)));
        _ = run.ContinueWith(t => _listening.TrySetException(t.Exception!), TaskContinuationOptions.OnlyOnFaulted);
        return run;
    }

    private static async Task ReadTwoReadingsAsync(AgentService.AgentServiceClient client)
    {
        using var watch = client.WatchReadings(new WatchReadingsRequest { IntervalMs = 50 }, cancellationToken: Ct);
        double joules = 0;
        for (int i = 0; i < 2; i++)
        {
            (await watch.ResponseStream.MoveNext(Ct)).ShouldBeTrue();
            NodeReading reading = watch.ResponseStream.Current;
            reading.DurationMs.ShouldBeGreaterThan(0);
            reading.PowerWatts.ShouldBeGreaterThan(0);
            reading.EnergyJoulesTotal.ShouldBeGreaterThan(joules);
            joules = reading.EnergyJoulesTotal;
            reading.Setting.Values.Single(v => v.Knob == NapiKnobs.FlushName).Value.ShouldBe(200);
            reading.SensorProblems.ShouldHaveSingleItem().ShouldContain("softirq");
            reading.Sensors.ShouldAllBe(s => s.Source.Length > 0 && s.Quality != V1.ReadingQuality.Unspecified && s.AgeMs >= 0);
            reading.Sensors.Single(s => s.Name == "interrupts").Value.ShouldBeGreaterThan(0);
            reading.Sensors.Single(s => s.Name == "cpu-power-model").Quality.ShouldBe(V1.ReadingQuality.Model);
        }
    }

    private static ApplyRequest Request(ulong epoch, long flushUs)
    {
        var setting = new Setting();
        setting.Values.Add(new KnobValue { Knob = NapiKnobs.FlushName, Value = flushUs });
        setting.Values.Add(new KnobValue { Knob = NapiKnobs.SuspendName, Value = 0 });
        return new ApplyRequest { Epoch = epoch, Setting = setting };
    }

    private static async Task<StatusCode> Refused(Func<Task> call) => (await Should.ThrowAsync<RpcException>(call)).StatusCode;
}
