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
    // A band is looked at again after this, sooner when nothing was feasible there.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Hopeful = TimeSpan.FromMinutes(2);

    // The model's power must be known to this (standard deviation of its logarithm).
    private const double MostWattsSd = 0.15;

    private readonly double _step = tuner.LoadBand / 2;
    private readonly Dictionary<int, (EnvelopePoint? Point, DateTimeOffset At)> _bands = [];
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
    public bool Knows(int band, DateTimeOffset now) =>
        _bands.TryGetValue(band, out var known) && now - known.At < (known.Point is null ? Hopeful : Fresh);

    /// <summary>The band's point; null when no setting is sure to keep the SLA there. Costs a fit when it is not known.</summary>
    public EnvelopePoint? At(int band, DateTimeOffset now)
    {
        if (!Knows(band, now))
        {
            _bands[band] = (Fit(LoadOf(band), now), now);
        }

        return _bands[band].Point;
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

    private EnvelopePoint? Fit(double qps, DateTimeOffset now)
    {
        var request = new SearchRequest(space, "", qps, _slaUs, knowledge.For(qps), [], [], 0, now, 1, tuner.Search);
        if (space.Cells == 0 || ContextModel.Fit(request) is not { } model)
        {
            return null;
        }

        var state = new SearchState(request, model);
        EnvelopePoint? best = null;
        foreach ((Setting setting, Forecast forecast) in state.ScoreCandidates()
            .Concat(state.Measured.Where(m => m.Windows > 0).Select(m => (m.Setting, m.Forecast))))
        {
            double watts = Math.Exp(forecast.LogWatts);
            if (forecast.WattsSd <= MostWattsSd && state.ProbabilityOf(forecast) >= options.PlanProbability && !(watts >= best?.Watts))
            {
                best = new EnvelopePoint(watts, setting);
            }
        }

        return best;
    }
}

/// <summary>Least power at a load band and the setting that gives it.</summary>
internal sealed record EnvelopePoint(double Watts, Setting Setting);
