using System.Globalization;
using System.Text.Json.Serialization;

namespace Fleet.Lab.Lab;

/// <summary>
/// A process that cannot be mistaken for another: its pid and when it started (field 22 of <c>/proc/PID/stat</c>, clock ticks since
/// boot).
/// </summary>
/// <param name="Pid">Process id; the kernel gives it to another process later.</param>
/// <param name="StartTicks">Start time.</param>
public readonly record struct ProcessIdentity(int Pid, long StartTicks)
{
    /// <summary>The process that has the pid now; null when none has (a zombie counts as none: it only waits for its parent).</summary>
    public static ProcessIdentity? Of(int pid)
    {
        try
        {
            return Parse(pid, File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether this very process still runs.</summary>
    [JsonIgnore]
    public bool Alive => Of(Pid) == this;

    /// <summary>Parses <c>/proc/PID/stat</c>; null for a zombie. The name in parentheses may hold blanks and parentheses itself.</summary>
    internal static ProcessIdentity? Parse(int pid, string stat)
    {
        int close = stat.LastIndexOf(')');
        string[] fields = close < 0 ? [] : stat[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);

        // fields[0] is field 3, the state; field 22 is the start time.
        return fields.Length > 19 && fields[0] is not ("Z" or "X")
            && long.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out long start)
            ? new ProcessIdentity(pid, start)
            : null;
    }
}
