using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Models;

namespace Fleet.Core.Search;

/// <summary>
/// One step's view: the model, what was measured at this load, the incumbent, and the scores that decisions are made from.
/// </summary>
internal sealed class SearchState
{
    /// <summary>An incumbent must keep the limit with this probability: one standard deviation.</summary>
    private const double IncumbentProbability = 0.84;

    /// <summary>One-sided 95 % point of the normal distribution.</summary>
    private const double OneSided95 = 1.645;

    /// <summary>Windows that are noisier than this do not take more headroom: longer windows are the remedy.</summary>
    private const double MostWindowSd = 0.05;

    private static readonly TimeSpan FreshFor = TimeSpan.FromHours(1);
    private readonly ModelScorer _scorer;
    private readonly double _logLoad;
    private readonly HashSet<Setting> _closed;

    /// <summary>Scores what was measured and finds the incumbent.</summary>
    public SearchState(SearchRequest request, ContextModel model)
    {
        _logLoad = Math.Log(request.Qps);
        (Request, Model) = (request, model);
        double limit = request.Objective.Limit(request.SlaUs) * request.Options.SettleMargin;
        Goal = new Goal(
            request.Objective.CapsPower,
            Math.Log(limit) - (OneSided95 * WindowSd(model.Rows, _logLoad, request.Objective.CapsPower)));
        ElsewhereRows = model.Rows.Count(o => Math.Abs(Math.Log(o.Qps) - _logLoad) > ContextModel.SameLoad);

        // What siblings try now is taken as if it came out as forecast: its neighbourhood loses its mystery, and this node looks elsewhere.
        Model = request.Options.SplitWithSiblings ? model.Believing(request.Pending) : model;
        _scorer = Model.Scorer();
        Observation[] fresh = [.. model.Rows
            .Where(o => Math.Abs(Math.Log(o.Qps) - _logLoad) <= ContextModel.SameLoad && request.Now - o.At <= FreshFor && o.SpeaksOfLatency)];
        Measured = [.. fresh
            .GroupBy(o => o.Setting)
            .Select(g => new Measured(g.Key, g.Count(o => !o.Censored), g.Any(o => o.Censored), Score(g.Key)))
            .OrderBy(m => Goal.LogCost(m.Forecast)).ThenBy(m => m.Setting.ToString(), StringComparer.Ordinal)];
        _closed = [.. request.Excluded, .. request.Pending, .. Measured.Select(m => m.Setting)];
        Incumbent = Measured.FirstOrDefault(m => m.Windows > 0 && IsOpen(m.Setting) && ProbabilityOf(m.Forecast) >= IncumbentProbability);
        Violations = fresh.Count(o => o.NodeId == request.NodeId
            && (o.Censored || request.Objective.Limited(o.Watts, o.PercentileUs) > request.Objective.Limit(request.SlaUs)));
    }

    /// <summary>The request.</summary>
    public SearchRequest Request { get; }

    /// <summary>The model.</summary>
    public ContextModel Model { get; }

    /// <summary>
    /// The objective with the limit that a setting must keep to be held: the margin's share of it, less the headroom with which 95 % of
    /// windows as short as the measured ones still keep it.
    /// </summary>
    public Goal Goal { get; }

    /// <summary>Windows that the model knows of other loads.</summary>
    public int ElsewhereRows { get; }

    /// <summary>Settings measured at this load lately, cheapest first by the model.</summary>
    public ImmutableArray<Measured> Measured { get; }

    /// <summary>The cheapest measured setting that probably keeps the limit.</summary>
    public Measured? Incumbent { get; }

    /// <summary>Windows of this node over the limit at this load within the last hour.</summary>
    public int Violations { get; }

    /// <summary>Whether the search has spent its budget of windows over the limit.</summary>
    public bool ViolationsSpent => Violations >= Request.Options.ViolationBudget;

    /// <summary>Probability of keeping the limit.</summary>
    public double ProbabilityOf(Forecast forecast) => Goal.Probability(forecast);

