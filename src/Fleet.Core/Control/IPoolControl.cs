namespace Fleet.Core.Control;

/// <summary>One pool's tuners and planner: events in, commands out. Single-threaded; no clock of its own.</summary>
public interface IPoolControl
{
    /// <summary>Takes what happened since the last step and says what to do. Call at least every 250 ms, also without events.</summary>
    /// <param name="now">Present time; never goes back.</param>
    /// <param name="events">What happened, oldest first.</param>
    IReadOnlyList<PoolCommand> Step(DateTimeOffset now, IReadOnlyList<PoolEvent> events);

    /// <summary>The pool as it stands.</summary>
    PoolView View { get; }

    /// <summary>What a successor needs to go on: learned observations, proven settings, membership, route revision.</summary>
    PoolSnapshot Save();
}
