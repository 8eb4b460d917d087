namespace Fleet.Proxy.Transfers;

/// <summary>What one connection to a node is made for: a value too large to pass through the loop's shared connection.</summary>
internal interface ITransfer
{
    /// <summary>The node took bytes, or sent some that are in the link's input.</summary>
    void OnProgress(TransferLink link);

    /// <summary>The connection is gone, or nothing came of it in time.</summary>
    /// <param name="link">The connection; closed already.</param>
    /// <param name="reply">What to tell the client; never changes.</param>
    void OnLost(TransferLink link, byte[] reply);
}
