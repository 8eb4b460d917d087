namespace Fleet.Lab.Report;

/// <summary>Kernel default against tuned, in interleaved windows of the same run.</summary>
/// <param name="KernelDefault">Windows with every knob as the agents found it.</param>
/// <param name="Tuned">Windows with the tuned settings.</param>
/// <param name="CpuSavedRatio">1 - tuned / default of server CPU per request.</param>
/// <param name="CpuSavedLow">Lower end of its 95 % interval: pairs resampled 2,000 times.</param>
/// <param name="CpuSavedHigh">Upper end.</param>
/// <param name="PowerSavedRatio">1 - tuned / default of power.</param>
public sealed record Comparison(
    ArmSummary KernelDefault,
    ArmSummary Tuned,
    double? CpuSavedRatio,
    double? CpuSavedLow,
    double? CpuSavedHigh,
    double? PowerSavedRatio)
{
    private const int Resamples = 2000;

    /// <summary>Compares the windows; null unless both sides have one.</summary>
    public static Comparison? Of(IReadOnlyCollection<ReportWindow> windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        ArmSummary? plain = ArmSummary.Of([.. windows.Where(w => !w.Tuned)]);
        ArmSummary? tuned = ArmSummary.Of([.. windows.Where(w => w.Tuned)]);
        if (plain is null || tuned is null)
        {
            return null;
        }

        double[] resampled = Resample(windows);
        return new Comparison(
            plain,
            tuned,
            Saved(plain.CpuUsPerRequest, tuned.CpuUsPerRequest),
            resampled.Length == 0 ? null : resampled[(int)(0.025 * resampled.Length)],
            resampled.Length == 0 ? null : resampled[(int)(0.975 * resampled.Length)],
            Saved(plain.Watts, tuned.Watts));
    }

    private static double? Saved(double? from, double? to) => from > 0 && to is not null ? 1 - (to / from) : null;

    // Percentile bootstrap over pairs (Efron 1979): a pair shares the noise of its moment, so pairs are the independent unit.
    private static double[] Resample(IReadOnlyCollection<ReportWindow> windows)
    {
        ReportWindow[][] pairs = [.. windows.Where(w => w.ServerCpuUs is not null).GroupBy(w => w.Pair)
            .Where(g => g.Any(w => w.Tuned) && g.Any(w => !w.Tuned)).Select(g => g.ToArray())];
        if (pairs.Length < 2)
        {
            return [];
        }

        var random = new Random(1);
        double[] saved = new double[Resamples];
        for (int i = 0; i < saved.Length; i++)
        {
            ReportWindow[] drawn = [.. pairs.SelectMany(_ => pairs[random.Next(pairs.Length)])];
            saved[i] = 1 - (PerRequest(drawn, true) / PerRequest(drawn, false));
        }

        Array.Sort(saved);
        return saved;
    }

    private static double PerRequest(ReportWindow[] windows, bool tuned) =>
        windows.Where(w => w.Tuned == tuned).Sum(w => w.ServerCpuUs!.Value) / windows.Where(w => w.Tuned == tuned).Sum(w => w.Requests);
}
