using System.Globalization;

namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// CPU time and context switches of the whole host from <c>/proc/stat</c>, in steps of 10 ms (USER_HZ is 100 for user space).
/// </summary>
internal static class HostCpu
{
    private const long NsPerTick = 10_000_000;

    /// <summary>
    /// Busy time: user, nice, system, irq and softirq of all cores; steal and idle are not ours. Null with a reason when unreadable.
    /// </summary>
    internal static TaskTimes? Read(string procfsRoot, List<string> problems)
    {
        string path = Path.Combine(procfsRoot, "stat");
        try
        {
            return Parse(File.ReadLines(path)) ?? throw new IOException("no line 'cpu'");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"'{path}' cannot be used: {e.Message}");
            return null;
        }
    }

    /// <summary>Parses the lines of <c>/proc/stat</c>; null without the summary line.</summary>
    internal static TaskTimes? Parse(IEnumerable<string> lines)
    {
        long? ticks = null;
        long switches = 0;
        foreach (string line in lines)
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields is ["cpu", _, _, _, _, _, _, _, ..])
            {
                // cpu user nice system idle iowait irq softirq
                ticks = new[] { 1, 2, 3, 6, 7 }.Sum(i => long.Parse(fields[i], CultureInfo.InvariantCulture));
            }
            else if (fields is ["ctxt", _, ..])
            {
                switches = long.Parse(fields[1], CultureInfo.InvariantCulture);
            }
        }

        return ticks is { } t ? new TaskTimes(t * NsPerTick, switches) : null;
    }
}
