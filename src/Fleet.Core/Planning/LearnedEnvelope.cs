using Fleet.Core.Knobs;
using Fleet.Core.Models;
using Fleet.Core.Search;
using Fleet.Core.Tuning;

namespace Fleet.Core.Planning;

/// <summary>
/// W*(load) of one hardware class as its observations tell it: at each load band the least power of the settings that keep the SLA with the
/// planner's probability, and none where the model is not sure enough of any. Bands are half a load band (5 %) apart, so loads repeat.
/// </summary>
internal sealed class LearnedEnvelope(KnobSpace space, ClassKnowledge knowledge, PlanningOptions options, TunerOptions tuner)
{
    // A band is looked at again after this: soon while its point moves or nothing is feasible there, rarely once it stays.
    private static readonly TimeSpan Hopeful = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Steady = TimeSpan.FromHours(1);

    // A point that moved by less than this share of its power has stayed.
    private const double Stays = 0.01;

    // Below this probability of every setting a load is beyond the class, and not only beyond what is known of it.
    private const double Hope = 0.05;

    // The model's power must be known to this (standard deviation of its logarithm).
    private const double MostWattsSd = 0.15;

    // One-sided 95 % of a normal distribution.
    private const double OneSided95 = 1.645;

    private readonly double _step = tuner.LoadBand / 2;
    private readonly Dictionary<int, Band> _bands = [];
    private double _slaUs;

    /// <summary>The band at or above a load.</summary>
    public int BandOf(double qps) => (int)Math.Ceiling((Math.Log(qps) / _step) - 1e-9);

    /// <summary>Load of a band, requests per second.</summary>
    public double LoadOf(int band) => Math.Exp(band * _step);

    /// <summary>Forgets what another promise told.</summary>
    public void Use(double slaUs)
    {
        if (!slaUs.Equals(_slaUs))
        {
            _slaUs = slaUs;
            _bands.Clear();
        }
    }

    /// <summary>Whether the band's point is known and recent.</summary>
    public bool Knows(int band, DateTimeOffset now) => _bands.TryGetValue(band, out Band known) && now < known.Until;

    /// <summary>The band's point; null when no setting is sure to keep the SLA there. Costs a fit when it is not known.</summary>
    public EnvelopePoint? At(int band, DateTimeOffset now)
    {
        if (_bands.TryGetValue(band, out Band known) && now < known.Until)
        {
            return known.Point;
        }

        (EnvelopePoint? point, double likeliest, Setting fastest) = Fit(LoadOf(band), now);
        bool stays = point is not null && known.Point is { } old && Math.Abs(Math.Log(point.Watts / old.Watts)) < Stays;
        TimeSpan fresh = !stays ? Hopeful : known.Fresh * 2 < Steady ? known.Fresh * 2 : Steady;
        _bands[band] = new Band(point, likeliest, fastest, fresh, now + fresh);
        return point;
    }

    /// <summary>
    /// Whether the model is sure enough of some setting at the band, whatever it would cost: what a node can carry when another dies.
    /// </summary>
    public bool IsFeasible(int band, DateTimeOffset now)
    {
        At(band, now);
        return _bands[band].Likeliest >= options.PlanProbability;
    }

    /// <summary>Whether the model is sure that no setting keeps the SLA at the load.</summary>
    public bool IsHopeless(double qps, DateTimeOffset now)
    {
        int band = BandOf(qps);
        At(band, now);
        return _bands[band].Likeliest < Hope;
    }

    /// <summary>
    /// The setting whose latency at the load is lowest at worst: by the upper end of what the model thinks, since an overload lies beyond
    /// every measured load and a guess far from all measurements may be low by accident. The kernel default when nothing is known.
    /// </summary>
    public Setting Fastest(double qps, DateTimeOffset now)
    {
        int band = BandOf(qps);
        At(band, now);
        return _bands[band].Fastest;
    }

    /// <summary>Least power at a load, interpolated between its bands; null beyond what is known to keep the SLA.</summary>
    public double? Watts(double qps, DateTimeOffset now)
    {
        int high = BandOf(qps);
        if (At(high, now) is not { } above)
        {
            return null;
        }

        double share = (qps - LoadOf(high - 1)) / (LoadOf(high) - LoadOf(high - 1));
        return Knows(high - 1, now) && At(high - 1, now) is { } below ? below.Watts + (share * (above.Watts - below.Watts)) : above.Watts;
    }

    private (EnvelopePoint? Point, double Likeliest, Setting Fastest) Fit(double qps, DateTimeOffset now)
    {
        var request = new SearchRequest(space, "", qps, _slaUs, knowledge.For(qps), [], [], 0, now, 1, tuner.Search with { PruneByClock = false })
        {
            Memory = knowledge.Memory,
        };
        if (space.Cells == 0 || ContextModel.Fit(request) is not { } model)
        {
            return (null, 1, Setting.Default);
        }

        var state = new SearchState(request, model);
        EnvelopePoint? best = null;
        double likeliest = 0;
        (Setting Setting, double LogLatencyAtWorst) fastest = (Setting.Default, double.PositiveInfinity);
        foreach ((Setting setting, Forecast forecast) in state.ScoreCandidates().Select(c => (state.SettingOf(c), c.Forecast))
            .Concat(state.Measured.Where(m => m.Windows > 0).Select(m => (m.Setting, m.Forecast))))
        {
            double watts = Math.Exp(forecast.LogWatts);
            double probability = state.ProbabilityOf(forecast);
            likeliest = Math.Max(likeliest, probability);
            double atWorst = forecast.LogLatency + (OneSided95 * forecast.LatencySd);
            fastest = atWorst < fastest.LogLatencyAtWorst ? (setting, atWorst) : fastest;
            if (forecast.WattsSd <= MostWattsSd && probability >= options.PlanProbability && !(watts >= best?.Watts))
            {
                best = new EnvelopePoint(watts, setting);
            }
        }

        return (best, likeliest, fastest.Setting);
    }

    private readonly record struct Band(EnvelopePoint? Point, double Likeliest, Setting Fastest, TimeSpan Fresh, DateTimeOffset Until);
}

/// <summary>Least power at a load band and the setting that gives it.</summary>
internal sealed record EnvelopePoint(double Watts, Setting Setting);
