using System.Collections.Immutable;
using Fleet.Simulation.Days;

namespace Fleet.Lab.Day;

/// <summary>The load of a day that is replayed.</summary>
public static class DayCurve
{
    private const double Trough = 0.22;
    private const double TroughHour = 4;
    private const double Evening = 0.12;

    /// <summary>
    /// The day that is played without a trace: a cosine with its low at 4 o'clock and its high twelve hours later, lifted again by a second
    /// harmonic in the evening, from 0.22 to 1 of the peak. The shape is a formula, not a measurement: interactive services are lowest before
    /// dawn and stay high until late.
    /// </summary>
    public static ImmutableArray<double> Default { get; } = Make();

    /// <summary>The first 24 hours of a trace as shares of its peak, hour by hour; a slot shorter than an hour is averaged.</summary>
    public static ImmutableArray<double> Of(Trace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        int hours = (int)Math.Clamp(Math.Floor(trace.Seconds / 3600), 0, 24);
        double[] means = [.. Enumerable.Range(0, hours).Select(h => Mean(trace, h * 3600.0, (h + 1) * 3600.0))];
        double peak = means.DefaultIfEmpty(1).Max();
        return [.. means.Select(m => Math.Max(m / peak, 0.01))];
    }

    private static double Mean(Trace trace, double from, double to)
    {
        double sum = 0;
        for (double at = from; at < to - 1e-6;)
        {
            int slot = Math.Min((int)((at + 1e-6) / trace.SlotSeconds), trace.Values.Length - 1);
            double until = Math.Min(to, (slot + 1) * trace.SlotSeconds);
            sum += trace.Values[slot] * (until - at);
            at = until;
        }

        return sum / (to - from);
    }

    private static ImmutableArray<double> Make()
    {
        double[] raw = [.. Enumerable.Range(0, 24).Select(h =>
        {
            double phase = 2 * Math.PI * (h - TroughHour) / 24;
            return (0.5 * (1 - Math.Cos(phase))) + (Evening * Math.Sin(-phase) * (1 - Math.Cos(phase)));
        })];
        (double low, double high) = (raw.Min(), raw.Max());
        return [.. raw.Select(r => Math.Round(Trough + ((1 - Trough) * (r - low) / (high - low)), 4))];
    }
}
