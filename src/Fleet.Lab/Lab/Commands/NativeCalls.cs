using System.Runtime.InteropServices;

namespace Fleet.Lab.Lab.Commands;

/// <summary>The C library's calls that .NET does not wrap.</summary>
internal static partial class NativeCalls
{
    internal const int SignalTerminate = 15;
    internal const int SignalKill = 9;
    internal const int SignalStop = 19;
    internal const int SignalContinue = 18;

    /// <summary>Effective user id; 0 is root.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint EffectiveUser();

    /// <summary>Sends a signal to one process; 0 on success.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Signal(int pid, int signal);
}
