using System.Globalization;

namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// CPU time and context switches of one task (thread), from <c>/proc/…/schedstat</c>: "time on the CPU, ns; time waiting to run, ns;
/// times switched in" (Documentation/scheduler/sched-stats.rst). A switch-in is a context switch, voluntary or not; one cheap file gives
/// both figures with nanosecond precision.
/// </summary>
/// <param name="CpuNs">CPU time since the task started.</param>
/// <param name="Switches">Context switches to the task since it started.</param>
internal readonly record struct TaskTimes(long CpuNs, long Switches)
{
    /// <summary>Reads one task; null when it is gone or the kernel keeps no schedstat.</summary>
    internal static TaskTimes? Read(string folder)
    {
        try
        {
            return Parse(File.ReadAllText(Path.Combine(folder, "schedstat")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Parses <c>schedstat</c>; null when it has another form.</summary>
    internal static TaskTimes? Parse(ReadOnlySpan<char> text)
    {
        Span<Range> fields = stackalloc Range[4];
        ReadOnlySpan<char> line = text.Trim();
        return line.Split(fields, ' ') == 3
            && long.TryParse(line[fields[0]], NumberStyles.None, CultureInfo.InvariantCulture, out long cpuNs)
            && long.TryParse(line[fields[2]], NumberStyles.None, CultureInfo.InvariantCulture, out long switches)
            ? new TaskTimes(cpuNs, switches)
            : null;
    }
}
