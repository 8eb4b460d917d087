using Fleet.Core.Knobs;
using Fleet.Core.Models;

namespace Fleet.Core.Tests.Models;

public class OutputModelTests
{
    private const int Rows = 12;
    private const int Aborted = 8;
    private static readonly OutputPrior Prior = OutputPrior.LogLatency;
    private static readonly InputSpace Space = new(
        new KnobSpace([new Knob("budget", [.. Enumerable.Range(0, Rows).Select(i => (long)i)], KnobScale.Linear)]));

    // Variance of a standard normal that exceeds z: 1 + zh - h², h its mean.
    [Theory]
    [InlineData(-1, 0.62969)]
    [InlineData(0, 0.36338)]
    [InlineData(1, 0.19910)]
    public void AnAbortedRowLeavesOpenWhatANormalAboveItsBoundDoes(double z, double share)
    {
        var terms = new LinearTerms(Space, Prior, level: 5, baseLatencyUs: 100, logLoad: 10);
        double[] parameters = Prior.Kernel.Mode(Space.GroupCount + 1);
        TrainingSet data = Line(terms);
        (double[] mean, double[] variance) = new GaussianProcess(data, Space.Groups, Prior.Kernel, parameters).LeaveOneOut();
        data.Target[Aborted] = mean[Aborted] + (z * Math.Sqrt(variance[Aborted]));
        bool[] censored = [.. Enumerable.Range(0, Rows).Select(i => i == Aborted)];

        // What the others say of the row is as before, so its variance without it rises by the noise that it was given.
        OutputModel model = OutputModel.Fit(data, censored, Space, terms, Prior, parameters);
        double given = model.Process.LeaveOneOut().Variance[Aborted] - variance[Aborted];
        (given / variance[Aborted]).ShouldBe(share, 1e-5);
    }

    /// <summary>Rows that rise by as much from value to value.</summary>
    private static TrainingSet Line(LinearTerms terms)
    {
        var (inputs, basis) = (new double[Rows * Space.Dimensions], new double[Rows * terms.Count]);
        var (load, mean, target, noise) = (new double[Rows], new double[Rows], new double[Rows], new double[Rows]);
        for (int i = 0; i < Rows; i++)
        {
            Span<double> x = inputs.AsSpan(i * Space.Dimensions, Space.Dimensions);
            Space.Encode([i], x);
            mean[i] = terms.Write([i], x, 10, basis.AsSpan(i * terms.Count, terms.Count));
            (load[i], target[i], noise[i]) = (10, 5 + (0.03 * i), Prior.NoiseFloor * Prior.NoiseFloor);
        }

        return new TrainingSet(inputs, Space.Dimensions, load, basis, terms.Count, mean, new int[Rows], target, noise);
    }
}
