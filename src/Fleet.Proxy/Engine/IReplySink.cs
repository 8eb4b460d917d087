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

    /// <summary>A node answers a request with a value that is too large to pass whole; the sink fetches it over a connection of its own.</summary>
    /// <param name="request">As it was given to the node.</param>
    /// <param name="node">The node.</param>
    /// <param name="key">The key in its plain form.</param>
    /// <param name="header">The first line of the reply, with its end.</param>
    void OnLarge(in PendingRequest request, NodeConnection node, ReadOnlySpan<byte> key, ReadOnlySpan<byte> header) =>
        OnReply(request, Replies.BadReply, ReplyOutcome.Error, Replies.BadReply);
}
