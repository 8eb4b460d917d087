namespace Fleet.Proxy.Native;

/// <summary>struct iovec: a piece of memory that a system call reads or fills.</summary>
internal readonly unsafe struct IoVector(byte* start, nint length)
{
    /// <summary>First byte.</summary>
    public readonly byte* Start = start;

    /// <summary>Number of bytes.</summary>
    public readonly nint Length = length;
}
