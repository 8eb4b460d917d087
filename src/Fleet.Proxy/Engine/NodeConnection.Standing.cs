namespace Fleet.Proxy.Engine;

/// <summary>What routes ask of a node's connection beside sending.</summary>
internal sealed partial class NodeConnection
{
    private bool _missedWrite;

    /// <summary>The connection was up until its last loss.</summary>
    public bool WasUp { get; private set; }

    public void CountRefused() => Ledger.Current.Errors++;

    /// <summary>
    /// Requests can be expected to be answered: it is up, or on its first way to the node. A connection that was just lost takes requests
    /// while it is made again, but a stand-in is the better choice.
    /// </summary>
    public bool IsUsable => _state == NodeLinkState.Up || (_state == NodeLinkState.Connecting && _connectedAt == 0);

    /// <summary>The node lacks a write that its replicas have: it is emptied when the connection is next made.</summary>
    public void MissedWrite() => _missedWrite = true;

    /// <summary>Tells that the connection is made, and empties a node that missed writes before anything is read from it.</summary>
    private void Announce()
    {
        _loop.NodeChanged(this);
        if (_missedWrite && _pending.Count == 0)
        {
            _missedWrite = false;
            Add(new PendingRequest { Client = DropSink.Instance, Slot = PendingRequest.NoSlot });
            Output.Append("flush_all\r\n"u8);
        }
    }

    /// <summary>Takes no more requests from the routes; closes when what is in flight is answered.</summary>
    public void Drain()
    {
        _draining = true;
        CloseWhenDrained();
    }
}
