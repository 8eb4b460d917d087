using Fleet.Core.Knobs;
using Fleet.Core.Measurement;

namespace Fleet.Simulation.Servers;

/// <summary>
/// One memcached behind a NAPI queue with deferral timer and suspension, as formulas fitted to the lab's veth plant: 10,000 to 40,000
/// GET/s, memcached with one thread, timer off and 20 to 400 µs. It keeps the plant's shape: a timer shorter than the work that it
/// batches costs more than none, a longer one trades latency for CPU, and what is best depends on the load.
/// </summary>
public sealed class ServerModel : IServer
{
    /// <summary>Name of the timer knob, microseconds; 0 is off.</summary>
    public const string FlushKnob = "napi.gro_flush_timeout_us";

    /// <summary>Name of the suspension knob, microseconds; 0 is off.</summary>
    public const string SuspendKnob = "napi.irq_suspend_timeout_us";

    // Measured: one wake-up by the timer costs 33 µs of the core (two context switches and an almost empty poll), 25 µs of which pass
    // before the timer is armed again.
    private const double WakeCostUs = 33;
    private const double WakeGapUs = 25;

    // Measured: without a timer a request costs 19 µs at 10,000/s and 14.5 µs at 40,000/s; batched, about 4.3 µs at 40,000/s.
    private const double DefaultCostUs = 19;
    private const double DefaultCostFallUs = 4.5;
    private const double BatchedCostUs = 4.3;
    private const double ReferenceQps = 40_000;

    // Measured: suspension takes a fifth off the waiting at 40,000/s and costs 9 % of the core there.
    private const double SuspendLatencyFactor = 0.8;
    private const double SuspendBusy = 0.09;
    private const double BaseMedianUs = 29;
    private const double BaseSigma = 0.41;

    /// <summary>Power of the idle core and its share of the host.</summary>
    /// <value>Default 4 W; greater than 0.</value>
    public double IdleWatts { get; init; } = 4;

    /// <summary>Additional power of the fully busy core.</summary>
    /// <value>Default 20 W; greater than 0.</value>
    public double BusyWatts { get; init; } = 20;

    /// <summary>Factor on every latency; above 1 the server is slower than the plant (a change of software).</summary>
    /// <value>Default 1; greater than 0.</value>
    public double Slowness { get; init; } = 1;

    /// <summary>The knobs of the plant.</summary>
    public static KnobSpace Space { get; } = new(
    [
        new Knob(FlushKnob, [0, 20, 50, 100, 150, 200, 250, 300, 350, 400, 450, 600], KnobScale.Log),
        new Knob(SuspendKnob, [0, 20_000], KnobScale.Enum),
    ]);

    /// <inheritdoc/>
    public KnobSpace Knobs => Space;

    /// <inheritdoc/>
    public string HardwareClass { get; init; } = "simulated-veth";

    /// <inheritdoc/>
    public RunSpread Spread => default;

    /// <inheritdoc/>
    public void Record(LatencyHistogram into, Setting setting, double qps, long requests, double factor, Chance chance)
    {
        ArgumentNullException.ThrowIfNull(into);
        for (long i = 0; i < requests; i++)
        {
            into.RecordUs(DrawLatencyUs(setting, qps, chance) * factor);
        }
    }

    /// <summary>Busy share of the server's core, 0 to 0.98.</summary>
    public double Busy(Setting setting, double qps)
    {
        (double timerUs, bool suspend) = Read(setting);
        if (timerUs <= 0)
        {
            double cost = DefaultCostUs - (DefaultCostFallUs * Math.Clamp((qps - 10_000) / 30_000, 0, 1));
            return Math.Min(qps * cost / 1e6, 0.98);
        }

        double work = qps * BatchedCostUs / 1e6 * Math.Pow(Math.Max(qps, 1) / ReferenceQps, 0.7);
        double wakes = WakeCostUs / (timerUs + WakeGapUs);
        double awake = 1 - Math.Exp(-qps * (timerUs + WakeGapUs) / 1e6);
        return Math.Min((wakes * awake) + work + (suspend ? SuspendBusy * qps / ReferenceQps : 0), 0.98);
    }

    /// <summary>Mean power, watts.</summary>
    public double Watts(Setting setting, double qps) => IdleWatts + (BusyWatts * Busy(setting, qps));

    /// <summary>One request's latency in microseconds, from a generator.</summary>
    public double DrawLatencyUs(Setting setting, double qps, Chance chance)
    {
        ArgumentNullException.ThrowIfNull(chance);
        (double timerUs, bool suspend) = Read(setting);
        double wait = timerUs * chance.Between(0.1, 0.97) * (suspend ? SuspendLatencyFactor : 1);
        double own = BaseMedianUs * Math.Exp(BaseSigma * chance.Normal());
        return Slowness * (own + wait + QueueUs(setting, qps, chance));
    }

    /// <summary>
    /// The latency that <paramref name="percentile"/> % of requests keep, microseconds, by 20,000 draws of a fixed generator.
    /// </summary>
    public double PercentileUs(Setting setting, double qps, double percentile)
    {
        var chance = new Chance(1);
        double[] draws = [.. Enumerable.Range(0, 20_000).Select(_ => DrawLatencyUs(setting, qps, chance)).Order()];
        return draws[Math.Min((int)(draws.Length * percentile / 100), draws.Length - 1)];
    }

    /// <summary>Waiting behind other requests: exponential with the mean of an M/M/1 queue.</summary>
    private double QueueUs(Setting setting, double qps, Chance chance)
    {
        double busy = Busy(setting, qps);
        return -Math.Log(1 - chance.Unit()) * 10 * busy / (1 - busy);
    }

    private static (double TimerUs, bool Suspend) Read(Setting setting) => setting.IsDefault
        ? (0, false)
        : (setting.Values.GetValueOrDefault(FlushKnob), setting.Values.GetValueOrDefault(SuspendKnob) > 0);
}
