namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>
/// The four designs of mechanical engineering that constrained searches are compared on, in inches, pounds and their combinations: Coello
/// Coello (2000 and 2002: pressure vessel, welded beam), Hedar and Fukushima (2006: spring), Lemonge et al. (2010: speed reducer), in the
/// bounds and forms of BoTorch's test functions. Constraints are met at 0 and below.
/// </summary>
internal static class Designs
{
    private const double SheetStep = 0.0625;
    private const double Load = 6000;
    private const double Overhang = 14;
    private const double Elasticity = 30e6;
    private const double Rigidity = 12e6;

    /// <summary>Cost of a pressure vessel: thickness of shell and head, which come in sheets, radius, length.</summary>
    public static double Vessel(double[] x)
    {
        (double shell, double head) = (Sheets(x[0]), Sheets(x[1]));
        return (0.6224 * shell * x[2] * x[3]) + (1.7781 * head * x[2] * x[2]) + (3.1661 * shell * shell * x[3])
            + (19.84 * shell * shell * x[2]);
    }

    /// <summary>Thickness of shell and head, volume, length.</summary>
    public static Func<double[], double>[] VesselLimits { get; } =
    [
        x => (0.0193 * x[2]) - x[0],
        x => (0.00954 * x[2]) - x[1],
        x => 1_296_000 - (Math.PI * x[2] * x[2] * x[3]) - (4.0 / 3 * Math.PI * Math.Pow(x[2], 3)),
        x => x[3] - 240,
    ];

    /// <summary>Cost of a welded beam: weld's thickness and length, beam's height and thickness.</summary>
    public static double Beam(double[] x) => (1.10471 * x[0] * x[0] * x[1]) + (0.04811 * x[2] * x[3] * (Overhang + x[1]));

    /// <summary>Shear stress, bending stress, weld within the beam, cost, deflection, buckling load.</summary>
    public static Func<double[], double>[] BeamLimits { get; } =
    [
        x => Shear(x) - 13_600,
        x => (6 * Load * Overhang / (x[3] * x[2] * x[2])) - 30_000,
        x => x[0] - x[3],
        x => (0.10471 * x[0] * x[0]) + (0.04811 * x[2] * x[3] * (Overhang + x[1])) - 5,
        x => (4 * Load * Math.Pow(Overhang, 3) / (Elasticity * Math.Pow(x[2], 3) * x[3])) - 0.25,
        x => Load - Buckling(x),
    ];

    /// <summary>Weight of a spring: wire's and coil's diameter, active coils.</summary>
    public static double Spring(double[] x) => x[0] * x[0] * x[1] * (x[2] + 2);

    /// <summary>Deflection, shear stress, surge frequency, outer diameter; at most 100 each, which is far beyond the limit.</summary>
    public static Func<double[], double>[] SpringLimits { get; } =
    [
        x => Math.Min(100, 1 - (Math.Pow(x[1], 3) * x[2] / (71_785 * Math.Pow(x[0], 4)))),
        x => Math.Min(
            100,
            (((4 * x[1] * x[1]) - (x[0] * x[1])) / (12_566 * Math.Pow(x[0], 3) * (x[1] - x[0]))) + (1 / (5108 * x[0] * x[0])) - 1),
        x => Math.Min(100, 1 - (140.45 * x[0] / (x[2] * x[1] * x[1]))),
        x => Math.Min(100, ((x[0] + x[1]) / 1.5) - 1),
    ];

    /// <summary>Weight of a speed reducer: face width, tooth module, teeth, lengths and diameters of two shafts.</summary>
    public static double Reducer(double[] x) =>
        (0.7854 * x[0] * x[1] * x[1] * ((3.3333 * x[2] * x[2]) + (14.9334 * x[2]) - 43.0934))
        - (1.508 * x[0] * ((x[5] * x[5]) + (x[6] * x[6]))) + (7.4777 * (Math.Pow(x[5], 3) + Math.Pow(x[6], 3)))
        + (0.7854 * ((x[3] * x[5] * x[5]) + (x[4] * x[6] * x[6])));

    /// <summary>Stresses of teeth, deflections and stresses of both shafts, and proportions.</summary>
    public static Func<double[], double>[] ReducerLimits { get; } =
    [
        x => (27 / (x[0] * x[1] * x[1] * x[2])) - 1,
        x => (397.5 / (x[0] * x[1] * x[1] * x[2] * x[2])) - 1,
        x => (1.93 * Math.Pow(x[3], 3) / (x[1] * x[2] * Math.Pow(x[5], 4))) - 1,
        x => (1.93 * Math.Pow(x[4], 3) / (x[1] * x[2] * Math.Pow(x[6], 4))) - 1,
        x => ShaftStress(x, x[3], x[5], 16.9e6) - 1100,
        x => ShaftStress(x, x[4], x[6], 157.5e6) - 850,
        x => (x[1] * x[2]) - 40,
        x => 5 - (x[0] / x[1]),
        x => (x[0] / x[1]) - 12,
        x => (((1.5 * x[5]) + 1.9) / x[3]) - 1,
        x => (((1.1 * x[6]) + 1.9) / x[4]) - 1,
    ];

    private static double Sheets(double thickness) => Math.Round(thickness / SheetStep) * SheetStep;

    private static double Shear(double[] x)
    {
        double reach = Math.Sqrt(0.25 * ((x[1] * x[1]) + ((x[0] + x[2]) * (x[0] + x[2]))));
        double inertia = 2 * Math.Sqrt(2) * x[0] * x[1] * ((x[1] * x[1] / 12) + (0.25 * (x[0] + x[2]) * (x[0] + x[2])));
        double direct = Load / (Math.Sqrt(2) * x[0] * x[1]);
        double twist = Load * (Overhang + (x[1] / 2)) * reach / inertia;
        return Math.Sqrt((direct * direct) + (direct * twist * x[1] / reach) + (twist * twist));
    }

    private static double Buckling(double[] x) => 4.013 * Elasticity * x[2] * Math.Pow(x[3], 3) * 6 / (Overhang * Overhang)
        * (1 - (0.25 * x[2] * Math.Sqrt(Elasticity / Rigidity) / Overhang));

    private static double ShaftStress(double[] x, double length, double diameter, double bending) =>
        Math.Sqrt(Math.Pow(745 * length / (x[1] * x[2]), 2) + bending) / (0.1 * Math.Pow(diameter, 3));
}
