using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Fleet.NodeAgent.Safety;

/// <summary>
/// Restores the host when the agent dies without doing so (kill -9, crash). A shell in a session of its own waits on a pipe that only
/// the agent holds: a line on it means "restored, go"; its end means that the agent is dead, and the shell becomes the restore command.
/// It costs nothing while it waits, cannot mistake a recycled pid for the agent, and needs no second .NET process.
/// </summary>
internal sealed class CrashGuard : IDisposable
{
    // The trap keeps a signal to the whole group or namespace from ending the guard before the agent has ended.
    private const string Script = "trap '' TERM INT HUP; if read -r word; then exit 0; fi; exec \"$@\"";

    private readonly Process? _shell;

    private CrashGuard(Process? shell) => _shell = shell;

    /// <summary>Pid of the waiting shell; null without a guard.</summary>
    internal int? Pid => _shell?.Id;

    /// <summary>Starts the guard; without a command there is none.</summary>
    internal static CrashGuard Start(IReadOnlyList<string> restoreCommand, ILogger logger)
    {
        if (restoreCommand.Count == 0)
        {
            return new CrashGuard(null);
        }

        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec setsid sh -c \"$0\" sh \"$@\"", Script, .. restoreCommand])
        {
            RedirectStandardInput = true,
        };
        try
        {
            return new CrashGuard(Process.Start(start));
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            AgentLog.NoGuard(logger, e.Message);
            return new CrashGuard(null);
        }
    }

    /// <summary>The host is restored: the guard ends without doing anything.</summary>
    internal void Dismiss()
    {
        try
        {
            _shell?.StandardInput.WriteLine("restored");
            _shell?.StandardInput.Flush();
        }
        catch (IOException)
        {
            // The guard is gone already.
        }
    }

    /// <summary>Lets go of the pipe: a guard that was not dismissed restores now.</summary>
    public void Dispose()
    {
        if (_shell is not null)
        {
            _shell.StandardInput.Close();
            _shell.Dispose();
        }
    }
}
