namespace Fleet.Proxy.Engine;

/// <summary>
/// What waits for clients that do not read. A client's own limits bound one of them; many together are bounded by the loop, which drops the
/// one that takes most: it is the furthest from reading what it asked for.
/// </summary>
internal sealed unsafe partial class EventLoop
{
    private void DropWhoWaitsForTooMuch()
    {
        while (Counters.ReplyBytesWaiting > Limits.LoopReplyBytes && MostWaiting() is { } greediest)
        {
            Counters.ClientsDropped++;
            greediest.Drop();
        }
    }

    private ClientConnection? MostWaiting()
    {
        ClientConnection? most = null;
        foreach (LoopPool pool in Pools.Values)
        {
            foreach (ClientConnection client in pool.Clients)
            {
                most = client.WaitingBytes > (most?.WaitingBytes ?? 0) ? client : most;
            }
        }

        return most;
    }
}
