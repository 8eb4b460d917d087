using System.Globalization;
using System.Text;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>Writes replies to stats. Names that memcached has mean the same here; the rest is the proxy's own.</summary>
internal sealed class StatsText
{
    private readonly StringBuilder _text = new();

    /// <summary>The proxy's own statistics, summed over the loops.</summary>
    public static byte[] General(IReadOnlyList<LoopCounters> loops, int connections, long uptimeSeconds, DateTimeOffset now)
    {
        var text = new StatsText();
        text.Line("pid", Environment.ProcessId);
        text.Line("uptime", uptimeSeconds);
        text.Line("time", now.ToUnixTimeSeconds());
        text.Line("version", Replies.VersionText);
        text.Line("proxy", "fleet");
        text.Line("pointer_size", IntPtr.Size * 8);
        text.Line("curr_connections", connections);
        text.Line("total_connections", loops.Sum(l => Volatile.Read(ref l.ConnectionsTotal)));
        text.Line("rejected_connections", loops.Sum(l => Volatile.Read(ref l.ConnectionsRefused)));
        text.Line("dropped_connections", loops.Sum(l => Volatile.Read(ref l.ClientsDropped)));
        text.Line("reply_bytes_waiting", loops.Sum(l => Volatile.Read(ref l.ReplyBytesWaiting)));
        text.Line("commands", loops.Sum(l => Volatile.Read(ref l.Commands)));
        text.Line("cmd_get", loops.Sum(l => Volatile.Read(ref l.Gets)));
        text.Line("cmd_set", loops.Sum(l => Volatile.Read(ref l.Sets)));
        text.Line("cmd_flush", loops.Sum(l => Volatile.Read(ref l.Flushes)));
        text.Line("cmd_touch", loops.Sum(l => Volatile.Read(ref l.Touches)));
        text.Line("cmd_meta", loops.Sum(l => Volatile.Read(ref l.Metas)));
        text.Line("get_hits", loops.Sum(l => Volatile.Read(ref l.GetHits)));
        text.Line("get_misses", loops.Sum(l => Volatile.Read(ref l.GetMisses)));
        text.Line("auth_cmds", loops.Sum(l => Volatile.Read(ref l.Authentications)));
        text.Line("auth_errors", loops.Sum(l => Volatile.Read(ref l.AuthenticationErrors)));
        text.Line("bytes_read", loops.Sum(l => Volatile.Read(ref l.BytesRead)));
        text.Line("bytes_written", loops.Sum(l => Volatile.Read(ref l.BytesWritten)));
        text.Line("threads", loops.Count);
        return text.End();
    }

    /// <summary>The limits in force.</summary>
    public static byte[] Settings(EngineLimits limits, int loops)
    {
        var text = new StatsText();
        text.Line("maxconns", limits.MaxConnections);
        text.Line("item_size_max", limits.MaxValueBytes);
        text.Line("num_threads", loops);
        text.Line("verbosity", 0);
        text.Line("cas_enabled", "yes");
        text.Line("flush_enabled", "yes");
        text.Line("binding_protocol", "auto-negotiate");
        text.Line("auth_enabled_ascii", limits.Users is null ? "no" : "yes");
        text.Line("auth_enabled_sasl", limits.Users is null ? "no" : "yes");
        text.Line("request_timeout_ms", (long)limits.RequestTimeout.TotalMilliseconds);
        return text.End();
    }

    /// <summary>The pool's nodes, summed over the loops.</summary>
    public static byte[] Nodes(IEnumerable<NodeReport> reports)
    {
        var text = new StatsText();
        foreach (IGrouping<string, NodeReport> node in reports.GroupBy(r => r.NodeId).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            text.Line($"{node.Key}:address", node.First().Address);
            text.Line($"{node.Key}:connections", node.Count(r => r.Connected));
            text.Traffic($"{node.Key}:", node);
            text.LastError($"{node.Key}:", node);
        }

        return text.End();
    }

    /// <summary>The pool as a whole.</summary>
    public static byte[] Pool(PublishedPool pool, IReadOnlyCollection<NodeReport> reports)
    {
        var text = new StatsText();
        text.Line("pool", pool.PoolId);
        text.Line("listen", pool.Listen?.ToString() ?? "none");
        text.Line("revision", pool.Current.Revision);
        text.Line("nodes", reports.Select(r => r.NodeId).Distinct().Count());
        text.Line("nodes_connected", reports.GroupBy(r => r.NodeId).Count(g => g.Any(r => r.Connected)));
        text.Traffic("", reports);
        return text.End();
    }

    /// <summary>Each loop's connection to each node.</summary>
    public static byte[] Detail(IReadOnlyList<(int Loop, NodeReport Report)> reports)
    {
        var text = new StatsText();
        foreach ((int loop, NodeReport report) in reports.OrderBy(r => r.Report.NodeId, StringComparer.Ordinal).ThenBy(r => r.Loop))
        {
            string prefix = $"{report.NodeId}:{loop}:";
            text.Line($"{prefix}connected", report.Connected ? "yes" : "no");
            text.Traffic(prefix, [report]);
            text.LastError(prefix, [report]);
        }

        return text.End();
    }

    private void Traffic(string prefix, IEnumerable<NodeReport> reports)
    {
        var sum = new NodeTraffic();
        int inFlight = 0;
        foreach (NodeReport report in reports)
        {
            report.Traffic!.AddTo(sum);
            inFlight += report.InFlight;
        }

        Line($"{prefix}in_flight", inFlight);
        Line($"{prefix}requests", sum.Requests);
        Line($"{prefix}errors", sum.Errors);
        Line($"{prefix}get_hits", sum.GetHits);
        Line($"{prefix}get_misses", sum.GetMisses);
        Line($"{prefix}bytes_to_node", sum.BytesToNode);
        Line($"{prefix}bytes_from_node", sum.BytesFromNode);
        if (sum.Latency.Count > 0)
        {
            Line($"{prefix}p50_us", Math.Round(sum.Latency.PercentileUs(50), 1));
            Line($"{prefix}p99_us", Math.Round(sum.Latency.PercentileUs(99), 1));
        }
    }

    private void LastError(string prefix, IEnumerable<NodeReport> reports)
    {
        string? error = reports.Select(r => r.LastError).FirstOrDefault(e => e.Length > 0);
        if (error is not null)
        {
            Line($"{prefix}last_error", error);
        }
    }

    private void Line(string name, object value) => _text.Append(CultureInfo.InvariantCulture, $"STAT {name} {value}\r\n");

    private byte[] End() => Encoding.ASCII.GetBytes(_text.Append("END\r\n").ToString());
}
