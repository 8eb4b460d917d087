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
    private const int Block = 4;
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
        int i = 0;
        for (; i + Block <= Size; i += Block)
        {
            SolveBlock(b, i);
        }

        for (; i < Size; i++)
        {
            SolveFrom(b, i, 0, b[i]);
        }
    }

    /// <summary>
    /// Four rows at once: each element that is known is loaded once for all four, and their sums need not wait for one another.
    /// </summary>
    private void SolveBlock(Span<Vector<double>> b, int i)
    {
        ReadOnlySpan<double> row0 = Row(i)[..i];
        ReadOnlySpan<double> row1 = Row(i + 1)[..i];
        ReadOnlySpan<double> row2 = Row(i + 2)[..i];
        ReadOnlySpan<double> row3 = Row(i + 3)[..i];
        (Vector<double> left0, Vector<double> left1, Vector<double> left2, Vector<double> left3) = (b[i], b[i + 1], b[i + 2], b[i + 3]);
        for (int j = 0; j < row0.Length; j++)
        {
            Vector<double> known = -b[j];
            left0 = Vector.FusedMultiplyAdd(known, new Vector<double>(row0[j]), left0);
            left1 = Vector.FusedMultiplyAdd(known, new Vector<double>(row1[j]), left1);
            left2 = Vector.FusedMultiplyAdd(known, new Vector<double>(row2[j]), left2);
            left3 = Vector.FusedMultiplyAdd(known, new Vector<double>(row3[j]), left3);
        }

        SolveFrom(b, i, i, left0);
        SolveFrom(b, i + 1, i, left1);
        SolveFrom(b, i + 2, i, left2);
        SolveFrom(b, i + 3, i, left3);
    }

    /// <summary>The element of a row of which what lies before a column is already taken away.</summary>
    private void SolveFrom(Span<Vector<double>> b, int row, int column, Vector<double> left)
    {
        ReadOnlySpan<double> factor = Row(row);
        for (int j = column; j < row; j++)
        {
            left = Vector.FusedMultiplyAdd(-b[j], new Vector<double>(factor[j]), left);
        }

        b[row] = left * (1 / factor[row]);
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
