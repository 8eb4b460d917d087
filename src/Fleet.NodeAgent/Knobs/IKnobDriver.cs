namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// One mechanism of the host that holds knobs. A driver knows how to write; what to write, when, and how to go back is
/// <see cref="KnobSet"/>'s and <see cref="Safety.SettingAuthority"/>'s.
/// </summary>
internal interface IKnobDriver
{
    /// <summary>Stable name: the key of the driver's values in the journal.</summary>
    string Name { get; }

    /// <summary>What a change disturbs; cheaper drivers are written first, so that a refusal costs little.</summary>
    KnobCost Cost { get; }

    /// <summary>Whether the knobs belong to the network device: their values go when it goes.</summary>
    bool OfDevice => false;

    /// <summary>The knobs with their state on this host now; the same names in every call, also when absent.</summary>
    IReadOnlyList<KnobDescription> Describe();

    /// <summary>Raw texts of everything that <see cref="Apply"/> may change, by place: enough to go back byte for byte.</summary>
    /// <exception cref="KnobException">The host cannot be read.</exception>
    IReadOnlyDictionary<string, string> Snapshot();

    /// <summary>Writes one legal value for each of the driver's knobs that is tuned, and reads back.</summary>
    /// <exception cref="KnobException">The host refused or read back something else; the host may be half-changed.</exception>
    void Apply(IReadOnlyDictionary<string, long> values);

    /// <summary>Writes raw texts that <see cref="Snapshot"/> returned; places that no longer exist are skipped.</summary>
    /// <exception cref="KnobException">The host refused.</exception>
    void Restore(IReadOnlyDictionary<string, string> snapshot);

    /// <summary>What identifies the objects written to; a change means that the host re-created them (and dropped their values).</summary>
    string Identity();
}
