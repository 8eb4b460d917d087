using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>What the nodes of one hardware class have learned together: their observations, and which settings those prove.</summary>
internal sealed class ClassKnowledge(TunerOptions options)
{
    // Windows of one node, setting and load band that are kept; older ones of the same kind add nothing.
    private const int PerCell = 6;

    // The same of all nodes: in a large pool the windows of one held setting would push out what is known of every other setting and load.
    private const int PerCellOfClass = 24;
    private const int MaxKept = 1000;

    // What a setting's latest windows say counts, older ones do not.
    private const int LatestWindows = 3;

    // One-sided 95 % bound of a normal error.
    private const double Z95 = 1.645;

    // A setting measured only once counts as proven when it keeps this further share of the SLA clear: one lucky window is no proof.
    private const double SingleWindowMargin = 0.85;

    // Two windows agree no better than this whatever their own errors say (pooled repeat spread of published memcached runs).
    private const double LeastSd = 0.015;

    private readonly List<Observation> _observations = [];
    private readonly Dictionary<Setting, List<Observation>> _bySetting = [];
    private readonly double _band = Math.Exp(options.LoadBand);

    /// <summary>Kernel parameters that the class's fits share.</summary>
    public Models.ModelMemory Memory { get; } = new();

    /// <summary>Observations, oldest first.</summary>
    public IReadOnlyList<Observation> Observations => _observations;

    /// <summary>Adds a finished or aborted window.</summary>
    public void Add(Observation observation)
    {
        _observations.Add(observation);
        List<Observation> alike = Of(observation.Setting);
        alike.Add(observation);
        (int ofNode, int ofClass) = (0, 0);
        for (int i = alike.Count - 1; i >= 0; i--)
        {
            Observation o = alike[i];
            if (SameCell(o, observation))
            {
                bool mine = o.NodeId == observation.NodeId;
                ofNode += mine ? 1 : 0;
                if ((mine && ofNode > PerCell) || ++ofClass > PerCellOfClass)
                {
                    Remove(o);
                    break;
                }
            }
        }

        if (_observations.Count > MaxKept)
        {
            Remove(_observations[0]);
        }
    }

    /// <summary>Forgets everything: the SLA's percentile changed, so the figures answer another question.</summary>
    public void Clear()
    {
        _observations.Clear();
        _bySetting.Clear();
    }

    /// <summary>
    /// Forgets what was observed around a load before a time: the server has changed in a way that its load does not explain, and old
    /// figures would mislead the search and the fallback.
    /// </summary>
    public void ForgetAround(double qps, DateTimeOffset before)
    {
        _observations.RemoveAll(o => o.At < before && Math.Abs(Math.Log(o.Qps / Math.Max(qps, 1))) < 2 * options.LoadBand);
        Sort();
    }

    /// <summary>
    /// Takes the latency of settings around a load that one window alone calls breaking as unknown: a search that found nothing asks
    /// again whether they break, and what two windows say stands.
    /// </summary>
    public void Doubt(double qps, double slaUs)
    {
        var alone = _observations
            .Where(o => Math.Abs(Math.Log(o.Qps / Math.Max(qps, 1))) < 2 * options.LoadBand && o.SpeaksOfLatency)
            .GroupBy(o => o.Setting)
            .Where(g => g.Count() == 1 && g.Single().PercentileUs > slaUs)
            .Select(g => g.Single())
            .ToHashSet(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < _observations.Count; i++)
        {
            if (alone.Contains(_observations[i]))
            {
                _observations[i] = _observations[i] with { PercentileSd = Observation.DoubtfulSd, Censored = false };
            }
        }

        Sort();
    }

    /// <summary>The observations for a search at this load: nearest bands first, younger first, at most the option's number.</summary>
    public ImmutableArray<Observation> For(double qps)
    {
        if (_observations.Count <= options.MaxObservations)
        {
            return [.. _observations];
        }

        // One number orders them: the band's distance above, the age below. Thousands of held windows ask for this every minute.
        int count = _observations.Count;
        Span<long> order = stackalloc long[MaxKept];
        order = order[..count];
        for (int i = 0; i < count; i++)
        {
            double bands = Math.Floor(Math.Abs(Math.Log(_observations[i].Qps / Math.Max(qps, 1))) / (2 * options.LoadBand));
            order[i] = ((long)Math.Min(bands, int.MaxValue) << 32) | (uint)(count - 1 - i);
        }

        order.Sort();
        Span<long> chosen = order[..options.MaxObservations];
        foreach (ref long place in chosen)
        {
            place = count - 1 - (place & uint.MaxValue);
        }

        chosen.Sort();
        ImmutableArray<Observation>.Builder nearest = ImmutableArray.CreateBuilder<Observation>(chosen.Length);
        foreach (long place in chosen)
        {
            nearest.Add(_observations[(int)place]);
        }

        return nearest.MoveToImmutable();
    }

