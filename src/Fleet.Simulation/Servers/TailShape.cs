using Fleet.Core.Measurement;
using Fleet.Core.Numerics;

namespace Fleet.Simulation.Servers;

/// <summary>
/// Latencies of a known percentile: log-normal, as many servers' are, cut into the histogram's own buckets around the tail, where counts
/// are drawn, and into a few lumps below, where they are not needed.
/// </summary>
internal sealed class TailShape
{
    // Spread of ln(latency): the published memcached runs have a p99 of about three times the median.
    private const double Sigma = 0.48;
    private const double Step = 1.0 / 64;

    // Beyond this distance in ln(latency) from the percentile the promise is not decided, and a few lumps do.
    private const double Near = 0.6;
    private const double FarStep = 1.0 / 8;

    // Of so many requests the percentile is known to 0.2 %, a tenth of what two runs differ by: counts are then taken as expected.
    private const long Many = 1_000_000;

    // Standard normal quantile of each lump and the share of requests in it.
    private static readonly (double Z, double Share)[] Body = [(-1.4, 0.16), (-0.55, 0.25), (0, 0.18), (0.5, 0.2), (0.95, 0.1)];
    private readonly (double Factor, double Share)[] _cells;
    private readonly double _at;

    /// <summary>Prepares the shape whose latency at <paramref name="percentile"/> is 1.</summary>
    public TailShape(double percentile)
    {
        double at = _at = NormalTails.Quantile(percentile / 100);
        var cells = new List<(double, double)>();
        double below = 0;
        foreach ((double z, double share) in Body)
        {
            if (below + share < (percentile / 100) - 0.02)
            {
                cells.Add((Math.Exp(Sigma * (z - at)), share));
                below += share;
            }
        }

        double zNow = NormalTails.Quantile(below);
        while (below < 1 - 1e-7)
        {
            bool near = Math.Abs(Sigma * (zNow - at)) < Near;
            double zNext = zNow + ((near ? Step : FarStep) / Sigma);
            double upTo = NormalTails.Cdf(zNext);
            cells.Add((Math.Exp(Sigma * (((zNow + zNext) / 2) - at)), upTo - below));
            (below, zNow) = (upTo, zNext);
        }

        _cells = [.. cells];
    }

    /// <summary>One latency, the percentile being <paramref name="percentileUs"/>.</summary>
    public double DrawUs(double percentileUs, Chance chance)
    {
        ArgumentNullException.ThrowIfNull(chance);
        return percentileUs * Math.Exp(Sigma * (chance.Normal() - _at));
    }

    /// <summary>Records so many requests, their percentile being <paramref name="percentileUs"/> on average.</summary>
    public void Record(LatencyHistogram into, double percentileUs, long requests, Chance chance)
    {
        long left = requests;
        for (int i = _cells.Length - 1; i > 0 && left > 0; i--)
        {
            double expected = requests * _cells[i].Share;
            long count = Math.Min(requests >= Many ? (long)Math.Round(expected) : chance.Poisson(expected), left);
            into.RecordNs((long)(percentileUs * _cells[i].Factor * 1000), count);
            left -= count;
        }

        into.RecordNs((long)(percentileUs * _cells[0].Factor * 1000), left);
    }
}
