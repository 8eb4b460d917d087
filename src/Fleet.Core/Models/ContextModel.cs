using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Models;

/// <summary>
/// What the observations of a hardware class say about every setting at one load: ln watts and ln latency, two independent processes over
/// (knobs, ln load), nodes with an offset each. The SLA is no part of it, so a new promise needs no new data.
/// </summary>
internal sealed class ContextModel
{
    /// <summary>Loads within this distance in ln count as the same load.</summary>
    public const double SameLoad = 0.05;

    private const int MostRows = 160;
    private static readonly TimeSpan AgeConstant = TimeSpan.FromDays(7);
    private readonly OutputModel _watts;
    private readonly OutputModel _latency;
    private readonly double _logLoad;

    private ContextModel(InputSpace space, OutputModel watts, OutputModel latency, double logLoad, ImmutableArray<Observation> rows) =>
        (Space, _watts, _latency, _logLoad, Rows) = (space, watts, latency, logLoad, rows);

    /// <summary>The coordinates of the settings.</summary>
    public InputSpace Space { get; }

    /// <summary>The observations that the model was fitted to.</summary>
    public ImmutableArray<Observation> Rows { get; }

    /// <summary>Fits the model; null without a usable observation.</summary>
    public static ContextModel? Fit(SearchRequest request)
    {
        ImmutableArray<Observation> rows = Select(request);
        if (rows.IsEmpty)
        {
            return null;
        }

        var space = new InputSpace(request.Space);
        double logLoad = Math.Log(request.Qps);
        double baseUs = BaseLatencyUs(rows, logLoad);
        double level = Level(rows, logLoad, o => Math.Log(o.Watts));
        var wattTerms = new LinearTerms(space, OutputPrior.LogWatts, level, baseUs, logLoad);
        var latencyTerms = new LinearTerms(space, OutputPrior.LogLatency, Math.Log(baseUs), baseUs, logLoad);
        bool[] censored = [.. rows.Select(o => o.Censored)];
        (double[] Watts, double[] Latency)? known = request.Memory?.Recall(rows.Length, logLoad, request.Now, request.Afresh);
        OutputModel watts = OutputModel.Fit(
            Rowed(request, rows, space, wattTerms, o => o.Watts, o => o.WattsSd, request.Options.PowerNoise),
            new bool[rows.Length],
            space,
            wattTerms,
            OutputPrior.LogWatts,
            known?.Watts);
        OutputModel latency = OutputModel.Fit(
            Rowed(request, rows, space, latencyTerms, o => o.PercentileUs, o => o.PercentileSd, OutputPrior.LogLatency.NoiseFloor),
            censored,
            space,
            latencyTerms,
            OutputPrior.LogLatency,
            known?.Latency);
        if (known is null)
        {
            request.Memory?.Keep(rows.Length, logLoad, request.Now, watts.Process.Parameters, latency.Process.Parameters);
        }

        return new ContextModel(space, watts, latency, logLoad, rows);
    }

    /// <summary>A scorer for the request's load; one per thread.</summary>
    public ModelScorer Scorer() => ScorerAt(_logLoad);

    /// <summary>A scorer for another load, given by its logarithm; one per thread.</summary>
    public ModelScorer ScorerAt(double logLoad) => new(Space, _watts, _latency, logLoad);

    /// <summary>
    /// The model as if each of these settings had been measured at this load and had come out as forecast ("kriging believer", Ginsbourger
    /// et al. 2010): means stay, variances fall around them.
    /// </summary>
    public ContextModel Believing(ImmutableArray<Setting> settings)
    {
        ContextModel model = this;
        double[] x = new double[Space.Dimensions];
        foreach (Setting setting in settings.Distinct())
        {
            if (!setting.IsDefault && !Space.Space.Contains(setting))
            {
                continue;
            }

            int[] indices = Space.IndicesOf(setting) ?? [];
            Space.Encode(indices, x);
            Forecast forecast = model.Scorer().Score(indices);
            model = new ContextModel(
                Space,
                model._watts.With(indices, x, _logLoad, forecast.LogWatts, Math.Pow(OutputPrior.LogWatts.NoiseFloor, 2)),
                model._latency.With(indices, x, _logLoad, forecast.LogLatency, Math.Pow(OutputPrior.LogLatency.NoiseFloor, 2)),
                _logLoad,
                Rows);
        }

        return model;
    }

