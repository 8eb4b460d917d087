using Fleet.Core.Models;
using Fleet.Core.Numerics;

namespace Fleet.Core.Search;

/// <summary>
/// Constrained expected improvement in logarithms: ln EI of ln watts below the incumbent plus ln probability of meeting the limit
/// (Gardner et al., "Bayesian optimization with inequality constraints", ICML 2014). Sums of logarithms keep the order of
/// candidates and the stop rule
/// meaningful where the products underflow.
/// </summary>
internal static class Acquisition
{
    /// <summary>ln of the expected gain, as a share of the incumbent's power.</summary>
    public static double LogGain(Forecast forecast, double incumbentLogWatts, double logLimit)
    {
        double z = (incumbentLogWatts - forecast.LogWatts) / forecast.WattsSd;
        return Math.Log(forecast.WattsSd) + NormalTails.LogImprovement(z) + LogFeasible(forecast, logLimit);
    }

    /// <summary>ln of the probability of staying below the limit.</summary>
    public static double LogFeasible(Forecast forecast, double logLimit) => NormalTails.LogCdf(forecast.SlackZ(logLimit));
}
