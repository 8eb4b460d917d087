using Fleet.Core.Measurement;

namespace Fleet.Lab.Bench;

/// <summary>The load on one target in one cell and what it measured, slice by slice.</summary>
internal sealed class BenchLoad(RunningTarget target, ClosedLoop load) : IDisposable
{
    /// <summary>Who is loaded.</summary>
    public RunningTarget Target => target;

    /// <summary>Slices at saturation.</summary>
    public List<ClosedLoopResult> Slices { get; } = [];

    /// <summary>Requests per second of the slices below saturation; null when there are none.</summary>
    public double? PacedQps { get; set; }

    /// <summary>Latencies of the slices below saturation.</summary>
    public List<LatencyHistogram> Paced { get; } = [];

    /// <summary>One slice at saturation.</summary>
    public void Run(TimeSpan warmUp, TimeSpan measured, CancellationToken cancellation) =>
        Slices.Add(load.Run(warmUp, measured, () => target.Pid is { } pid ? CpuClock.OfProcess(pid) : null, cancellation));

    /// <summary>One slice at <see cref="PacedQps"/>.</summary>
    public void RunPaced(TimeSpan warmUp, TimeSpan measured, CancellationToken cancellation) =>
        Paced.Add(load.RunPaced(PacedQps!.Value, warmUp, measured, cancellation));

    /// <inheritdoc/>
    public void Dispose() => load.Dispose();
}
