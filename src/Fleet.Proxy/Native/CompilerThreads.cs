using System.Runtime;
using System.Runtime.InteropServices;
using Fleet.Hosting.Threads;

namespace Fleet.Proxy.Native;

/// <summary>
/// The runtime compiles anew what has become hot, in a thread of its own: in a proxy's first minutes for seconds of CPU time, a scheduler's
/// whole turn at a time. On a core that it shares with an event loop, requests would wait for it; with a higher nice value
/// (setpriority(2)) it waits for them. No privilege is needed for that.
/// </summary>
internal static partial class CompilerThreads
{
    /// <summary>
    /// With 1.5 % of an event loop's weight the compiler still comes to its end on a full core. With 10 (11 %) a loop that was busy for 40 % of
    /// the time came late to 2 of 100 wake-ups, with this to 1 of 1000 (Linux 6.18).
    /// </summary>
    public const int Nice = 19;

    private const string Name = ".NET Tiered Compilation Worker";
    private const int PriorityOfProcess = 0;

    // The thread ends after some seconds without work and begins anew as a child of any thread.
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Looks for the threads until cancelled.</summary>
    public static async Task RunAsync(TimeProvider time, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        long seen = 0;
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            // A look costs half a millisecond: a proxy that has compiled all it needs pays nothing.
            if (JitInfo.GetCompiledMethodCount() is var compiled && compiled != seen)
            {
                LetOthersFirst();
                seen = compiled;
            }
        }
    }

    /// <summary>Raises the nice value of those that exist; returns their thread ids.</summary>
    public static IReadOnlyList<int> LetOthersFirst()
    {
        int[] compiling = [.. OwnThreads.Named(Name)];
        foreach (int thread in compiling.Where(t => GetPriority(PriorityOfProcess, t) < Nice))
        {
            _ = SetPriority(PriorityOfProcess, thread, Nice);
        }

        return compiling;
    }

    [LibraryImport("libc", EntryPoint = "getpriority", SetLastError = true)]
    private static partial int GetPriority(int which, int thread);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int which, int thread, int nice);
}
