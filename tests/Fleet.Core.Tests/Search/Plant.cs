using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Numerics;
using Fleet.Core.Search;

namespace Fleet.Core.Tests.Search;

/// <summary>A server with a closed formula for watts and latency, to play searches against.</summary>
internal sealed class Plant
{
    public static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public KnobSpace Space { get; init; } = new(
    [
        new Knob("rx_usecs", [2, 10, 20, 30, 40, 50, 100, 200, 300, 350, 400], KnobScale.Log),
        new Knob("cpu_mhz", [1300, 1500, 1700, 1900, 2100, 2300, 2500, 2700, 2900], KnobScale.Linear),
    ]);

    public double Qps { get; init; } = 300_000;

    public double SlaUs { get; init; } = 300;

    public SearchOptions Options { get; init; } = new();

    public double NoiseSd { get; init; } = 0.01;

    public Func<Setting, double> Watts { get; init; } = s => s.IsDefault
        ? 110
        : 40 + (60 * Math.Pow(s["cpu_mhz"] / 2900.0, 2)) + (8 / (1 + (s["rx_usecs"] / 20.0)));

    public Func<Setting, double> LatencyUs { get; init; } = s => s.IsDefault ? 90 : (70 * 2900.0 / s["cpu_mhz"]) + (0.95 * s["rx_usecs"]);

    public SearchRequest Request(ImmutableArray<Observation> known, int trials, DateTimeOffset now, ulong seed = 1) =>
        new(Space, "node", Qps, SlaUs, known, [], [], trials, now, seed, Options);

    public Observation Measure(Setting setting, DateTimeOffset at, ref SplitMix64 random) => new(
        "node",
        setting,
        Qps,
        Watts(setting) * Math.Exp(NoiseSd * random.NextNormal()),
        0,
        LatencyUs(setting) * Math.Exp(NoiseSd * random.NextNormal()),
        0,
        at);

    /// <summary>Plays a search to its end.</summary>
    public (List<SearchDecision> Decisions, ImmutableArray<Observation> Known) Play(
        ISettingSearch search,
        ulong seed = 1,
        ImmutableArray<Observation> before = default,
        Func<SearchRequest, SearchRequest>? change = null)
    {
        var random = new SplitMix64(seed);
        ImmutableArray<Observation> known = before.IsDefault ? [] : before;
        var decisions = new List<SearchDecision>();
        DateTimeOffset now = Start;
        do
        {
            SearchRequest request = Request(known, decisions.Count, now, seed);
            decisions.Add(search.Next(change is null ? request : change(request)).ShouldNotBeNull());
            now = now.AddSeconds(10);
            known = known.Add(Measure(decisions[^1].Setting, now, ref random));
        }
        while (decisions[^1].Action == SearchAction.Probe && decisions.Count < 100);

        return (decisions, known);
    }

    public double OptimumWatts => Space.Enumerate().Where(s => LatencyUs(s) <= SlaUs).Min(Watts);
}
