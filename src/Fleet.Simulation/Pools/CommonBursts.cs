using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Pools;

/// <summary>Bursts of noise that every node of a pool feels at once, drawn from a generator of their own.</summary>
internal sealed class CommonBursts(NoiseModel noise, ulong seed)
{
    private const double LeastFactor = 2;
    private readonly Chance _chance = new(seed ^ 0xB0457);
    private DateTimeOffset _until = DateTimeOffset.MinValue;
    private double _factor = 1;

    /// <summary>The factor on every latency in the interval that begins now.</summary>
    public double FactorAt(DateTimeOffset start, TimeSpan duration)
    {
        if (noise.BurstsPerMinute <= 0)
        {
            return 1;
        }

        if (start >= _until && _chance.Happens(noise.BurstsPerMinute * duration.TotalMinutes))
        {
            _until = start - (noise.MeanBurst * Math.Log(1 - _chance.Unit()));
            _factor = LeastFactor * Math.Pow(noise.MostBurstFactor / LeastFactor, _chance.Unit());
        }

        return start < _until ? _factor : 1;
    }
}
