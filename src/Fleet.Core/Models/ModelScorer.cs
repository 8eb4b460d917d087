using System.Numerics;
using System.Runtime.InteropServices;

namespace Fleet.Core.Models;

/// <summary>
/// Scores settings at one load, as many at a time as a vector has lanes. Its buffers are its own: scoring allocates nothing, and one scorer
/// serves one thread.
/// </summary>
internal sealed class ModelScorer
{
    private static readonly int Lanes = Vector<double>.Count;

    private readonly InputSpace _space;
    private readonly OutputModel _wattsModel;
    private readonly OutputModel _latencyModel;
    private readonly GaussianProcess.Scorer _watts;
    private readonly GaussianProcess.Scorer _latency;
    private readonly double _logLoad;
    private readonly int[] _indices;
    private readonly double[] _x;
    private readonly double[] _terms;
    private readonly double[] _means;
    private readonly double[] _lanesX;
    private readonly double[] _lanesWatts;
    private readonly double[] _lanesLatency;

    /// <summary>Creates the buffers.</summary>
    public ModelScorer(InputSpace space, OutputModel watts, OutputModel latency, double logLoad)
    {
        (_space, _wattsModel, _latencyModel, _logLoad) = (space, watts, latency, logLoad);
        (_watts, _latency) = (watts.Process.At(logLoad), latency.Process.At(logLoad));
        (_indices, _x, _terms) = (new int[space.Space.Knobs.Length], new double[space.Dimensions], new double[watts.Terms.Count]);
        (_means, _lanesX) = (new double[2 * Lanes], new double[space.Dimensions * Lanes]);
        (_lanesWatts, _lanesLatency) = (new double[watts.Terms.Count * Lanes], new double[latency.Terms.Count * Lanes]);
    }

    /// <summary>The posterior of a setting given by the indices of its values; empty means the kernel default.</summary>
    public Forecast Score(ReadOnlySpan<int> indices)
    {
        for (int lane = 0; lane < Lanes; lane++)
        {
            Place(indices, lane, watts: true);
        }

        Span<Forecast> one = stackalloc Forecast[1];
        Predict(one);
        return one[0];
    }

    /// <summary>The posteriors of cells; a negative cell means the kernel default.</summary>
    public void Score(ReadOnlySpan<long> cells, Span<Forecast> forecasts)
    {
        for (int first = 0; first < cells.Length; first += Lanes)
        {
            PlaceBlock(cells, first, watts: true);
            Predict(forecasts[first..Math.Min(first + Lanes, cells.Length)]);
        }
    }

    /// <summary>The posteriors of ln latency alone.</summary>
    public void ScoreLatency(ReadOnlySpan<long> cells, Span<double> logLatency, Span<double> sd)
    {
        for (int first = 0; first < cells.Length; first += Lanes)
        {
            PlaceBlock(cells, first, watts: false);
            (Vector<double> mean, Vector<double> variance) = PredictLatency();
            Vector<double> root = Vector.SquareRoot(variance);
            for (int lane = 0; lane < Math.Min(Lanes, cells.Length - first); lane++)
            {
                (logLatency[first + lane], sd[first + lane]) = (mean[lane], root[lane]);
            }
        }
    }

    private void Predict(Span<Forecast> forecasts)
    {
        (Vector<double> logLatency, Vector<double> latencyVariance) = PredictLatency();
        (Vector<double> logWatts, Vector<double> wattsVariance) = _watts.Predict(
            Vectors(_lanesX), Vectors(_lanesWatts), new Vector<double>(_means, 0));
        Vector<double> wattsSd = Vector.SquareRoot(wattsVariance);
        Vector<double> latencySd = Vector.SquareRoot(latencyVariance);
        for (int lane = 0; lane < forecasts.Length; lane++)
        {
            forecasts[lane] = new Forecast(logWatts[lane], wattsSd[lane], logLatency[lane], latencySd[lane]);
        }
    }

    private (Vector<double> Mean, Vector<double> Variance) PredictLatency() =>
        _latency.Predict(Vectors(_lanesX), Vectors(_lanesLatency), new Vector<double>(_means, Lanes));

    private void PlaceBlock(ReadOnlySpan<long> cells, int first, bool watts)
    {
        for (int lane = 0; lane < Lanes; lane++)
        {
            // The last block repeats its last cell: every vector is whole and no lane holds numbers of an earlier block.
            long cell = cells[Math.Min(first + lane, cells.Length - 1)];
            if (cell < 0)
            {
                Place([], lane, watts);
            }
            else
            {
                _space.IndicesOf(cell, _indices);
                Place(_indices, lane, watts);
            }
        }
    }

    private void Place(ReadOnlySpan<int> indices, int lane, bool watts)
    {
        _space.Encode(indices, _x);
        Scatter(_x, _lanesX, lane);
        if (watts)
        {
            _means[lane] = _wattsModel.Terms.Write(indices, _x, _logLoad, _terms);
            Scatter(_terms, _lanesWatts, lane);
        }

        _means[Lanes + lane] = _latencyModel.Terms.Write(indices, _x, _logLoad, _terms);
        Scatter(_terms, _lanesLatency, lane);
    }

    private static void Scatter(ReadOnlySpan<double> values, Span<double> lanes, int lane)
    {
        for (int i = 0; i < values.Length; i++)
        {
            lanes[(i * Lanes) + lane] = values[i];
        }
    }

    private static ReadOnlySpan<Vector<double>> Vectors(double[] lanes) => MemoryMarshal.Cast<double, Vector<double>>(lanes.AsSpan());
}
