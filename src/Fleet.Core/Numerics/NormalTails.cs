using MathNet.Numerics;

namespace Fleet.Core.Numerics;

/// <summary>
/// Logarithms of the normal distribution's functions that stay finite and ordered far in the tails. Range: every finite argument;
/// relative error of the result below 1e-10 (|z| ≤ 1e8), checked against 50-digit tables in the tests.
/// </summary>
internal static class NormalTails
{
    private const double HalfLogTwoPi = 0.91893853320467274178;
    private const double LogSqrtHalfPi = 0.22579135264472743236;
    private const double InverseSqrtPi = 0.56418958354775628695;
    private const double InverseSqrtTwo = 0.70710678118654752440;

    /// <summary>ln φ(z), the standard normal density.</summary>
    public static double LogPdf(double z) => (-0.5 * z * z) - HalfLogTwoPi;

    /// <summary>Φ(z), the standard normal distribution function.</summary>
    public static double Cdf(double z) => 0.5 * SpecialFunctions.Erfc(-z * InverseSqrtTwo);

    /// <summary>The z below which a share <paramref name="p"/> of a standard normal lies, 0 &lt; p &lt; 1.</summary>
    public static double Quantile(double p) => MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, p);

    /// <summary>ln Φ(z).</summary>
    public static double LogCdf(double z)
    {
        if (z > 1)
        {
            return LogOnePlus(-0.5 * SpecialFunctions.Erfc(z * InverseSqrtTwo));
        }

        return z > -1
            ? Math.Log(Cdf(z))
            : (-0.5 * z * z) + Math.Log(0.5 * Erfcx(-z * InverseSqrtTwo));
    }

    /// <summary>
    /// ln(φ(z) + z·Φ(z)): the logarithm of the expected improvement in units of the posterior's standard deviation
    /// (Ament et al., "Unexpected improvements to expected improvement", NeurIPS 2023, eq. 9 and appendix A.1).
    /// </summary>
    public static double LogImprovement(double z)
    {
        if (z > -1)
        {
            return Math.Log(Math.Exp(LogPdf(z)) + (z * Cdf(z)));
        }

        if (z > -50)
        {
            // φ + zΦ = φ·(1 − |z|·√(π/2)·erfcx(|z|/√2)); the bracket loses z² ulps to cancellation, harmless above −50.
            double product = Math.Log(-z) + LogSqrtHalfPi + Math.Log(Erfcx(-z * InverseSqrtTwo));
            return LogPdf(z) + Math.Log(-ExpMinusOne(product));
        }

        double w = 1 / (z * z);
        return LogPdf(z) + Math.Log(w) + LogOnePlus(-3 * w * (1 - (5 * w * (1 - (7 * w)))));
    }

    /// <summary>Mean of a standard normal given that it exceeds <paramref name="z"/>: the inverse Mills ratio φ(z)/(1 − Φ(z)).</summary>
    public static double MeanAbove(double z) => Math.Exp(LogPdf(z) - LogCdf(-z));

    /// <summary>
    /// exp(x²)·erfc(x), x ≥ −5 (it overflows below −26). Laplace's continued fraction from 4 upwards, where 40 terms give full precision.
    /// </summary>
    public static double Erfcx(double x)
    {
        if (x < 4)
        {
            return Math.Exp(x * x) * SpecialFunctions.Erfc(x);
        }

        double tail = x;
        for (int k = 40; k > 0; k--)
        {
            tail = x + (0.5 * k / tail);
        }

        return InverseSqrtPi / tail;
    }

    // Kahan's forms: double.LogP1 and double.ExpM1 of the runtime lose every digit near 0.
    private static double LogOnePlus(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : Math.Log(u) * x / (u - 1);
    }

    private static double ExpMinusOne(double x)
    {
        double u = Math.Exp(x);
        return u == 1 ? x : (u - 1) * x / Math.Log(u);
    }
}
