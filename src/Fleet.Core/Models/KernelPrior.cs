using Fleet.Core.Numerics;

namespace Fleet.Core.Models;

/// <summary>
/// The kernel's prior: log-normal length scales and variance, and the fixed shares of a node's own behaviour.
/// The numbers suit inputs in the unit cube and outputs in logarithms; they are wide enough for any server (a length scale within a
/// factor of 4 of 0.6, a variance within a factor of 20 of its centre, both at two standard deviations).
/// </summary>
internal sealed record KernelPrior
{
    /// <summary>ln of the median length scale of a knob.</summary>
    public double LogLengthMean { get; init; } = Math.Log(0.6);

    /// <summary>Standard deviation of ln length scale, knobs and load alike.</summary>
    public double LogLengthSd { get; init; } = 0.7;

    /// <summary>ln of the median length scale of ln load: a factor e of load.</summary>
    public double LogLoadLengthMean { get; init; }

    /// <summary>ln of the median variance of what the linear part leaves over.</summary>
    public required double LogVarianceMean { get; init; }

    /// <summary>Standard deviation of ln variance.</summary>
    public required double LogVarianceSd { get; init; }

    /// <summary>How smooth the curved part is.</summary>
    public Smoothness Smoothness { get; init; } = Smoothness.Matern52;

    /// <summary>Correlation of the curved part between two nodes of one hardware class.</summary>
    public double NodeCorrelation { get; init; } = 0.95;

    /// <summary>Variance of a node's constant offset from its class: 3 % of a standard deviation.</summary>
    public double NodeOffsetVariance { get; init; } = 0.03 * 0.03;

    /// <summary>Length scale of the default's own coordinate: short, so that the default says little about the axes.</summary>
    public const double DefaultArmLength = 0.35;

    /// <summary>ln prior density, up to a constant, of (length scales of knobs, of load, variance), all in logarithms.</summary>
    public double LogDensity(ReadOnlySpan<double> parameters)
    {
        double sum = 0;
        for (int i = 0; i < parameters.Length; i++)
        {
            double z = (parameters[i] - MeanOf(i, parameters.Length)) / SdOf(i, parameters.Length);
            sum -= 0.5 * z * z;
        }

        return sum;
    }

    /// <summary>The most likely parameters before any data.</summary>
    public double[] Mode(int count) => [.. Enumerable.Range(0, count).Select(i => MeanOf(i, count))];

    /// <summary>Standard deviation of a parameter.</summary>
    public double SdOf(int parameter, int count) => parameter == count - 1 ? LogVarianceSd : LogLengthSd;

    private double MeanOf(int parameter, int count) => (count - parameter) switch
    {
        1 => LogVarianceMean,
        2 => LogLoadLengthMean,
        _ => LogLengthMean,
    };
}
