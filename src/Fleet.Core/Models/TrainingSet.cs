namespace Fleet.Core.Models;

/// <summary>The rows that a Gaussian process is fitted to. Rows are flat; every array is owned by the set.</summary>
/// <param name="Inputs">Coordinates in the unit cube, <see cref="Dimensions"/> a row.</param>
/// <param name="Dimensions">Coordinates of a row.</param>
/// <param name="LogLoad">ln of the load of each row.</param>
/// <param name="Basis">Terms of the linear part, each already multiplied by the prior's standard deviation of its weight.</param>
/// <param name="Terms">Terms of a row of <paramref name="Basis"/>.</param>
/// <param name="Mean">The prior's mean of each row.</param>
/// <param name="Node">Number of the node of each row; 0 is the node that is tuned.</param>
/// <param name="Target">What was observed, in logarithms.</param>
/// <param name="NoiseVariance">Variance of each observation.</param>
internal sealed record TrainingSet(
    double[] Inputs,
    int Dimensions,
    double[] LogLoad,
    double[] Basis,
    int Terms,
    double[] Mean,
    int[] Node,
    double[] Target,
    double[] NoiseVariance)
{
    /// <summary>Rows.</summary>
    public int Count => Target.Length;

    /// <summary>Coordinates of a row.</summary>
    public ReadOnlySpan<double> Input(int row) => Inputs.AsSpan(row * Dimensions, Dimensions);

    /// <summary>Linear terms of a row.</summary>
    public ReadOnlySpan<double> BasisOf(int row) => Basis.AsSpan(row * Terms, Terms);

    /// <summary>The rows and one more of the tuned node.</summary>
    public TrainingSet With(
        ReadOnlySpan<double> input, double logLoad, ReadOnlySpan<double> basis, double mean, double target, double noiseVariance) => this with
        {
            Inputs = [.. Inputs, .. input],
            LogLoad = [.. LogLoad, logLoad],
            Basis = [.. Basis, .. basis],
            Mean = [.. Mean, mean],
            Node = [.. Node, 0],
            Target = [.. Target, target],
            NoiseVariance = [.. NoiseVariance, noiseVariance],
        };
}
