using System.Collections.Immutable;
using Fleet.Core.Knobs;

namespace Fleet.Core.Search;

/// <summary>A search that can say what it thinks of many settings at once.</summary>
public interface ISettingRanking
{
    /// <summary>Settings with the model's view, the best first: likely to meet the SLA and cheap. Empty without a model.</summary>
    /// <param name="request">The state of the search.</param>
    /// <param name="always">Settings that are in the answer wherever they rank.</param>
    /// <param name="limit">Most settings in the answer beside <paramref name="always"/>.</param>
    IReadOnlyList<RankedSetting> Rank(SearchRequest request, ImmutableArray<Setting> always, int limit);
}

/// <summary>A setting with the model's view of it.</summary>
public sealed record RankedSetting(Setting Setting, SettingPrediction Prediction);
