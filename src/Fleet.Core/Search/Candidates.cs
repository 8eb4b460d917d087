using Fleet.Core.Models;
using Fleet.Core.Numerics;

namespace Fleet.Core.Search;

/// <summary>
/// The cells of the space that one step scores: all of them, or a seeded sample of a large space with the neighbours of what was
/// measured.
/// </summary>
internal static class Candidates
{
    /// <summary>Cell numbers in ascending order, without repeats.</summary>
    public static long[] Of(InputSpace space, ulong seed, SearchOptions options, IEnumerable<int[]> measured)
    {
        long cells = space.Space.Cells;
        if (cells <= options.EnumeratedCells)
        {
            var all = new long[cells];
            for (long i = 0; i < cells; i++)
            {
                all[i] = i;
            }

            return all;
        }

        var chosen = new HashSet<long>(options.SampledCells);
        var random = new SplitMix64(seed);
        while (chosen.Count < Math.Min(options.SampledCells, cells))
        {
            chosen.Add(random.NextLong(cells));
        }

        foreach (int[] indices in measured)
        {
            AddNeighbours(space, indices, chosen);
        }

        return [.. chosen.Order()];
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

    private static void AddNeighbours(InputSpace space, int[] indices, HashSet<long> chosen)
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
