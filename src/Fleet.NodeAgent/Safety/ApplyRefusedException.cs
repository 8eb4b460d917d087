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
}

/// <summary>A refusal with its reason in words.</summary>
internal sealed class ApplyRefusedException(ApplyRefusal refusal, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What kind of refusal.</summary>
    internal ApplyRefusal Refusal { get; } = refusal;
}
