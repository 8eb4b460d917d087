using Fleet.Core.Measurement;
using Fleet.Lab.Lab.Commands;

namespace Fleet.Lab.Bench;

/// <summary>The load on one target in one cell and what it measured, slice by slice.</summary>
internal sealed class BenchLoad(CellTarget asked, ClosedLoop load) : IDisposable
{
    // Until a target has fetched what slow clients asked for, or has stopped to, and until it has got rid of them: that is load, not slowness.
    private const double IdleQps = 1000;
    private static readonly TimeSpan Fetching = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Forgetting = TimeSpan.FromSeconds(1);

    /// <summary>Who is loaded.</summary>
    public RunningTarget Target => asked.Target;

    /// <summary>What is measured.</summary>
    public BenchTraffic Traffic => asked.Traffic;

    /// <summary>What waits for the server that stops.</summary>
    public BenchTraffic? OfStopping => asked.OfStopping;

    /// <summary>Slices at saturation.</summary>
    public List<ClosedLoopResult> Slices { get; } = [];

    /// <summary>Requests per second of the slices below saturation; null when there are none.</summary>
    public double? PacedQps { get; set; }

    /// <summary>Latencies of the slices below saturation.</summary>
    public List<LatencyHistogram> Paced { get; } = [];

    /// <summary>The same while slow clients are there.</summary>
    public List<LatencyHistogram> BesideSlow { get; } = [];

    /// <summary>The same while a server answers nothing and others wait for it.</summary>
    public List<LatencyHistogram> BesideStopped { get; } = [];

    /// <summary>Stops the target: what it does besides, such as compiling, takes nothing from the one that is measured.</summary>
    public void Stop() => Signal(NativeCalls.SignalStop);

    /// <summary>It goes on.</summary>
    public void Go() => Signal(NativeCalls.SignalContinue);

    /// <summary>One slice at saturation.</summary>
    public void Run(TimeSpan warmUp, TimeSpan measured, CancellationToken cancellation) =>
        Slices.Add(load.Run(warmUp, measured, () => Target.Pid is { } pid ? CpuClock.OfProcess(pid) : null, cancellation));

    /// <summary>One slice at <see cref="PacedQps"/>.</summary>
    public void RunPaced(TimeSpan warmUp, TimeSpan measured, CancellationToken cancellation) =>
        Paced.Add(load.RunPaced(PacedQps!.Value, warmUp, measured, cancellation));

    /// <summary>One slice at <see cref="PacedQps"/> beside clients that ask and do not read.</summary>
    public void RunBesideSlow(Func<SlowClients> slow, TimeSpan warmUp, TimeSpan measured, CancellationToken cancellation)
    {
        using (slow())
        {
            _ = load.RunPaced(IdleQps, TimeSpan.Zero, Fetching, cancellation);
            BesideSlow.Add(load.RunPaced(PacedQps!.Value, warmUp, measured, cancellation));
        }

        _ = load.RunPaced(IdleQps, TimeSpan.Zero, Forgetting, cancellation);
    }

    /// <summary>One slice at <see cref="PacedQps"/> while a server answers nothing and others wait for it.</summary>
    public void RunBesideStopped(
        StoppingServer server, Func<SlowClients> waiting, TimeSpan warmUp, TimeSpan measured, CancellationToken cancellation)
    {
        server.Stop();
        try
        {
            using (waiting())
            {
                BesideStopped.Add(load.RunPaced(PacedQps!.Value, warmUp, measured, cancellation));
            }
        }
        finally
        {
            server.Go();
        }

        _ = load.RunPaced(IdleQps, TimeSpan.Zero, Forgetting, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Go();
        load.Dispose();
    }

    private void Signal(int signal) => _ = Target.Pid is { } pid ? NativeCalls.Signal(pid, signal) : 0;
}
