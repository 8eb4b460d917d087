using Fleet.Core.Numerics;

namespace Fleet.Core.Models;

/// <summary>
/// One output's process, fitted so that neither a stray window nor an aborted one bends it: length scales are not looked for in rows that
/// the prior's own cannot explain, rows far from what the others predict of them count less (a Student-t weight by leave-one-out
/// residuals), and a censored row is replaced by the mean of what it can be.
/// </summary>
internal sealed class OutputModel
{
    private const double OutlierZ = 3;
    private const double StudentDegrees = 4;

    // A row is hidden from the search for parameters beyond so many standard deviations of what the others say of it under the prior's most
    // likely ones. The knees of the published server stay below: its searches are the same with this and without.
    private const double GrossZ = 8;

    // With fewer rows than this the others say too little of one.
    private const int LeastRows = 8;

    private readonly TrainingSet _data;

    private OutputModel(GaussianProcess process, LinearTerms terms, TrainingSet data) => (Process, Terms, _data) = (process, terms, data);

    /// <summary>The fitted process.</summary>
    public GaussianProcess Process { get; }

    /// <summary>The linear part that the process was fitted with.</summary>
    public LinearTerms Terms { get; }

    /// <summary>Fits parameters and weights. Censored rows are lower bounds. Parameters that are known are not looked for again.</summary>
    public static OutputModel Fit(
        TrainingSet data, bool[] censored, InputSpace space, LinearTerms terms, OutputPrior prior, double[]? known = null)
    {
        double[] parameters = known
            ?? new Evidence(WithoutGross(data, censored, space, prior.Kernel), space.Groups, prior.Kernel).Maximise().Parameters;
        var process = new GaussianProcess(data, space.Groups, prior.Kernel, parameters);
        TrainingSet adjusted = Adjust(data, censored, process, prior.Kernel);
        return new OutputModel(
            ReferenceEquals(adjusted, data) ? process : new GaussianProcess(adjusted, space.Groups, prior.Kernel, parameters),
            terms,
            adjusted);
    }

    /// <summary>The model with one more row, under the same parameters.</summary>
    public OutputModel With(ReadOnlySpan<int> indices, ReadOnlySpan<double> x, double logLoad, double target, double noiseVariance)
    {
        var basis = new double[Terms.Count];
        double mean = Terms.Write(indices, x, logLoad, basis);
        TrainingSet data = _data.With(x, logLoad, basis, mean, target, noiseVariance);
        return new OutputModel(Process.With(data), Terms, data);
    }

    /// <summary>
    /// The rows with gross outliers blurred, the worst first, for one hides another: evidence would rather believe in a server that changes
    /// between neighbouring settings than in one wrong window, and then every forecast beside that window is wrong.
    /// </summary>
    private static TrainingSet WithoutGross(TrainingSet data, bool[] censored, InputSpace space, KernelPrior prior)
    {
        double[] mode = prior.Mode(space.GroupCount + 1);
        for (int blurred = 0; data.Count >= LeastRows && blurred < data.Count / 4; blurred++)
        {
            (double[] mean, double[] variance) = new GaussianProcess(data, space.Groups, prior, mode).LeaveOneOut();
            int worst = -1;
            double worstZ = GrossZ;
            for (int i = 0; i < data.Count; i++)
            {
                double z = Math.Abs(data.Target[i] - mean[i]) / Math.Sqrt(variance[i]);
                (worst, worstZ) = !censored[i] && z > worstZ ? (i, z) : (worst, worstZ);
            }

            if (worst < 0)
            {
                break;
            }

            double[] noise = [.. data.NoiseVariance];
            noise[worst] += Math.Pow(data.Target[worst] - mean[worst], 2) / (StudentDegrees + 1);
            data = data with { NoiseVariance = noise };
        }

        return data;
    }

    private static TrainingSet Adjust(TrainingSet data, bool[] censored, GaussianProcess process, KernelPrior prior)
    {
        (double[] mean, double[] variance) = process.LeaveOneOut();
        double[]? noise = null;
        double[]? target = null;
        for (int i = 0; i < data.Count; i++)
        {
            double sd = Math.Sqrt(variance[i]);
            double z = (data.Target[i] - mean[i]) / sd;
            if (censored[i])
            {
                // E[y | y > bound] under the leave-one-out prediction; the variance that is left is at most the prediction's own.
                target ??= [.. data.Target];
                noise ??= [.. data.NoiseVariance];
                double hazard = NormalTails.MeanAbove(z);
                target[i] = Math.Max(data.Target[i], mean[i] + (sd * hazard));
                noise[i] += variance[i] * Math.Clamp(1 + (z * hazard) - (hazard * hazard), 0, 1);
            }
            else if (Math.Abs(z) > OutlierZ && data.Count > 3)
            {
                // The residual counts in standard deviations of the prediction, not of the window: what stands out may be a knee of the
                // server, and a search that forgets knees breaks more promises (warm on the published server 0.33 against 0.29).
                noise ??= [.. data.NoiseVariance];
                noise[i] *= (StudentDegrees + (z * z)) / (StudentDegrees + 1);
            }
        }

        return noise is null ? data : data with { NoiseVariance = noise, Target = target ?? data.Target };
    }
}
