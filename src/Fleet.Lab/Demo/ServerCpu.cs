using System.Globalization;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Demo;

/// <summary>CPU time of servers as the scheduler counts it: memcached's threads and the NAPI kernel thread of its device.</summary>
internal static class ServerCpu
{
    /// <summary>Milliseconds on a CPU so far of all servers' threads; a thread that ended no longer counts.</summary>
    public static double TotalMs(IEnumerable<LabServer> servers) =>
        servers.SelectMany(s => new[] { s.MemcachedPid, s.NapiThreadPid }).OfType<int>().Sum(OfProcess) / 1e6;

    /// <summary>First field of a <c>schedstat</c> file: nanoseconds on a CPU; 0 when it cannot be read as such.</summary>
    internal static double Parse(string schedstat) =>
        long.TryParse(schedstat.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long ns) ? ns : 0;

    // /proc/PID/schedstat is the main thread's alone, so the threads are summed.
    private static double OfProcess(int pid)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{pid}/task").Sum(t => Parse(File.ReadAllText(Path.Combine(t, "schedstat"))));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
