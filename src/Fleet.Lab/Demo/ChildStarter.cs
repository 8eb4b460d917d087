using System.Collections.Concurrent;
using System.Diagnostics;

namespace Fleet.Lab.Demo;

/// <summary>
/// Starts child processes that die with this one, also when it is killed: the kernel kills them when the thread that started them ends
/// (PR_SET_PDEATHSIG), so all are started by one thread that lives until <see cref="Dispose"/>.
/// </summary>
internal sealed class ChildStarter : IDisposable
{
    private readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<int> Pid)> _orders = [];
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    public ChildStarter()
    {
        _thread = new Thread(Serve) { IsBackground = true, Name = "fleet children" };
        _thread.Start();
    }

    /// <summary>Starts a command with its output appended to a log; returns its pid.</summary>
    /// <param name="words">The command; each word is passed as it is.</param>
    /// <param name="log">File for standard output and error.</param>
    /// <param name="diesWithParent">Whether the kernel kills it when this process ends.</param>
    public Task<int> StartAsync(IReadOnlyList<string> words, string log, bool diesWithParent)
    {
        string[] guard = diesWithParent ? ["setpriv", "--pdeathsig", "KILL"] : ["setsid"];
        var start = new ProcessStartInfo(
            "/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, .. guard, .. words]);
        var pid = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _orders.Add((start, pid));
        return pid.Task;
    }

    /// <summary>Ends the thread, and with it the children that die with their parent.</summary>
    public void Dispose()
    {
        _orders.CompleteAdding();
        _thread.Join();
        _orders.Dispose();
    }

    private void Serve()
    {
        foreach ((ProcessStartInfo start, TaskCompletionSource<int> pid) in _orders.GetConsumingEnumerable())
        {
            try
            {
                using Process process = Process.Start(start)!;
                pid.SetResult(process.Id);
            }
            catch (Exception failure)
            {
                pid.SetException(failure);
            }
        }
    }
}
