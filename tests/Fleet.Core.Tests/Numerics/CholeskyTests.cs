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

        Cholesky factor = Cholesky.Factor(matrix, size);
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
        Cholesky factor = Cholesky.Factor([4, 2, 2, 3], 2);

        factor.HalfLogDeterminant.ShouldBe(0.5 * Math.Log(8), 1e-15);
        factor.InverseDiagonal().ShouldBe([0.375, 0.5], 1e-15);
    }

    [Fact]
    public void ASingularMatrixTakesJitterAndStaysFinite()
    {
        Cholesky factor = Cholesky.Factor([1, 1, 1, 1], 2);

        factor.Jitter.ShouldBeInRange(1e-12, 1e-6);
        double.IsFinite(factor.HalfLogDeterminant).ShouldBeTrue();
    }

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    public void AMatrixThatJitterCannotSaveIsRefused(double pivot) =>
        Should.Throw<ArgumentException>(() => Cholesky.Factor([1, 0, 0, pivot], 2)).Message.ShouldContain("not positive definite");

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
