using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>Who waits for the replies to requests at nodes; of one loop.</summary>
internal interface IReplySink
{
    /// <summary>Requests at nodes; the node's connection counts up when it takes one, the sink down when it is told the reply.</summary>
    int InFlight { get; set; }

    /// <summary>A node answered (or failed) one of the requests. The bytes are the sink's only until it returns.</summary>
    /// <param name="request">As it was given to the node.</param>
    /// <param name="reply">The reply.</param>
    /// <param name="outcome">What it says.</param>
    /// <param name="constant">The reply as an array that never changes, when there is one.</param>
    void OnReply(in PendingRequest request, ReadOnlySpan<byte> reply, ReplyOutcome outcome, byte[]? constant = null);
}
