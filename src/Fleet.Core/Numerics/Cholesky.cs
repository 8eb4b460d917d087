using System.Numerics;

namespace Fleet.Core.Numerics;

/// <summary>
/// Lower Cholesky factor of a symmetric positive definite matrix in one flat row-major array, with as much jitter on the
/// diagonal as it takes. Flat and in place because the model factors some hundred small matrices for each decision.
/// </summary>
internal sealed class Cholesky
{
    private const double FirstJitter = 1e-10;
    private const double LastJitter = 1e-2;
    private readonly double[] _l;

    private Cholesky(double[] l, int size, double jitter) => (_l, Size, Jitter) = (l, size, jitter);

    /// <summary>Rows of the matrix.</summary>
    public int Size { get; }

    /// <summary>What was added to the diagonal, as a share of its mean; 0 when nothing was needed.</summary>
    public double Jitter { get; }

    /// <summary>Half of ln det of the matrix.</summary>
    public double HalfLogDeterminant
    {
        get
        {
            double sum = 0;
            for (int i = 0; i < Size; i++)
            {
                sum += Math.Log(_l[(i * Size) + i]);
            }

            return sum;
        }
    }

    /// <summary>Factors the matrix, of which only the lower triangle is read; it is left unchanged.</summary>
    /// <exception cref="ArgumentException">The matrix is not positive definite even with a jitter of 1 % of its mean
    /// diagonal.</exception>
    public static Cholesky Factor(ReadOnlySpan<double> matrix, int size)
    {
        double meanDiagonal = 0;
        for (int i = 0; i < size; i++)
        {
            meanDiagonal += matrix[(i * size) + i] / size;
        }

        var l = new double[size * size];
        double jitter = 0;
        while (!TryFactor(matrix, l, size, jitter * meanDiagonal))
        {
            jitter = jitter == 0 ? FirstJitter : jitter * 10;
            if (!(jitter <= LastJitter))
            {
                throw new ArgumentException(
                    $"{size}×{size} matrix is not positive definite (mean diagonal {meanDiagonal:R})", nameof(matrix));
            }
        }

        return new Cholesky(l, size, jitter);
    }

    /// <summary>Solves L·v = b into <paramref name="v"/>, which may be the same memory as <paramref name="b"/>.</summary>
    public void SolveLower(ReadOnlySpan<double> b, Span<double> v)
    {
        for (int i = 0; i < Size; i++)
        {
            int row = i * Size;
            v[i] = (b[i] - Dot(_l.AsSpan(row, i), v[..i])) / _l[row + i];
        }
    }

    /// <summary>Solves L·Lᵀ·x = b into <paramref name="x"/>, which may be the same memory as <paramref name="b"/>.</summary>
    public void Solve(ReadOnlySpan<double> b, Span<double> x)
    {
        SolveLower(b, x);
        for (int i = Size - 1; i >= 0; i--)
        {
            double value = x[i] /= _l[(i * Size) + i];
            for (int j = 0; j < i; j++)
            {
                x[j] -= _l[(i * Size) + j] * value;
            }
        }
    }

    /// <summary>Diagonal of the inverse of the matrix: the leave-one-out variances are its reciprocals.</summary>
    public double[] InverseDiagonal()
    {
        var diagonal = new double[Size];
        Span<double> column = Size <= 256 ? stackalloc double[Size] : new double[Size];
        for (int j = 0; j < Size; j++)
        {
            column.Clear();
            column[j] = 1;
            SolveLower(column, column);
            diagonal[j] = Dot(column, column);
        }

        return diagonal;
    }

    /// <summary>Scalar product.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        int i = 0;
        double sum = 0;
        if (a.Length >= Vector<double>.Count)
        {
            Vector<double> acc = Vector<double>.Zero;
            for (; i <= a.Length - Vector<double>.Count; i += Vector<double>.Count)
            {
                acc += new Vector<double>(a[i..]) * new Vector<double>(b[i..]);
            }

            sum = Vector.Sum(acc);
        }

        for (; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    private static bool TryFactor(ReadOnlySpan<double> matrix, double[] l, int size, double jitter)
    {
        for (int i = 0; i < size; i++)
        {
            Span<double> rowI = l.AsSpan(i * size, size);
            for (int j = 0; j < i; j++)
            {
                ReadOnlySpan<double> rowJ = l.AsSpan(j * size, j);
                rowI[j] = (matrix[(i * size) + j] - Dot(rowI[..j], rowJ)) / l[(j * size) + j];
            }

            double pivot = matrix[(i * size) + i] + jitter - Dot(rowI[..i], rowI[..i]);
            if (!(pivot > 0) || !double.IsFinite(pivot))
            {
                return false;
            }

            rowI[i] = Math.Sqrt(pivot);
        }

        return true;
    }
}
