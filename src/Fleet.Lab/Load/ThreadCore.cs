using System.Runtime.InteropServices;
using Fleet.Hosting.Threads;

namespace Fleet.Lab.Load;

/// <summary>Which cores threads may run on.</summary>
internal static unsafe partial class ThreadCore
{
    /// <summary>Highest number of a core that can be told.</summary>
    public const int Most = (Words * 64) - 1;

    private const int Words = 16;

    /// <summary>Keeps every thread of this process off a core; does nothing where that is the only core.</summary>
    public static void KeepProcessOff(int core)
    {
        // A thread that begins meanwhile has its creator's cores: the second look finds it.
        for (int look = 0; look < 2; look++)
        {
            foreach (int thread in OwnThreads.All())
            {
                KeepOff(core, thread);
            }
        }
    }

    /// <summary>Keeps the calling thread on one core; false when there is no such core.</summary>
    public static bool TryPin(int core)
    {
        ulong* mask = stackalloc ulong[Words];
        mask[core / 64] = 1UL << (core % 64);
        return SetAffinity(0, Words * sizeof(ulong), mask) == 0;
    }

    private static void KeepOff(int core, int thread)
    {
        ulong* mask = stackalloc ulong[Words];
        for (int i = 0; i < Math.Min(Environment.ProcessorCount, Words * 64); i++)
        {
            mask[i / 64] |= i == core ? 0 : 1UL << (i % 64);
        }

        _ = SetAffinity(thread, Words * sizeof(ulong), mask);
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nint bytes, ulong* mask);
}
