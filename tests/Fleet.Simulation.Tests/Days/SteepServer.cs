using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Tests.Days;

/// <summary>
/// The fitted memcached server, whose latency beyond the fitted loads grows as a queue's does: what a fitted table cannot say, an overload needs.
/// </summary>
internal sealed class SteepServer : IServer
{
    private const double Knee = 600_000;
    private const double Limit = 800_000;
    private static readonly SurfaceServer Fitted = new(FittedModels.Surface(MemcachedModel.Name));
    private static readonly TailShape Shape = new(99);

    public KnobSpace Knobs => Fitted.Knobs;

    public string HardwareClass => "steep";

    public RunSpread Spread => default;

    public double Watts(Setting setting, double qps) => Fitted.Watts(setting, qps);

    public double Busy(Setting setting, double qps) => Math.Clamp(qps / Limit, 0, 1);

    public double PercentileUs(Setting setting, double qps, double percentile) => Fitted.PercentileUs(setting, qps)
        * (qps <= Knee ? 1 : (Limit - Knee) / Math.Max(Limit - qps, 1_000));

    public double DrawLatencyUs(Setting setting, double qps, Chance chance) => Shape.DrawUs(PercentileUs(setting, qps, 99), chance);

    public void Record(LatencyHistogram into, Setting setting, double qps, long requests, double factor, Chance chance) =>
        Shape.Record(into, PercentileUs(setting, qps, 99) * factor, requests, chance);
}
