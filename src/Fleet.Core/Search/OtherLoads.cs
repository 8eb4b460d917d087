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

    private readonly Neighbour[] _higher;
    private readonly Neighbour[] _lower;

    /// <summary>Finds the nearest measured loads on both sides of <paramref name="logLoad"/>.</summary>
    public OtherLoads(ContextModel model, double logLoad)
    {
        double[] distances = [.. model.Rows.Where(o => !o.Censored).Select(o => Math.Log(o.Qps) - logLoad)
            .Where(d => Math.Abs(d) > ContextModel.SameLoad)];
        _higher = [.. Centres([.. distances.Where(d => d > 0).Order()]).Select(d => Neighbour.At(model, logLoad, d))];
        _lower = [.. Centres([.. distances.Where(d => d < 0).Select(d => -d).Order()]).Select(d => Neighbour.At(model, logLoad, -d))];
    }

    /// <summary>The forecast, or with the latency of another load where that bounds it.</summary>
    public Forecast Bound(ReadOnlySpan<int> indices, Forecast here, double logLimit)
    {
        foreach (Neighbour load in _higher)
        {
            Forecast there = load.Score(indices, here);
            here = there.SlackZ(logLimit) > here.SlackZ(logLimit) ? there : here;
        }

        foreach (Neighbour load in _lower)
        {
            // Only the surer of the two forecasts may overrule the other.
            Forecast there = load.Score(indices, here);
            here = there.SlackZ(logLimit) < here.SlackZ(logLimit) && there.LatencySd < here.LatencySd ? there : here;
        }

        return here;
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

    private readonly record struct Neighbour(ModelScorer Scorer, double Variance)
    {
        public static Neighbour At(ContextModel model, double logLoad, double distance) =>
            new(model.ScorerAt(logLoad + distance), Math.Pow(SdPerLogLoad * distance, 2));

        public Forecast Score(ReadOnlySpan<int> indices, Forecast here)
        {
            (double logLatency, double sd) = Scorer.ScoreLatency(indices);
            return here with { LogLatency = logLatency, LatencySd = Math.Sqrt((sd * sd) + Variance) };
        }
    }
}
