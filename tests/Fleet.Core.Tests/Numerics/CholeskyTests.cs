using System.Numerics;
using Fleet.Core.Numerics;

namespace Fleet.Core.Tests.Numerics;

public class CholeskyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(60)]
    public void SolvesWhatItFactored(int size)
    {
        double[] matrix = RandomPositive(size, 7);
        double[] truth = [.. Enumerable.Range(0, size).Select(i => Math.Sin(i + 1))];
        double[] right = [.. Enumerable.Range(0, size).Select(i => Cholesky.Dot(matrix.AsSpan(i * size, size), truth))];

        Cholesky factor = Cholesky.Factor(Packed(matrix, size), size);
        factor.Solve(right, right);

        factor.Jitter.ShouldBe(0);
        for (int i = 0; i < size; i++)
        {
            right[i].ShouldBe(truth[i], 1e-9);
        }
    }

    [Fact]
    public void DeterminantAndInverseDiagonalOfAKnownMatrix()
    {
        // [[4,2],[2,3]]: determinant 8, inverse diagonal (3/8, 4/8).
        Cholesky factor = Cholesky.Factor([4, 2, 3], 2);

        factor.HalfLogDeterminant.ShouldBe(0.5 * Math.Log(8), 1e-15);
        factor.InverseDiagonal().ShouldBe([0.375, 0.5], 1e-15);
    }

    [Fact]
    public void OneMoreRowGivesTheFactorOfTheLargerMatrix()
    {
        double[] packed = Packed(RandomPositive(18, 3), 18);
        Cholesky whole = Cholesky.Factor(packed, 18);

        Cholesky grown = Cholesky.Factor(packed.AsSpan(0, Cholesky.PackedLength(17)), 17).With(packed.AsSpan(Cholesky.At(17, 0))).ShouldNotBeNull();

        grown.Size.ShouldBe(18);
        grown.Row(17).ToArray().ShouldBe(whole.Row(17).ToArray(), 1e-12);
        grown.InverseDiagonal().ShouldBe(whole.InverseDiagonal(), 1e-12);
        Cholesky.Factor([1], 1).With([1, 1]).ShouldBeNull("the larger matrix is singular");
    }

    [Fact]
    public void ASingularMatrixTakesJitterAndStaysFinite()
    {
        Cholesky factor = Cholesky.Factor([1, 1, 1], 2);

        factor.Jitter.ShouldBeInRange(1e-12, 1e-6);
        double.IsFinite(factor.HalfLogDeterminant).ShouldBeTrue();
    }

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    public void AMatrixThatJitterCannotSaveIsRefused(double pivot) =>
        Should.Throw<ArgumentException>(() => Cholesky.Factor([1, 0, pivot], 2)).Message.ShouldContain("not positive definite");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(60)]
    public void ManyRightSidesAtOnceGiveWhatEachGivesAlone(int size)
    {
        Cholesky factor = Cholesky.Factor(Packed(RandomPositive(size, 3), size), size);
        var random = new SplitMix64(5);
        double[][] sides =
            [.. Enumerable.Range(0, Vector<double>.Count).Select(_ => Enumerable.Range(0, size).Select(_ => random.NextNormal()).ToArray())];
        Vector<double>[] block = [.. Enumerable.Range(0, size).Select(i => new Vector<double>([.. sides.Select(s => s[i])]))];
        factor.SolveLower(block);

        for (int lane = 0; lane < sides.Length; lane++)
        {
            factor.SolveLower(sides[lane], sides[lane]);
            for (int i = 0; i < size; i++)
            {
                block[i][lane].ShouldBe(sides[lane][i], 1e-12);
            }
        }
    }

    [Fact]
    public void AFactorIsUsedAgainWithoutATraceOfTheLastMatrix()
    {
        var factor = new Cholesky(2);
        factor.Factor([1, 1, 1]);
        factor.Jitter.ShouldBeGreaterThan(0);
        factor.Factor([4, 2, 3]);
        factor.Jitter.ShouldBe(0);
        factor.HalfLogDeterminant.ShouldBe(0.5 * Math.Log(8), 1e-15);
    }

    private static double[] Packed(double[] full, int size) =>
        [.. Enumerable.Range(0, size).SelectMany(i => full[(i * size)..((i * size) + i + 1)])];

    private static double[] RandomPositive(int size, ulong seed)
    {
        var random = new SplitMix64(seed);
        double[] a = [.. Enumerable.Range(0, size * size).Select(_ => random.NextNormal())];
        var matrix = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                matrix[(i * size) + j] = Cholesky.Dot(a.AsSpan(i * size, size), a.AsSpan(j * size, size)) + (i == j ? size : 0);
            }
        }

        return matrix;
    }
}
