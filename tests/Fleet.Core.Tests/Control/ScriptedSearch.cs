using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tests.Control;

/// <summary>Probes every legal setting once in order, then settles on the cheapest that met the SLA. Counts what it was asked.</summary>
internal sealed class ScriptedSearch : ISettingSearch
{
    public string Name => "scripted";

    public List<SearchRequest> Requests { get; } = [];

    public Func<SearchRequest, SearchDecision>? Script { get; set; }

    public SearchDecision Next(SearchRequest request)
    {
        Requests.Add(request);
        if (Script is not null)
        {
            return Script(request);
        }

        Setting? next = request.Space.Enumerate().FirstOrDefault(s =>
            !request.Excluded.Contains(s) && !request.Pending.Contains(s) && !request.Observations.Any(o =>
                o.Setting.Equals(s) && (!o.Censored || o.PercentileUs > request.SlaUs)));
        if (next is not null)
        {
            return Probe(next);
        }

        Observation? best = request.Observations
            .Where(o => !o.Censored && o.PercentileUs < request.SlaUs * 0.97 && !request.Excluded.Contains(o.Setting)).MinBy(o => o.Watts);
        return Settle(best?.Setting ?? Setting.Default);
    }

    public SettingPrediction? Predict(SearchRequest request, Setting setting) => null;

    public static SearchDecision Probe(Setting setting) =>
        new(SearchAction.Probe, setting, "probe", null, null, null, null, "next in order");

    public static SearchDecision Settle(Setting setting) => new(SearchAction.Settle, setting, "settle", null, null, null, null, "cheapest");
}
