using System.Net;
using Fleet.Lab.Lab;
using Fleet.Lab.Lab.Commands;
using Fleet.Lab.Load;

namespace Fleet.Lab.Bench;

/// <summary>
/// Measures proxies side by side: the same clients, servers and requests in front of each, each pinned to the same core, in short slices
/// that take turns within every cell, so that what else the machine does falls on all alike.
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
        using IdleStates? forbidden = options.NoIdleStates ? IdleStates.TryForbid() : null;
        await using var processes = new BenchProcesses(options, time);
        await processes.StartServersAsync(cancellation);
        var targets = new List<RunningTarget>();
        foreach (string name in present)
        {
            targets.Add(await processes.StartTargetAsync(name, cancellation));
        }

        List<IdleRow> idle = await IdleAsync(targets, options, failed, time, cancellation);
        int cells = options.Workloads.Length * options.Points.Length;
        int done = 0;
        ThreadCore.KeepProcessOff(options.ProxyCore);
        await OnThreadAsync(() =>
        {
            foreach (BenchWorkload workload in options.Workloads)
            {
                var traffic = new BenchTraffic(workload, new Random(1));
                Store(traffic, processes.ServerAddresses, time, cancellation);
                CellTarget[] asked = [.. Asked(targets, traffic, processes.Stopping, failed, time, cancellation)];
                TimeSpan warmUp = options.FirstWarmUp;
                foreach ((int connections, int pipeline) in options.Points)
                {
                    using var cell = new BenchCell(workload.Name, connections, pipeline, options, processes.Stopping, time);
                    rows.AddRange(cell.Measure(asked, warmUp, cancellation));
                    warmUp = options.WarmUp;
                    failed.AddRange(cell.Failed);
                    progress((double)++done / cells);
                }
            }
        });
        return new ProxyBenchReport(
            rows, absent, failed, options.Measured.TotalSeconds, options.Repetitions,
            $"{Environment.ProcessorCount} processors, {Environment.OSVersion.VersionString}")
        {
            Idle = idle,
            IdleStates = forbidden is null,
        };
    }

    // First of all: a process that has served many connections at once keeps what they took and would seem to need nothing for more.
    private static async Task<List<IdleRow>> IdleAsync(
        List<RunningTarget> targets, ProxyBenchOptions options, List<FailedCell> failed, TimeProvider time, CancellationToken cancellation)
    {
        var rows = new List<IdleRow>();
        foreach (RunningTarget target in targets.Where(t => t.Pid is not null && options.IdleConnections > 0))
        {
            try
            {
                rows.Add(await IdleMemory.MeasureAsync(target, options.IdleConnections, time, cancellation));
            }
            catch (LabException failure)
            {
                failed.Add(new FailedCell("idle", options.IdleConnections, 1, target.Name, failure.Message));
            }
        }

        return rows;
    }

    // What is measured is of the servers that go on; what waits for the one that stops is known by its missing there.
    private static IEnumerable<CellTarget> Asked(
        List<RunningTarget> targets, BenchTraffic traffic, StoppingServer? stopping, List<FailedCell> failed, TimeProvider time,
        CancellationToken cancellation)
    {
        if (stopping is null)
        {
            return targets.Select(t => new CellTarget(t, traffic, null));
        }

        stopping.Forget();
        var asked = new List<CellTarget>();
        foreach (RunningTarget target in targets)
        {
            try
            {
                IReadOnlyList<int> its = ItemPlaces.Missing(target.Address, traffic);
                asked.Add(new CellTarget(
                    target, traffic.Only(Enumerable.Range(0, traffic.Items).Except(its)), its.Count == 0 ? null : traffic.Only(its)));
            }
            catch (LabException failure)
            {
                failed.Add(new FailedCell(traffic.Workload.Name, 1, 1, target.Name, failure.Message));
            }
        }

        Store(traffic, [stopping.Address], time, cancellation);
        return asked;
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

    // A thread of its own: its timers are the clients' alone.
    private static Task OnThreadAsync(Action body)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                EpollSet.UseExactTimers();
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
