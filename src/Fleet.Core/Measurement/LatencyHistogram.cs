using System.Buffers;
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

    // Buckets outside are empty: a server's latencies fill a tenth of the layout, and thousands of histograms are searched every second.
    private int _low = BucketCount;
    private int _high = -1;
    private long _maxNs;
    private double _sumNs;

    /// <summary>Creates an empty histogram.</summary>
    public LatencyHistogram() => _dense = new long[BucketCount];

    private LatencyHistogram(long[] dense) => _dense = dense;

    private LatencyHistogram(ushort[] filled, long[] counts) => (_filled, _filledCounts) = (filled, counts);

    /// <summary>The sum of some histograms, with its filled buckets only.</summary>
    public static LatencyHistogram SumOf(IEnumerable<LatencyHistogram> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        long[] counts = ArrayPool<long>.Shared.Rent(BucketCount);
        Array.Clear(counts, 0, BucketCount);
        var scratch = new LatencyHistogram(counts);
        foreach (LatencyHistogram part in parts)
        {
            scratch.Add(part);
        }

        int filled = 0;
        for (int i = scratch._low; i <= scratch._high; i++)
        {
            filled += counts[i] > 0 ? 1 : 0;
        }

        var sum = new LatencyHistogram(new ushort[filled], new long[filled])
        {
            Count = scratch.Count, _sumNs = scratch._sumNs, _maxNs = scratch._maxNs,
        };
        for (int i = scratch._high; i >= scratch._low; i--)
        {
            if (counts[i] > 0)
            {
                filled--;
                (sum._filled[filled], sum._filledCounts[filled]) = ((ushort)i, counts[i]);
            }
        }

        ArrayPool<long>.Shared.Return(counts);
        return sum;
    }

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
        int bucket = IndexOf(ns);
        (_dense ?? Spread())[bucket] += count;
        Widen(bucket, bucket);
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
            for (int i = other._low; i <= other._high; i++)
            {
                counts[i] += added[i];
            }

            Widen(other._low, other._high);
        }
        else
        {
            for (int i = 0; i < other._filled.Length; i++)
            {
                counts[other._filled[i]] += other._filledCounts[i];
            }

            Widen(other._filled[0], other._filled[^1]);
        }

        Count += other.Count;
        _sumNs += other._sumNs;
        _maxNs = Math.Max(_maxNs, other._maxNs);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        if (_dense is { } dense && Count > 0)
        {
            Array.Clear(dense, _low, _high - _low + 1);
        }

        _dense ??= new long[BucketCount];
        (_low, _high) = (BucketCount, -1);
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
        ReadOnlySpan<long> counts = _dense is null ? _filledCounts : _dense.AsSpan(_low, _high - _low + 1);
        for (int i = 0; i < counts.Length; i++)
        {
            long here = counts[i];
            if (here > 0 && before + here >= rank)
            {
                int bucket = _dense is null ? _filled[i] : _low + i;
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
        if (Problem(buckets, counts, sumUs, maxUs) is { } problem)
        {
            throw new ArgumentException($"Not a latency histogram: {problem}.");
        }

        var histogram = new LatencyHistogram(new ushort[buckets.Count], new long[buckets.Count])
        {
            _sumNs = sumUs * NsPerUs, _maxNs = (long)Math.Round(maxUs * NsPerUs),
        };
        for (int i = 0; i < buckets.Count; i++)
        {
            (histogram._filled[i], histogram._filledCounts[i]) = ((ushort)buckets[i], (long)counts[i]);
            histogram.Count += (long)counts[i];
        }

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
    private int Places => _dense is null ? _filled.Length : Math.Max(_high - _low + 1, 0);

    private (int Bucket, long Count) At(int place) =>
        _dense is { } dense ? (_low + place, dense[_low + place]) : (_filled[place], _filledCounts[place]);

    private void Widen(int low, int high) => (_low, _high) = (Math.Min(_low, low), Math.Max(_high, high));

    private long[] Spread()
    {
        long[] dense = _dense = new long[BucketCount];
        for (int i = 0; i < _filled.Length; i++)
        {
            dense[_filled[i]] = _filledCounts[i];
        }

        if (_filled.Length > 0)
        {
            Widen(_filled[0], _filled[^1]);
        }

        return dense;
    }

    private static long LowerNs(int bucket)
    {
        int shift = Math.Max((bucket >> SubBits) - 1, 0);
        return (long)(bucket - (shift << SubBits)) << shift;
    }

    private double UpperNs(int bucket) => bucket == BucketCount - 1 ? Math.Max(_maxNs, LowerNs(bucket) + 1) : LowerNs(bucket + 1);

    /// <summary>What contradicts the layout; null when nothing does. Asked for every node and second: words are for bad data only.</summary>
    private static string? Problem(IReadOnlyList<uint> buckets, IReadOnlyList<ulong> counts, double sumUs, double maxUs)
    {
        if (buckets.Count != counts.Count)
        {
            return $"{buckets.Count} bucket indices came with {counts.Count} counts; they must be parallel";
        }

        if (!(double.IsFinite(sumUs) && sumUs >= 0))
        {
            return $"sum_us is {sumUs}; it must be finite and not negative";
        }

        if (!(maxUs is >= 0 and <= long.MaxValue / NsPerUs / 2))
        {
            return $"max_us is {maxUs}; legal is 0 to 4.6e15";
        }

        long previous = -1;
        long total = 0;
        for (int i = 0; i < buckets.Count; i++)
        {
            (uint bucket, ulong count) = (buckets[i], counts[i]);
            if (bucket >= BucketCount)
            {
                return $"bucket index {bucket} is outside 0 to {BucketCount - 1}";
            }

            if (bucket <= previous)
            {
                return $"bucket index {bucket} follows {previous}; indices must ascend strictly";
            }

            if (count > (ulong)(long.MaxValue - total))
            {
                return $"count {count} overflows the total of 2^63-1 records";
            }

            previous = bucket;
            total += (long)count;
        }

        return previous >= 0 && (long)Math.Round(maxUs * NsPerUs) < LowerNs((int)previous) - 1
            ? $"max_us is {maxUs}, below the highest filled bucket {previous}"
            : null;
    }
}