    /// <summary>Whether the setting may be held or tried again.</summary>
    public bool IsOpen(Setting setting) => !Request.Excluded.Contains(setting);

    /// <summary>Whether the setting is new, allowed and not being tried elsewhere.</summary>
    public bool IsNew(Setting setting) => !_closed.Contains(setting);

    /// <summary>The model's view of a setting.</summary>
    public Forecast Score(Setting setting) => _scorer.Score(Model.Space.IndicesOf(setting) ?? []);

    /// <summary>The same by a scorer of its own, for any thread.</summary>
    public Forecast Forecast(Setting setting) => Model.Scorer().Score(Model.Space.IndicesOf(setting) ?? []);

    /// <summary>The setting of a candidate.</summary>
    public Setting SettingOf(Candidate candidate) =>
        candidate.Cell == Candidate.Default ? Setting.Default : Model.Space.Space[candidate.Cell];

    /// <summary>
    /// Cost of changing from what is in force to this setting, as a share of power; 0 where nothing is known to be in force.
    /// </summary>
    public double SwitchingCost(Candidate candidate)
    {
        if (Request.Options.SwitchingCosts.IsEmpty || Request.InForce is not { } inForce)
        {
            return 0;
        }

        Setting to = SettingOf(candidate);
        double sum = 0;
        foreach ((string knob, double cost) in Request.Options.SwitchingCosts)
        {
            bool stays = inForce.Values.TryGetValue(knob, out long from) == to.Values.TryGetValue(knob, out long value) && from == value;
            sum += stays ? 0 : cost;
        }

        return sum;
    }

    /// <summary>Every new candidate with its forecast, in the order of the cells; the kernel default last.</summary>
    public Candidate[] ScoreCandidates()
    {
        long[] cells = OpenCells();
        var forecasts = new Forecast[cells.Length];
        _scorer.Score(cells, forecasts);
        if (!Goal.CapsPower)
        {
            new OtherLoads(Model, _logLoad).Bound(cells, forecasts, Goal);
        }

        ClockOrder? order = Request.Options.PruneByClock && !Goal.CapsPower ? new ClockOrder(Model, _logLoad, Goal.LogLimit) : null;
        var scored = new List<Candidate>(cells.Length);
        Span<int> indices = stackalloc int[Model.Space.Space.Knobs.Length];
        for (int i = 0; i < cells.Length; i++)
        {
            Forecast forecast = forecasts[i];
            if (order is not null && cells[i] != Candidate.Default)
            {
                Model.Space.IndicesOf(cells[i], indices);
                if (order.TooSlow(indices))
                {
                    continue;
                }

                forecast = order.Bound(indices, forecast, Goal);
            }

            scored.Add(new Candidate(cells[i], forecast));
        }

        return [.. scored];
    }

    private long[] OpenCells()
    {
        InputSpace space = Model.Space;
        var closed = new HashSet<long>(_closed.Select(space.IndicesOf).OfType<int[]>().Select(i => Candidates.CellOf(space, i)));
        long[] cells = Candidates.Of(
            space, Request.Seed, Request.Options, Measured.Select(m => space.IndicesOf(m.Setting)).OfType<int[]>());
        return [.. cells.Where(c => !closed.Contains(c)), .. IsNew(Setting.Default) ? [Candidate.Default] : Array.Empty<long>()];
    }

    /// <summary>Median statistical error of the windows at this load.</summary>
    private static double WindowSd(ImmutableArray<Observation> rows, double logLoad, bool ofWatts)
    {
        double[] sds = [.. rows
            .Where(o => !o.Censored && Math.Abs(Math.Log(o.Qps) - logLoad) <= ContextModel.SameLoad)
            .Select(o => ofWatts ? o.WattsSd : o.PercentileSd).Order()];
        return sds.Length == 0 ? 0 : Math.Clamp(sds[sds.Length / 2], 0, MostWindowSd);
    }
}
