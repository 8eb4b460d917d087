using Fleet.Core.Numerics;

namespace Fleet.Core.Tuning;

/// <summary>Statistics of a latency promise: what a count of requests over the SLA, or an order statistic, is worth as evidence.</summary>
public static class TailTest
{
    // From this variance of the count on the normal distribution stands for the binomial: the sum would have as many terms as requests over.
    private const double ManyOver = 2000;

    // Below this many requests over the SLA nothing is called significant: two slow requests are an accident.
    private const long LeastOver = 3;

    /// <summary>
    /// Whether so many requests over the SLA contradict the promise: P(X ≥ <paramref name="over"/>) &lt; <paramref name="alpha"/> for
    /// X binomial with the share that the promise allows. That is the exact one-sided test whose lower bound lies above the share.
    /// </summary>
    public static bool Breaks(long requests, long over, double percentile, double alpha)
    {
        double allowed = Allowed(percentile);
        if (over < LeastOver || over <= requests * allowed)
        {
            return false;
        }

        double mean = requests * allowed;
        return over > mean + (10 * Math.Sqrt(mean)) + 20 || UpperTail(requests, over, allowed) < alpha;
    }

    /// <summary>Share of requests that may be over the SLA, for a percentile of 50 to 99.99.</summary>
    public static double Allowed(double percentile) => 1 - (percentile / 100);

    /// <summary>
    /// Standard error of ln(percentile) by order statistics: the ranks n·p ± √(n·p·(1−p)) bracket the percentile with one standard
    /// deviation on each side (Conover, Practical Nonparametric Statistics, ch. 3.2).
    /// </summary>
    /// <param name="latencyAt">Latency at a percentile, range 0 to 100.</param>
    /// <param name="requests">Requests behind it.</param>
    /// <param name="percentile">The percentile.</param>
    public static double LogStandardError(Func<double, double> latencyAt, long requests, double percentile)
    {
        double p = percentile / 100;
        double step = Math.Sqrt(p * (1 - p) / Math.Max(requests, 1));
        double low = latencyAt(Math.Max(p - step, 0) * 100);
        double high = latencyAt(Math.Min(p + step, 1) * 100);
        return low > 0 && high >= low ? Math.Log(high / low) / 2 : 1;
    }

    /// <summary>P(X ≥ <paramref name="k"/>) for X binomial(<paramref name="n"/>, <paramref name="share"/>), by its complement.</summary>
    internal static double UpperTail(long n, long k, double share)
    {
        double variance = n * share * (1 - share);
        if (variance > ManyOver)
        {
            return 1 - NormalTails.Cdf((k - 0.5 - (n * share)) / Math.Sqrt(variance));
        }

        double term = n * Math.Log(1 - share);
        double odds = Math.Log(share / (1 - share));
        double below = 0;
        for (long i = 0; i < k; i++)
        {
            below += Math.Exp(term);
            term += Math.Log((double)(n - i) / (i + 1)) + odds;
        }

        return Math.Max(1 - below, 0);
    }
}
