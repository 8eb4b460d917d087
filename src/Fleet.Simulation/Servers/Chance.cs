namespace Fleet.Simulation.Servers;

/// <summary>A seeded generator with the distributions that servers, networks and faults need.</summary>
/// <param name="seed">Decides every draw.</param>
public sealed class Chance(ulong seed)
{
    private readonly Random _random = new(unchecked((int)(seed ^ (seed >> 32))));

    /// <summary>Uniform in [0, 1).</summary>
    public double Unit() => _random.NextDouble();

    /// <summary>Uniform in [low, high).</summary>
    public double Between(double low, double high) => low + ((high - low) * _random.NextDouble());

    /// <summary>True with a probability of 0 to 1.</summary>
    public bool Happens(double probability) => _random.NextDouble() < probability;

    /// <summary>Standard normal (Box and Muller, 1958).</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Unit())) * Math.Cos(2 * Math.PI * Unit());

    /// <summary>Student t scaled to unit variance; more than 2 degrees of freedom.</summary>
    public double Student(int degrees)
    {
        double squares = 0;
        for (int i = 0; i < degrees; i++)
        {
            double z = Normal();
            squares += z * z;
        }

        return Normal() / Math.Sqrt(squares / degrees) * Math.Sqrt((degrees - 2.0) / degrees);
    }

    /// <summary>Poisson count: by product of uniforms below a mean of 50, by its normal limit above.</summary>
    public long Poisson(double mean)
    {
        if (mean > 50)
        {
            return (long)Math.Max(Math.Round(mean + (Math.Sqrt(mean) * Normal())), 0);
        }

        double limit = Math.Exp(-Math.Max(mean, 0));
        long count = 0;
        for (double product = Unit(); product > limit; product *= Unit())
        {
            count++;
        }

        return count;
    }
}
