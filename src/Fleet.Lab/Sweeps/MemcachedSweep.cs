using System.Collections.Immutable;
using Fleet.Grpc.Client;
using Fleet.Hosting.Threads;
using Fleet.Lab.Demo;
using Fleet.Lab.Lab;
using Fleet.Lab.Lab.Commands;
using Fleet.Lab.Load;
using Fleet.V1;

namespace Fleet.Lab.Sweeps;

/// <summary>
/// Measures a static grid of settings on one memcached server under open-loop load: the agent sets the knobs and reads power, the load
/// measures p99. The server is one of the lab, or a real node. A cell's p99 is the median over slices of its window: one pause of the
/// machine spoils a slice, not the cell.
/// </summary>
/// <param name="options">The grid.</param>
/// <param name="time">The clock.</param>
public sealed class MemcachedSweep(SweepOptions options, TimeProvider time)
{
    private const double SliceRequests = 500;
    private static readonly TimeSpan ShortestSlice = TimeSpan.FromMilliseconds(250);
    private bool _onLab;

    /// <summary>Brings the lab up, measures every cell, and takes the lab down.</summary>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends the sweep; the lab is taken down.</param>
    public async Task<SweepReport> RunOnLabAsync(Action<double>? progress, CancellationToken cancellation)
    {
        // The load shares the agents' core, never the server's: a real client has a machine of its own.
        LabOptions plant = LabServices.WithIdleAgents(new LabOptions { Servers = 1 });
        var lab = new LabEnvironment(plant, time);
        _onLab = true;
        try
        {
            await HostCommand.RunAsync($"taskset -a -c -p {plant.AgentCore} {Environment.ProcessId}", cancellation);
            LabServer server = (await lab.UpAsync(cancellation)).Servers[0];
            using FleetChannel channel = FleetChannel.ForAddress(server.AgentListen);
            return await RunAsync(
                new SweepTarget(
                    server.AgentListen,
                    new AgentService.AgentServiceClient(channel),
                    server.Endpoint.Address.ToString(),
                    server.Endpoint.Port),
                "the lab's veth server",
                progress,
                cancellation);
        }
        finally
        {
            await lab.DownAsync(CancellationToken.None);
        }
    }

    /// <summary>Measures every cell on a real node and puts its originals back.</summary>
    /// <param name="target">The node.</param>
    /// <param name="plant">What it is, for the report.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends the sweep; the originals are put back.</param>
    public async Task<SweepReport> RunAsync(SweepTarget target, string plant, Action<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(target);
        var node = new SweptNode(target.Agent);
        ImmutableArray<ImmutableSortedDictionary<string, long>> grid =
            SweepGrid.Of(await node.KnobsAsync(target.AgentAddress, cancellation), options);
        try
        {
            var cells = new List<SweepCell>();
            foreach (double qps in options.Loads)
            {
                double done = (double)cells.Count / (grid.Length * options.Loads.Length);
                cells.AddRange(await LoadAsync(
                    node, target, grid, qps, share => progress?.Invoke(done + (share / options.Loads.Length)), cancellation));
            }

            return new SweepReport(
                SweepReport.SchemaName, SweepReport.Memcached, plant, node.PowerSource, options.Window.TotalSeconds, options.Repeats, options.Seed,
                [.. cells], []);
        }
        finally
        {
            await node.ApplyAsync(ImmutableSortedDictionary<string, long>.Empty, CancellationToken.None);
        }
    }

    private async Task<IEnumerable<SweepCell>> LoadAsync(
        SweptNode node,
        SweepTarget target,
        ImmutableArray<ImmutableSortedDictionary<string, long>> grid,
        double qps,
        Action<double> progress,
        CancellationToken cancellation)
    {
        var runs = grid.Select(_ => new List<(double Watts, double P99Us)>()).ToArray();
        using var load = new LoadGenerator(
            new LoadOptions { Host = target.Host, Port = target.Port, Qps = qps, Duration = null, Seed = options.Seed }, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<LoadWindow> loading = load.RunAsync(null, stop.Token);
        try
        {
            await Task.WhenAny(loading, Task.Delay(TimeSpan.FromSeconds(2), time, cancellation));
            await RaiseLoadAsync(cancellation);
            for (int i = 0; i < grid.Length * options.Repeats; i++)
            {
                if (loading.IsCompleted)
                {
                    await loading;
                }

                runs[i % grid.Length].Add(await MeasureAsync(node, load, grid[i % grid.Length], cancellation));
                progress((i + 1.0) / (grid.Length * options.Repeats));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)loading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return grid.Select((setting, i) => SweepCell.Of(qps, setting, runs[i]));
    }

    private async Task<(double Watts, double P99Us)> MeasureAsync(
        SweptNode node, LoadGenerator load, ImmutableSortedDictionary<string, long> setting, CancellationToken cancellation)
    {
        await node.ApplyAsync(setting, cancellation);
        await Task.Delay(options.Settle, time, cancellation);
        await load.CutAsync();
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<double> power = node.WattsAsync(0, watching.Token);
        var slices = new List<double>();
        double most = Math.Min(options.Window / ShortestSlice, load.Options.Qps * options.Window.TotalSeconds / SliceRequests);
        int count = Math.Max(1, (int)most);
        for (int i = 0; i < count; i++)
        {
            await Task.Delay(options.Window / count, time, cancellation);
            LoadWindow slice = await load.CutAsync();
            slices.AddRange(slice.Latency.Count > 0 ? [slice.Latency.PercentileUs(99)] : []);
        }

        await watching.CancelAsync();
        double watts = await power;
        slices.Sort();
        return slices.Count > 0
            ? (watts, (slices[(slices.Count - 1) / 2] + slices[slices.Count / 2]) / 2)
            : throw new LabException("no request was answered in the window; see that memcached runs and that the load is what it can carry");
    }

    // On the lab the load shares the machine with everything else, and its own waits would pass for the server's.
    private async Task RaiseLoadAsync(CancellationToken cancellation)
    {
        if (!_onLab || !RealTimeClass.Available)
        {
            return;
        }

        foreach (int thread in OwnThreads.Named(LoadGenerator.ThreadName))
        {
            await HostCommand.RunAsync($"chrt --fifo -p {RealTimeClass.Proxy} {thread}", cancellation);
        }
    }
}
