using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Servers;

/// <summary>
/// A memcached server as formulas: cycles per request that fall with batching, a queue whose tail grows as the cores fill, the wait for the
/// interrupt timer, and power of clock and busy share. Fitted by least squares of the logarithms to the 297 cells of the published
/// table (2× Xeon E5-2690, Intel 82599, Linux; nic-tuning-experiments mcd_combined.csv); watts fit within 1.4 %, p99 within 7.1 % (rms).
/// </summary>
public sealed class MemcachedModel
{
    /// <summary>Its name on the command line.</summary>
    public const string Name = "memcached-e5-2690";

    /// <summary>Interrupt delay, microseconds.</summary>
    public const string DelayKnob = "rx_usecs";

    /// <summary>Clock of the cores, MHz.</summary>
    public const string ClockKnob = "cpu_mhz";

    // Least and most load that the formulas were fitted between, and the kernel default's own measurements there.
    private static readonly double[] DefaultLoads = [200_000, 400_000, 600_000];
    private static readonly double[] DefaultWatts = [66.72, 96.27, 129.73];
    private static readonly double[] DefaultPercentileUs = [103.9, 114.5, 138.9];

    private static readonly long[] Delays = [2, 10, 20, 30, 40, 50, 60, 75, 100, 150, 200, 250, 300, 350, 400];
    private static readonly long[] Clocks = [1300, 1500, 1700, 1900, 2100, 2300, 2500, 2700, 2900];

    private MemcachedModel()
    {
    }

    /// <summary>The model with the fitted figures.</summary>
    public static MemcachedModel Published { get; } = new();

    /// <summary>Loads of <see cref="ToSurface"/>: every 25,000 requests/s of the fitted range.</summary>
    public static ImmutableArray<double> Loads { get; } = [.. Enumerable.Range(0, 17).Select(i => 200_000.0 + (25_000 * i))];

    /// <summary>Mean package power, watts.</summary>
    /// <param name="qps">Requests per second; fitted from 200,000 to 600,000.</param>
    /// <param name="delayUs">Interrupt delay, microseconds; fitted from 2 to 400.</param>
    /// <param name="clockMhz">Clock, MHz; fitted from 1300 to 2900.</param>
    public double Watts(double qps, double delayUs, double clockMhz)
    {
        (double load, double ghz) = (qps / 1e6, clockMhz / 1000);
        double work = load * (1.81361 + (2.96802 / (1 + (delayUs * 0.0227251 * load)))) / ghz;
        double busy = 1 - Math.Exp(-work);
        return 36.7937 + (2.95682 * Math.Pow(ghz, 2.46968)) + (busy * 19.0219 * Math.Pow(ghz, 1.60061));
    }

    /// <summary>Latency that 99 % of requests keep, microseconds; ranges as for <see cref="Watts"/>.</summary>
    public double PercentileUs(double qps, double delayUs, double clockMhz)
    {
        (double load, double ghz) = (qps / 1e6, clockMhz / 1000);
        double full = load * (2.69123 + (1.84267 / (1 + (delayUs * 0.0552618 * load)))) / ghz;
        double room = 0.243314 * Math.Log(1 + Math.Exp((1 - full) / 0.243314));
        double service = 27.0997 / Math.Pow(ghz, 0.782168);
        double timer = 1.06391 * delayUs * (1 - Math.Exp(-145.45 * load));
        return 38.1861 + (service / room) + timer + (40.785 * Math.Pow(Math.Min(full, 1.5), 9.37839));
    }

    /// <summary>
    /// The model's table in the surface format's terms, the kernel default's row interpolated between its measurements in ln(load).
    /// </summary>
    public Surface ToSurface()
    {
        var space = new KnobSpace([new Knob(DelayKnob, [.. Delays], KnobScale.Log), new Knob(ClockKnob, [.. Clocks], KnobScale.Linear)]);
        IEnumerable<SurfaceCell> settings =
            from qps in Loads
            from setting in space.Enumerate()
            let delayUs = setting[DelayKnob]
            let clockMhz = setting[ClockKnob]
            select new SurfaceCell(
                qps, setting, Watts(qps, delayUs, clockMhz), PercentileUs(qps, delayUs, clockMhz), null, null, 1);
        IEnumerable<SurfaceCell> defaults = Loads.Select(qps => new SurfaceCell(
            qps, Setting.Default, Between(qps, DefaultWatts), Between(qps, DefaultPercentileUs), null, null, 1));
        return new Surface(space, settings.Concat(defaults));
    }

    /// <summary>
    /// How far the model is from a measured surface: for every measured cell with a delay and a clock, model over measurement.
    /// </summary>
    public ImmutableArray<FitError> Errors(Surface measured)
    {
        ArgumentNullException.ThrowIfNull(measured);
        return
        [
            .. from qps in measured.Loads
               from cell in measured.At(qps)
               where cell.Setting.Values.ContainsKey(DelayKnob) && cell.Setting.Values.ContainsKey(ClockKnob)
               let delayUs = cell.Setting[DelayKnob]
               let clockMhz = cell.Setting[ClockKnob]
               select new FitError(
                   qps, delayUs, clockMhz, cell.Watts, Watts(qps, delayUs, clockMhz), cell.PercentileUs, PercentileUs(qps, delayUs, clockMhz)),
        ];
    }

    private static double Between(double qps, double[] values)
    {
        int above = Math.Clamp(Array.FindIndex(DefaultLoads, q => q >= qps), 1, DefaultLoads.Length - 1);
        double share = Math.Log(qps / DefaultLoads[above - 1]) / Math.Log(DefaultLoads[above] / DefaultLoads[above - 1]);
        return values[above - 1] + (share * (values[above] - values[above - 1]));
    }
}
