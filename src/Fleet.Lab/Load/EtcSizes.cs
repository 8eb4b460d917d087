namespace Fleet.Lab.Load;

/// <summary>
/// Sizes of keys and values in Facebook's ETC pool, as quantile functions. Constants: Atikoglu et al., "Workload Analysis of a
/// Large-Scale Key-Value Store" (SIGMETRICS 2012), as the load generator mutilate uses them.
/// </summary>
internal static class EtcSizes
{
    /// <summary>Shortest key that is offered, bytes: room for the key's index.</summary>
    public const int MinKeyBytes = 8;

    /// <summary>Longest key of the memcached protocol, bytes.</summary>
    public const int MaxKeyBytes = 250;

    /// <summary>Longest value that is offered, bytes; the distribution exceeds it for 0.03 % of the keys.</summary>
    public const int MaxValueBytes = 8192;

    // Probability of each value size from 0 to 14 bytes.
    private static readonly double[] ValueHead =
    [
        .00536, .00047, .17820, .09239, .00018, .02740, .00065, .00606, .00023, .00837, .00837, .08989, .00092, .00326, .01980,
    ];

    private static readonly double HeadShare = ValueHead.Sum();

    /// <summary>Size of a key in bytes at quantile <paramref name="u"/>, 0 to 1: GEV(30.7984, 8.20449, 0.078688).</summary>
    public static int KeyBytes(double u)
    {
        double x = 30.7984 + (8.20449 * (Math.Pow(-Math.Log(Inside(u)), -0.078688) - 1) / 0.078688);
        return (int)Math.Clamp(Math.Round(x), MinKeyBytes, MaxKeyBytes);
    }

    /// <summary>
    /// Size of a value in bytes at quantile <paramref name="u"/>, 0 to 1: sizes 0 to 14 have their measured shares (44 % together), the
    /// rest is generalised Pareto(15, 214.476, 0.348238).
    /// </summary>
    public static int ValueBytes(double u)
    {
        double left = u;
        for (int size = 0; size < ValueHead.Length; size++)
        {
            if (left < ValueHead[size])
            {
                return size;
            }

            left -= ValueHead[size];
        }

        double x = 15 + (214.476 * (Math.Pow(1 - Inside(left / (1 - HeadShare)), -0.348238) - 1) / 0.348238);
        return (int)Math.Clamp(Math.Round(x), 15, MaxValueBytes);
    }

    private static double Inside(double u) => Math.Clamp(u, 1e-12, 1 - 1e-12);
}