    private static ImmutableArray<Observation> Select(SearchRequest request)
    {
        double logLoad = Math.Log(request.Qps);
        IEnumerable<Observation> usable = request.Observations.Where(o =>
            o.Qps > 0 && o.Watts > 0 && o.PercentileUs > 0 && double.IsFinite(o.Qps) && double.IsFinite(o.Watts)
            && double.IsFinite(o.PercentileUs) && request.Space.Contains(o.Setting));

        // The nearest in load and time say most; order is fixed by value so that the order of arrival does not matter.
        return [.. usable
            .OrderBy(o => Math.Abs(Math.Log(o.Qps) - logLoad) + (Math.Max(0, (request.Now - o.At) / AgeConstant) * 0.5))
            .ThenBy(o => o.At).ThenBy(o => o.NodeId, StringComparer.Ordinal).ThenBy(o => o.Setting.ToString(), StringComparer.Ordinal)
            .ThenBy(o => o.Watts).ThenBy(o => o.PercentileUs)
            .Take(MostRows)];
    }

    private static TrainingSet Rowed(
        SearchRequest request,
        ImmutableArray<Observation> rows,
        InputSpace space,
        LinearTerms terms,
        Func<Observation, double> output,
        Func<Observation, double> error,
        double floor)
    {
        int n = rows.Length;
        var (inputs, basis) = (new double[n * space.Dimensions], new double[n * terms.Count]);
        var (load, mean, target, noise) = (new double[n], new double[n], new double[n], new double[n]);
        var node = new int[n];
        var nodes = new Dictionary<string, int>(StringComparer.Ordinal) { [request.NodeId] = 0 };
        for (int i = 0; i < n; i++)
        {
            Observation o = rows[i];
            Span<double> x = inputs.AsSpan(i * space.Dimensions, space.Dimensions);
            int[] indices = space.IndicesOf(o.Setting) ?? [];
            space.Encode(indices, x);
            load[i] = Math.Log(o.Qps);
            mean[i] = terms.Write(indices, x, load[i], basis.AsSpan(i * terms.Count, terms.Count));
            target[i] = Math.Log(output(o));
            double sd = Math.Max(0, error(o));
            double age = Math.Clamp((request.Now - o.At) / AgeConstant, 0, 20);
            noise[i] = ((sd * sd) + (floor * floor)) * Math.Exp(age);
            node[i] = nodes.TryGetValue(o.NodeId, out int known) ? known : nodes[o.NodeId] = nodes.Count;
        }

        return new TrainingSet(inputs, space.Dimensions, load, basis, terms.Count, mean, node, target, noise);
    }

    /// <summary>Latency without added delay: the default's at the nearest load, else the lowest that was seen.</summary>
    private static double BaseLatencyUs(ImmutableArray<Observation> rows, double logLoad)
    {
        ImmutableArray<Observation> atDefault = Nearest(rows, logLoad);
        if (atDefault.IsEmpty)
        {
            return rows.Min(o => o.PercentileUs);
        }

        // Noise only ever adds latency, so of two windows the lower is nearer to the truth.
        double[] sorted = [.. (atDefault.Any(o => o.SpeaksOfLatency) ? atDefault.Where(o => o.SpeaksOfLatency) : atDefault)
            .Select(o => o.PercentileUs).Order()];
        return sorted[(sorted.Length - 1) / 2];
    }

    private static double Level(ImmutableArray<Observation> rows, double logLoad, Func<Observation, double> output)
    {
        ImmutableArray<Observation> atDefault = Nearest(rows, logLoad);
        return Median((atDefault.IsEmpty ? rows : atDefault).Select(output));
    }

    private static ImmutableArray<Observation> Nearest(ImmutableArray<Observation> rows, double logLoad)
    {
        ImmutableArray<Observation> atDefault = [.. rows.Where(o => o.Setting.IsDefault && !o.Censored)];
        if (atDefault.IsEmpty)
        {
            return atDefault;
        }

        double nearest = atDefault.Min(o => Math.Abs(Math.Log(o.Qps) - logLoad));
        return [.. atDefault.Where(o => Math.Abs(Math.Log(o.Qps) - logLoad) <= nearest + SameLoad)];
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return 0.5 * (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]);
    }
}
