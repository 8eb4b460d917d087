namespace Fleet.Proxy.Routes;

/// <summary>What the rules of a pool did, on one loop, since the start. Written by the loop; others read without a lock.</summary>
internal sealed class RouteCounts
{
    /// <summary>Requests that went to a stand-in because the owner could not be used.</summary>
    public long FailedOver;

    /// <summary>Requests that were sent to the shadow pool too.</summary>
    public long Shadowed;

    /// <summary>Gets that shared another's request.</summary>
    public long Coalesced;

    /// <summary>Reads of hot keys that went to a copy.</summary>
    public long Spread;

    /// <summary>Misses of one node that were asked of another: the primary, a hot key's owner or a previous owner.</summary>
    public long Fetched;

    /// <summary>Of those, found there.</summary>
    public long Found;

    /// <summary>Values filled in.</summary>
    public long Filled;

    /// <summary>Values not filled in because the key was written a moment ago.</summary>
    public long HeldOff;

    /// <summary>Values not filled in because a newer one was there.</summary>
    public long Overtaken;

    public void Add(RouteCounts other)
    {
        FailedOver += Volatile.Read(ref other.FailedOver);
        Shadowed += Volatile.Read(ref other.Shadowed);
        Coalesced += Volatile.Read(ref other.Coalesced);
        Spread += Volatile.Read(ref other.Spread);
        Fetched += Volatile.Read(ref other.Fetched);
        Found += Volatile.Read(ref other.Found);
        Filled += Volatile.Read(ref other.Filled);
        HeldOff += Volatile.Read(ref other.HeldOff);
        Overtaken += Volatile.Read(ref other.Overtaken);
    }
}
