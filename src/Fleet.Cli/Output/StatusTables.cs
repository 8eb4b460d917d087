using Fleet.V1;

namespace Fleet.Cli.Output;

/// <summary>Tables of pools, nodes, proxies and decisions.</summary>
internal static class StatusTables
{
    /// <summary>Pools.</summary>
    public static TextTable Pools(IEnumerable<Pool> pools)
    {
        var table = new TextTable(
            "POOL", "LISTEN", "SLA", "MODE", "REQ/S", "PERCENTILE", "WITHIN SLA", "WATTS", "NODES", "SETTLED", "VERSION", "CHANGE");
        foreach (Pool pool in pools)
        {
            PoolStatus status = pool.Status;
            table.Add(
                pool.Spec.PoolId,
                pool.Spec.Listen,
                $"p{pool.Spec.Sla.Percentile:0.##}<{Figures.Number(pool.Spec.Sla.LatencyUs)}us",
                Figures.Name(pool.Spec.Mode),
                Figures.Number(status.RequestsPerSecond),
                status.PercentileUs > 0 ? $"{Figures.Number(status.PercentileUs)}us" : "-",
                status.PercentileUs > 0 ? Figures.Percent(status.AttainmentRatio) : "-",
                status.HasPowerWatts ? Figures.Number(status.PowerWatts, 2) : "-",
                Figures.Number(status.Nodes),
                Figures.Number(status.SettledNodes),
                pool.ResourceVersion,
                status.ChangeInProgress);
        }

        return table;
    }

    /// <summary>Nodes.</summary>
    public static TextTable Nodes(IEnumerable<Node> nodes)
    {
        var table = new TextTable(
            "POOL", "NODE", "ADDRESS", "STATE", "AGENT", "PHASE", "WEIGHT", "REQ/S", "P50 us", "PCTL us", "WATTS", "SOURCE", "CPU us/REQ",
            "SAVING", "SETTING", "WHY");
        foreach (Node node in nodes)
        {
            NodeStatus status = node.Status;
            table.Add(
                node.Spec.PoolId,
                node.Spec.NodeId,
                node.Spec.Address,
                status.Membership,
                node.Spec.Agent.Length == 0 ? "none" : status.AgentConnected ? "yes" : "lost",
                Figures.Name(status.Phase),
                Figures.Number(status.Weight),
                Figures.Number(status.RequestsPerSecond),
                Figures.Known(status.P50Us),
                Figures.Known(status.PercentileUs),
                status.HasPowerWatts ? Figures.Number(status.PowerWatts, 2) : "-",
                status.HasPowerWatts ? Figures.Name(status.PowerSource) : "-",
                status.HasCpuUsPerRequest ? Figures.Number(status.CpuUsPerRequest, 1) : "-",
                Saving(status),
                Figures.Setting(status.Setting),
                status.AgentError.Length > 0 ? status.AgentError : status.Reason);
        }

        return table;
    }

    /// <summary>Proxies.</summary>
    public static TextTable Proxies(IEnumerable<V1.Proxy> proxies)
    {
        var table = new TextTable("PROXY", "CONTROL", "CONNECTED", "LAST ERROR");
        foreach (V1.Proxy proxy in proxies)
        {
            table.Add(proxy.Spec.ProxyId, proxy.Spec.Control, proxy.Connected ? "yes" : "no", proxy.LastError);
        }

        return table;
    }

    /// <summary>Decisions.</summary>
    public static TextTable Decisions(IEnumerable<Decision> decisions)
    {
        var table = new TextTable(
            "TIME", "NODE", "KIND", "TRIGGER", "REQ/S", "WATTS", "PCTL us", "P(SLA)", "GAIN", "SETTING", "REASON");
        foreach (Decision d in decisions)
        {
            table.Add(
                DateTimeOffset.FromUnixTimeMilliseconds(d.UnixMs).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"),
                d.NodeId,
                d.Kind,
                d.Trigger,
                Figures.Number(d.RequestsPerSecond),
                Both(d.HasPredictedWatts, d.PredictedWatts, d.HasMeasuredWatts, d.MeasuredWatts, 2),
                Both(d.HasPredictedPercentileUs, d.PredictedPercentileUs, d.HasMeasuredPercentileUs, d.MeasuredPercentileUs, 0),
                d.HasProbabilityFeasible ? Figures.Number(d.ProbabilityFeasible, 2) : "-",
                d.HasExpectedGain ? Figures.Percent(d.ExpectedGain) : "-",
                Figures.Setting(d.Setting),
                d.Reason);
        }

        return table;
    }

    private static string Saving(NodeStatus status) =>
        status.HasPowerWatts && status.HasDefaultPowerWatts && status.DefaultPowerWatts > 0
            ? Figures.Percent(1 - (status.PowerWatts / status.DefaultPowerWatts))
            : "-";

    private static string Both(bool hasPredicted, double predicted, bool hasMeasured, double measured, int decimals) =>
        (hasPredicted, hasMeasured) switch
        {
            (true, true) => $"{Figures.Number(measured, decimals)} (model {Figures.Number(predicted, decimals)})",
            (true, false) => $"model {Figures.Number(predicted, decimals)}",
            (false, true) => Figures.Number(measured, decimals),
            _ => "-",
        };
}
