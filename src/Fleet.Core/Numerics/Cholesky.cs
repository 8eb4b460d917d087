using System.Numerics;

namespace Fleet.Core.Numerics;

/// <summary>
/// Lower Cholesky factor of a symmetric positive definite matrix with as much jitter on the diagonal as it takes. Matrix and factor are
/// packed: the rows of the lower triangle one after the other, row i with i + 1 numbers, because the model factors some hundred small
/// matrices for each decision and every inner loop then runs over adjacent memory.
/// </summary>
internal sealed class Cholesky
{
    private const double FirstJitter = 1e-10;
    private const double LastJitter = 1e-2;
    private readonly double[] _l;

    /// <summary>Room for the factor of a matrix with so many rows; <see cref="Factor(ReadOnlySpan{double})"/> fills it.</summary>
    public Cholesky(int size) => (_l, Size) = (new double[PackedLength(size)], size);

    /// <summary>Rows of the matrix.</summary>
    public int Size { get; }

    /// <summary>What was added to the diagonal, as a share of its mean; 0 when nothing was needed.</summary>
    public double Jitter { get; private set; }

    /// <summary>Half of ln det of the matrix.</summary>
    public double HalfLogDeterminant
    {
        get
        {
            double sum = 0;
            for (int i = 0; i < Size; i++)
            {
                sum += Math.Log(_l[At(i, i)]);
            }

            return sum;
        }
    }

    /// <summary>Numbers in a packed lower triangle.</summary>
    public static int PackedLength(int size) => size * (size + 1) / 2;

    /// <summary>Place of an element of the lower triangle, column at most row.</summary>
    public static int At(int row, int column) => (row * (row + 1) / 2) + column;

    /// <summary>Factors a packed matrix, which is left unchanged.</summary>
    /// <exception cref="ArgumentException">The matrix is not positive definite even with a jitter of 1 % of its mean
    /// diagonal.</exception>
    public static Cholesky Factor(ReadOnlySpan<double> matrix, int size)
    {
        var factor = new Cholesky(size);
        factor.Factor(matrix);
        return factor;
    }

    /// <summary>The same into this factor's own memory.</summary>
    /// <exception cref="ArgumentException">The matrix is not positive definite even with a jitter of 1 % of its mean
    /// diagonal.</exception>
    public void Factor(ReadOnlySpan<double> matrix)
    {
        double meanDiagonal = 0;
        for (int i = 0; i < Size; i++)
        {
            meanDiagonal += matrix[At(i, i)] / Size;
        }

        double jitter = 0;
        while (!TryFactor(matrix, jitter * meanDiagonal))
        {
            jitter = jitter == 0 ? FirstJitter : jitter * 10;
            if (!(jitter <= LastJitter))
            {
                throw new ArgumentException(
                    $"{Size}×{Size} matrix is not positive definite (mean diagonal {meanDiagonal:R})", nameof(matrix));
            }
        }

        Jitter = jitter;
    }

    /// <summary>
    /// The factor of the matrix with one more row and column, by one solution instead of a new factorisation; null when that is not positive
    /// definite without more jitter.
    /// </summary>
    /// <param name="row">The new row of the matrix, its diagonal last.</param>
    public Cholesky? With(ReadOnlySpan<double> row)
    {
        var larger = new Cholesky(Size + 1) { Jitter = Jitter };
        _l.CopyTo(larger._l, 0);
        Span<double> last = larger._l.AsSpan(At(Size, 0), Size + 1);
        SolveLower(row[..Size], last[..Size]);
        double pivot = row[Size] - Dot(last[..Size], last[..Size]);
        last[Size] = Math.Sqrt(pivot);
        return pivot > 0 && double.IsFinite(pivot) ? larger : null;
    }

    /// <summary>Row of the factor up to its diagonal.</summary>
    public ReadOnlySpan<double> Row(int row) => _l.AsSpan(At(row, 0), row + 1);

    /// <summary>Solves L·v = b into <paramref name="v"/>, which may be the same memory as <paramref name="b"/>.</summary>
    public void SolveLower(ReadOnlySpan<double> b, Span<double> v)
    {
        for (int i = 0; i < Size; i++)
        {
            ReadOnlySpan<double> row = Row(i);
            v[i] = (b[i] - Dot(row[..i], v[..i])) / row[i];
        }
    }

    /// <summary>
    /// The same for as many right sides as a vector has lanes: element i of every right side is <paramref name="b"/>[i].
    /// </summary>
    public void SolveLower(Span<Vector<double>> b)
    {
        for (int i = 0; i < Size; i++)
        {
            ReadOnlySpan<double> row = Row(i);
            Vector<double> even = b[i];
            Vector<double> odd = Vector<double>.Zero;
            int j = 0;
            for (; j < i - 1; j += 2)
            {
                even -= b[j] * row[j];
                odd -= b[j + 1] * row[j + 1];
            }

            if (j < i)
            {
                even -= b[j] * row[j];
            }

            b[i] = (even + odd) * (1 / row[i]);
        }
    }

    /// <summary>Solves L·Lᵀ·x = b into <paramref name="x"/>, which may be the same memory as <paramref name="b"/>.</summary>
    public void Solve(ReadOnlySpan<double> b, Span<double> x)
    {
        SolveLower(b, x);
        for (int i = Size - 1; i >= 0; i--)
        {
            ReadOnlySpan<double> row = Row(i);
            double value = x[i] /= row[i];
            for (int j = 0; j < i; j++)
            {
                x[j] -= row[j] * value;
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
            // The solution is 0 above the column's own row.
            double sum = 0;
            for (int i = j; i < Size; i++)
            {
                ReadOnlySpan<double> row = Row(i);
                double value = ((i == j ? 1 : 0) - Dot(row[j..i], column[j..i])) / row[i];
                column[i] = value;
                sum += value * value;
            }

            diagonal[j] = sum;
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

    private bool TryFactor(ReadOnlySpan<double> matrix, double jitter)
    {
        for (int i = 0; i < Size; i++)
        {
            int start = At(i, 0);
            Span<double> rowI = _l.AsSpan(start, i + 1);
            for (int j = 0; j < i; j++)
            {
                ReadOnlySpan<double> rowJ = Row(j);
                rowI[j] = (matrix[start + j] - Dot(rowI[..j], rowJ[..j])) / rowJ[j];
            }

            double pivot = matrix[start + i] + jitter - Dot(rowI[..i], rowI[..i]);
            if (!(pivot > 0) || !double.IsFinite(pivot))
            {
                return false;
            }

            rowI[i] = Math.Sqrt(pivot);
        }

        return true;
    }
}
