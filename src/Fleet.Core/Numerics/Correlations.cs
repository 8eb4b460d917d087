using System.Numerics;

namespace Fleet.Core.Numerics;

/// <summary>How smooth a Gaussian process believes a function to be.</summary>
internal enum Smoothness
{
    /// <summary>Matérn-5/2: twice differentiable. Measured servers have knees, and this bends at them.</summary>
    Matern52,

    /// <summary>Squared exponential: differentiable without end. Analytic functions are known from few points under it.</summary>
    SquaredExponential,
}

/// <summary>
/// Correlation functions of a squared distance in length scales (Rasmussen and Williams 2006, eq. 4.9 and 4.17), as vectors: relative
/// error below 1e-14 for distances up to 20, checked against 40-digit tables in the tests.
/// </summary>
internal static class Correlations
{
    /// <summary>The correlation at squared distances; 1 at 0.</summary>
    public static Vector<double> At(Smoothness smoothness, Vector<double> squaredDistance)
    {
        if (smoothness == Smoothness.SquaredExponential)
        {
            return Vector.Exp(squaredDistance * -0.5);
        }

        Vector<double> s = Vector.SquareRoot(squaredDistance * 5);
        return (Vector<double>.One + s + (s * s * (1.0 / 3))) * Vector.Exp(-s);
    }

    /// <summary>The correlation at one squared distance, with the same arithmetic.</summary>
    public static double At(Smoothness smoothness, double squaredDistance) => At(smoothness, new Vector<double>(squaredDistance))[0];
}
