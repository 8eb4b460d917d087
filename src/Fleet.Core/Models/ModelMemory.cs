namespace Fleet.Core.Models;

/// <summary>
/// Kernel parameters that were found lately, for the class's next fits at about the same load: the search for them is nearly all of a fit's cost,
/// and with tens of rows a few more rows hardly move them. The fits that use them are conditioned on every row as before.
/// </summary>
/// <remarks>Safe for concurrent use: a host may fit on other threads than the pool's.</remarks>
internal sealed class ModelMemory
{
    // With fewer rows each row moves the parameters, and a fit is cheap.
    private const int LeastRows = 40;

    // The rows may have grown by this share.
    private const double MostGrowth = 1.25;

    // Fits at loads this far apart (ln) look at other rows.
    private const double LoadReach = 0.2;

    private const int MostKept = 32;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    // Whether a search is worth it is decided with parameters no older than this: in a large pool several nodes ask the same within seconds.
    private static readonly TimeSpan AfreshLifetime = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];

    /// <summary>Parameters of ln watts and of ln latency to reuse; null when there are none.</summary>
    /// <param name="rows">Rows of the fit.</param>
    /// <param name="logLoad">ln of its load.</param>
    /// <param name="now">Present time.</param>
    /// <param name="afresh">Whether only the last minute's count.</param>
    public (double[] Watts, double[] Latency)? Recall(int rows, double logLoad, DateTimeOffset now, bool afresh = false)
    {
        TimeSpan lifetime = afresh ? AfreshLifetime : Lifetime;
        if (rows < LeastRows)
        {
            return null;
        }

        lock (_lock)
        {
            for (int i = _entries.Count - 1; i >= 0; i--)
            {
                Entry e = _entries[i];
                if (Math.Abs(e.LogLoad - logLoad) <= LoadReach && now - e.At <= lifetime && rows <= e.Rows * MostGrowth
                    && e.Rows <= rows * MostGrowth)
                {
                    return (e.Watts, e.Latency);
                }
            }
        }

        return null;
    }

    /// <summary>Keeps what a fit found.</summary>
    public void Keep(int rows, double logLoad, DateTimeOffset now, IEnumerable<double> watts, IEnumerable<double> latency)
    {
        if (rows < LeastRows)
        {
            return;
        }

        lock (_lock)
        {
            _entries.RemoveAll(e => now - e.At > Lifetime);
            if (_entries.Count >= MostKept)
            {
                _entries.RemoveAt(0);
            }

            _entries.Add(new Entry(rows, logLoad, now, [.. watts], [.. latency]));
        }
    }

    private sealed record Entry(int Rows, double LogLoad, DateTimeOffset At, double[] Watts, double[] Latency);
}
