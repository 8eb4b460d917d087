using Fleet.Core.Measurement;
using Fleet.Lab.Load;

namespace Fleet.Lab.Demo;

/// <summary>What happened between two marks of a run.</summary>
public sealed class DemoInterval
{
    /// <summary>When it began, since the run began.</summary>
    public required TimeSpan Start { get; init; }

    /// <summary>When it ended.</summary>
    public TimeSpan End { get; private set; }

    /// <summary>Its length.</summary>
    public TimeSpan Duration => End - Start;

    /// <summary>What the load saw, from when each request was due.</summary>
    public LoadWindow Load { get; } = new();

    /// <summary>What the proxy saw of each node, from its send to the node's reply.</summary>
    public Dictionary<string, LatencyHistogram> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>CPU time of all servers (memcached and NAPI threads), milliseconds; null when not known.</summary>
    public double? ServerCpuMs { get; private set; }

    /// <summary>Energy of all nodes, joules; null when not known.</summary>
    public double? Joules { get; private set; }

    /// <summary>Mean power of all nodes, watts; null when not known.</summary>
    public double? Watts => Joules is { } joules && Duration > TimeSpan.Zero ? joules / Duration.TotalSeconds : null;

    /// <summary>Server CPU per request answered to the load, microseconds.</summary>
    public double? CpuUsPerRequest => ServerCpuMs is { } ms && Load.Succeeded > 0 ? ms * 1000 / Load.Succeeded : null;

    /// <summary>The pool's nodes at the end.</summary>
    public IReadOnlyList<DemoNode> View { get; private set; } = [];

    /// <summary>Choreography under way at the end; empty when none.</summary>
    public string ChangeInProgress { get; private set; } = "";

    /// <summary>Sets the end.</summary>
    public void Close(TimeSpan end, double? serverCpuMs, double? joules, IReadOnlyList<DemoNode> view, string changeInProgress) =>
        (End, ServerCpuMs, Joules, View, ChangeInProgress) = (end, serverCpuMs, joules, view, changeInProgress);

    /// <summary>Appends the interval that follows this one.</summary>
    public void Append(DemoInterval next)
    {
        ArgumentNullException.ThrowIfNull(next);
        bool first = End <= Start;
        Load.Add(next.Load);
        foreach ((string node, LatencyHistogram latency) in next.Nodes)
        {
            if (!Nodes.TryGetValue(node, out LatencyHistogram? sum))
            {
                Nodes[node] = sum = new LatencyHistogram();
            }

            sum.Add(latency);
        }

        Close(
            next.End,
            first ? next.ServerCpuMs : ServerCpuMs + next.ServerCpuMs,
            first ? next.Joules : Joules + next.Joules,
            next.View,
            next.ChangeInProgress);
    }
}
