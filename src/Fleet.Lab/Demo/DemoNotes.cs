namespace Fleet.Lab.Demo;

/// <summary>What a reader of any demo's report must know about its figures.</summary>
internal static class DemoNotes
{
    /// <summary>The two latencies.</summary>
    public const string Latency = "Latency at the nodes is from the proxy's send to the node's reply and is what the promise is about; latency at "
        + "the load counts from when a request was due and includes the proxy and the load itself.";

    /// <summary>Where the nodes' power figures come from; "unknown" when no node says.</summary>
    public static string PowerSource(IEnumerable<DemoNode> nodes) =>
        nodes.Select(n => n.PowerSource).FirstOrDefault(s => s.Length > 0) ?? "unknown";

    /// <summary>All notes of a report: its own, the plant's, and what the power's source makes of the figures.</summary>
    public static IReadOnlyList<string> All(IEnumerable<string> own, IDemoPlant plant, string powerSource) =>
    [
        .. own, .. plant.Notes,
        .. powerSource == "model" ? ["Power is estimated from CPU time by the agents' model; it is not a measurement."] : (string[])[],
    ];
}
