using System.Collections.Immutable;
using System.Globalization;
using Fleet.Grpc.Client;
using Fleet.Hosting.Errors;
using Fleet.Lab.Lab;
using Fleet.Lab.Load;
using Fleet.V1;

namespace Fleet.Lab.Sweeps;

/// <summary>Measures a static grid of settings on one server of the lab: the agent applies, the load measures p99, the agent reads power.</summary>
/// <param name="options">The grid.</param>
/// <param name="time">The clock.</param>
public sealed class LabSweep(SweepOptions options, TimeProvider time)
{
    private ulong _commands;

    /// <summary>Brings the lab up, measures every cell, and takes the lab down.</summary>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends the sweep; the lab is taken down.</param>
    public async Task<IReadOnlyList<SweepCell>> RunAsync(Action<double>? progress, CancellationToken cancellation)
    {
        var lab = new LabEnvironment(new LabOptions { Servers = 1 }, time);
        try
        {
            LabServer server = (await lab.UpAsync(cancellation)).Servers[0];
            using FleetChannel channel = FleetChannel.ForAddress(server.AgentListen);
            var agent = new AgentService.AgentServiceClient(channel);
            DescribeResponse described = await agent.DescribeAsync(new DescribeRequest(), cancellationToken: cancellation);
            ImmutableArray<ImmutableSortedDictionary<string, long>> grid = Grid([.. described.Knobs]);
            return await MeasureAsync(agent, server, grid, progress, cancellation);
        }
        finally
        {
            await lab.DownAsync(CancellationToken.None);
        }
    }

    /// <summary>The kernel default and every combination of the knobs' values.</summary>
    internal ImmutableArray<ImmutableSortedDictionary<string, long>> Grid(IReadOnlyList<Knob> knobs)
    {
        Knob[] usable = [.. knobs.Where(k => k.State == KnobState.Available).OrderBy(k => k.Name, StringComparer.Ordinal)];
        var problems = new List<string>();
        foreach ((string name, ImmutableArray<long> values) in options.Knobs)
        {
            if (usable.FirstOrDefault(k => k.Name == name) is not { } knob)
            {
                problems.Add($"--knob {name}: the server has no such knob{NearestName.Suggestion(name, [.. usable.Select(k => k.Name)])}; "
                    + $"it has {string.Join(", ", usable.Select(k => k.Name))}");
            }
            else
            {
                problems.AddRange(values.Except(knob.LegalValues).Select(v => string.Create(
                    CultureInfo.InvariantCulture, $"--knob {name}={v}: not legal; legal: {string.Join(", ", knob.LegalValues)}")));
            }
        }

        IEnumerable<ImmutableSortedDictionary<string, long>> settings = [ImmutableSortedDictionary<string, long>.Empty];
        long cells = 1;
        foreach (Knob knob in usable)
        {
            long[] values = options.Knobs.TryGetValue(knob.Name, out ImmutableArray<long> asked) ? [.. asked] : [.. knob.LegalValues];
            cells *= values.Length;
            settings = settings.SelectMany(s => values.Select(v => s.SetItem(knob.Name, v)));
        }

        if (cells > options.MostSettings)
        {
            problems.Add($"the grid has {cells} settings, at most {options.MostSettings} are measured; narrow it with --knob NAME=V,…");
        }

        StartupException.ThrowIfAny(problems);
        return [ImmutableSortedDictionary<string, long>.Empty, .. settings];
    }

    private async Task<IReadOnlyList<SweepCell>> MeasureAsync(
        AgentService.AgentServiceClient agent,
        LabServer server,
        ImmutableArray<ImmutableSortedDictionary<string, long>> grid,
        Action<double>? progress,
        CancellationToken cancellation)
    {
        var cells = new List<SweepCell>();
        int done = 0;
        foreach (double qps in options.Loads)
        {
            var runs = grid.Select(_ => new List<(double Watts, double P99Us)>()).ToArray();
            using var load = new LoadGenerator(
                new LoadOptions
                {
                    Host = server.Endpoint.Address.ToString(), Port = server.Endpoint.Port, Qps = qps, Duration = null, Seed = options.Seed,
                },
                time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task<LoadWindow> loading = load.RunAsync(null, stop.Token);
            await Task.Delay(TimeSpan.FromSeconds(2), time, cancellation);
            for (int repeat = 0; repeat < options.Repeats; repeat++)
            {
                for (int i = 0; i < grid.Length; i++)
                {
                    runs[i].Add(await MeasureAsync(agent, load, grid[i], cancellation));
                    progress?.Invoke((double)++done / (grid.Length * options.Repeats * options.Loads.Length));
                }
            }

            await stop.CancelAsync();
            try
            {
                await loading;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // The load has no end of its own: this is it.
            }

            cells.AddRange(grid.Select((setting, i) => Cell(qps, setting, runs[i])));
        }

        return cells;
    }

    private async Task<(double Watts, double P99Us)> MeasureAsync(
        AgentService.AgentServiceClient agent, LoadGenerator load, ImmutableSortedDictionary<string, long> setting, CancellationToken cancellation)
    {
        var wanted = new Setting();
        wanted.Values.AddRange(setting.Select(v => new KnobValue { Knob = v.Key, Value = v.Value }));
        await agent.ApplyAsync(
            new ApplyRequest { Epoch = 1, CommandId = $"sweep-{++_commands}", Setting = wanted, LeaseMs = 600_000 },
            cancellationToken: cancellation);
        await Task.Delay(options.Settle, time, cancellation);
        await load.CutAsync();
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<double?> power = WattsAsync(agent, watching.Token);
        await Task.Delay(options.Window, time, cancellation);
        LoadWindow window = await load.CutAsync();
        await watching.CancelAsync();
        double watts = await power ?? throw new LabException("the agent gives no power reading, so there is nothing to sweep for");
        return (watts, window.Latency.PercentileUs(99));
    }

    private static async Task<double?> WattsAsync(AgentService.AgentServiceClient agent, CancellationToken cancellation)
    {
        double joules = 0, seconds = 0;
        try
        {
            using var call = agent.WatchReadings(new WatchReadingsRequest { IntervalMs = 250 }, cancellationToken: cancellation);
            while (await call.ResponseStream.MoveNext(cancellation))
            {
                NodeReading reading = call.ResponseStream.Current;
                if (reading.HasPowerWatts)
                {
                    joules += reading.PowerWatts * reading.DurationMs / 1000;
                    seconds += reading.DurationMs / 1000;
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or global::Grpc.Core.RpcException && cancellation.IsCancellationRequested)
        {
            // The window is over.
        }

        return seconds > 0 ? joules / seconds : null;
    }

    private static SweepCell Cell(double qps, ImmutableSortedDictionary<string, long> setting, List<(double Watts, double P99Us)> runs)
    {
        return new SweepCell(
            qps, setting, runs.Average(r => r.Watts), runs.Average(r => r.P99Us), Sd(r => r.Watts), Sd(r => r.P99Us), runs.Count);

        double? Sd(Func<(double Watts, double P99Us), double> value)
        {
            double mean = runs.Average(value);
            return runs.Count < 2 ? null : Math.Sqrt(runs.Sum(r => (value(r) - mean) * (value(r) - mean)) / (runs.Count - 1));
        }
    }
}
