using Fleet.Core.Knobs;

namespace Fleet.NodeAgent.Knobs;

/// <summary>Knobs of the host that Fleet describes and never writes, with the reason.</summary>
internal sealed class LeftAloneDriver : IKnobDriver
{
    private static readonly KnobDescription Affinity = new(
        new Knob(KnobNames.Affinity, [], KnobScale.Enum),
        KnobAvailability.ReadOnly,
        "left alone: which core serves an interrupt is the operator's or irqbalance's choice; Fleet tunes when it fires, not where",
        null);

    /// <inheritdoc/>
    public string Name => "left-alone";

    /// <inheritdoc/>
    public KnobCost Cost => KnobCost.Hint;

    /// <inheritdoc/>
    public IReadOnlyList<KnobDescription> Describe() => [Affinity];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Snapshot() => new Dictionary<string, string>();

    /// <inheritdoc/>
    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        // Never available, so never in a setting.
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, string> snapshot)
    {
        // Nothing was written.
    }

    /// <inheritdoc/>
    public string Identity() => "";
}
