using System.Collections.Immutable;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>A product of cosines, each along one coordinate, with free amplitude and phases.</summary>
/// <param name="cyclesPerRange">Cycles in the range of each coordinate, 0 and above; above 0 along at most two.</param>
internal sealed class Wave(ImmutableArray<double> cyclesPerRange)
{
    /// <summary>Most terms of a wave.</summary>
    public const int MostTerms = 4;

    /// <summary>Cycles in the range of each coordinate.</summary>
    public ImmutableArray<double> CyclesPerRange { get; } = cyclesPerRange;

    /// <summary>Terms of this wave.</summary>
    public int Terms => 1 << CyclesPerRange.Count(c => c > 0);

    /// <summary>
    /// Writes the wave's linear terms at a point of the unit cube, every product of one cosine or sine of each coordinate, and returns how
    /// many there are. Their scalar product at two points is the product of the cosines of the distances.
    /// </summary>
    public int Write(ReadOnlySpan<double> point, Span<double> terms)
    {
        terms[0] = 1;
        int count = 1;
        for (int d = 0; d < point.Length; d++)
        {
            if (CyclesPerRange[d] == 0)
            {
                continue;
            }

            (double sin, double cos) = Math.SinCos(2 * Math.PI * CyclesPerRange[d] * point[d]);
            for (int t = 0; t < count; t++)
            {
                (terms[t], terms[count + t]) = (terms[t] * cos, terms[t] * sin);
            }

            count *= 2;
        }

        return count;
    }

    /// <summary>The wave with other cycles along one coordinate.</summary>
    public Wave With(int dimension, double cyclesPerRange) => new(CyclesPerRange.SetItem(dimension, cyclesPerRange));
}
