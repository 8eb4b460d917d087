using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>Totals since the start. Written by one loop; others read them without a lock and may be a turn late.</summary>
internal sealed class LoopCounters
{
    public long Commands;

    /// <summary>Keys asked for, with or without a new time to live.</summary>
    public long Gets;

    public long Sets;
    public long Touches;
    public long Flushes;
    public long Metas;
    public long GetHits;
    public long GetMisses;
    public long Authentications;
    public long AuthenticationErrors;
    public long Connections;
    public long ConnectionsTotal;
    public long ConnectionsRefused;

    /// <summary>Clients that were dropped because they did not read what they had asked for.</summary>
    public long ClientsDropped;

    /// <summary>Reply bytes that wait for clients now.</summary>
    public long ReplyBytesWaiting;

    public long BytesRead;
    public long BytesWritten;

    /// <summary>Values whose way from a node's socket to a client's began through a pipe.</summary>
    public long ValuesPiped;

    /// <summary>Those of them whose pipe was full before they were whole, so that their rest was copied.</summary>
    public long ValuesSpilled;

    /// <summary>Bytes that the loop's thread has allocated on the managed heap; 0 growth under steady load.</summary>
    public long AllocatedBytes;

    public long Turns;

    /// <summary>Counts a binary operation under the name that the text protocols have for it.</summary>
    public void Count(BinaryOpcode operation)
    {
        switch (operation)
        {
            case BinaryOpcode.Get or BinaryOpcode.GetK:
                Gets++;
                break;
            case BinaryOpcode.Gat or BinaryOpcode.GatK or BinaryOpcode.Touch:
                Touches++;
                break;
            case BinaryOpcode.Set or BinaryOpcode.Add or BinaryOpcode.Replace or BinaryOpcode.Append or BinaryOpcode.Prepend:
                Sets++;
                break;
            default:
                break;
        }
    }

    /// <summary>Begins the counts that <c>stats reset</c> names anew; what is open stays, and so do the loop's own measures.</summary>
    public void Reset()
    {
        (Commands, Gets, Sets, Touches, Flushes, Metas, GetHits, GetMisses) = (0, 0, 0, 0, 0, 0, 0, 0);
        (ConnectionsTotal, ConnectionsRefused, ClientsDropped) = (0, 0, 0);
        (Authentications, AuthenticationErrors, BytesRead, BytesWritten) = (0, 0, 0, 0);
    }
}
