namespace Fleet.Proxy.Engine;

/// <summary>Totals since the start. Written by one loop; others read them without a lock and may be a turn late.</summary>
internal sealed class LoopCounters
{
    public long Commands;
    public long Connections;
    public long ConnectionsTotal;
    public long ConnectionsRefused;
    public long BytesRead;
    public long BytesWritten;

    /// <summary>Bytes that the loop's thread has allocated on the managed heap; 0 growth under steady load.</summary>
    public long AllocatedBytes;

    public long Turns;
}
