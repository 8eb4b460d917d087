using System.Net;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Bench;

/// <summary>
/// Measures proxies side by side: the same clients, servers and requests in front of each, one proxy after the other within every cell,
/// each pinned to the same core.
/// </summary>
public static class ProxyBenchmark
{
    private const int StoringPipeline = 16;

    /// <summary>Runs the benchmark.</summary>
    /// <param name="options">What to measure.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends the benchmark and all that it started.</param>
    /// <exception cref="LabException">A server or a proxy does not start.</exception>
    public static async Task<ProxyBenchReport> RunAsync(
        ProxyBenchOptions options, Action<double> progress, TimeProvider time, CancellationToken cancellation)
    {
        AbsentTarget[] absent = [.. options.Targets.Select(BenchTarget.Absence).OfType<AbsentTarget>()];
        string[] present = [.. options.Targets.Except(absent.Select(a => a.Target))];
        var rows = new List<ProxyBenchRow>();
        var failed = new List<FailedCell>();
        await using var processes = new BenchProcesses(options, time);
        await processes.StartServersAsync(cancellation);
        var targets = new List<(string Name, IPEndPoint Address, int? Pid)>();
        foreach (string name in present)
        {
            (IPEndPoint address, int? pid) = await processes.StartTargetAsync(name, cancellation);
            targets.Add((name, address, pid));
        }

        int cells = options.Workloads.Length * options.Points.Length * targets.Count;
        await OnThreadAsync(options.ProxyCore, () =>
        {
            foreach (BenchWorkload workload in options.Workloads)
            {
                var traffic = new BenchTraffic(workload, new Random(1));
                Store(traffic, processes.ServerAddresses, time, cancellation);
                foreach ((int connections, int pipeline) in options.Points)
                {
                    foreach ((string name, IPEndPoint address, int? pid) in targets)
                    {
                        try
                        {
                            ClosedLoopResult result = Measure(traffic, (connections, pipeline), (address, pid), options, time, cancellation);
                            rows.Add(Row(workload.Name, connections, pipeline, name, result));
                        }
                        catch (LabException failure)
                        {
                            failed.Add(new FailedCell(workload.Name, connections, pipeline, name, failure.Message));
                        }

                        progress((double)(rows.Count + failed.Count) / cells);
                    }
                }
            }
        });
        return new ProxyBenchReport(
            ProxyBenchReport.WithRatios(rows), absent, failed, options.Measured.TotalSeconds,
            $"{Environment.ProcessorCount} processors, {Environment.OSVersion.VersionString}");
    }

    private static ClosedLoopResult Measure(
        BenchTraffic traffic,
        (int Connections, int Pipeline) point,
        (IPEndPoint Address, int? Pid) target,
        ProxyBenchOptions options,
        TimeProvider time,
        CancellationToken cancellation)
    {
        using var load = new ClosedLoop(target.Address, traffic, point.Connections, point.Pipeline, new Random(2), time);
        return load.Run(options.WarmUp, options.Measured, () => target.Pid is { } pid ? CpuClock.OfProcess(pid) : null, cancellation);
    }

    // Straight into every server: whichever a proxy asks has every item.
    private static void Store(BenchTraffic traffic, IEnumerable<IPEndPoint> servers, TimeProvider time, CancellationToken cancellation)
    {
        foreach (IPEndPoint server in servers)
        {
            using var load = new ClosedLoop(server, traffic, 1, StoringPipeline, new Random(3), time);
            load.StoreAll(cancellation);
        }
    }

    internal static ProxyBenchRow Row(string workload, int connections, int pipeline, string target, ClosedLoopResult result) => new(
        workload,
        connections,
        pipeline,
        target,
        result.Requests / result.Elapsed.TotalSeconds,
        result.Cpu is { Ticks: > 0 } cpu ? result.Requests / cpu.TotalSeconds : null,
        result.Latency.PercentileUs(50),
        result.Latency.PercentileUs(99),
        RatioToNutcracker: null)
    {
        CpuShare = result.Cpu / result.Elapsed,
    };

    // A thread of its own: its affinity is the clients' alone.
    private static Task OnThreadAsync(int proxyCore, Action body)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                CpuClock.KeepOff(proxyCore);
                body();
                done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        }) { IsBackground = true, Name = "fleet bench" }.Start();
        return done.Task;
    }
}
