namespace Fleet.NodeAgent.Safety;

/// <summary>
/// Counts values that somebody else wrote. The first is answered by writing again; after the second the agent leaves the knobs alone.
/// </summary>
internal sealed class ForeignWriters
{
    internal const string Advice =
        "Stop the other program (tuned, a boot script, another agent) and restart this agent to tune the device again";

    private const int Tolerated = 1;

    private int _seen;

    /// <summary>Whether the agent has given up the knobs.</summary>
    internal bool Yielded => _seen > Tolerated;

    /// <summary>Counts one foreign write; true when that makes the agent yield.</summary>
    internal bool Seen()
    {
        _seen++;
        return Yielded;
    }
}
