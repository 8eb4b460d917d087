using System.Globalization;

namespace Fleet.Lab.Demo;

/// <summary>What one core did since the machine started, as <c>/proc/stat</c> counts it (proc(5)), in clock ticks.</summary>
/// <param name="Busy">Every state but idle and waiting for I/O.</param>
/// <param name="All">All states; guest time is part of user time and counts once.</param>
internal readonly record struct CoreTimes(long Busy, long All)
{
    private const int IdleField = 3;
    private const int IoWaitField = 4;
    private const int Fields = 8;

    /// <summary>The present counts of a core; null where the system does not tell them.</summary>
    public static CoreTimes? Read(int core)
    {
        try
        {
            return Parse(File.ReadAllText("/proc/stat"), core);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The counts of a core in the text of <c>/proc/stat</c>; null when it has no such line.</summary>
    internal static CoreTimes? Parse(string text, int core)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"cpu{core} ");
        string? line = text.Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        long[] ticks = [.. (line ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(Fields)
            .Select(f => long.TryParse(f, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : -1)];
        return ticks.Length > IoWaitField && Array.TrueForAll(ticks, t => t >= 0)
            ? new CoreTimes(ticks.Sum() - ticks[IdleField] - ticks[IoWaitField], ticks.Sum())
            : null;
    }

    /// <summary>Share of the time between two looks in which the core was busy, 0 to 1; null when one of them saw nothing.</summary>
    public static double? BusyRatio(CoreTimes? earlier, CoreTimes? later) =>
        earlier is { } from && later is { } to ? to.BusyRatioSince(from) : null;

    /// <summary>Share of the time since <paramref name="earlier"/> in which the core was busy, 0 to 1; null when no time passed.</summary>
    public double? BusyRatioSince(CoreTimes earlier) =>
        All > earlier.All ? Math.Clamp((double)(Busy - earlier.Busy) / (All - earlier.All), 0, 1) : null;
}