    /// <summary>Whether windows at this load or above show that the setting keeps the SLA.</summary>
    public bool IsProven(Setting setting, double qps, double slaUs) =>
        setting.IsDefault || Proof(Of(setting).Where(o => Bears(o, qps)), slaUs);

    /// <summary>Whether the setting's latest windows, at any load down to half of this one, show that it breaks the SLA.</summary>
    public bool IsKnownToBreak(Setting setting, double qps, double slaUs)
    {
        var latest = new List<Observation>(LatestWindows);
        List<Observation> alike = Of(setting);
        for (int i = alike.Count - 1; i >= 0 && latest.Count < LatestWindows; i--)
        {
            Observation o = alike[i];
            if (o.Qps <= qps * 1.2 && o.Qps >= qps / 2 && o.SpeaksOfLatency)
            {
                latest.Add(o);
            }
        }

        latest.Reverse();
        return latest.Count > 0 && Mean([.. latest]).LogPercentile > Math.Log(slaUs);
    }

    /// <summary>The cheapest setting proven at this load or above, or null. The nearest loads decide what is cheap.</summary>
    public Setting? Proven(double qps, double slaUs, Func<Setting, bool> excluded) => _observations
        .Where(o => !o.Setting.IsDefault && Bears(o, qps) && !excluded(o.Setting))
        .GroupBy(o => o.Setting)
        .Where(g => Proof(g, slaUs))
        .OrderBy(g => g.Min(o => o.Qps) > qps * 1.5 ? 1 : 0)
        .ThenBy(g => g.OrderBy(o => o.Qps).First().Watts)
        .ThenBy(g => g.Key.ToString(), StringComparer.Ordinal)
        .FirstOrDefault()?.Key;

    private bool Proof(IEnumerable<Observation> observations, double slaUs)
    {
        Observation[] latest = [.. Latest(observations.Where(o => o.SpeaksOfLatency))];
        double bound = slaUs * options.ProvenMargin * (latest.Length == 1 ? SingleWindowMargin : 1);
        if (latest.Length == 0 || latest.Any(o => o.Censored))
        {
            return false;
        }

        (double mean, double error) = Mean(latest);
        return mean + (Z95 * error) < Math.Log(bound);
    }

    /// <summary>Mean of ln(percentile), each window weighted by its precision, and the mean's error.</summary>
    private static (double LogPercentile, double Error) Mean(Observation[] windows)
    {
        double weights = windows.Sum(Precision);
        return (windows.Sum(o => Precision(o) * Math.Log(o.PercentileUs)) / weights, 1 / Math.Sqrt(weights));
    }

    private static double Precision(Observation o) => 1 / Math.Max(o.PercentileSd * o.PercentileSd, LeastSd * LeastSd);

    private static IEnumerable<Observation> Latest(IEnumerable<Observation> observations) => observations.TakeLast(LatestWindows);

    private static bool Bears(Observation o, double qps) => o.Qps >= qps * 0.97;

    private bool SameCell(Observation a, Observation b) => a.Censored == b.Censored && a.Qps < b.Qps * _band && b.Qps < a.Qps * _band;

    private List<Observation> Of(Setting setting)
    {
        if (!_bySetting.TryGetValue(setting, out List<Observation>? alike))
        {
            _bySetting[setting] = alike = [];
        }

        return alike;
    }

    private void Remove(Observation observation)
    {
        // The old ones go, so they are found near the front.
        _observations.RemoveAt(_observations.FindIndex(o => ReferenceEquals(o, observation)));
        List<Observation> alike = Of(observation.Setting);
        alike.RemoveAt(alike.FindIndex(o => ReferenceEquals(o, observation)));
    }

    private void Sort()
    {
        _bySetting.Clear();
        foreach (Observation observation in _observations)
        {
            Of(observation.Setting).Add(observation);
        }
    }
}
