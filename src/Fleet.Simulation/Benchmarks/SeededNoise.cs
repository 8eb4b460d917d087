using Fleet.Core.Numerics;

namespace Fleet.Simulation.Benchmarks;

/// <summary>Seeded draws for benchmarks.</summary>
internal struct SeededNoise(ulong seed)
{
    private SplitMix64 _random = new(seed);

    /// <summary>Standard normal.</summary>
    public double NextNormal() => _random.NextNormal();

    /// <summary>Student t scaled to unit variance; more than 2 degrees of freedom.</summary>
    public double NextStudent(int degrees)
    {
        double normal = _random.NextNormal();
        double chiSquare = 0;
        for (int i = 0; i < degrees; i++)
        {
            double z = _random.NextNormal();
            chiSquare += z * z;
        }

        return normal / Math.Sqrt(chiSquare / degrees) * Math.Sqrt((degrees - 2.0) / degrees);
    }

    /// <summary>Uniform in [0, bound).</summary>
    public long NextLong(long bound) => _random.NextLong(bound);
}
