using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>Takes replies that nobody waits for.</summary>
internal sealed class DropSink : IReplySink
{
    public static DropSink Instance { get; } = new();

    // Shared by all loops, so nothing is counted.
    public int InFlight
    {
        get => 0;
        set { }
    }

    public void OnReply(in PendingRequest request, ReadOnlySpan<byte> reply, ReplyOutcome outcome, byte[]? constant = null)
    {
        // Nobody waits.
    }
}
