using System.Numerics;

namespace Fleet.Core.Measurement;

/// <summary>
/// Counts of latencies in log-linear buckets of nanoseconds: bucket i below 64 holds exactly i ns; above, each power of two is cut
/// into 64 equal buckets, so a bucket is at most 1/64 (1.6 %) of its value wide. The last bucket takes everything above 137 s.
/// </summary>
/// <remarks>
/// Recording allocates nothing. One writer at a time; not safe for concurrent use. A histogram that came over the wire keeps its filled
/// buckets only (about 1 KiB instead of 16) until something is added to it: a controller holds seconds of slices of every node.
/// </remarks>
public sealed class LatencyHistogram
{
    /// <summary>Number of buckets: values below 2^37 ns (137.4 s) at 64 buckets per power of two.</summary>
    public const int BucketCount = 2048;

    private const int SubBits = 6;
    private const int SubBuckets = 1 << SubBits;
    private const double NsPerUs = 1000;

    private readonly ushort[] _filled = [];
    private readonly long[] _filledCounts = [];
    private long[]? _dense;
    private long _maxNs;
    private double _sumNs;

    /// <summary>Creates an empty histogram.</summary>
    public LatencyHistogram() => _dense = new long[BucketCount];

    private LatencyHistogram(ushort[] filled, long[] counts) => (_filled, _filledCounts) = (filled, counts);

    /// <summary>Latencies recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Sum of all recorded latencies, microseconds.</summary>
    public double SumUs => _sumNs / NsPerUs;

    /// <summary>Largest recorded latency, microseconds; 0 when nothing was recorded.</summary>
    public double MaxUs => _maxNs / NsPerUs;

    /// <summary>Mean of the recorded latencies, microseconds; NaN when nothing was recorded.</summary>
    public double MeanUs => Count == 0 ? double.NaN : SumUs / Count;

    /// <summary>Records one latency in microseconds. Negative and NaN count as 0.</summary>
    public void RecordUs(double us) => RecordNs(us > 0 ? (long)Math.Min(Math.Round(us * NsPerUs), long.MaxValue / 2) : 0);

    /// <summary>Records a latency in nanoseconds, <paramref name="count"/> times. Negative latencies count as 0.</summary>
    public void RecordNs(long ns, long count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count == 0)
        {
            return;
        }

