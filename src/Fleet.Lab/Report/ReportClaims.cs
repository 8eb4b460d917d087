using System.Globalization;

namespace Fleet.Lab.Report;

/// <summary>Judges a run: what it was to show, with bounds.</summary>
internal static class ReportClaims
{
    /// <summary>Least share of server CPU per request that tuning saves under the first promise.</summary>
    public const double CpuSaved = 0.35;

    /// <summary>Least share of held windows that keep the promise.</summary>
    public const double HeldMet = 0.95;

    /// <summary>The claims with what was measured.</summary>
    /// <param name="comparison">The compared windows; null when the run ended before.</param>
    /// <param name="held">Held windows of all promises.</param>
    /// <param name="failed">Failed requests of the whole run.</param>
    /// <param name="firstSlaUs">The promise of the compared windows.</param>
    public static IReadOnlyList<DemoClaim> Judge(
        Comparison? comparison, IReadOnlyList<HeldWindows> held, long failed, double firstSlaUs)
    {
        long windows = held.Sum(h => h.Windows);
        double? met = windows == 0 ? null : (double)held.Sum(h => h.Met) / windows;
        double? p99 = comparison?.Tuned.NodeP99Us;
        double? saved = comparison?.CpuSavedRatio;
        return
        [
            new DemoClaim(
                "no-failed-requests", "no request failed, also while nodes left and joined", failed, 0, "requests", failed == 0, true),
            new DemoClaim(
                "promise-kept", "held windows of all nodes that kept the promise in force", met, HeldMet, "ratio", met >= HeldMet, true),
            new DemoClaim(
                "p99-tuned",
                string.Create(CultureInfo.InvariantCulture, $"tuned p99 at the nodes under the promise of {firstSlaUs:0} us"),
                p99,
                firstSlaUs,
                "us",
                p99 < firstSlaUs,
                true),
            new DemoClaim(
                "cpu-saved", "server CPU per request saved against the kernel default", saved, CpuSaved, "ratio", saved >= CpuSaved, false),
        ];
    }
}
