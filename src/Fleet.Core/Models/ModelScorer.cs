namespace Fleet.Core.Models;

/// <summary>Posterior of one setting at the scorer's load, in logarithms.</summary>
/// <param name="LogWatts">Mean of ln watts.</param>
/// <param name="WattsSd">Standard deviation of ln watts.</param>
/// <param name="LogLatency">Mean of ln latency (µs).</param>
/// <param name="LatencySd">Standard deviation of ln latency.</param>
internal readonly record struct Forecast(double LogWatts, double WattsSd, double LogLatency, double LatencySd)
{
    /// <summary>Standardised distance of the latency below a limit (ln µs): Φ of it is the probability of staying below.</summary>
    public double SlackZ(double logLimit) => (logLimit - LogLatency) / LatencySd;
}

/// <summary>Scores settings at one load without allocating; one per thread.</summary>
internal sealed class ModelScorer
{
    private readonly InputSpace _space;
    private readonly OutputModel _wattsModel;
    private readonly OutputModel _latencyModel;
    private readonly GaussianProcess.Scorer _watts;
    private readonly GaussianProcess.Scorer _latency;
    private readonly double _logLoad;
    private readonly double[] _x;
    private readonly double[] _terms;

    /// <summary>Creates the buffers.</summary>
    public ModelScorer(InputSpace space, OutputModel watts, OutputModel latency, double logLoad)
    {
        (_space, _wattsModel, _latencyModel, _logLoad) = (space, watts, latency, logLoad);
        (_watts, _latency) = (watts.Process.At(logLoad), latency.Process.At(logLoad));
        (_x, _terms) = (new double[space.Dimensions], new double[watts.Terms.Count]);
    }

    /// <summary>The posterior of a setting given by the indices of its values; empty means the kernel default.</summary>
    public Forecast Score(ReadOnlySpan<int> indices)
    {
        _space.Encode(indices, _x);
        double mean = _wattsModel.Terms.Write(indices, _x, _logLoad, _terms);
        (double logWatts, double wattsVariance) = _watts.Predict(_x, _terms, mean);
        mean = _latencyModel.Terms.Write(indices, _x, _logLoad, _terms);
        (double logLatency, double latencyVariance) = _latency.Predict(_x, _terms, mean);
        return new Forecast(logWatts, Math.Sqrt(wattsVariance), logLatency, Math.Sqrt(latencyVariance));
    }

    /// <summary>The posterior of a setting's ln latency alone: mean and standard deviation.</summary>
    public (double LogLatency, double Sd) ScoreLatency(ReadOnlySpan<int> indices)
    {
        _space.Encode(indices, _x);
        double mean = _latencyModel.Terms.Write(indices, _x, _logLoad, _terms);
        (double logLatency, double variance) = _latency.Predict(_x, _terms, mean);
        return (logLatency, Math.Sqrt(variance));
    }
}
