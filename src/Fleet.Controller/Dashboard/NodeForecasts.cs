using System.Globalization;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Controller.Dashboard;

/// <summary>
/// The model's view of a node's settings for the page, from what the pool stored last (a few seconds old). It decides nothing, and enters
/// no grain.
/// </summary>
internal sealed class NodeForecasts(IDocumentStore store, TimeProvider time)
{
    private const int MostSettings = 200;
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<(string, string), (long At, IReadOnlyList<ForecastModel> Forecasts)> _cache = [];

    /// <summary>Forecasts at the node's present load; empty before anything was measured.</summary>
    public async Task<IReadOnlyList<ForecastModel>> OfAsync(PoolPicture picture, NodeView node, CancellationToken ct)
    {
        await _one.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            (string, string) key = (picture.Document.PoolId, node.NodeId);
            if (_cache.TryGetValue(key, out (long At, IReadOnlyList<ForecastModel> Forecasts) known) && time.GetElapsedTime(known.At) < FreshFor)
            {
                return known.Forecasts;
            }

            IReadOnlyList<ForecastModel> forecasts = await MakeAsync(picture, node, ct).ConfigureAwait(false);
            if (_cache.Count > 64)
            {
                _cache.Clear();
            }

            _cache[key] = (time.GetTimestamp(), forecasts);
            return forecasts;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<IReadOnlyList<ForecastModel>> MakeAsync(PoolPicture picture, NodeView node, CancellationToken ct)
    {
        var key = new DocumentKey(DocumentKinds.PoolStates, picture.Document.PoolId);
        StoredDocument<PoolStateDocument>? stored = await store.ReadAsync<PoolStateDocument>(key, ct).ConfigureAwait(false);
        ClassSnapshot? known = stored?.Value.Snapshot.Classes
            .FirstOrDefault(c => c.HardwareClass.StartsWith(node.HardwareClass + "|", StringComparison.Ordinal));
        if (known is null || node.HardwareClass is null || node.RequestsPerSecond <= 0 || SpaceOf(known.HardwareClass) is not { } space)
        {
            return [];
        }

        var request = new SearchRequest(
            space, node.NodeId, node.RequestsPerSecond, picture.Document.LatencyUs, known.Observations, [], [], 0, time.GetUtcNow(), 0,
            new SearchOptions())
        {
            Objective = Objective.Parse(picture.Document.Objective, picture.Document.PowerCapWatts, out _) ?? Objective.LeastWatts,
        };
        return [.. SettingForecasts.Of(request, MostSettings).Select(f => new ForecastModel(
            PageData.Words(f.Setting), f.Watts, f.WattsLow, f.WattsHigh, f.PercentileUs, f.PercentileLowUs, f.PercentileHighUs,
            Math.Round(f.ProbabilityFeasible, 4)))];
    }

    /// <summary>The legal settings that a class's name carries: "class|knob=1,2|knob=…" (PoolViews.ClassKey).</summary>
    internal static KnobSpace? SpaceOf(string classKey)
    {
        var knobs = new List<Knob>();
        foreach (string part in classKey.Split('|').Skip(1))
        {
            string[] words = part.Split('=');
            if (words.Length != 2)
            {
                return null;
            }

            var values = new List<long>();
            foreach (string text in words[1].Split(','))
            {
                if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value))
                {
                    return null;
                }

                values.Add(value);
            }

            bool ratio = words[0].EndsWith("_us", StringComparison.Ordinal) || words[0].EndsWith("_usecs", StringComparison.Ordinal);
            knobs.Add(new Knob(words[0], [.. values], ratio ? KnobScale.Log : KnobScale.Linear));
        }

        return knobs.Count == 0 ? null : new KnobSpace(knobs);
    }
}
