using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>What the nodes of one hardware class have learned together: their observations, and which settings those prove.</summary>
internal sealed class ClassKnowledge(TunerOptions options)
{
    // Windows of one node, setting and load band that are kept; older ones of the same kind add nothing.
    private const int PerCell = 6;
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

    /// <summary>Kernel parameters that the class's fits share.</summary>
    public Models.ModelMemory Memory { get; } = new();

    /// <summary>Observations, oldest first.</summary>
    public IReadOnlyList<Observation> Observations => _observations;

    /// <summary>Adds a finished or aborted window.</summary>
    public void Add(Observation observation)
    {
        _observations.Add(observation);
        int same = 0;
        for (int i = _observations.Count - 1; i >= 0; i--)
        {
            if (SameCell(_observations[i], observation) && ++same > PerCell)
            {
                _observations.RemoveAt(i);
                break;
            }
        }

        if (_observations.Count > MaxKept)
        {
            _observations.RemoveAt(0);
        }
    }

    /// <summary>Forgets everything: the SLA's percentile changed, so the figures answer another question.</summary>
    public void Clear() => _observations.Clear();

    /// <summary>
    /// Forgets what was observed around a load before a time: the server has changed in a way that its load does not explain, and old
    /// figures would mislead the search and the fallback.
    /// </summary>
    public void ForgetAround(double qps, DateTimeOffset before) => _observations.RemoveAll(
        o => o.At < before && Math.Abs(Math.Log(o.Qps / Math.Max(qps, 1))) < 2 * options.LoadBand);

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
        setting.IsDefault || Proof(_observations.Where(o => o.Setting.Equals(setting) && Bears(o, qps)), slaUs);

    /// <summary>Whether the setting's latest windows, at any load down to half of this one, show that it breaks the SLA.</summary>
    public bool IsKnownToBreak(Setting setting, double qps, double slaUs)
    {
        var latest = new List<Observation>(LatestWindows);
        for (int i = _observations.Count - 1; i >= 0 && latest.Count < LatestWindows; i--)
        {
            Observation o = _observations[i];
            if (o.Qps <= qps * 1.2 && o.Qps >= qps / 2 && o.SpeaksOfLatency && o.Setting.Equals(setting))
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

    private bool SameCell(Observation a, Observation b) => a.NodeId == b.NodeId && a.Censored == b.Censored
        && Math.Abs(Math.Log(a.Qps / b.Qps)) < options.LoadBand && a.Setting.Equals(b.Setting);
}
