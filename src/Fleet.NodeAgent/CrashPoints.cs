using System.Globalization;
using System.Runtime.InteropServices;

namespace Fleet.NodeAgent;

/// <summary>
/// Kills this process at the n-th step of its changes, for tests of what is left behind: <c>FLEET_AGENT_CRASH_AT_STEP=n</c>. SIGKILL, so
/// that nothing of the process runs after it, exactly as when somebody else sends it.
/// </summary>
internal static partial class CrashPoints
{
    internal const string Variable = "FLEET_AGENT_CRASH_AT_STEP";

    private const int Kill = 9;

    /// <summary>What to call at each step; does nothing unless the variable is set.</summary>
    internal static Action<string> FromEnvironment()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out int at))
        {
            return _ => { };
        }

        int step = 0;
        return what =>
        {
            if (++step == at)
            {
                Console.Error.WriteLine($"killed {what}");
                _ = Send(Environment.ProcessId, Kill);
            }
        };
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int pid, int signal);
}
