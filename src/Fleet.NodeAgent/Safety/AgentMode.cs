namespace Fleet.NodeAgent.Safety;

/// <summary>How far an agent goes on a controller's word.</summary>
public enum AgentMode
{
    /// <summary>Only watches: a command is refused.</summary>
    Observe,

    /// <summary>Checks a command, writes to the audit what it would do, and changes nothing.</summary>
    Recommend,

    /// <summary>Changes the host, but every setting, settled or not, ends with its lease: without a controller the originals are back
    /// within 30 s.</summary>
    Canary,

    /// <summary>Changes the host; a settled setting outlives its controller for long.</summary>
    Active,
}
