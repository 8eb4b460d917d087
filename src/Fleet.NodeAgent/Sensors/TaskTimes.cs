using System.Buffers.Text;

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
    /// <summary>Parses <c>schedstat</c>; null when it has another form. Allocates nothing.</summary>
    internal static TaskTimes? Parse(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> rest = text.Trim(" \n"u8);
        return Next(ref rest) is { } cpuNs && Next(ref rest) is not null && Next(ref rest) is { } switches && rest.IsEmpty
            ? new TaskTimes(cpuNs, switches) : null;
    }

    private static long? Next(ref ReadOnlySpan<byte> text)
    {
        if (!Utf8Parser.TryParse(text, out long value, out int used) || value < 0 || (used < text.Length && text[used] != ' '))
        {
            return null;
        }

        text = text[used..].TrimStart((byte)' ');
        return value;
    }
}
