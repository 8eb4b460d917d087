using Fleet.Core.Knobs;
using Fleet.NodeAgent.Knobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.NodeAgent.Safety;

/// <summary>
/// Goes through a change once when the agent starts, so that the first real one does not wait for code that is loaded and compiled on first
/// use. The host is only read; what is written goes to a knob that exists nowhere and to a journal of its own.
/// </summary>
internal static class WarmUp
{
    /// <summary>Goes through it. Whatever fails is left for the real change to say.</summary>
    internal static void Run(AgentNode node, TimeProvider time)
    {
        try
        {
            Read(node.Knobs);
            Pretend(node.Options.EffectiveJournalPath + ".warm", time);
        }
        catch (Exception e) when (e is KnobException or IOException or UnauthorizedAccessException or ApplyRefusedException)
        {
            // A device without queues, a folder that cannot be written.
        }
    }

    private static void Read(KnobSet knobs)
    {
        IReadOnlyList<KnobDescription> tuned = [.. knobs.Describe().Where(k => k is { Availability: KnobAvailability.Available, Tuned: true })];
        var setting = new Setting(tuned.Select(k => KeyValuePair.Create(k.Knob.Name, k.Knob.LegalValues[0])));
        _ = knobs.Check(setting);
        _ = knobs.Values(setting.Values.Keys);
        _ = knobs.Snapshot();
        _ = knobs.Identity();
    }

    private static void Pretend(string journal, TimeProvider time)
    {
        using var knobs = new KnobSet([new PretendedDriver()]);
        string? line = null;
        var rules = new AuthorityRules { Audit = entry => line = AuditLog.Line(entry) };
        var authority = new SettingAuthority(
            knobs, new Journal(journal), new Lease(TimeSpan.FromMinutes(1), seed: 1), time, NullLogger.Instance, rules);
        authority.Apply(new ApplyCommand(0, "warm", new Setting([new(PretendedDriver.Knob, 1)]), Exploring: true, TimeSpan.Zero));
        authority.Verify();
        authority.Tick();
        _ = authority.Renew(0, TimeSpan.Zero, new GuardSignal(1, 2, 3));
        _ = authority.Restore();
    }

    /// <summary>A knob that exists nowhere.</summary>
    private sealed class PretendedDriver : IKnobDriver
    {
        internal const string Knob = "pretended";

        private long _value;

        public string Name => Knob;

        public KnobCost Cost => KnobCost.Hint;

        public bool OfDevice => false;

        public IReadOnlyList<KnobDescription> Describe() =>
            [new(new Knob(Knob, [0, 1], KnobScale.Linear), KnobAvailability.Available, "", _value)];

        public IReadOnlyDictionary<string, string> Snapshot() => new Dictionary<string, string> { [Knob] = $"{_value}" };

        public void Apply(IReadOnlyDictionary<string, long> values) => _value = values[Knob];

        public void Restore(IReadOnlyDictionary<string, string> snapshot) => _value = long.Parse(snapshot[Knob]);

        public string Identity() => Knob;
    }
}
