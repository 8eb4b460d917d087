using System.Buffers.Text;

namespace Fleet.NodeAgent.Sensors;

/// <summary>The counters of <c>/proc/stat</c> (proc(5)) that explain a saving, since boot. Times are in steps of 10 ms.</summary>
/// <param name="BusyTicks">user + nice + system + irq + softirq of all cores; steal and idle are not ours.</param>
/// <param name="SoftirqTicks">softirq of all cores.</param>
/// <param name="Switches">Context switches.</param>
/// <param name="Interrupts">Interrupts of all kinds.</param>
internal readonly record struct ProcStat(long BusyTicks, long SoftirqTicks, long Switches, long Interrupts)
{
    /// <summary>Parses the file; null without its first line. Allocates nothing.</summary>
    internal static ProcStat? Parse(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("cpu "u8))
        {
            return null;
        }

        Span<long> times = stackalloc long[7];
        ReadOnlySpan<byte> rest = text[4..];
        for (int i = 0; i < times.Length; i++)
        {
            rest = rest.TrimStart((byte)' ');
            if (!Utf8Parser.TryParse(rest, out times[i], out int used))
            {
                return null;
            }

            rest = rest[used..];
        }

        // user nice system idle iowait irq softirq
        return new ProcStat(
            times[0] + times[1] + times[2] + times[5] + times[6], times[6], After(rest, "\nctxt "u8), After(rest, "\nintr "u8));
    }

    private static long After(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        int at = text.IndexOf(key);
        return at >= 0 && Utf8Parser.TryParse(text[(at + key.Length)..], out long value, out _) ? value : 0;
    }
}
