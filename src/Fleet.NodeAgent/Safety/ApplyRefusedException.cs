namespace Fleet.NodeAgent.Safety;

/// <summary>Why the agent did not do what a controller asked.</summary>
internal enum ApplyRefusal
{
    /// <summary>The sender's epoch is older than one already seen.</summary>
    StaleEpoch,

    /// <summary>The setting or the lease is not legal.</summary>
    Illegal,

    /// <summary>The host refused; the previous setting is in force.</summary>
    HostRefused,

    /// <summary>Somebody else writes the knobs; the agent leaves them alone.</summary>
    Yielded,

    /// <summary>The agent's mode only watches, or the kill switch is on.</summary>
    NotAllowed,

    /// <summary>The server's packets bypass the kernel: the knobs would do nothing.</summary>
    NotApplicable,

    /// <summary>The last change was too short ago.</summary>
    TooSoon,
}

/// <summary>A refusal with its reason in words.</summary>
internal sealed class ApplyRefusedException(ApplyRefusal refusal, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What kind of refusal.</summary>
    internal ApplyRefusal Refusal { get; } = refusal;

    /// <summary>When to try again, for <see cref="ApplyRefusal.TooSoon"/>.</summary>
    internal TimeSpan RetryAfter { get; init; }
}
