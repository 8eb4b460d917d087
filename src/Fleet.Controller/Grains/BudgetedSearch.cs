using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Controller.Grains;

/// <summary>
/// One pool's search within the controller's budget of model time. A proposal that is not ready yet is given at a later step; the check of a
/// held setting is left out when the budget is spent, and comes again ten seconds later.
/// </summary>
/// <param name="inner">The method.</param>
/// <param name="budget">The controller's budget.</param>
internal sealed class BudgetedSearch(ConstrainedSearch inner, ModelBudget budget) : ISettingSearch, ISettingRanking
{
    // Proposals under way, by node: asked for by the pool's grain only, so one thread at a time.
    private readonly Dictionary<string, (SearchRequest Request, Task<SearchDecision> Answer)> _asked = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public bool Busy => budget.Busy;

    /// <inheritdoc/>
    public SearchDecision? Next(SearchRequest request)
    {
        if (_asked.TryGetValue(request.NodeId, out (SearchRequest Request, Task<SearchDecision> Answer) asked) && Same(asked.Request, request))
        {
            if (!asked.Answer.IsCompleted)
            {
                return null;
            }

            _asked.Remove(request.NodeId);
            return asked.Answer.GetAwaiter().GetResult();
        }

        _asked.Remove(request.NodeId);
        if (budget.TryNow(() => inner.Next(request), out SearchDecision? decision))
        {
            return decision;
        }

        _asked[request.NodeId] = (request, budget.Later(() => inner.Next(request)));
        return null;
    }

    /// <inheritdoc/>
    public SettingPrediction? Predict(SearchRequest request, Setting setting) =>
        budget.TryNow(() => inner.Predict(request, setting), out SettingPrediction? prediction) ? prediction : null;

    /// <inheritdoc/>
    public IReadOnlyList<RankedSetting> Rank(SearchRequest request, ImmutableArray<Setting> always, int limit) => inner.Rank(request, always, limit);

    /// <summary>What siblings measured meanwhile does not make a proposal wrong; another promise, another window or a new refusal does.</summary>
    private static bool Same(SearchRequest asked, SearchRequest now) => asked.SlaUs.Equals(now.SlaUs) && asked.TrialsSoFar == now.TrialsSoFar
        && asked.Space.Equals(now.Space) && asked.Excluded.SequenceEqual(now.Excluded);
}
