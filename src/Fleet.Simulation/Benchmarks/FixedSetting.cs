using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Simulation.Benchmarks;

/// <summary>Holds one setting and measures nothing: the kernel default, the best static setting, the oracle.</summary>
internal sealed class FixedSetting(string name, Setting setting) : ISettingSearch
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public SearchDecision Next(SearchRequest request) => new(SearchAction.Settle, setting, "settle", null, null, null, null, name);

    /// <inheritdoc/>
    public SettingPrediction? Predict(SearchRequest request, Setting setting) => null;
}
