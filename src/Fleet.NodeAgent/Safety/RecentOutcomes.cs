namespace Fleet.NodeAgent.Safety;

/// <summary>Answers of the last 128 commands by id, so that a command that is sent again is not done again.</summary>
internal sealed class RecentOutcomes
{
    private const int Kept = 128;

    private readonly Dictionary<string, ApplyOutcome> _byId = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];

    internal ApplyOutcome? Find(string commandId) => _byId.GetValueOrDefault(commandId);

    internal void Add(string commandId, ApplyOutcome outcome)
    {
        if (commandId.Length == 0)
        {
            return;
        }

        _byId[commandId] = outcome;
        _order.Enqueue(commandId);
        if (_order.Count > Kept)
        {
            _byId.Remove(_order.Dequeue());
        }
    }
}
