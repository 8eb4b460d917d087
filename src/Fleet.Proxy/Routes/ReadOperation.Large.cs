using Fleet.Proxy.Engine;

namespace Fleet.Proxy.Routes;

/// <summary>Values too large to pass whole: each waiting client fetches its own, and nothing is filled in.</summary>
internal sealed partial class ReadOperation
{
    /// <inheritdoc />
    public void OnLarge(in PendingRequest request, NodeConnection node, ReadOnlySpan<byte> key, ReadOnlySpan<byte> header)
    {
        InFlight--;
        bool fetched = request.Slot == Fetched;
        if (fetched && (!IsSound(header[..^2]) || (_moveCounts is not null && (!_plain || route.HoldOff.Since(Hash, _started)))))
        {
            // From before a write, or in words that only the owner could answer in.
            Answer(_miss.Data, Protocol.ReplyOutcome.Line, null);
        }
        else if (fetched && !_plain)
        {
            Ask(_source!, AskedAgain);
            return;
        }
        else
        {
            _answered = true;
            route.Land(this);
            foreach (PendingRequest waiting in _waiting)
            {
                waiting.Client.OnLarge(waiting, node, key, header);
            }
        }

        if (InFlight == 0)
        {
            Recycle();
        }
    }

    private void RememberAt(NodeConnection node)
    {
        if (route.Loop.Limits.Streams)
        {
            node.Remember(Key);
        }
    }
}
