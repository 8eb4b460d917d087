using Fleet.Core.Knobs;
using Fleet.NodeAgent.Knobs;

namespace Fleet.NodeAgent.Tests.Support;

/// <summary>A host with one raw value per knob, whose writes can be refused.</summary>
internal sealed class FakeDriver(string name, params Knob[] knobs) : IKnobDriver
{
    internal Dictionary<string, long> Host { get; } = knobs.ToDictionary(k => k.Name, _ => 0L);

    internal string? RefuseWith { get; set; }

    internal string Identities { get; set; } = "1";

    internal int Writes { get; private set; }

    public string Name => name;

    public KnobCost Cost { get; init; }

    public IReadOnlyList<KnobDescription> Describe() =>
        [.. knobs.Select(k => new KnobDescription(k, KnobAvailability.Available, "", Host[k.Name]))];

    public IReadOnlyDictionary<string, string> Snapshot() => Host.ToDictionary(v => v.Key, v => $"{v.Value}");

    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        Write(values);
        if (RefuseWith is { } reason)
        {
            throw new KnobException(reason);
        }
    }

    public void Restore(IReadOnlyDictionary<string, string> snapshot) =>
        Write(snapshot.ToDictionary(v => v.Key, v => long.Parse(v.Value, System.Globalization.CultureInfo.InvariantCulture)));

    public string Identity() => Identities;

    private void Write(IReadOnlyDictionary<string, long> values)
    {
        Writes++;
        foreach ((string knob, long value) in values)
        {
            Host[knob] = value;
        }
    }
}
