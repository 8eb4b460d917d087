using System.Runtime.InteropServices;

namespace Fleet.Proxy.Native;

/// <summary>Moving bytes between descriptors without copying them.</summary>
internal static unsafe partial class Libc
{
    public const int SpliceNonBlock = 2;
    public const int SetPipeBytes = 1031;

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int MakePipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    public static partial nint Splice(int from, long* fromOffset, int to, long* toOffset, nint length, uint flags);
}
