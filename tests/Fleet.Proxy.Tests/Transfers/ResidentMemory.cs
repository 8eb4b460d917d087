using System.Globalization;

namespace Fleet.Proxy.Tests.Transfers;

/// <summary>The process's resident memory and the most of it since a moment.</summary>
internal static class ResidentMemory
{
    /// <summary>Begins the most anew; bytes resident now.</summary>
    public static long Mark()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Read("VmRSS:");
    }

    /// <summary>The most since the mark, bytes.</summary>
    public static long Most() => Read("VmHWM:");

    private static long Read(string name)
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(name, StringComparison.Ordinal));
        string number = line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
        return long.Parse(number, CultureInfo.InvariantCulture) * 1024;
    }
}
