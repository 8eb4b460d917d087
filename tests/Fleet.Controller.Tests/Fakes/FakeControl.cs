using System.Collections.Immutable;
using Fleet.Core.Control;

namespace Fleet.Controller.Tests.Fakes;

/// <summary>A decider that records events and says what the test scripts.</summary>
internal sealed class FakeControl(PoolSnapshot? saved) : IPoolControl
{
    private readonly Lock _gate = new();
    private readonly List<PoolEvent> _events = [];

    public PoolSnapshot? Restored { get; } = saved;

    public PoolSnapshot Snapshot { get; set; } = saved ?? new PoolSnapshot(0, [], []);

    public Func<IReadOnlyList<PoolEvent>, IReadOnlyList<PoolCommand>> Script { get; set; } = _ => [];

    public int Steps { get; private set; }

    public ImmutableArray<NodeView> Nodes { get; set; } = [];

    public PoolView View => new(0, null, null, null, null, null, Nodes);

    public IReadOnlyList<PoolCommand> Step(DateTimeOffset now, IReadOnlyList<PoolEvent> events)
    {
        lock (_gate)
        {
            Steps++;
            _events.AddRange(events);
            return Script(events);
        }
    }

    public PoolSnapshot Save() => Snapshot;

    public IReadOnlyList<T> Seen<T>()
        where T : PoolEvent
    {
        lock (_gate)
        {
            return [.. _events.OfType<T>()];
        }
    }
}
