using Fleet.Core.Models;
using Fleet.Core.Numerics;

namespace Fleet.Core.Search;

/// <summary>An objective at one search step: which of a forecast's two outputs is the cost and which must stay below the limit.</summary>
/// <param name="CapsPower">Whether power is limited and latency the cost.</param>
/// <param name="LogLimit">ln of the limit that a setting must keep to be held.</param>
internal readonly record struct Goal(bool CapsPower, double LogLimit)
{
    /// <summary>Mean of ln cost.</summary>
    public double LogCost(Forecast forecast) => CapsPower ? forecast.LogLatency : forecast.LogWatts;

    /// <summary>Standard deviation of ln cost.</summary>
    public double CostSd(Forecast forecast) => CapsPower ? forecast.LatencySd : forecast.WattsSd;

    /// <summary>Mean of the logarithm of what is limited.</summary>
    public double LogLimited(Forecast forecast) => CapsPower ? forecast.LogWatts : forecast.LogLatency;

    /// <summary>Standard deviation of the logarithm of what is limited.</summary>
    public double LimitedSd(Forecast forecast) => CapsPower ? forecast.WattsSd : forecast.LatencySd;

    /// <summary>So many standard deviations below the limit: Φ of it is the probability of keeping it.</summary>
    public double SlackZ(Forecast forecast) => (LogLimit - LogLimited(forecast)) / LimitedSd(forecast);

    /// <summary>Probability of keeping the limit.</summary>
    public double Probability(Forecast forecast) => NormalTails.Cdf(SlackZ(forecast));

    /// <summary>ln of the probability of keeping the limit.</summary>
    public double LogFeasible(Forecast forecast) => NormalTails.LogCdf(SlackZ(forecast));

    /// <summary>
    /// ln of the expected gain as a share of the incumbent's cost, times the probability of keeping the limit: constrained expected
    /// improvement in logarithms (Gardner et al., "Bayesian optimization with inequality constraints", ICML 2014). Sums of logarithms keep
    /// the order of candidates and the stop rule meaningful where the products underflow.
    /// </summary>
    public double LogGain(Forecast forecast, double incumbentLogCost)
    {
        double sd = CostSd(forecast);
        return Math.Log(sd) + NormalTails.LogImprovement((incumbentLogCost - LogCost(forecast)) / sd) + LogFeasible(forecast);
    }
}
