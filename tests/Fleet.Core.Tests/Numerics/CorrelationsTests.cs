using System.Numerics;
using Fleet.Core.Numerics;

namespace Fleet.Core.Tests.Numerics;

/// <summary>Against values computed with 50 digits (Python's decimal).</summary>
public class CorrelationsTests
{
    /// <summary>Squared distance, Matérn-5/2, squared exponential.</summary>
    public static readonly TheoryData<double, double, double> Table = new()
    {
        { 0.0, 1, 1 },
        { 1e-12, 9.999999999991666666666677E-1, 9.999999999995000000000001E-1 },
        { 0.0001, 9.999166769599709715191392E-1, 9.999500012499791669270807E-1 },
        { 0.25, 8.286491424181253130751012E-1, 8.824969025845954028648921E-1 },
        { 1.0, 5.239941088318203105927133E-1, 6.065306597126334236037995E-1 },
        { 4.0, 1.386602191385042772814849E-1, 1.353352832366126918939995E-1 },
        { 9.5, 2.410153001636640620200444E-2, 8.651695203120634177071504E-3 },
        { 25.0, 7.509337888737549551398979E-4, 3.726653172078670992924851E-6 },
        { 100.0, 3.695696222052872442430320E-8, 1.928749847963917783017343E-22 },
        { 400.0, 2.694492229388207999416336E-17, 1.383896526736737530648681E-87 },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void EveryLaneMatchesTheTable(double squaredDistance, double matern, double squaredExponential)
    {
        for (int lane = 0; lane < Vector<double>.Count; lane++)
        {
            double[] lanes = new double[Vector<double>.Count];
            lanes[lane] = squaredDistance;
            var vector = new Vector<double>(lanes);
            (Correlations.At(Smoothness.Matern52, vector)[lane] / matern).ShouldBe(1, 1e-13);
            (Correlations.At(Smoothness.SquaredExponential, vector)[lane] / squaredExponential).ShouldBe(1, 1e-13);
        }

        Correlations.At(Smoothness.Matern52, squaredDistance).ShouldBe(Correlations.At(Smoothness.Matern52, new Vector<double>(squaredDistance))[0]);
    }
}
