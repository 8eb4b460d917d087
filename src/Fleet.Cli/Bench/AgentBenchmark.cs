using System.Diagnostics;
using System.Globalization;
using Fleet.Grpc.Client;
using Fleet.Hosting.Errors;
using Fleet.V1;

namespace Fleet.Cli.Bench;

/// <summary>
/// Measures a real agent process on a veth of its own, with a setting of three knobs of the real kernel in force: the time of the first
/// setting; then CPU time and memory while a controller watches four readings a second and renews its lease every 5 s; then the time of
/// further settings.
/// </summary>
internal sealed class AgentBenchmark : IAsyncDisposable
{
    private const uint IntervalMs = 250;

    /// <summary>As a controller allows.</summary>
    private const uint MaxDelayMs = 1000;
    private const int ReadingsPerRenewal = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string[] Knobs = ["napi.gro_flush_timeout_us", "napi.irq_suspend_timeout_us", "napi.threaded"];

    private readonly BenchmarkPlant _plant;
    private readonly Process _process;
    private readonly TimeProvider _time;

    private AgentBenchmark(BenchmarkPlant plant, Process process, TimeProvider time)
    {
        _plant = plant;
        _process = process;
        _time = time;
    }

    /// <summary>Runs the whole benchmark.</summary>
    /// <exception cref="StartupException">The host cannot run it; the message says why.</exception>
    internal static async Task<AgentBenchmarkReport> RunAsync(
        IReadOnlyList<string> fleet, TimeSpan warmUp, TimeSpan length, int applies, TimeProvider time, CancellationToken ct)
    {
        BenchmarkPlant plant = BenchmarkPlant.Create();
        string[] agent =
        [
            "agent", "--device", BenchmarkPlant.Device, "--listen", "unix:" + plant.Socket, "--journal", plant.Journal, "--name", "bench",
            "--knobs", string.Join(',', Knobs), "--change-interval", "0s",
        ];
        await using var benchmark = new AgentBenchmark(plant, plant.Start([.. fleet, .. agent]), time);
        using FleetChannel channel = FleetChannel.ForAddress("unix:" + plant.Socket);
        var client = new AgentService.AgentServiceClient(channel);
        await benchmark.ListensAsync(client, ct);
        (double[] firstHost, double[] firstCall) = await benchmark.ApplyAsync(client, 1, ct);
        await benchmark.WatchAsync(client, warmUp, ct);
        int pid = benchmark.AgentPid();
        CpuWindows cpu = new(pid, time);
        (int readings, int sensors) = await benchmark.WatchAsync(client, length, ct, cpu.Look);
        double seconds = cpu.Seconds;
        (double resident, double peak) = (Mib(pid, "VmRSS:"), Mib(pid, "VmHWM:"));
        (double[] hostMs, double[] callMs) = await benchmark.ApplyAsync(client, applies, ct);
        return new AgentBenchmarkReport(
            warmUp.TotalSeconds, Math.Round(seconds, 2), readings, Math.Round(readings / seconds, 2),
            Math.Round(cpu.Percent, 3), Math.Round(cpu.MedianPercent, 3), Math.Round(cpu.LowerQuartilePercent, 3), resident, peak,
            Knobs, applies,
            Math.Round(firstHost[0], 3), Math.Round(firstCall[0], 3), At(hostMs, 0.5), At(hostMs, 0.99), At(callMs, 0.5), sensors,
            BenchmarkPlant.Host());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // SIGTERM, so that the agent restores and its guard ends with it.
        _plant.Terminate(AgentPid());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10), _time);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _plant.Dispose();
    }

    private async Task ListensAsync(AgentService.AgentServiceClient client, CancellationToken ct)
    {
        long start = _time.GetTimestamp();
        while (true)
        {
            try
            {
                await client.DescribeAsync(new DescribeRequest(), cancellationToken: ct);
                return;
            }
            catch (Exception e) when (e is global::Grpc.Core.RpcException or IOException)
            {
                if (_process.HasExited || _time.GetElapsedTime(start) > Patience)
                {
                    throw new StartupException($"the agent does not answer: {e.Message}", e);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, ct);
            }
        }
    }

    private async Task<(int Readings, int Sensors)> WatchAsync(
        AgentService.AgentServiceClient client, TimeSpan length, CancellationToken ct, Action? onReading = null)
    {
        using var watch = client.WatchReadings(new WatchReadingsRequest { IntervalMs = IntervalMs, MaxDelayMs = MaxDelayMs }, cancellationToken: ct);
        long start = _time.GetTimestamp();
        int readings = 0, sensors = 0;
        bool midst = false;

        // Readings that came together count all or not at all.
        while ((midst || _time.GetElapsedTime(start) < length) && await watch.ResponseStream.MoveNext(ct))
        {
            readings++;
            midst = watch.ResponseStream.Current.KeptMs > 0;
            sensors = watch.ResponseStream.Current.Sensors.Count;
            onReading?.Invoke();
            if (readings % ReadingsPerRenewal == 0)
            {
                await client.RenewAsync(new RenewRequest { Epoch = 1 }, cancellationToken: ct);
            }
        }

        return (readings, sensors);
    }

    private async Task<(double[] HostMs, double[] CallMs)> ApplyAsync(AgentService.AgentServiceClient client, int applies, CancellationToken ct)
    {
        var host = new double[applies];
        var call = new double[applies];
        for (int i = 0; i < applies; i++)
        {
            bool odd = i % 2 == 1;
            var setting = new Setting();
            setting.Values.Add(new KnobValue { Knob = Knobs[0], Value = odd ? 200 : 50 });
            setting.Values.Add(new KnobValue { Knob = Knobs[1], Value = odd ? 20_000 : 0 });
            setting.Values.Add(new KnobValue { Knob = Knobs[2], Value = odd ? 1 : 0 });
            long start = _time.GetTimestamp();
            ApplyResponse answer = await client.ApplyAsync(new ApplyRequest { Epoch = 1, Setting = setting, Exploring = odd }, cancellationToken: ct);
            call[i] = _time.GetElapsedTime(start).TotalMilliseconds;
            host[i] = answer.ElapsedMs;
        }

        return (host, call);
    }

    // ip netns exec becomes the agent: the pid is the same.
    private int AgentPid() => _process.Id;

    private static double At(double[] values, double quantile)
    {
        double[] sorted = [.. values.Order()];
        return Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(quantile * sorted.Length))], 3);
    }

    private static double Mib(int pid, string key)
    {
        string line = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith(key, StringComparison.Ordinal));
        return Math.Round(double.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024, 1);
    }
}
