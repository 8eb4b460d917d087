using Fleet.Proxy.Transfers;

namespace Fleet.Proxy.Engine;

/// <summary>What large values need of their loop.</summary>
internal sealed unsafe partial class EventLoop
{
    private readonly List<TransferLink> _transfers = [];

    /// <summary>One more value may be streamed.</summary>
    public bool HasRoomForTransfer => _transfers.Count < Limits.MaxTransfers;

    public void AddTransfer(TransferLink link) => _transfers.Add(link);

    public void RemoveTransfer(TransferLink link) => _transfers.Remove(link);

    private void TickTransfers(long now)
    {
        for (int i = _transfers.Count - 1; i >= 0; i--)
        {
            // A link that gives up takes others with it when its client leaves.
            if (i < _transfers.Count)
            {
                _transfers[i].Tick(now);
            }
        }
    }
}
