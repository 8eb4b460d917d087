namespace Fleet.Proxy.Routes;

/// <summary>
/// Finds the keys that take an outsized share of one loop's reads: the space-saving sketch (Metwally et al. 2005) over windows of reads.
/// A key is hot while its share of the last whole window reached the bound.
/// </summary>
internal sealed class HotKeyDetector
{
    private const int Counters = 32;
    private const int Window = 2_000;

    private readonly ulong[] _hashes = new ulong[Counters];
    private readonly int[] _counts = new int[Counters];
    private readonly ulong[] _hot = new ulong[Counters];
    private int _hotCount;
    private int _reads;

    /// <summary>Counts a read; true when the key is hot.</summary>
    /// <param name="hash">The key's hash.</param>
    /// <param name="sharePercent">Share of the reads that makes a key hot, %.</param>
    public bool Read(ulong hash, double sharePercent)
    {
        int at = Array.IndexOf(_hashes, hash);
        if (at < 0)
        {
            // The smallest counter is inherited: a key that is truly frequent is never lost, a rare one may be counted too high.
            at = 0;
            for (int i = 1; i < Counters; i++)
            {
                at = _counts[i] < _counts[at] ? i : at;
            }

            _hashes[at] = hash;
        }

        _counts[at]++;
        if (++_reads >= Window)
        {
            EndWindow(Math.Max(2, Window * sharePercent / 100));
        }

        return IsHot(hash);
    }

    /// <summary>True for a key that was hot in the last window.</summary>
    public bool IsHot(ulong hash) => _hotCount > 0 && Array.IndexOf(_hot, hash, 0, _hotCount) >= 0;

    private void EndWindow(double bound)
    {
        // What every counter may have inherited is not the key's own.
        int inherited = int.MaxValue;
        foreach (int count in _counts)
        {
            inherited = Math.Min(inherited, count);
        }

        _hotCount = 0;
        for (int i = 0; i < Counters; i++)
        {
            if (_counts[i] - inherited >= bound)
            {
                _hot[_hotCount++] = _hashes[i];
            }
        }

        Array.Clear(_hashes);
        Array.Clear(_counts);
        _reads = 0;
    }
}
