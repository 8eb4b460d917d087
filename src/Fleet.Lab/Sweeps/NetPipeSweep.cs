using System.Collections.Immutable;
using Fleet.V1;

namespace Fleet.Lab.Sweeps;

/// <summary>
/// Measures a static grid of settings with NetPIPE between two namespaces of the lab: messages of one size go there and back, as many as
/// fill the window, and the agents of both ends read power meanwhile.
/// </summary>
/// <param name="options">The grid.</param>
/// <param name="time">The clock.</param>
public sealed class NetPipeSweep(SweepOptions options, TimeProvider time)
{
    private const long LeastRoundTrips = 20;

    /// <summary>Brings the lab up, measures every cell, and takes the lab down.</summary>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends the sweep; the lab is taken down.</param>
    public async Task<SweepReport> RunAsync(Action<double>? progress, CancellationToken cancellation)
    {
        await using var plant = new NetPipePlant(time);
        await plant.StartAsync(cancellation);
        Knob[] knobs =
        [
            .. await plant.Receiver.KnobsAsync(plant.AgentAddresses[0], cancellation),
            .. await plant.Sender.KnobsAsync(plant.AgentAddresses[1], cancellation),
        ];
        ImmutableArray<ImmutableSortedDictionary<string, long>> grid =
            SweepGrid.Of(knobs, options, name => name.StartsWith(NetPipePlant.SenderPrefix, StringComparison.Ordinal));
        var cells = new List<NetPipeCell>();
        foreach (int bytes in options.MessageBytes)
        {
            double done = (double)cells.Count / (grid.Length * options.MessageBytes.Length);
            cells.AddRange(await SizeAsync(
                plant, grid, bytes, share => progress?.Invoke(done + (share / options.MessageBytes.Length)), cancellation));
        }

        return new SweepReport(
            SweepReport.SchemaName, SweepReport.NetPipe, "two namespaces of the lab", plant.Receiver.PowerSource, options.Window.TotalSeconds,
            options.Repeats, options.Seed, [.. NetPipeCell.Surface(cells)], [.. cells]);
    }

    private async Task<IEnumerable<NetPipeCell>> SizeAsync(
        NetPipePlant plant,
        ImmutableArray<ImmutableSortedDictionary<string, long>> grid,
        int bytes,
        Action<double> progress,
        CancellationToken cancellation)
    {
        var runs = grid.Select(_ => new List<(double RoundTripUs, double Watts)>()).ToArray();
        for (int i = 0; i < grid.Length * options.Repeats; i++)
        {
            ImmutableSortedDictionary<string, long> setting = grid[i % grid.Length];
            await plant.Receiver.ApplyAsync(Of(setting, sender: false), cancellation);
            await plant.Sender.ApplyAsync(Of(setting, sender: true), cancellation);

            // A short run settles the change and says how many round trips fill the window.
            (double roundTripUs, _) = await plant.RunAsync(bytes, LeastRoundTrips, false, cancellation);
            long count = Math.Max(LeastRoundTrips, (long)(options.Window.TotalMicroseconds / (NetPipeOutput.Series * roundTripUs)));
            runs[i % grid.Length].Add(await plant.RunAsync(bytes, count, true, cancellation));
            progress((i + 1.0) / (grid.Length * options.Repeats));
        }

        return grid.Select((setting, i) => NetPipeCell.Of(bytes, setting, runs[i]));
    }

    private static ImmutableSortedDictionary<string, long> Of(ImmutableSortedDictionary<string, long> setting, bool sender) =>
        setting.RemoveRange(setting.Keys.Where(k => k.StartsWith(NetPipePlant.SenderPrefix, StringComparison.Ordinal) != sender));
}
