using System.Collections.Immutable;

namespace Fleet.Simulation.Days;

/// <summary>Load over time: slots of constant load, one after the other.</summary>
/// <param name="Column">The column that the load was read from.</param>
/// <param name="SlotSeconds">Length of every slot.</param>
/// <param name="Values">Load of each slot: a share of the peak, or requests per second.</param>
/// <param name="AreShares">Whether <paramref name="Values"/> are shares of the peak.</param>
public sealed record Trace(string Column, double SlotSeconds, ImmutableArray<double> Values, bool AreShares)
{
    /// <summary>Length of the whole trace, seconds.</summary>
    public double Seconds => SlotSeconds * Values.Length;

    /// <summary>
    /// Requests per second of each slot: a share is multiplied by the peak, a rate is scaled so that the largest becomes the peak.
    /// </summary>
    public ImmutableArray<double> Qps(double peakQps)
    {
        double scale = AreShares ? peakQps : peakQps / Values.Max();
        return [.. Values.Select(v => v * scale)];
    }

    /// <summary>The first slots only.</summary>
    public Trace Take(int slots) => this with { Values = [.. Values.Take(slots)] };
}
