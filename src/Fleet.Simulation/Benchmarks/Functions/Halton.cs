namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>Halton's low-discrepancy sequence.</summary>
internal static class Halton
{
    private static readonly int[] Bases = [2, 3, 5, 7, 11, 13, 17];

    /// <summary>The coordinate of the point with this number, 1 and above; dimensions 0 to 6.</summary>
    public static double Value(int number, int dimension)
    {
        int radix = Bases[dimension];
        double value = 0;
        double digit = 1.0 / radix;
        for (; number > 0; number /= radix, digit /= radix)
        {
            value += digit * (number % radix);
        }

        return value;
    }
}
