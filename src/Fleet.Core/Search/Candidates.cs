using Fleet.Core.Models;
using Fleet.Core.Numerics;

namespace Fleet.Core.Search;

/// <summary>
/// The cells of the space that one step scores: all of them, or a seeded sample of a large space with the neighbours of what was
/// measured.
/// </summary>
internal static class Candidates
{
    /// <summary>Spaces with more cells than this are sampled.</summary>
    public const long EnumeratedCells = 20_000;

    private const int Sampled = 4_000;

    /// <summary>Cell numbers in ascending order, without repeats.</summary>
    public static long[] Of(InputSpace space, ulong seed, IEnumerable<int[]> measured)
    {
        long cells = space.Space.Cells;
        if (cells <= EnumeratedCells)
        {
            var all = new long[cells];
            for (long i = 0; i < cells; i++)
            {
                all[i] = i;
            }

            return all;
        }

        var chosen = new SortedSet<long>();
        var random = new SplitMix64(seed);
        while (chosen.Count < Sampled)
        {
            chosen.Add(random.NextLong(cells));
        }

        foreach (int[] indices in measured)
        {
            AddNeighbours(space, indices, chosen);
        }

        return [.. chosen];
    }

    /// <summary>The number of the cell with these indices.</summary>
    public static long CellOf(InputSpace space, ReadOnlySpan<int> indices)
    {
        long cell = 0;
        for (int k = 0; k < indices.Length; k++)
        {
            cell = (cell * space.Space.Knobs[k].LegalValues.Length) + indices[k];
        }

        return cell;
    }

    private static void AddNeighbours(InputSpace space, int[] indices, SortedSet<long> chosen)
    {
        chosen.Add(CellOf(space, indices));
        int[] near = [.. indices];
        for (int k = 0; k < indices.Length; k++)
        {
            int legal = space.Space.Knobs[k].LegalValues.Length;
            for (int step = -2; step <= 2; step++)
            {
                near[k] = Math.Clamp(indices[k] + step, 0, legal - 1);
                chosen.Add(CellOf(space, near));
            }

            near[k] = indices[k];
        }
    }
}
