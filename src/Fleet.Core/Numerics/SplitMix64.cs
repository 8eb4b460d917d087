namespace Fleet.Core.Numerics;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): a small seeded generator whose sequence is part of this code, so that a run repeats
/// on every machine and runtime. Not for secrets.
/// </summary>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, <paramref name="bound"/>); the bias is below bound / 2⁶⁴.</summary>
    public long NextLong(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>Standard normal (Box-Muller, one of the pair).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());
}
