using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Models;
using Fleet.Core.Numerics;

namespace Fleet.Core.Search;

/// <summary>
/// One step's view: the model, what was measured at this load, the incumbent, and the scores that decisions are made from.
/// </summary>
internal sealed class SearchState
{
    /// <summary>An incumbent must meet the SLA with this probability: one standard deviation.</summary>
    private const double IncumbentProbability = 0.84;

    /// <summary>One-sided 95 % point of the normal distribution.</summary>
    private const double OneSided95 = 1.645;

    /// <summary>Windows that are noisier than this do not take more headroom: longer windows are the remedy.</summary>
    private const double MostWindowSd = 0.05;

    private static readonly TimeSpan FreshFor = TimeSpan.FromHours(1);
    private readonly ModelScorer _scorer;
    private readonly OtherLoads _others;
    private readonly HashSet<Setting> _closed;

    /// <summary>Scores what was measured and finds the incumbent.</summary>
    public SearchState(SearchRequest request, ContextModel model)
    {
        (Request, Model, _scorer) = (request, model, model.Scorer());
        double logLoad = Math.Log(request.Qps);
        LogLimit = Math.Log(request.SlaUs * request.Options.SettleMargin) - (OneSided95 * WindowSd(model.Rows, logLoad));
        ElsewhereRows = model.Rows.Count(o => Math.Abs(Math.Log(o.Qps) - logLoad) > ContextModel.SameLoad);
        _others = new OtherLoads(model, logLoad);
        Measured = [.. model.Rows
            .Where(o => Math.Abs(Math.Log(o.Qps) - logLoad) <= ContextModel.SameLoad && request.Now - o.At <= FreshFor && o.SpeaksOfLatency)
            .GroupBy(o => o.Setting)
            .Select(g => new Measured(g.Key, g.Count(o => !o.Censored), g.Any(o => o.Censored), Score(g.Key)))
            .OrderBy(m => m.Forecast.LogWatts).ThenBy(m => m.Setting.ToString(), StringComparer.Ordinal)];
        _closed = [.. request.Excluded, .. request.Pending, .. Measured.Select(m => m.Setting)];
        Incumbent = Measured.FirstOrDefault(m => m.Windows > 0 && IsOpen(m.Setting) && ProbabilityOf(m.Forecast) >= IncumbentProbability);
    }

    /// <summary>The request.</summary>
    public SearchRequest Request { get; }

    /// <summary>The model.</summary>
    public ContextModel Model { get; }

    /// <summary>
    /// ln of the latency that a setting must stay below to be held: the margin's share of the SLA, less the headroom with which 95 % of
    /// windows as short as the measured ones still meet it.
    /// </summary>
    public double LogLimit { get; }

    /// <summary>Windows that the model knows of other loads.</summary>
    public int ElsewhereRows { get; }

    /// <summary>Settings measured at this load lately, cheapest first by the model.</summary>
    public ImmutableArray<Measured> Measured { get; }

    /// <summary>The cheapest measured setting that probably meets the SLA.</summary>
    public Measured? Incumbent { get; }

    /// <summary>Probability of staying below the limit.</summary>
    public double ProbabilityOf(Forecast forecast) => NormalTails.Cdf(forecast.SlackZ(LogLimit));

    /// <summary>Whether the setting may be held or tried again.</summary>
    public bool IsOpen(Setting setting) => !Request.Excluded.Contains(setting);

    /// <summary>Whether the setting is new, allowed and not being tried elsewhere.</summary>
    public bool IsNew(Setting setting) => !_closed.Contains(setting);

    /// <summary>The model's view of a setting.</summary>
    public Forecast Score(Setting setting) => _scorer.Score(Model.Space.IndicesOf(setting) ?? []);

    /// <summary>Every new candidate with its forecast, in the order of the cells; the kernel default last.</summary>
    public List<(Setting Setting, Forecast Forecast)> ScoreCandidates()
    {
        InputSpace space = Model.Space;
        var closed = new HashSet<long>(_closed.Select(space.IndicesOf).OfType<int[]>().Select(i => Candidates.CellOf(space, i)));
        long[] cells = Candidates.Of(space, Request.Seed, Measured.Select(m => space.IndicesOf(m.Setting)).OfType<int[]>());
        var scored = new List<(Setting, Forecast)>(cells.Length + 1);
        Span<int> indices = stackalloc int[space.Space.Knobs.Length];
        foreach (long cell in cells)
        {
            if (!closed.Contains(cell))
            {
                space.IndicesOf(cell, indices);
                scored.Add((space.Space[cell], _others.Bound(indices, _scorer.Score(indices), LogLimit)));
            }
        }

        if (IsNew(Setting.Default))
        {
            scored.Add((Setting.Default, _others.Bound([], _scorer.Score([]), LogLimit)));
        }

        return scored;
    }

    /// <summary>Median statistical error of the windows at this load.</summary>
    private static double WindowSd(ImmutableArray<Observation> rows, double logLoad)
    {
        double[] sds = [.. rows
            .Where(o => !o.Censored && Math.Abs(Math.Log(o.Qps) - logLoad) <= ContextModel.SameLoad)
            .Select(o => o.PercentileSd).Order()];
        return sds.Length == 0 ? 0 : Math.Clamp(sds[sds.Length / 2], 0, MostWindowSd);
    }
}
