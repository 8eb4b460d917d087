namespace Fleet.Proxy.Engine;

/// <summary>What warming up did for one change, on one loop. Written by the loop; others read without a lock.</summary>
internal sealed class MoveCounts
{
    /// <summary>Misses of moved keys that were asked of a previous owner.</summary>
    public long Asked;

    /// <summary>Values that the previous owner had.</summary>
    public long Found;

    /// <summary>Values stored at the new owner.</summary>
    public long Filled;

    /// <summary>Values not stored because the key was written or deleted a moment ago.</summary>
    public long HeldOff;

    /// <summary>Values not stored because the new owner had a newer one by then.</summary>
    public long Overtaken;

    public void Add(MoveCounts other)
    {
        Asked += Volatile.Read(ref other.Asked);
        Found += Volatile.Read(ref other.Found);
        Filled += Volatile.Read(ref other.Filled);
        HeldOff += Volatile.Read(ref other.HeldOff);
        Overtaken += Volatile.Read(ref other.Overtaken);
    }
}
