namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>Hartmann's functions: four Gaussian wells in 3 or 6 dimensions (Dixon and Szegö 1978).</summary>
internal static class Hartmann
{
    /// <summary>Inverse squared widths of the wells of the 3-dimensional function.</summary>
    public static readonly double[][] Scales3 = [[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]];

    /// <summary>Centres of its wells.</summary>
    public static readonly double[][] Centres3 =
    [
        [0.3689, 0.1170, 0.2673], [0.4699, 0.4387, 0.7470], [0.1091, 0.8732, 0.5547], [0.0381, 0.5743, 0.8828],
    ];

    /// <summary>Inverse squared widths of the wells of the 6-dimensional function.</summary>
    public static readonly double[][] Scales6 =
    [
        [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14],
    ];

    /// <summary>Centres of its wells.</summary>
    public static readonly double[][] Centres6 =
    [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];

    private static readonly double[] Depths = [1, 1.2, 3, 3.2];

    /// <summary>The function with these wells.</summary>
    public static double Value(double[] x, double[][] scales, double[][] centres)
    {
        double sum = 0;
        for (int well = 0; well < Depths.Length; well++)
        {
            double distance = 0;
            for (int d = 0; d < x.Length; d++)
            {
                double step = x[d] - centres[well][d];
                distance += scales[well][d] * step * step;
            }

            sum += Depths[well] * Math.Exp(-distance);
        }

        return -sum;
    }
}
