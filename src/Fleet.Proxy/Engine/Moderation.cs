namespace Fleet.Proxy.Engine;

/// <summary>
/// How far apart a busy loop's turns start: what interrupt moderation is to a network card. A turn costs a wake-up and the calls that read
/// and write every server, however few requests share them; a loop that takes each request by itself spends most of its time on that. A
/// loop that is busy for less than half of its time takes everything at once, so that it adds nothing; from there the spacing grows with
/// the share, up to the longest at three quarters. Where much data moves it is shorter again: bytes that wait in sockets grow cold, and
/// fill them. A turn that lasts as long as the spacing is followed by the next one at once: a loop that cannot keep up loses no time.
/// </summary>
/// <param name="longestTicks">The longest spacing; 0: none.</param>
/// <param name="windowTicks">Time over which the busy share is taken.</param>
internal sealed class Moderation(long longestTicks, long windowTicks)
{
    /// <summary>Busy share up to which every event is taken at once.</summary>
    public const double PromptShare = 0.5;

    /// <summary>Busy share from which the spacing is the longest.</summary>
    public const double FullShare = 0.75;

    /// <summary>Bytes that may come between two turns.</summary>
    public const long MostBytes = 16 * 1024;

    private long _windowStart;
    private long _windowBytes;
    private long _sleptTicks;
    private double _bytesPerTick;

    /// <summary>Share of the last windows in which the loop did not wait; each window counts as much as all before it.</summary>
    public double BusyShare { get; private set; }

    /// <summary>Whether turns may be spaced at all.</summary>
    public bool IsOn => longestTicks > 0;

    /// <summary>The loop waited, for events or for the end of a spacing.</summary>
    /// <param name="from">When it began to.</param>
    /// <param name="until">When it ended.</param>
    /// <param name="bytesRead">Bytes that the loop has read in all.</param>
    public void Waited(long from, long until, long bytesRead)
    {
        _sleptTicks += until - from;
        long passedTicks = until - _windowStart;
        if (passedTicks >= windowTicks)
        {
            double share = Math.Clamp(1 - ((double)_sleptTicks / passedTicks), 0, 1);
            BusyShare = (BusyShare + share) / 2;
            _bytesPerTick = (_bytesPerTick + ((double)(bytesRead - _windowBytes) / passedTicks)) / 2;
            (_windowStart, _windowBytes, _sleptTicks) = (until, bytesRead, 0);
        }
    }

    /// <summary>Ticks from the start of one turn to the start of the next; 0: whenever something comes.</summary>
    public long SpacingTicks => (long)Math.Min(
        longestTicks * Math.Clamp((BusyShare - PromptShare) / (FullShare - PromptShare), 0, 1),
        MostBytes / Math.Max(_bytesPerTick, double.Epsilon));
}
