namespace Fleet.NodeAgent.Safety;

/// <summary>One line of the audit.</summary>
/// <param name="Action">What was to be done: apply, restore, recommend.</param>
/// <param name="Who">Whose will it was: a controller by its address and epoch, or a rule of the agent.</param>
/// <param name="Why">The reason given.</param>
/// <param name="Outcome">done, recommended, refused or failed.</param>
internal sealed record AuditEntry(string Action, string Who, string Why, string Outcome)
{
    /// <summary>UTC, ISO 8601; filled in by the log.</summary>
    public string? Time { get; init; }

    /// <summary>The agent's node name; filled in by the log.</summary>
    public string? Node { get; init; }

    /// <summary>The sender's fencing epoch.</summary>
    public ulong? Epoch { get; init; }

    /// <summary>The sender's id of the command.</summary>
    public string? CommandId { get; init; }

    /// <summary>Whether it was a probe.</summary>
    public bool? Exploring { get; init; }

    /// <summary>What was asked for; absent: the originals.</summary>
    public IReadOnlyDictionary<string, long>? Asked { get; init; }

    /// <summary>The knobs' values before, read from the host.</summary>
    public IReadOnlyDictionary<string, long>? Old { get; init; }

    /// <summary>The knobs' values after, read back from the host.</summary>
    public IReadOnlyDictionary<string, long>? New { get; init; }

    /// <summary>What went wrong.</summary>
    public string? Error { get; init; }

    /// <summary>How long the change took, ms.</summary>
    public double? ElapsedMs { get; init; }

    /// <summary>Where the originals are kept while the change is in force.</summary>
    public string? Journal { get; init; }
}
