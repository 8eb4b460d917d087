namespace Fleet.Lab.Report;

/// <summary>All windows of one side of the comparison.</summary>
/// <param name="Windows">How many.</param>
/// <param name="Requests">Requests answered.</param>
/// <param name="Failed">Requests failed.</param>
/// <param name="CpuUsPerRequest">Server CPU of all windows over their requests.</param>
/// <param name="Watts">Mean power of all nodes.</param>
/// <param name="ClientP50Us">Median over windows of the load's median.</param>
/// <param name="ClientP99Us">Median over windows of the load's 99th percentile.</param>
/// <param name="NodeP99Us">Median over windows of the nodes' 99th percentile.</param>
/// <param name="WithinSlaRatio">Share of requests within the promised latency at the nodes.</param>
public sealed record ArmSummary(
    int Windows,
    long Requests,
    long Failed,
    double? CpuUsPerRequest,
    double? Watts,
    double? ClientP50Us,
    double? ClientP99Us,
    double? NodeP99Us,
    double? WithinSlaRatio)
{
    /// <summary>Summarises one side; null without windows.</summary>
    public static ArmSummary? Of(IReadOnlyCollection<ReportWindow> windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        if (windows.Count == 0)
        {
            return null;
        }

        long requests = windows.Sum(w => w.Requests);
        bool cpu = windows.All(w => w.ServerCpuUs is not null) && requests > 0;
        return new ArmSummary(
            windows.Count,
            requests,
            windows.Sum(w => w.Failed),
            cpu ? windows.Sum(w => w.ServerCpuUs) / requests : null,
            windows.Average(w => w.Watts),
            Median(windows.Select(w => w.ClientP50Us)),
            Median(windows.Select(w => w.ClientP99Us)),
            Median(windows.Select(w => w.NodeP99Us)),
            windows.Average(w => w.WithinSlaRatio));
    }

    private static double? Median(IEnumerable<double?> values)
    {
        double[] known = [.. values.OfType<double>().Order()];
        return known.Length == 0 ? null : (known[(known.Length - 1) / 2] + known[known.Length / 2]) / 2;
    }
}
