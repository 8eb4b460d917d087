using Fleet.Core.Measurement;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Bench;

/// <summary>
/// One workload at one number of connections and pipeline depth, over all targets in turn: A B C, A B C, … Each repetition gives its own ratio
/// of neighbours in time; what is told is the median. Whose turn it is not, is stopped.
/// </summary>
internal sealed class BenchCell(
    string workload, int connections, int pipeline, ProxyBenchOptions options, StoppingServer? stopping, TimeProvider time) : IDisposable
{
    // Requests of each client that waits for the server that stops: more than one, and no more than a client may have waiting.
    private const int StoppedBytes = 512;
    private const int StoppedClients = 20;

    private readonly List<BenchLoad> _loads = [];

    /// <summary>Targets that gave no figures.</summary>
    public List<FailedCell> Failed { get; } = [];

    /// <summary>Measures all targets; those that fail are left out and named in <see cref="Failed"/>.</summary>
    /// <param name="targets">The targets, in the order of their turns.</param>
    /// <param name="warmUp">Time under load before the first slice.</param>
    /// <param name="cancellation">Ends the load early.</param>
    public IReadOnlyList<ProxyBenchRow> Measure(IReadOnlyList<CellTarget> targets, TimeSpan warmUp, CancellationToken cancellation)
    {
        foreach (CellTarget asked in targets)
        {
            Try(asked.Target.Name, () => _loads.Add(
                new BenchLoad(asked, new ClosedLoop(asked.Target.Address, asked.Traffic, connections, pipeline, new Random(2), time))));
        }

        _loads.ForEach(l => l.Stop());
        // Code is compiled and buffers grow under the first load.
        Slices(load => load.Run(warmUp / 2, warmUp / 2, cancellation), 1);
        _loads.ForEach(l => l.Slices.Clear());
        Slices(load => load.Run(options.SliceWarmUp, options.Measured / options.Repetitions, cancellation), options.Repetitions);
        if (options.Paced > TimeSpan.Zero && PacedQps() is { } qps)
        {
            _loads.ForEach(l => l.PacedQps = qps);
            Slices(load => RunPaced(load, cancellation), options.Repetitions);
        }

        BenchLoad? nutcracker = Find(BenchTarget.Nutcracker);
        ProxyBenchRow[] rows =
        [
            .. _loads.Select(l => Row(workload, connections, pipeline, l.Target.Name, l.Slices, nutcracker?.Slices) with
            {
                PacedRequestsPerSecond = l.PacedQps,
                PacedP50Us = Median(l.Paced.Select(p => p.PercentileUs(50))),
                PacedP99Us = Median(l.Paced.Select(p => p.PercentileUs(99))),
                SlowClients = options.SlowClients,
                PacedP99BesideSlowUs = Median(l.BesideSlow.Select(p => p.PercentileUs(99))),
                PacedP99BesideStoppedServerUs = Median(l.BesideStopped.Select(p => p.PercentileUs(99))),
            }),
        ];
        ProxyBenchRow? direct = rows.FirstOrDefault(r => r.Target == BenchTarget.Direct);
        return direct is null ? rows : [.. rows.Select(r => r with { AddedP50Us = r.P50Us - direct.P50Us })];
    }

    /// <inheritdoc/>
    public void Dispose() => _loads.ForEach(l => l.Dispose());

    /// <summary>A row from a target's slices and nutcracker's of the same repetitions.</summary>
    internal static ProxyBenchRow Row(
        string workload, int connections, int pipeline, string target,
        IReadOnlyList<ClosedLoopResult> slices, IReadOnlyList<ClosedLoopResult>? nutcracker)
    {
        var latency = new LatencyHistogram();
        foreach (ClosedLoopResult slice in slices)
        {
            latency.Add(slice.Latency);
        }

        double[] ratios = nutcracker is null ? [] :
            [.. slices.Zip(nutcracker, (one, other) => PerCpuSecond(one) / PerCpuSecond(other)).OfType<double>().Order()];
        return new ProxyBenchRow(
            workload, connections, pipeline, target,
            Median(slices.Select(s => s.Requests / s.Elapsed.TotalSeconds)) ?? 0,
            Median(slices.Select(PerCpuSecond).OfType<double>()),
            latency.PercentileUs(50),
            latency.PercentileUs(99),
            Median(ratios))
        {
            CpuShare = Median(slices.Select(s => s.Cpu / s.Elapsed).OfType<double>()),
            LowestRatio = ratios.Length == 0 ? null : ratios[0],
            HighestRatio = ratios.Length == 0 ? null : ratios[^1],
        };
    }

    private static double? PerCpuSecond(ClosedLoopResult slice) =>
        slice.Cpu is { Ticks: > 0 } cpu ? slice.Requests / cpu.TotalSeconds : null;

    private static double? Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        int middle = sorted.Length / 2;
        return sorted.Length == 0 ? null : sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private BenchLoad? Find(string target) => _loads.Find(l => l.Target.Name == target);

    // With slow peers and without them in turn: what else the machine does falls on both alike.
    private void RunPaced(BenchLoad load, CancellationToken cancellation)
    {
        TimeSpan slice = options.Paced / options.Repetitions;
        load.RunPaced(options.SliceWarmUp, slice, cancellation);
        if (options.SlowClients > 0)
        {
            load.RunBesideSlow(
                () => new SlowClients(load.Target.Address, load.Traffic, options.SlowClients, SlowClients.MuchBytes, new Random(4)),
                options.SliceWarmUp, slice, cancellation);
        }

        if (stopping is not null && load.OfStopping is { } its)
        {
            load.RunBesideStopped(
                stopping, () => new SlowClients(load.Target.Address, its, StoppedClients, StoppedBytes, new Random(5)), options.SliceWarmUp, slice,
                cancellation);
        }
    }

    private double? PacedQps()
    {
        double[] saturated =
        [
            .. new[] { Find(BenchTarget.Fleet), Find(BenchTarget.Nutcracker) }.OfType<BenchLoad>()
                .Select(l => Median(l.Slices.Select(s => s.Requests / s.Elapsed.TotalSeconds))!.Value),
        ];
        return saturated.Length == 0 ? null : saturated.Min() * ProxyBenchOptions.PacedShare;
    }

    private void Slices(Action<BenchLoad> slice, int repetitions)
    {
        for (int i = 0; i < repetitions; i++)
        {
            foreach (BenchLoad load in _loads.ToArray())
            {
                load.Go();
                if (Try(load.Target.Name, () => slice(load)))
                {
                    load.Stop();
                }
                else
                {
                    _loads.Remove(load);
                    load.Dispose();
                }
            }
        }
    }

    private bool Try(string target, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (LabException failure)
        {
            Failed.Add(new FailedCell(workload, connections, pipeline, target, failure.Message));
            return false;
        }
    }
}
