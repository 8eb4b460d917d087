using Fleet.Core.Models;

namespace Fleet.Core.Search;

/// <summary>
/// What other loads say about this one: more load never makes a setting faster. A setting that keeps the promise at a higher load keeps
/// it here, and one that breaks it at a lower load breaks it here. Where the model interpolates at a load that was measured and would
/// extrapolate at this one, that load's forecast bounds this one's. Of the published memcached server's 300 pairs of cells at two loads,
/// 12 are slower at the lower load, by at most 4.5 %.
/// </summary>
internal sealed class OtherLoads
{
    // Idle states and batching can make a server slower where it has less to do: the bound is softer the further the load is away.
    private const double SdPerLogLoad = 0.1;

    // A load with fewer windows than this is not known, it is extrapolated to itself.
    private const int LeastRows = 4;
    private const int MostLoads = 3;

    private readonly Neighbour[] _neighbours;

    /// <summary>Finds the nearest measured loads on both sides of <paramref name="logLoad"/>.</summary>
    public OtherLoads(ContextModel model, double logLoad)
    {
        double[] distances = [.. model.Rows.Where(o => !o.Censored).Select(o => Math.Log(o.Qps) - logLoad)
            .Where(d => Math.Abs(d) > ContextModel.SameLoad)];
        _neighbours =
        [
            .. Centres([.. distances.Where(d => d > 0).Order()]).Select(d => Neighbour.At(model, logLoad, d)),
            .. Centres([.. distances.Where(d => d < 0).Select(d => -d).Order()]).Select(d => Neighbour.At(model, logLoad, -d)),
        ];
    }

    /// <summary>Replaces the latencies of forecasts of cells by those of other loads where these bound them.</summary>
    public void Bound(ReadOnlySpan<long> cells, Span<Forecast> forecasts, Goal goal)
    {
        if (_neighbours.Length == 0)
        {
            return;
        }

        double[] logLatency = new double[cells.Length];
        double[] sd = new double[cells.Length];
        foreach (Neighbour load in _neighbours)
        {
            load.Scorer.ScoreLatency(cells, logLatency, sd);
            for (int i = 0; i < cells.Length; i++)
            {
                Forecast there = forecasts[i] with { LogLatency = logLatency[i], LatencySd = Math.Sqrt((sd[i] * sd[i]) + load.Variance) };
                double more = goal.SlackZ(there) - goal.SlackZ(forecasts[i]);

                // A lower load overrules only where it is the surer of the two.
                bool bounds = load.IsHigher ? more > 0 : more < 0 && there.LatencySd < forecasts[i].LatencySd;
                forecasts[i] = bounds ? there : forecasts[i];
            }
        }
    }

    private static IEnumerable<double> Centres(double[] distances)
    {
        int found = 0;
        for (int i = 0, next = 0; i < distances.Length && found < MostLoads; i = next)
        {
            while (next < distances.Length && distances[next] <= distances[i] + (2 * ContextModel.SameLoad))
            {
                next++;
            }

            if (next - i >= LeastRows)
            {
                found++;
                yield return distances[(i + next - 1) / 2];
            }
        }
    }

    private readonly record struct Neighbour(ModelScorer Scorer, double Variance, bool IsHigher)
    {
        public static Neighbour At(ContextModel model, double logLoad, double distance) =>
            new(model.ScorerAt(logLoad + distance), Math.Pow(SdPerLogLoad * distance, 2), distance > 0);
    }
}
