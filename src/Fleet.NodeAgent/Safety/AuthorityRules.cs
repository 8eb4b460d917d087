namespace Fleet.NodeAgent.Safety;

/// <summary>What an authority obeys beside the lease. The defaults let everything through.</summary>
internal sealed record AuthorityRules
{
    internal AgentMode Mode { get; init; } = AgentMode.Active;

    internal ChangePacer Pacer { get; init; } = new(TimeSpan.Zero);

    internal KillSwitch Kill { get; init; } = new(null);

    internal LoadGuard Guard { get; init; } = new();

    internal BypassDetector? Bypass { get; init; }

    internal Action<AuditEntry> Audit { get; init; } = _ => { };

    /// <summary>Packets that the device has received; null: unknown.</summary>
    internal Func<long?> Packets { get; init; } = () => null;

    /// <summary>Called at each step of a change, with what is done.</summary>
    internal Action<string> Step { get; init; } = _ => { };
}
