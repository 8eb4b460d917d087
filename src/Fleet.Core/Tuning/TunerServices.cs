using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>What a tuner is built from and shares with its pool.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Space">Its legal settings.</param>
/// <param name="Options">The dials.</param>
/// <param name="Search">The method.</param>
/// <param name="Knowledge">What the class has learned.</param>
/// <param name="Seed">Decides ties and samples.</param>
/// <param name="NextCommandId">Gives ids that are unique for the pool.</param>
internal sealed record TunerServices(
    string NodeId,
    KnobSpace Space,
    TunerOptions Options,
    ISettingSearch Search,
    ClassKnowledge Knowledge,
    ulong Seed,
    Func<string> NextCommandId);