        ns = Math.Max(ns, 0);
        (_dense ?? Spread())[IndexOf(ns)] += count;
        Count += count;
        _sumNs += (double)ns * count;
        _maxNs = Math.Max(_maxNs, ns);
    }

    /// <summary>Adds all of another histogram's records to this one.</summary>
    public void Add(LatencyHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Count == 0)
        {
            return;
        }

        long[] counts = _dense ?? Spread();
        if (other._dense is { } added)
        {
            for (int i = 0; i < BucketCount; i++)
            {
                counts[i] += added[i];
            }
        }
        else
        {
            for (int i = 0; i < other._filled.Length; i++)
            {
                counts[other._filled[i]] += other._filledCounts[i];
            }
        }

        Count += other.Count;
        _sumNs += other._sumNs;
        _maxNs = Math.Max(_maxNs, other._maxNs);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        if (Count > 0)
        {
            Array.Clear(_dense ??= new long[BucketCount]);
        }

        Count = 0;
        _sumNs = 0;
        _maxNs = 0;
    }

    /// <summary>
    /// Latency in microseconds that <paramref name="p"/> percent of the records do not exceed, interpolated linearly inside its bucket
    /// and never above <see cref="MaxUs"/>. NaN when nothing was recorded.
    /// </summary>
    /// <param name="p">Percentile, range 0 to 100.</param>
    public double PercentileUs(double p)
    {
        if (!(p is >= 0 and <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(p), p, "A percentile lies between 0 and 100.");
        }

        if (Count == 0)
        {
            return double.NaN;
        }

        double rank = p / 100 * Count;
        double before = 0;
        for (int i = 0; i < Places; i++)
        {
            (int bucket, long here) = At(i);
            if (here > 0 && before + here >= rank)
            {
                double share = (rank - before) / here;
                return Math.Min(LowerNs(bucket) + (share * (UpperNs(bucket) - LowerNs(bucket))), _maxNs) / NsPerUs;
            }

            before += here;
        }

        return MaxUs;
    }

    /// <summary>
    /// Records above a latency in microseconds. Records in the bucket that holds the threshold count in proportion to the part of the
    /// bucket above it, rounded to the nearest whole record.
    /// </summary>
    public long CountAboveUs(double us)
    {
        double ns = us * NsPerUs;
        if (Count == 0 || ns >= _maxNs)
        {
            return 0;
        }

        if (!(ns >= 0))
        {
            return Count;
        }

        int at = IndexOf((long)ns);
        double upper = UpperNs(at);
        double partial = 0;
        long above = 0;
        for (int i = Places - 1; i >= 0 && At(i) is var (bucket, count) && bucket >= at; i--)
        {
            if (bucket == at)
            {
                partial = count * (upper - ns) / (upper - LowerNs(at));
            }
            else
            {
                above += count;
            }
        }

        above += at < SubBuckets * 2 ? 0 : (long)Math.Round(partial);

        return above;
    }

    /// <summary>The filled buckets in ascending order: bucket index (0 to 2047) and its count (above 0).</summary>
    public IEnumerable<(int Bucket, long Count)> Sparse()
    {
        for (int i = 0; i < Places; i++)
        {
            if (At(i) is (_, > 0) place)
            {
                yield return place;
            }
        }
    }

    /// <summary>Rebuilds a histogram from what <see cref="Sparse"/>, <see cref="SumUs"/> and <see cref="MaxUs"/> told elsewhere.</summary>
    /// <param name="buckets">Strictly ascending bucket indices, range 0 to 2047.</param>
    /// <param name="counts">Counts, parallel to <paramref name="buckets"/>.</param>
    /// <param name="sumUs">Sum of all latencies, microseconds, finite and not negative.</param>
    /// <param name="maxUs">Largest latency, microseconds, inside the highest filled bucket.</param>
    /// <exception cref="ArgumentException">The data contradicts the layout; the message names the value and the legal range.</exception>
    public static LatencyHistogram FromSparse(IReadOnlyList<uint> buckets, IReadOnlyList<ulong> counts, double sumUs, double maxUs)
    {
        ArgumentNullException.ThrowIfNull(buckets);
        ArgumentNullException.ThrowIfNull(counts);
        Require(buckets.Count == counts.Count, $"{buckets.Count} bucket indices came with {counts.Count} counts; they must be parallel");
        Require(double.IsFinite(sumUs) && sumUs >= 0, $"sum_us is {sumUs}; it must be finite and not negative");
        Require(double.IsFinite(maxUs) && maxUs is >= 0 and <= long.MaxValue / NsPerUs / 2, $"max_us is {maxUs}; legal is 0 to 4.6e15");

        var histogram = new LatencyHistogram(new ushort[buckets.Count], new long[buckets.Count])
        {
            _sumNs = sumUs * NsPerUs, _maxNs = (long)Math.Round(maxUs * NsPerUs),
        };
        long previous = -1;
        for (int i = 0; i < buckets.Count; i++)
        {
            Require(buckets[i] < BucketCount, $"bucket index {buckets[i]} is outside 0 to {BucketCount - 1}");
            Require(buckets[i] > previous, $"bucket index {buckets[i]} follows {previous}; indices must ascend strictly");
            Require(counts[i] <= (ulong)(long.MaxValue - histogram.Count), $"count {counts[i]} overflows the total of 2^63-1 records");
            previous = buckets[i];
            (histogram._filled[i], histogram._filledCounts[i]) = ((ushort)previous, (long)counts[i]);
            histogram.Count += (long)counts[i];
        }

        Require(
            previous < 0 || histogram._maxNs >= LowerNs((int)previous) - 1,
            $"max_us is {maxUs}, below the highest filled bucket {previous}");
        return histogram;
    }

    /// <summary>Bucket of a latency in nanoseconds: its value below 64, else 64 per power of two; the last one from 2^37 ns on.</summary>
    public static int IndexOf(long ns)
    {
        if (ns < SubBuckets)
        {
            return (int)Math.Max(ns, 0);
        }

        int shift = BitOperations.Log2((ulong)ns) - SubBits;
        return Math.Min((shift << SubBits) + (int)Math.Min(ns >> shift, int.MaxValue / 2), BucketCount - 1);
    }

    /// <summary>Buckets that may be filled.</summary>
    private int Places => _dense is null ? _filled.Length : BucketCount;

    private (int Bucket, long Count) At(int place) => _dense is { } dense ? (place, dense[place]) : (_filled[place], _filledCounts[place]);

    private long[] Spread()
    {
        long[] dense = _dense = new long[BucketCount];
        for (int i = 0; i < _filled.Length; i++)
        {
            dense[_filled[i]] = _filledCounts[i];
        }

        return dense;
    }

    private static long LowerNs(int bucket)
    {
        int shift = Math.Max((bucket >> SubBits) - 1, 0);
        return (long)(bucket - (shift << SubBits)) << shift;
    }

    private double UpperNs(int bucket) => bucket == BucketCount - 1 ? Math.Max(_maxNs, LowerNs(bucket) + 1) : LowerNs(bucket + 1);

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new ArgumentException($"Not a latency histogram: {problem}.");
        }
    }
}
