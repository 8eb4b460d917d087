using System.Globalization;
using Fleet.V1;

namespace Fleet.Cli.Output;

/// <summary>Tables of explanations, plans, audit entries and history.</summary>
internal static class InsightTables
{
    /// <summary>Settings in question, the best first.</summary>
    public static TextTable Candidates(IEnumerable<Candidate> candidates)
    {
        var table = new TextTable("SETTING", "WATTS", "PCTL us", "P(SLA)", "WINDOWS", "VERDICT");
        foreach (Candidate c in candidates)
        {
            table.Add(
                Figures.Setting(c.Setting),
                Both(c.HasMeasuredWatts, c.MeasuredWatts, c.HasPredictedWatts, c.PredictedWatts, 2),
                Both(c.HasMeasuredPercentileUs, c.MeasuredPercentileUs, c.HasPredictedPercentileUs, c.PredictedPercentileUs, 0),
                c.HasProbabilityFeasible ? Figures.Number(c.ProbabilityFeasible, 2) : "-",
                Figures.Number(c.Windows),
                c.Verdict);
        }

        return table;
    }

    /// <summary>Nodes before and after a planned change.</summary>
    public static TextTable Plan(IEnumerable<PlannedNode> nodes)
    {
        var table = new TextTable("NODE", "CHANGE", "REQ/S", "WEIGHT", "WATTS", "PCTL us", "P(SLA)", "SETTING", "WHY");
        foreach (PlannedNode n in nodes)
        {
            table.Add(
                n.NodeId,
                n.Membership,
                $"{Figures.Number(n.PresentRequestsPerSecond)} > {Figures.Number(n.PlannedRequestsPerSecond)}",
                $"{n.PresentWeight} > {n.PlannedWeight}",
                Arrow(n.HasPresentWatts, n.PresentWatts, n.HasPredictedWatts, n.PredictedWatts, 2),
                Arrow(n.HasPresentPercentileUs, n.PresentPercentileUs, n.HasPredictedPercentileUs, n.PredictedPercentileUs, 0),
                n.HasProbabilityFeasible ? Figures.Number(n.ProbabilityFeasible, 2) : "-",
                $"{Figures.Setting(n.PresentSetting)} > {Figures.Setting(n.PlannedSetting)}",
                n.Reason);
        }

        return table;
    }

    /// <summary>What operators asked.</summary>
    public static TextTable Audit(IEnumerable<AuditEntry> entries)
    {
        var table = new TextTable("TIME", "WHO", "ROLE", "FROM", "WHAT", "ON", "OUTCOME", "WHY");
        foreach (AuditEntry e in entries)
        {
            table.Add(Time(e.UnixMs), e.Actor, e.Role, e.Peer, e.Method, Target(e), e.Outcome, e.Detail);
        }

        return table;
    }

    /// <summary>Specs that a pool has had.</summary>
    public static TextTable History(IEnumerable<PoolRevision> revisions)
    {
        var table = new TextTable("VERSION", "TIME", "WHO", "WHAT", "LISTEN", "SLA", "MODE", "POLICY", "PAUSED");
        foreach (PoolRevision r in revisions)
        {
            table.Add(
                r.ResourceVersion,
                Time(r.UnixMs),
                r.Actor,
                r.Method,
                r.Spec.Listen,
                $"p{r.Spec.Sla.Percentile.ToString("0.##", CultureInfo.InvariantCulture)}<{Figures.Number(r.Spec.Sla.LatencyUs)}us",
                Figures.Name(r.Spec.Mode),
                r.Spec.Policy,
                r.Spec.Paused ? "yes" : "no");
        }

        return table;
    }

    /// <summary>What is known of a figure before and after.</summary>
    public static string Arrow(bool hasBefore, double before, bool hasAfter, double after, int decimals) =>
        $"{(hasBefore ? Figures.Number(before, decimals) : "-")} > {(hasAfter ? Figures.Number(after, decimals) : "-")}";

    private static string Target(AuditEntry e) =>
        string.Join('/', new[] { e.PoolId, e.NodeId, e.ProxyId }.Where(s => s.Length > 0));

    private static string Time(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).UtcDateTime
        .ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static string Both(bool hasMeasured, double measured, bool hasPredicted, double predicted, int decimals) =>
        (hasMeasured, hasPredicted) switch
        {
            (true, true) => $"{Figures.Number(measured, decimals)} (model {Figures.Number(predicted, decimals)})",
            (true, false) => Figures.Number(measured, decimals),
            (false, true) => $"model {Figures.Number(predicted, decimals)}",
            _ => "-",
        };
}
