using Fleet.Core.Measurement;

namespace Fleet.Proxy.Metrics;

/// <summary>
/// Latencies in the few buckets that monitoring keeps, summed since the start. The fine histogram of each slice is folded in, so the
/// data path counts once and a scrape reads 22 numbers.
/// </summary>
internal sealed class CoarseHistogram
{
    /// <summary>Upper bounds in seconds: dense where promises for caches lie (50 µs to 1 ms).</summary>
    public static readonly double[] Bounds =
    [
        25e-6, 50e-6, 75e-6, 100e-6, 150e-6, 200e-6, 300e-6, 400e-6, 500e-6, 750e-6,
        1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 7.5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 1,
    ];

    private static readonly byte[] CoarseOf = Map();
    private readonly long[] _counts = new long[Bounds.Length + 1];

    /// <summary>Latencies recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Their sum, seconds.</summary>
    public double SumSeconds { get; private set; }

    /// <summary>Adds a slice's latencies. A fine bucket that a bound cuts counts above it: attainment is never flattered.</summary>
    public void Add(LatencyHistogram slice)
    {
        if (slice.Count == 0)
        {
            return;
        }

        foreach ((int bucket, long count) in slice.Sparse())
        {
            _counts[CoarseOf[bucket]] += count;
        }

        Count += slice.Count;
        SumSeconds += slice.SumUs / 1e6;
    }

    /// <summary>Latencies at or below each bound.</summary>
    public long[] Cumulative()
    {
        long[] cumulative = new long[Bounds.Length];
        long sum = 0;
        for (int i = 0; i < cumulative.Length; i++)
        {
            cumulative[i] = sum += _counts[i];
        }

        return cumulative;
    }

    private static byte[] Map()
    {
        int[] ends = [.. Bounds.Select(b => LatencyHistogram.IndexOf((long)Math.Round(b * 1e9)))];
        byte[] map = new byte[LatencyHistogram.BucketCount];
        int coarse = 0;
        for (int bucket = 0; bucket < map.Length; bucket++)
        {
            while (coarse < ends.Length && bucket >= ends[coarse])
            {
                coarse++;
            }

            map[bucket] = (byte)coarse;
        }

        return map;
    }
}
