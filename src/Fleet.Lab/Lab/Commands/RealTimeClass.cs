using System.Diagnostics;
using System.Globalization;

namespace Fleet.Lab.Lab.Commands;

/// <summary>
/// The plant's processes run in the SCHED_FIFO class where the system allows it (sched(7)): on a machine with few cores the tail latency
/// would otherwise be that of whatever else runs there, and a tuner that measures its neighbours tunes nothing.
/// </summary>
public static class RealTimeClass
{
    /// <summary>Priority of servers and their NAPI threads, 1 to 99.</summary>
    public const int Server = 10;

    /// <summary>Priority of the proxy's event loop on the core that it shares with the load, 1 to 99.</summary>
    public const int Proxy = 20;

    private static readonly Lazy<bool> Probe = new(CanUse);

    /// <summary>Whether this process may start others in the class.</summary>
    public static bool Available => Probe.Value;

    /// <summary>Words before a command that start it in the class; none where the class is not allowed.</summary>
    public static IReadOnlyList<string> Prefix(int priority) =>
        Available ? ["chrt", "--fifo", priority.ToString(CultureInfo.InvariantCulture)] : [];

    private static bool CanUse()
    {
        try
        {
            using Process? trial = Process.Start(new ProcessStartInfo("chrt", ["--fifo", "1", "true"]) { RedirectStandardError = true });
            trial!.WaitForExit();
            return trial.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
